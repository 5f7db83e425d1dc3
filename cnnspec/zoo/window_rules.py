r"""What the operations of `cnnspec.zoo.windows` compute: cutting a map into windows, and attention within them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from math import log
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnspec.algorithms import best
from cnnspec.arguments import Array
from cnnspec.zoo.operation import Operation
from cnnspec.zoo.windows import Cut, FromWindows, KeylessLinear, Merge, ToWindows, WindowAttention

if TYPE_CHECKING:
    from cnnspec.zoo.rules import Step

LARGEST_SCALE = log(100)
"""Where the learnt factor of cosines ends, as its logarithm."""

FARTHEST = 8.0
"""What the largest distance is called when the network for the bias is asked."""


def merge(operation: Merge, step: Step) -> Array:
    """Every second row and column, four times."""
    vertical, horizontal = operation.lines
    rows, columns = step.x.shape[2:]
    x = np.pad(step.x, ((0, 0), (0, 0), vertical.padding(rows), horizontal.padding(columns)))
    cells = [(i, j) for j in range(horizontal.kernel) for i in range(vertical.kernel)]
    return np.concatenate([x[:, :, i :: vertical.stride, j :: horizontal.stride] for i, j in cells], axis=1)


def to_windows(operation: ToWindows, step: Step) -> Array:
    """Pad, roll, cut."""
    cut, (rows, columns) = operation.cut, step.x.shape[2:]
    x = np.pad(step.x, ((0, 0), (0, 0), (0, -rows % cut.size), (0, -columns % cut.size)))
    return _tokens(np.roll(x, (-cut.shift[0], -cut.shift[1]), axis=(2, 3)), cut)


def _tokens(x: Array, cut: Cut) -> Array:
    """The places of a map (N, C, H, W) that is a whole number of windows, as (N, H * W, C), window by window."""
    batch, channels, rows, columns = x.shape
    if cut.comb:
        parts = x.reshape(batch, channels, cut.size, rows // cut.size, cut.size, columns // cut.size)
        parts = parts.transpose(0, 3, 5, 2, 4, 1)
    else:
        parts = x.reshape(batch, channels, rows // cut.size, cut.size, columns // cut.size, cut.size)
        parts = parts.transpose(0, 2, 4, 3, 5, 1)
    return parts.reshape(batch, rows * columns, channels)


def from_windows(operation: FromWindows, step: Step) -> Array:
    """Put together, roll back, cut the padding off."""
    cut, size = operation.cut, operation.cut.size
    batch, _, channels = step.x.shape
    high, wide = -(-operation.rows // size), -(-operation.columns // size)
    parts = step.x.reshape(batch, high, wide, size, size, channels)
    order = (0, 5, 3, 1, 4, 2) if cut.comb else (0, 5, 1, 3, 2, 4)
    x = parts.transpose(order).reshape(batch, channels, high * size, wide * size)
    x = np.roll(x, cut.shift, axis=(2, 3))
    return np.ascontiguousarray(x[:, :, : operation.rows, : operation.columns])


def keyless_linear(operation: KeylessLinear, step: Step) -> Array:
    """A matrix times the features, and a bias for queries and values."""
    bias = step.weights["bias"].copy()
    width = len(bias) // 3
    bias[width : 2 * width] = 0
    return np.asarray(best["linear"](step.x.reshape(-1, operation.width), step.weights["weight"], bias)).reshape(
        *step.x.shape[:-1], operation.features
    )


def window_attention(operation: WindowAttention, step: Step) -> Array:
    r"""$\operatorname{softmax}(s\, QK^\top + B)\, V$ in each window and head."""
    cut, places = operation.cut, operation.cut.size**2
    batch, count, width = step.x.shape
    size, dtype = width // 3 // operation.heads, step.x.dtype
    # (query, key, value), batch, window, head, place, feature
    parts = step.x.reshape(batch, count // places, places, 3, operation.heads, size).transpose(3, 0, 1, 4, 2, 5)
    queries, keys, values = parts
    if operation.cosine:
        factor = np.exp(np.minimum(step.weights["logit_scale"], LARGEST_SCALE)).astype(dtype)
        scores = np.matmul(_directions(queries), _directions(keys).swapaxes(-1, -2)) * factor
    else:
        scores = np.matmul(queries * dtype.type(operation.factor), keys.swapaxes(-1, -2))
    scores = scores + _bias(operation, step.weights).astype(dtype)
    if any(cut.shift):
        apart = _apart(cut, operation.rows, operation.columns)
        scores = np.where(apart[:, None], dtype.type(-np.inf), scores)
    mixed = np.matmul(best["softmax"](scores), values)
    answer: Array = mixed.transpose(0, 1, 3, 2, 4).reshape(batch, count, width // 3)
    return answer


def _directions(x: Array) -> Array:
    """Vectors of length 1."""
    lengths = np.sqrt(np.sum(x * x, axis=-1, keepdims=True))
    return np.asarray(x / np.maximum(lengths, x.dtype.type(1e-12)))


def _bias(operation: WindowAttention, weights: Mapping[str, Array]) -> Array:
    """What is added for each head and each pair of places of a window."""
    size = operation.cut.size
    if operation.cosine:
        hidden = distances(size).reshape(-1, 2) @ weights["cpb_mlp.0.weight"].T + weights["cpb_mlp.0.bias"]
        table = np.maximum(hidden, 0) @ weights["cpb_mlp.2.weight"].T
        table = 16 / (1 + np.exp(-table))
    else:
        table = weights["relative_position_bias_table"]
    return np.asarray(table[pairs(size)].transpose(2, 0, 1))


@cache
def pairs(size: int) -> Array:
    """For each pair of places of a window the number of the distance between them."""
    places = np.stack(np.meshgrid(np.arange(size), np.arange(size), indexing="ij")).reshape(2, -1)
    down, across = places[:, :, None] - places[:, None, :] + size - 1
    return np.asarray(down * (2 * size - 1) + across)


@cache
def distances(size: int) -> Array:
    """All distances along both axes, from -8 to 8, with their logarithms taken so that large ones lie closer."""
    line = np.arange(1 - size, size) * (FARTHEST / max(size - 1, 1))
    table = np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1)
    return np.asarray(np.sign(table) * np.log2(np.abs(table) + 1) / np.log2(FARTHEST))


@cache
def _apart(cut: Cut, rows: int, columns: int) -> Array:
    """For each window and pair of places whether the shift has brought them together around the edge."""
    lines = []
    for length, shift in zip((rows, columns), cut.shift, strict=True):
        padded = -(-length // cut.size) * cut.size
        place = np.arange(padded)
        lines.append((place >= padded - shift) * 1 + (place >= padded - cut.size) * (shift > 0))
    region = 3 * lines[0][:, None] + lines[1][None, :]
    labels = _tokens(region[None, None], cut).reshape(-1, cut.size**2)
    return np.asarray(labels[:, :, None] != labels[:, None, :])


WINDOW_RULES: Mapping[type[Operation], Callable[[Any, Step], Array]] = {
    Merge: merge,
    ToWindows: to_windows,
    FromWindows: from_windows,
    KeylessLinear: keyless_linear,
    WindowAttention: window_attention,
}
"""The rule of every operation within windows."""
