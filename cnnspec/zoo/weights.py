r"""Weights for the architectures of the zoo: drawn, read from a file, or taken over from PyTorch.

Weights are a mapping from names to arrays, and the names are those of PyTorch's state dict, which every
declaration carries: `layer1.0.conv1.weight`.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log, sqrt
from os import PathLike
from typing import Any

import numpy as np

from cnnspec.arguments import Array
from cnnspec.network import fans
from cnnspec.zoo.graph import Architecture, Tensor
from cnnspec.zoo.layers import Parameter
from cnnspec.zoo.operation import Shape
from cnnspec.zoo.window_rules import distances, pairs
from cnnspec.zoo.windows import WindowAttention
from cnnspec.zoo.wiring import Multiply

EMBEDDING = 0.02
"""Standard deviation of a class token and of a position embedding at the start, as in the ViT paper's code."""

LAYER_SCALE = 1e-6
"""Where a learnt scale of a branch starts: almost nothing, as in ConvNeXt, table 5."""

COUNTER = "num_batches_tracked"
"""The last word of a number that PyTorch keeps beside moving statistics, and that no network computes with."""


def initial_weights(architecture: Architecture, generator: np.random.Generator) -> dict[str, Array]:
    r"""Draw first weights, in the order of the layers and in float32.

    Kernels and matrices are He's, $w \sim N(0, 2/n_\text{in})$. Biases and shifts are 0, factors 1, moving means 0
    and variances 1. A class token or a position embedding is $N(0, 0.02^2)$, a learnt scale of a branch $10^{-6}$.
    The centres of LeNet-5's last layer, which were drawn by hand, are -1 and 1 at random.

    Args:
        architecture: The network; training-only heads get weights too.
        generator: Where the random numbers come from.

    Returns:
        An array for every learnt and every kept tensor, by its name.

    Source:
        He et al. (2015), Delving deep into rectifiers, section 2.2.
    """
    scales = {u.index for t in architecture if isinstance(t.operation, Multiply) for u in t.inputs}
    weights: dict[str, Array] = {}
    for tensor in architecture:
        for part, shape in {**tensor.operation.weights, **tensor.operation.statistics}.items():
            key = tensor.key(part)
            if isinstance(tensor.operation, Parameter):
                normal = generator.standard_normal(shape, dtype=np.float32)
                weights[key] = np.full_like(normal, LAYER_SCALE) if tensor.index in scales else normal * EMBEDDING
            elif isinstance(tensor.operation, WindowAttention):
                weights[key] = _of_window(part, shape, tensor.operation.cut.size, generator)
            else:
                weights[key] = _first(part, shape, generator)
    return weights


def _first(part: str, shape: Shape, generator: np.random.Generator) -> Array:
    if part == "centres":
        return generator.choice(np.array([-1, 1], dtype=np.float32), shape)
    if len(shape) >= 2:
        drawn: Array = generator.standard_normal(shape, dtype=np.float32)
        drawn *= np.float32(sqrt(2 / fans(shape)[0]))
        return drawn
    ones = part in ("weight", "running_var", "variance")
    return np.ones(shape, dtype=np.float32) if ones else np.zeros(shape, dtype=np.float32)


def _of_window(part: str, shape: Shape, size: int, generator: np.random.Generator) -> Array:
    """What belongs to an attention within windows: its biases are drawn, its tables of distances are computed."""
    if part == "relative_position_index":
        return pairs(size).reshape(shape).astype(np.float32)
    if part == "relative_coords_table":
        return distances(size).reshape(shape).astype(np.float32)
    if part == "relative_position_bias_table":
        return generator.standard_normal(shape, dtype=np.float32) * np.float32(EMBEDDING)
    return np.full(shape, log(10), dtype=np.float32) if part == "logit_scale" else _first(part, shape, generator)


def load_safetensors(path: str | PathLike[str]) -> dict[str, Array]:
    """Read all tensors of a safetensors file.

    Args:
        path: The file.

    Returns:
        An array for every tensor in it, by its name.

    Raises:
        ModuleNotFoundError: If the library safetensors is not installed.
        ValueError: If the file is no safetensors file, or holds numbers that NumPy does not know (bfloat16).
    """
    try:
        from safetensors import SafetensorError, numpy
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "the library safetensors must be installed to read such files: pip install safetensors."
        ) from None
    try:
        return dict(numpy.load_file(path))
    except (SafetensorError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"path must be a safetensors file that NumPy can read, but {path} is not: {error}.") from None


def checked_weights(architecture: Architecture, weights: Mapping[str, Any]) -> dict[str, Array]:
    """Return weights as arrays, after asking whether they are those of an architecture.

    Args:
        architecture: The network. What only its training-only heads need may be missing.
        weights: Arrays or PyTorch tensors by name: a state dict, or what the other functions here return. PyTorch's
            counters of batches are passed over.

    Returns:
        An array of floating-point numbers for every name; half precision becomes single.

    Raises:
        TypeError: If weights is no mapping, or holds something else than numbers.
        ValueError: If a name is missing or unexpected, or a shape differs; the sentence names the first of each.
    """
    if not isinstance(weights, Mapping):
        raise TypeError(f"weights must be a mapping from names to arrays, but a {type(weights).__name__} came.")
    expected = architecture.parameters | architecture.buffers
    needed = [t.key(part) for t in architecture.executed for part in _parts(t)]
    missing = [name for name in needed if name not in weights]
    unexpected = [name for name in weights if name not in expected and not name.endswith(COUNTER)]
    shapes = {name: tuple(weights[name].shape) for name in expected if name in weights and _shaped(weights[name], name)}
    wrong = [name for name, shape in shapes.items() if shape != expected[name]]
    complaints = [
        *([f"{_listed(missing)} missing"] if missing else []),
        *([f"{_listed(unexpected)} unexpected"] if unexpected else []),
        *([f"{wrong[0]} has shape {shapes[wrong[0]]} instead of {expected[wrong[0]]}"] if wrong else []),
    ]
    if complaints:
        raise ValueError(f"weights must be those of {architecture.name}, but {' and '.join(complaints)}.")
    return {name: _array(weights[name], name) for name in shapes}


def _parts(tensor: Tensor) -> list[str]:
    return [*tensor.operation.weights, *tensor.operation.statistics]


def _listed(names: list[str]) -> str:
    """The first name, how many more there are, and the verb."""
    more = len(names) - 1
    return f"{names[0]} is" if not more else f"{names[0]} and {more} other{'s' if more > 1 else ''} are"


def _shaped(value: Any, name: str) -> bool:
    if not hasattr(value, "shape"):
        raise TypeError(f"weights must hold arrays, but {name} is a {type(value).__name__}.")
    return True


def _array(value: Any, name: str) -> Array:
    if hasattr(value, "detach"):  # a PyTorch tensor
        value = value.detach().cpu()
        value = value.float() if str(value.dtype) == "torch.bfloat16" else value
    array = np.asarray(value)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"weights must hold real numbers, but the dtype of {name} is {array.dtype}.")
    return array if array.dtype in (np.float32, np.float64) else array.astype(np.float32)
