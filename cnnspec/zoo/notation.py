r"""The notation in which architectures are written down: functions from symbolic tensors to symbolic tensors.

A layer with weights is called with its name, which is the one it has in PyTorch's state dict:

```python
x = image(1, 32)
x = conv(x, "c1", 6, 5)          # 6 filters of 5x5
x = activation(x, "tanh")
x = avg_pool(x, 2)
```

Every function checks that the shapes fit and gives back a `Tensor`, whose `shape` is known at once. A kernel,
stride, padding or dilation is an integer or a pair (vertical, horizontal); a padding is also
`((top, bottom), (left, right))` or `"same"`.
"""

from __future__ import annotations

from functools import cache

from cnnspec.zoo import layers, wiring
from cnnspec.zoo.graph import Tensor, image
from cnnspec.zoo.operation import Operation, Shape
from cnnspec.zoo.window import Border, Ints, line, window

__all__ = [
    "Tensor",
    "activation",
    "adaptive_avg_pool",
    "add",
    "affine",
    "attention",
    "avg_pool",
    "batch_norm",
    "channels",
    "concat",
    "conv",
    "conv_transpose",
    "crop",
    "flatten",
    "global_avg_pool",
    "image",
    "layer_norm",
    "linear",
    "local_response_norm",
    "max_pool",
    "multiply",
    "pad",
    "pad_channels",
    "parameter",
    "radial_basis",
    "relu",
    "scale",
    "shuffle",
    "side_output",
    "split",
    "squeeze",
    "standardise",
    "subsample",
    "token",
    "tokens",
    "training_only",
]

# An operation with the same numbers is the same operation: it is made and counted once.
_conv = cache(layers.Conv)
_conv_transpose = cache(layers.ConvTranspose)
_linear = cache(layers.Linear)
_batch_norm = cache(layers.BatchNorm)
_layer_norm = cache(layers.LayerNorm)
_parameter = cache(layers.Parameter)
_max_pool = cache(wiring.MaxPool)
_avg_pool = cache(wiring.AvgPool)
_activation = cache(wiring.Activation)
_channels = cache(wiring.Channels)
_attention = cache(wiring.Attention)
_shuffle = cache(wiring.Shuffle)
_scale = cache(wiring.Scale)
_add, _multiply, _concat, _crop = wiring.Add(), wiring.Multiply(), wiring.Concat(), wiring.Crop()
_flatten, _squeeze, _tokens = wiring.Flatten(), wiring.Squeeze(), wiring.Tokens()
_training_only = wiring.TrainingOnly()


def _after(operation: Operation, *inputs: Tensor, name: str = "") -> Tensor:
    return Tensor(operation, inputs, name, inputs[0].tensors)


# Layers with weights


def conv(
    x: Tensor,
    name: str,
    filters: int,
    kernel: Ints,
    *,
    stride: Ints = 1,
    padding: Border = 0,
    dilation: Ints = 1,
    groups: int = 1,
    bias: bool = True,
) -> Tensor:
    """Convolve a map with `filters` kernels; `groups` equal to the channels makes it depthwise."""
    lines = window(kernel, stride, padding, dilation)
    return _after(_conv(lines, x.shape[0], filters, groups, bias), x, name=name)


def conv_transpose(x: Tensor, name: str, filters: int, size: int, *, bias: bool = True) -> Tensor:
    """Paint every cell as a tile of `size` x `size`: the up-convolution of U-Net."""
    return _after(_conv_transpose(x.shape[0], filters, size, bias), x, name=name)


def linear(
    x: Tensor, name: str, features: int, *, bias: bool = True, keys: tuple[str, str] = ("weight", "bias")
) -> Tensor:
    """Multiply a vector, each token of a sequence, or each place of a map with a matrix."""
    width = x.shape[0] if len(x.shape) == 3 else x.shape[-1]
    return _after(_linear(width, features, bias, keys), x, name=name)


def batch_norm(x: Tensor, name: str, *, eps: float = 1e-5, scale: bool = True) -> Tensor:
    """Normalise each channel by its moving statistics; `scale=False` leaves gamma out."""
    return _after(_batch_norm(x.shape[0], eps, scale), x, name=name)


def layer_norm(x: Tensor, name: str, *, eps: float = 1e-6) -> Tensor:
    """Normalise each token of a sequence, or the channels at each place of a map."""
    width = x.shape[0] if len(x.shape) == 3 else x.shape[-1]
    return _after(_layer_norm(width, eps), x, name=name)


def affine(x: Tensor, name: str) -> Tensor:
    """Multiply each channel with a learnt factor and add a learnt shift."""
    return _after(layers.Affine(x.shape[0]), x, name=name)


def parameter(x: Tensor, name: str, shape: Shape, *, batched: bool = False) -> Tensor:
    """A learnt tensor in the graph of x; `batched` if it is stored with a leading axis of length 1."""
    return Tensor(_parameter(shape, batched), (), name, x.tensors)


def standardise(x: Tensor, name: str = "normalization", *, stored: bool = True) -> Tensor:
    """Standardise the image by kept numbers, as Keras does inside its networks."""
    return _after(layers.Statistics(x.shape[0], stored), x, name=name)


