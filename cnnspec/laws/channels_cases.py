r"""What the laws about channels (Step 3) draw, and the other sides of their equations.

Where a law joins two layers, the number of channels between them is fixed, so that each array is drawn by itself:
`batches(2)` fits `filters(3, 2)`, whose maps fit `filters(2, 3)`.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy, composite

from cnnspec.arguments import Array, IntOrPair, Pair
from cnnspec.laws.cases import Layer, TransposedLayer, as_pair
from cnnspec.laws.compare import refuses
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import entries, layers, transposed_layers

Wrong = tuple[str, dict[str, Any]]
"""An argument's name, and what replaces right arguments by wrong ones."""

seeds = st.integers(0, 999)
"""Seeds of permutations that are too long to draw element by element."""

coefficients = st.sampled_from([(2, 3), (1, 1), (3, -1), (-2, 0), (0, 0)])
"""Two factors of a linear combination. Few of them add up to 1: a sum that does hides an added constant."""


@composite
def batches(draw: DrawFn, /, channels: int, *, least: int = 1, most: int = 4) -> Array:
    """Batches of one or two images with so many channels, shape (N, channels, H, W)."""
    images, rows, columns = draw(shapes((1, 2), least, most))
    return draw(entries((images, channels, rows, columns)))


@composite
def filters(draw: DrawFn, /, count: int, depth: int, *, least: int = 1, most: int = 3) -> Array:
    """Weights of shape (count, depth, KH, KW)."""
    _, rows, columns = draw(shapes((1,), least, most))
    return draw(entries((count, depth, rows, columns)))


@functools.lru_cache
def shapes(images: tuple[int, ...], least: int, most: int) -> SearchStrategy[tuple[int, int, int]]:
    """Numbers of images, rows and columns, the smallest product first."""
    sides = range(least, most + 1)
    return st.sampled_from(sorted(itertools.product(images, sides, sides), key=lambda s: (s[0] * s[1] * s[2], s)))


def vectors(length: int) -> SearchStrategy[Array]:
    """Arrays of shape (length,), such as biases."""
    return entries((length,))


def layers_with_bias(**restrictions: Any) -> SearchStrategy[Layer]:
    """Cases for `conv2d` that always have a bias."""
    return layers(**restrictions).map(with_bias)


def transposed_layers_with_bias(**restrictions: Any) -> SearchStrategy[TransposedLayer]:
    """Cases for `conv_transpose2d` that always have a bias."""

    def biased(case: TransposedLayer) -> TransposedLayer:
        count = case.w.shape[1] * case.groups
        return case if case.b is not None else case.but(b=np.arange(1, count + 1, dtype=case.x.dtype))

    return transposed_layers(**restrictions).map(biased)


def with_bias(case: Layer) -> Layer:
    """The case with a bias 1, 2, 3, ... if it has none."""
    return case if case.b is not None else case.but(b=np.arange(1, len(case.w) + 1, dtype=case.x.dtype))


def over(b: Array) -> Array:
    """A bias in a shape that spreads over a batch of maps."""
    return b[:, None, None]


def turned(x: Array) -> Array:
    """Another array of the same shape and numbers: every image turned by 180 degrees and negated."""
    return -x[..., ::-1, ::-1]


def bordered(x: Array, padding: IntOrPair) -> Array:
    """The maps with an explicit border of zeros."""
    p = as_pair(padding)
    return np.pad(x, ((0, 0), (0, 0), (p.v, p.v), (p.h, p.h)))


def cut(x: Array, border: IntOrPair) -> Array:
    """The maps without so many rows at top and bottom, and columns at left and right."""
    p = as_pair(border)
    return x[..., p.v : x.shape[-2] - p.v, p.h : x.shape[-1] - p.h].copy()


