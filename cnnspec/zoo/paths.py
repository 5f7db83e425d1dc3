r"""How deep an architecture is: the longest chain of convolutions and linear layers from image to output.

$$ d(t) = c(t) + \max_{u \to t} d(u), \qquad c(t) = 1 \text{ for a convolution or a linear layer, else } 0 $$

A squeeze-and-excitation gate hangs two more layers beside a block, and they lengthen this chain although the
signal itself passes them by: EfficientNet-B0 has a longest path of 82, and of 50 if gates are left out. Without
gates a product continues only its signal, and attention, where the signal itself is made of products, begins
anew.
"""

from __future__ import annotations

from cnnspec.zoo.graph import Architecture
from cnnspec.zoo.wiring import Attention, Multiply


def depth(architecture: Architecture, *, gates: bool = True) -> int:
    """Count the layers of the longest path.

    Args:
        architecture: The network; training-only heads are left out.
        gates: Whether layers count that only feed a gate or an attention.
    """
    deepest: dict[int, int] = {}
    for tensor in architecture.executed:
        operation, inputs = tensor.operation, tensor.inputs
        if len(inputs) == 1:
            here = deepest[inputs[0].index]
        elif not inputs:
            here = 0
        elif not gates and isinstance(operation, Multiply):
            here = deepest[inputs[0].index]
        else:
            here = max([deepest[u.index] for u in inputs])
        if operation.counted:
            here += 1
        elif not gates and isinstance(operation, Attention):
            here = 0
        deepest[tensor.index] = here
    return deepest[architecture.output.index]
