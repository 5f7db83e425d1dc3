"""What the laws of pooling draw beside the common strategies, and which cells each window sees."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, composite

from cnnspec.arguments import Array, Pair
from cnnspec.laws.cases import Pooling, as_pair
from cnnspec.laws.strategies import PIECE, entries, poolings, styles

factors = st.sampled_from([2, 3, 1, 0, 0.5, 7])
"""Factors of at least 0; a half makes entries that are no whole numbers and still exact."""

constants = st.sampled_from([1, -3, 4096, -4096])
"""What is added to a whole map; the large ones carry it beyond any border that is merely very negative."""

cells = st.integers(0, 96)
"""A place to start counting at, reduced to the size of whatever is counted."""

MAXIMA = st.one_of(poolings(), poolings(), poolings(dilations=(1, 2, 3), padded=False))
"""Cases for max pooling in which every window sees a cell of the map; dilated windows could miss it all."""


@dataclass(frozen=True, eq=False)
class TwoMaps(Pooling):
    """A case for a pooling with a second batch `z` of the same shape."""

    z: Array = field(default_factory=lambda: np.zeros((1, 1, 1, 1)))


@composite
def two_maps(draw: DrawFn, /, **options: Any) -> TwoMaps:
    """Cases with two batches of one shape and dtype; options as in `poolings`."""
    case = draw(poolings(**options))
    return TwoMaps(**vars(case), z=draw(entries(case.x.shape, dtype=case.x.dtype)))


@composite
def tilings(draw: DrawFn, /, *, least: int = 1, palette: str | None = None) -> Pooling:
    """Cases in which windows, of at least so many rows, lie side by side and cover the map."""
    window = draw(st.integers(least, 3)), draw(st.integers(1, 4))
    style = draw(styles(palette, negative=True))
    shape = draw(st.integers(1, 2)), draw(st.integers(1, 2)), *(k * draw(st.integers(1, 3)) for k in window)
    return Pooling(draw(entries(shape, dtype=style.dtype, palette=style.palette, layout=style.layout)), window)


@dataclass(frozen=True, eq=False)
class TwoPoolings:
    """A batch and two windows, of which the second slides over what the first answers."""

    x: Array
    sizes: tuple[Pair, Pair]
    strides: tuple[Pair, Pair]


@composite
def two_poolings(draw: DrawFn, /, *, tiles: bool = False) -> TwoPoolings:
    """Two poolings in a row, the first without gaps; with `tiles` all windows lie side by side and cover their maps."""
    axes = []
    for _ in range(2):
        k, m, spare = draw(st.sampled_from([2, 1, 3])), draw(st.sampled_from([2, 1, 3])), draw(st.integers(0, 3))
        s, t = (k, m) if tiles else (draw(st.integers(1, k)), draw(st.sampled_from([1, 2, 3])))
        side = k * m * (1 + spare % 2) if tiles else k + s * (m - 1) + spare
        axes.append((side, k, m, s, t))
    sides, *pairs = zip(*axes, strict=True)
    first, second, steps, more = (Pair(*numbers) for numbers in pairs)
    return TwoPoolings(draw(entries((1, 2, *sides))), (first, second), (steps, more))


@composite
def rankings(draw: DrawFn, /, *, least: int = 2, most: int = 6) -> Array:
    """Maps of shape (1, 1, H, W) that hold each of the numbers 0, 1, 2, ... once, in any order."""
    shape = draw(st.integers(least, most)), draw(st.integers(least, most))
    content = np.frombuffer(draw(st.binary(min_size=PIECE, max_size=PIECE)), dtype=np.uint8)
    order = np.argsort(np.resize(content, shape[0] * shape[1]), kind="stable")
    return np.argsort(order).reshape(1, 1, *shape).astype(np.float64)


def sight(case: Pooling, axis: int) -> Array:
    """Say which cells each window sees along one axis, 0 for rows and 1 for columns.

    Windows start one stride apart, the first at the outer edge of the border. They end with the last one that fits,
    or in ceil mode with the first one that reaches the end, unless that one would start behind the map.

    Returns:
        Boolean array of shape (windows, cells).
    """
    length = case.x.shape[2 + axis]
    d = as_pair(case.dilation)[axis]
    s, p, span = case.step[axis], as_pair(case.padding)[axis], d * (case.window[axis] - 1) + 1
    starts = [-p]
    while (
        starts[-1] + span < length + p and starts[-1] + s < length
        if case.ceil_mode
        else starts[-1] + s + span <= length + p
    ):
        starts.append(starts[-1] + s)
    seen = np.zeros((len(starts), length), dtype=bool)
    for window, start in enumerate(starts):
        first = start if start >= 0 else start % d
        seen[window, first : max(start + span, 0) : d] = True
    return seen


def windows_with(case: Pooling, row: int, column: int) -> Array:
    """Say which windows see one cell: a boolean array of shape (OH, OW)."""
    return np.outer(sight(case, 0)[:, row], sight(case, 1)[:, column])


def widened(x: Array, size: Pair) -> Array:
    """Repeat every entry over a window of its own, so that pooling side by side could give it back."""
    return np.repeat(np.repeat(x, size.v, axis=2), size.h, axis=3)


def bordered(case: Pooling, value: float) -> Array:
    """The case's maps with its padding written out as cells of one value."""
    p = as_pair(case.padding)
    return np.pad(case.x, ((0, 0), (0, 0), (p.v, p.v), (p.h, p.h)), constant_values=value)


def row(*numbers: float) -> Array:
    """A batch of one map with one row."""
    return np.array(numbers, dtype=np.float64).reshape(1, 1, 1, -1)
