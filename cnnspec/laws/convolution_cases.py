"""Cases that only the laws of one kernel on one image need (Step 2): axes, ramps, two layers in a row."""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy, composite

from cnnspec.arguments import Array
from cnnspec.laws.cases import Correlation, as_pair
from cnnspec.laws.strategies import Line, entries


def axes(case: Correlation) -> tuple[Line, Line]:
    """The geometry of a case, along the rows and along the columns."""
    s, p, d = as_pair(case.stride), as_pair(case.padding), as_pair(case.dilation)
    (height, width), (kh, kw) = case.image.shape, case.kernel.shape
    return Line(height, kh, s.v, p.v, d.v), Line(width, kw, s.h, p.h, d.h)


def shape_of(case: Correlation) -> tuple[int, int]:
    """How many rows and columns the answer to a case has."""
    rows, columns = axes(case)
    return rows.places, columns.places


def one_hot(shape: tuple[int, int], place: tuple[int, int], dtype: Any = np.float64) -> Array:
    """Zeros, and a single one."""
    x = np.zeros(shape, dtype=dtype)
    x[place] = 1
    return x


def ramp(like: Array) -> Array:
    """An array of the same shape and dtype whose entries 1, 2, 3, ... differ in every direction."""
    return np.arange(1, like.size + 1).reshape(like.shape).astype(like.dtype)


def stuffed(kernel: Array, step: tuple[int, int]) -> Array:
    """The kernel with `step - 1` zeros written between its neighbours, in both directions."""
    kh, kw = kernel.shape
    wide = np.zeros(((kh - 1) * step[0] + 1, (kw - 1) * step[1] + 1), dtype=kernel.dtype)
    wide[:: step[0], :: step[1]] = kernel
    return wide


def positive(x: Array) -> Array:
    """The magnitudes and one more, so that nothing is zero."""
    return np.abs(x) + 1


@dataclass(frozen=True, eq=False)
class Stack:
    """Two kernels in a row on one image, without padding; each has a stride."""

    image: Array
    first: Array
    second: Array
    first_stride: tuple[int, int]
    second_stride: tuple[int, int]


@dataclass(frozen=True)
class TwoLines:
    """Two layers along one axis: `size` cells, kernels and strides."""

    size: int
    kernels: tuple[int, int]
    strides: tuple[int, int]


@functools.lru_cache
def two_lines() -> SearchStrategy[TwoLines]:
    """Geometries of two layers along one axis, the simplest first."""
    found = []
    for first, second, s, t, places in itertools.product((1, 2, 3), (1, 2, 3), (1, 2), (1, 2), (1, 2, 3)):
        between = (places - 1) * t + second
        found.append(TwoLines((between - 1) * s + first, (first, second), (s, t)))
    return st.sampled_from(sorted((f for f in found if f.size < 11), key=lambda f: (f.size, f.strides, f.kernels)))


@composite
def stacks(draw: DrawFn, /) -> Stack:
    """Two kernels in a row, with every size such that nothing is left over."""
    rows, columns = draw(two_lines()), draw(two_lines())
    return Stack(
        draw(entries((rows.size, columns.size))),
        draw(entries((rows.kernels[0], columns.kernels[0]))),
        draw(entries((rows.kernels[1], columns.kernels[1]))),
        (rows.strides[0], columns.strides[0]),
        (rows.strides[1], columns.strides[1]),
    )


coefficients = st.sampled_from(
    sorted(
        ((a, b) for a, b in itertools.product(range(-3, 4), repeat=2) if a + b != 1),
        key=lambda pair: (abs(pair[0] - 1) + abs(pair[1] - 1), pair),
    )
)
"""Two factors whose sum is not 1: combinations with sum 1 cannot see a constant added to every answer."""
