r"""What each operation of the zoo computes in a network that is used, not trained.

There is one rule for each kind of operation. A rule gets the arrays that go in, with the batch as their first
axis, and the operation's own weights; convolution, pooling and dense layers go to this project's fast operators.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from cnnspec.algorithms import best
from cnnspec.arguments import Array
from cnnspec.zoo import layers, wiring
from cnnspec.zoo.functions import FUNCTIONS
from cnnspec.zoo.operation import Operation, Windowed
from cnnspec.zoo.window_rules import WINDOW_RULES

IMAGENET_MEAN = (123.675, 116.28, 103.53)
"""Mean red, green and blue of ImageNet's pixels, from 0 to 255."""

IMAGENET_DEVIATION = (58.395, 57.12, 57.375)
"""Their standard deviations."""

LEAST_DEVIATION = 1e-7
"""What Keras divides by at least when it standardises a picture."""


class Step(NamedTuple):
    """What an operation works with.

    Attributes:
        inputs: The arrays that go in; (N, channels, rows, columns), (N, tokens, width) or (N, width).
        weights: Its own arrays, by the last part of their names.
        spare: Whether nobody needs the first input any more, so that the answer may be written over it.
    """

    inputs: list[Array]
    weights: Mapping[str, Array]
    spare: bool = False

    @property
    def x(self) -> Array:
        """The first input."""
        return self.inputs[0]

    @property
    def out(self) -> Array:
        """Where an answer of the first input's shape may be written."""
        return self.x if self.spare else np.empty_like(self.x)


Rule = Callable[[Any, Step], Array]


def run(operation: Operation, step: Step) -> Array:
    """Compute one operation.

    Raises:
        TypeError: If no rule is known for it.
    """
    rule = RULES.get(type(operation))
    if rule is None:
        raise TypeError(f"operation must be one of the zoo's, but a {type(operation).__name__} came.")
    return rule(operation, step)


def is_view(operation: Operation) -> bool:
    """Whether the answer may be another view of the first input or of a weight, and not memory of its own."""
    return isinstance(operation, VIEWS)


VIEWS = (
    wiring.Channels,
    wiring.Crop,
    wiring.Flatten,
    wiring.Squeeze,
    wiring.Subsample,
    wiring.Token,
    wiring.Tokens,
    layers.Parameter,
)


# Layers with weights


def conv(operation: layers.Conv, step: Step) -> Array:
    """Cross-correlation; `same` padding depends on the map."""
    vertical, horizontal = operation.lines
    answer: Array = best["conv2d"](
        step.x,
        step.weights["weight"],
        step.weights.get("bias"),
        stride=(vertical.stride, horizontal.stride),
        padding=padding(operation, step.x),
        dilation=(vertical.dilation, horizontal.dilation),
        groups=operation.groups,
    )
    return answer


def conv_transpose(operation: layers.ConvTranspose, step: Step) -> Array:
    """Every cell becomes a tile."""
    answer: Array = best["conv_transpose2d"](
        step.x, step.weights["weight"], step.weights.get("bias"), stride=operation.size
    )
    return answer


def linear(operation: layers.Linear, step: Step) -> Array:
    """A matrix times the features: along the channels of a map, else along the last axis."""
    weight, bias = (step.weights.get(key) for key in operation.keys)
    x = step.x
    assert weight is not None
    if x.ndim == 4:
        y: Array = np.matmul(weight, x.reshape(*x.shape[:2], -1))
        if bias is not None:
            y += bias[:, None]
        return y.reshape(len(x), -1, *x.shape[2:])
    y = best["linear"](x.reshape(-1, x.shape[-1]), weight, bias)
    return y.reshape(*x.shape[:-1], -1)


def batch_norm(operation: layers.BatchNorm, step: Step) -> Array:
    r"""One factor $\gamma/\sqrt{\sigma^2+\varepsilon}$ and one shift $\beta - \mu \cdot$ factor for each channel."""
    factor = 1 / np.sqrt(step.weights["running_var"] + step.x.dtype.type(operation.eps))
    if operation.scale:
        factor = factor * step.weights["weight"]
    return _each_channel(step, factor, step.weights["bias"] - step.weights["running_mean"] * factor)


def affine(operation: layers.Affine, step: Step) -> Array:
    """A learnt factor and a learnt shift for each channel."""
    return _each_channel(step, step.weights["weight"], step.weights["bias"])


def _each_channel(step: Step, factor: Array, shift: Array) -> Array:
    axes = (-1, *[1] * (step.x.ndim - 2))
    y = np.multiply(step.x, factor.reshape(axes), out=step.out)
    y += shift.reshape(axes)
    return y