def radial_basis(x: Tensor, name: str, classes: int) -> Tensor:
    """Measure the squared distance from a fixed centre for each class."""
    return _after(layers.RadialBasis(x.shape[0], classes), x, name=name)


# Windows without weights


def max_pool(
    x: Tensor, size: Ints, *, stride: Ints | None = None, padding: Border = 0, ceil_mode: bool = False, name: str = ""
) -> Tensor:
    """Keep the largest entry of each window; the stride is the size unless it is given."""
    lines = window(size, size if stride is None else stride, padding, 1, ceil_mode)
    return _after(_max_pool(lines), x, name=name)


def avg_pool(
    x: Tensor,
    size: Ints,
    *,
    stride: Ints | None = None,
    padding: Border = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    name: str = "",
) -> Tensor:
    """Average each window; the stride is the size unless it is given."""
    lines = window(size, size if stride is None else stride, padding, 1, ceil_mode)
    return _after(_avg_pool(lines, count_include_pad), x, name=name)


def global_avg_pool(x: Tensor, *, name: str = "") -> Tensor:
    """Average each channel over all its places: a map of 1x1."""
    return _after(wiring.AdaptivePool(1), x, name=name)


def adaptive_avg_pool(x: Tensor, size: int, *, name: str = "") -> Tensor:
    """Average over a grid of `size` x `size` cells that cover the map, whatever its size."""
    return _after(wiring.AdaptivePool(size), x, name=name)


def pad(x: Tensor, padding: Border) -> Tensor:
    """Put zeros around a map, or cut rows and columns off where a number is negative."""
    return _after(wiring.Pad(window(1, 1, padding)), x)


def subsample(x: Tensor, stride: int) -> Tensor:
    """Keep every `stride`-th row and column."""
    return _after(wiring.Subsample((line(1, stride, 0, 0, 1, False, False),) * 2), x)


def crop(x: Tensor, like: Tensor) -> Tensor:
    """Cut the middle out of a map, as large as another map."""
    return _after(_crop, x, like)


# Each place by itself


def activation(x: Tensor, function: str) -> Tensor:
    """Apply a fixed function to each number: relu, relu6, silu, gelu, sigmoid, tanh, hard_swish, ..."""
    return _after(_activation(function), x)


def relu(x: Tensor) -> Tensor:
    """Replace negative numbers by zero."""
    return _after(_activation("relu"), x)


def local_response_norm(x: Tensor, size: int = 5, *, alpha: float = 1e-4, beta: float = 0.75, k: float = 2.0) -> Tensor:
    """Divide by the activity of neighbouring channels."""
    return _after(wiring.LocalResponseNorm(size, alpha, beta, k), x)


def scale(x: Tensor, factor: float) -> Tensor:
    """Multiply with a fixed number."""
    return _after(_scale(factor), x)


def training_only(x: Tensor) -> Tensor:
    """Begin a head that runs in training only: its weights count, its work in use does not."""
    tensor = _after(_training_only, x)
    tensor.training = True
    return tensor


def side_output(x: Tensor) -> Tensor:
    """Declare a tensor an output beside the network's own: the end of a head that always runs."""
    x.ends = True
    return x


# Joining, cutting, ordering


def add(*summands: Tensor) -> Tensor:
    """Add tensors of one shape."""
    return _after(_add, *summands)


def multiply(signal: Tensor, gate: Tensor) -> Tensor:
    """Multiply a signal with a gate: a factor for each number, each channel or each place."""
    return _after(_multiply, signal, gate)


def concat(*parts: Tensor) -> Tensor:
    """Join maps along the channels, or sequences along the tokens."""
    return _after(_concat, *parts)


def channels(x: Tensor, chosen: tuple[int, ...] | range) -> Tensor:
    """Take some channels of a map."""
    return _after(_channels(tuple(chosen)), x)


def split(x: Tensor, parts: int) -> list[Tensor]:
    """Cut the channels into equal parts."""
    size = x.shape[0] // parts
    return [channels(x, range(i * size, (i + 1) * size)) for i in range(parts)]


def pad_channels(x: Tensor, before: int, after: int) -> Tensor:
    """Add channels of zeros."""
    return _after(wiring.PadChannels(before, after), x)


def shuffle(x: Tensor, groups: int) -> Tensor:
    """Mix the channels of different groups."""
    return _after(_shuffle(groups), x)


def flatten(x: Tensor) -> Tensor:
    """Write all numbers in one row."""
    return _after(_flatten, x)


def squeeze(x: Tensor) -> Tensor:
    """Take the only place of a 1x1 map as a vector."""
    return _after(_squeeze, x)


def tokens(x: Tensor) -> Tensor:
    """Read the places of a map as a sequence, row by row."""
    return _after(_tokens, x)


def token(x: Tensor, index: int = 0) -> Tensor:
    """Take one token of a sequence."""
    return _after(wiring.Token(index), x)


def attention(x: Tensor, heads: int) -> Tensor:
    """Attend within a sequence that holds queries, keys and values side by side."""
    return _after(_attention(heads), x)
