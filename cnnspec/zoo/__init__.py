r"""Step 6: the architecture zoo. Networks as data, and every figure derived from the declaration.

```python
import numpy

from cnnspec import zoo

zoo.figures(zoo.build("resnet50")).parameters        # 25557032
zoo.build("resnet50", input=(3, 384, 384), classes=10)
zoo.all_architectures()                              # name -> entry, nothing built yet

network = zoo.build("squeezenet1_1")
weights = zoo.initial_weights(network, numpy.random.default_rng(0))  # or load_safetensors, or a state dict
zoo.forward(network, weights, pictures)              # (N, 3, 224, 224) -> (N, 1000)
```

Read a family beside its paper: `cnnspec/zoo/vgg.py` is table 1 of the VGG paper. The notation is in
`cnnspec.zoo.notation`, the operations in `cnnspec.zoo.layers` and `cnnspec.zoo.wiring`.
"""

from cnnspec.zoo.entry import Entry
from cnnspec.zoo.figures import (
    Figures,
    Memory,
    Row,
    activation_memory,
    count_buffers,
    count_macs,
    count_parameters,
    figures,
    ledger,
    output_shape,
)
from cnnspec.zoo.forward import forward
from cnnspec.zoo.graph import Architecture, Tensor, image
from cnnspec.zoo.paths import depth
from cnnspec.zoo.receptive import ReceptiveField, field_of_view, fields, last_map, receptive_field
from cnnspec.zoo.registry import all_architectures, build, find
from cnnspec.zoo.smallest import smallest_input
from cnnspec.zoo.stages import Stage, stages
from cnnspec.zoo.weights import checked_weights, initial_weights, load_safetensors

__all__ = [
    "Architecture",
    "Entry",
    "Figures",
    "Memory",
    "ReceptiveField",
    "Row",
    "Stage",
    "Tensor",
    "activation_memory",
    "all_architectures",
    "build",
    "checked_weights",
    "count_buffers",
    "count_macs",
    "count_parameters",
    "depth",
    "field_of_view",
    "fields",
    "figures",
    "find",
    "forward",
    "image",
    "initial_weights",
    "last_map",
    "ledger",
    "load_safetensors",
    "output_shape",
    "receptive_field",
    "smallest_input",
    "stages",
]