def layer_norm(operation: layers.LayerNorm, step: Step) -> Array:
    """Over the channels at each place of a map, else over the features of each token."""
    axis = 1 if step.x.ndim == 4 else -1
    y: Array = step.x - np.mean(step.x, axis=axis, keepdims=True)
    variance = np.mean(np.square(y), axis=axis, keepdims=True)
    y /= np.sqrt(variance + y.dtype.type(operation.eps))
    shape = (-1, 1, 1) if axis == 1 else (-1,)
    y *= step.weights["weight"].reshape(shape)
    y += step.weights["bias"].reshape(shape)
    return y


def parameter(operation: layers.Parameter, step: Step) -> Array:
    """The learnt tensor itself, with an axis of length 1 for the batch."""
    tensor = step.weights[""]
    return tensor if operation.batched else tensor[None]


def standardise(operation: layers.Statistics, step: Step) -> Array:
    """By the stored mean and variance, or else by those of ImageNet's pixels from 0 to 255.

    Pictures must come in the scale of those numbers: Keras divides by 255 before its EfficientNets store theirs.
    """
    if operation.stored:
        mean, deviation = step.weights["mean"], np.sqrt(step.weights["variance"])
    else:
        if operation.channels != 3:
            raise ValueError(
                f"input must have 3 channels, since ImageNet's means are built in, but {operation.channels} came."
            )
        mean, deviation = (np.array(numbers, step.x.dtype) for numbers in (IMAGENET_MEAN, IMAGENET_DEVIATION))
    centred: Array = step.x - mean[:, None, None]
    centred /= np.maximum(deviation, LEAST_DEVIATION)[:, None, None]
    return centred


def radial_basis(operation: layers.RadialBasis, step: Step) -> Array:
    """The squared distance from every centre."""
    answer: Array = np.sum(np.square(step.x[:, None] - step.weights["centres"]), axis=2)
    return answer


# Windows without weights


def max_pool(operation: wiring.MaxPool, step: Step) -> Array:
    """The largest entry of each window."""
    answer: Array = best["max_pool2d"](step.x, **_pooling(operation, step.x))
    return answer


def avg_pool(operation: wiring.AvgPool, step: Step) -> Array:
    """The mean of each window."""
    include = operation.count_include_pad
    answer: Array = best["avg_pool2d"](step.x, **_pooling(operation, step.x), count_include_pad=include)
    return answer


def _pooling(operation: Windowed, x: Array) -> dict[str, Any]:
    vertical, horizontal = operation.lines
    return {
        "size": (vertical.kernel, horizontal.kernel),
        "stride": (vertical.stride, horizontal.stride),
        "padding": padding(operation, x),
        "ceil_mode": vertical.ceil,
    }


def padding(operation: Windowed, x: Array) -> tuple[tuple[int, int], tuple[int, int]]:
    """The cells added above and below, left and right of a map."""
    vertical, horizontal = operation.lines
    return vertical.padding(x.shape[2]), horizontal.padding(x.shape[3])