def stretched(x: Array, factor: IntOrPair) -> Array:
    """The last two axes with zeros between neighbours, so that they are `factor` apart."""
    f = as_pair(factor)
    stretched = np.zeros((*x.shape[:-2], (x.shape[-2] - 1) * f.v + 1, (x.shape[-1] - 1) * f.h + 1), dtype=x.dtype)
    stretched[..., :: f.v, :: f.h] = x
    return stretched


def windows(case: Layer) -> tuple[Array, Pair]:
    """Every window of a layer without groups as a row of numbers: shape (N, places, C * KH * KW); and the places."""
    x, s, d = bordered(case.x, case.padding), as_pair(case.stride), as_pair(case.dilation)
    height, width = d.v * (case.w.shape[2] - 1) + 1, d.h * (case.w.shape[3] - 1) + 1
    tops = range(0, x.shape[2] - height + 1, s.v)
    lefts = range(0, x.shape[3] - width + 1, s.h)
    found = [
        x[:, :, top : top + height : d.v, left : left + width : d.h].reshape(len(x), -1)
        for top, left in itertools.product(tops, lefts)
    ]
    return np.stack(found, axis=1), Pair(len(tops), len(lefts))


def joined(first: Array, second: Array, stride: int = 1) -> Array:
    """The one kernel that does what two unpadded layers do: each pair of filters in full convolution.

    Args:
        first: Weights of shape (M, C, A, B).
        second: Weights of shape (F, M, K, L).
        stride: The stride of the first layer.

    Returns:
        Weights of shape (F, C, A + stride * (K - 1), B + stride * (L - 1)).
    """
    a, b = first.shape[2:]
    k, l = second.shape[2:]  # noqa: E741
    kernel = np.zeros((len(second), first.shape[1], a + stride * (k - 1), b + stride * (l - 1)), dtype=first.dtype)
    for i, j in np.ndindex(k, l):
        top, left = stride * i, stride * j
        kernel[:, :, top : top + a, left : left + b] += np.einsum("fm,mcab->fcab", second[:, :, i, j], first)
    return kernel


def dense_weights(w: Array, groups: int) -> Array:
    """Grouped weights as ordinary ones: block-diagonal in channel space, zero between groups."""
    width, depth = len(w) // groups, w.shape[1]
    dense = np.zeros((len(w), depth * groups, *w.shape[2:]), dtype=w.dtype)
    for f in range(len(w)):
        first = f // width * depth
        dense[f, first : first + depth] = w[f]
    return dense


def all_refused(operator: Function, right: dict[str, Any], wrong: Sequence[Wrong]) -> None:
    """Require that a call with right arguments answers, and that each wrong replacement is refused by name."""
    operator(**right)
    for argument, changes in wrong:
        call = functools.partial(operator, **{**right, **changes})
        refuses(call, f"a wrong {argument} should be refused by name", naming=f"{argument} must")


def direct_equivalent(case: TransposedLayer) -> tuple[Array, Array]:
    """The image and the weights whose ordinary, dilated convolution is the transposed one.

    The image is stretched and padded by d(k-1) - p on every side and by the output padding at the end; a negative
    padding crops. The kernels are turned, and channels and filters change places group by group.
    """
    s, p, d, a = (as_pair(v) for v in (case.stride, case.padding, case.dilation, case.output_padding))
    around = d.v * (case.w.shape[2] - 1) - p.v, d.h * (case.w.shape[3] - 1) - p.h
    sides = [(0, 0), (0, 0), (around[0], around[0] + a.v), (around[1], around[1] + a.h)]
    image = np.pad(stretched(case.x, s), [(max(start, 0), max(end, 0)) for start, end in sides])
    height, width = image.shape[2:]
    (top, bottom), (left, right) = ((max(-start, 0), max(-end, 0)) for start, end in sides[2:])
    image = image[:, :, top : height - bottom, left : width - right]
    parts = [w.swapaxes(0, 1) for w in np.split(case.w, case.groups)]
    return image, np.concatenate(parts)[..., ::-1, ::-1].copy()