def adaptive_pool(operation: wiring.AdaptivePool, step: Step) -> Array:
    r"""Means over a grid; cell $i$ of $k$ covers rows $\lfloor iH/k \rfloor$ to $\lceil (i+1)H/k \rceil - 1$."""
    x, size = step.x, operation.size
    if size == 1:
        means: Array = best["global_avg_pool2d"](x)
        return means[:, :, None, None]
    y = np.empty((*x.shape[:2], size, size), dtype=x.dtype)
    for i, j in np.ndindex(size, size):
        rows, columns = (
            slice(place * length // size, -(-(place + 1) * length // size))
            for place, length in ((i, x.shape[2]), (j, x.shape[3]))
        )
        np.mean(x[:, :, rows, columns], axis=(2, 3), out=y[:, :, i, j])
    return y


def pad(operation: wiring.Pad, step: Step) -> Array:
    """Zeros around a map; negative numbers cut off."""
    around = padding(operation, step.x)
    cut = [slice(max(-before, 0), -after if after < 0 else None) for before, after in around]
    zeros = [(max(before, 0), max(after, 0)) for before, after in around]
    return np.pad(step.x[:, :, cut[0], cut[1]], ((0, 0), (0, 0), *zeros))


def subsample(operation: wiring.Subsample, step: Step) -> Array:
    """Every `stride`-th row and column."""
    vertical, horizontal = operation.lines
    return step.x[:, :, :: vertical.stride, :: horizontal.stride]


def crop(operation: wiring.Crop, step: Step) -> Array:
    """The middle of the first map, as large as the second."""
    x, like = step.inputs
    top, left = ((x.shape[axis] - like.shape[axis]) // 2 for axis in (2, 3))
    return x[:, :, top : top + like.shape[2], left : left + like.shape[3]]


# Each place by itself


def activation(operation: wiring.Activation, step: Step) -> Array:
    """A fixed function of each number."""
    out = step.out
    FUNCTIONS[operation.function](step.x, out)
    return out


def local_response_norm(operation: wiring.LocalResponseNorm, step: Step) -> Array:
    r"""$x / (k + \alpha \sum x^2)^\beta$ over neighbouring channels; at the ends there are fewer."""
    squares, channels = np.square(step.x), step.x.shape[1]
    before = operation.size // 2
    sums = np.zeros_like(squares)
    for shift in range(-before, operation.size - before):
        first, last = max(-shift, 0), min(channels - shift, channels)
        if first < last:
            sums[:, first:last] += squares[:, first + shift : last + shift]
    sums *= operation.alpha
    sums += operation.k
    answer: Array = step.x * sums**-operation.beta
    return answer


def scale(operation: wiring.Scale, step: Step) -> Array:
    """Multiplication with a fixed number."""
    return np.multiply(step.x, operation.factor, out=step.out)


# Joining, cutting, ordering


def add(operation: wiring.Add, step: Step) -> Array:
    """The sum of all inputs; a parameter is added to every picture."""
    if len(step.inputs) == 1:
        return step.x.copy()
    first, second, *others = step.inputs
    y: Array = np.add(first, second, out=first) if step.spare and len(first) >= len(second) else first + second
    for other in others:
        y = y + other
    return y


def multiply(operation: wiring.Multiply, step: Step) -> Array:
    """The product of a signal and a gate."""
    signal, gate = step.inputs
    return np.multiply(signal, gate, out=signal) if step.spare and len(signal) >= len(gate) else signal * gate


def concat(operation: wiring.Concat, step: Step) -> Array:
    """Channel by channel, or token by token."""
    batch = max(len(part) for part in step.inputs)
    return np.concatenate([np.broadcast_to(part, (batch, *part.shape[1:])) for part in step.inputs], axis=1)


def channels(operation: wiring.Channels, step: Step) -> Array:
    """Some channels, as a view where they are neighbours."""
    chosen = operation.chosen
    if chosen == tuple(range(chosen[0], chosen[-1] + 1)):
        return step.x[:, chosen[0] : chosen[-1] + 1]
    return step.x[:, list(chosen)]


def pad_channels(operation: wiring.PadChannels, step: Step) -> Array:
    """Channels of zeros before and after."""
    return np.pad(step.x, ((0, 0), (operation.before, operation.after), (0, 0), (0, 0)))


def shuffle(operation: wiring.Shuffle, step: Step) -> Array:
    """Channels written into rows and read by columns."""
    batch, count, *size = step.x.shape
    table = step.x.reshape(batch, operation.groups, count // operation.groups, *size)
    return table.swapaxes(1, 2).reshape(batch, count, *size).copy()


def flatten(operation: Operation, step: Step) -> Array:
    """All numbers of a picture in one row."""
    return step.x.reshape(len(step.x), -1)


def tokens(operation: wiring.Tokens, step: Step) -> Array:
    """The places of a map as a sequence, row by row."""
    return step.x.reshape(*step.x.shape[:2], -1).swapaxes(1, 2)


def token(operation: wiring.Token, step: Step) -> Array:
    """One token of a sequence."""
    return step.x[:, operation.index]


def attention(operation: wiring.Attention, step: Step) -> Array:
    r"""$\operatorname{softmax}(QK^\top/\sqrt d)\,V$ in each head, one picture at a time."""
    batch, count, width = step.x.shape
    size = width // 3 // operation.heads
    y = np.empty((batch, count, width // 3), dtype=step.x.dtype)
    for n in range(batch):
        queries, keys, values = step.x[n].reshape(count, 3, operation.heads, size).transpose(1, 2, 0, 3)
        scores = np.matmul(queries * queries.dtype.type(size**-0.5), keys.swapaxes(1, 2))
        mixed = np.matmul(best["softmax"](scores), values)
        y[n] = mixed.swapaxes(0, 1).reshape(count, -1)
    return y


RULES: Mapping[type[Operation], Rule] = MappingProxyType(
    {
        layers.Conv: conv,
        layers.ConvTranspose: conv_transpose,
        layers.Linear: linear,
        layers.BatchNorm: batch_norm,
        layers.LayerNorm: layer_norm,
        layers.Affine: affine,
        layers.Parameter: parameter,
        layers.Statistics: standardise,
        layers.RadialBasis: radial_basis,
        wiring.MaxPool: max_pool,
        wiring.AvgPool: avg_pool,
        wiring.AdaptivePool: adaptive_pool,
        wiring.Pad: pad,
        wiring.Subsample: subsample,
        wiring.Crop: crop,
        wiring.Activation: activation,
        wiring.LocalResponseNorm: local_response_norm,
        wiring.Scale: scale,
        wiring.Add: add,
        wiring.Multiply: multiply,
        wiring.Concat: concat,
        wiring.Channels: channels,
        wiring.PadChannels: pad_channels,
        wiring.Shuffle: shuffle,
        wiring.Flatten: flatten,
        wiring.Squeeze: flatten,
        wiring.Tokens: tokens,
        wiring.Token: token,
        wiring.Attention: attention,
        **WINDOW_RULES,
    }
)
"""The rule of every kind of operation that runs when a network is used."""
