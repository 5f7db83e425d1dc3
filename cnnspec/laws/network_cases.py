"""What the laws of the network draw beside the common strategies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy, composite

from cnnspec.arguments import Array
from cnnspec.laws.compare import holds, unchanged
from cnnspec.laws.strategies import entries, laid_out, styles

Layers = list[tuple[int, int, int]]

seeds = st.integers(0, 2**32)
"""Seeds of random streams."""

indices = st.integers(0, 96)
"""A place to start counting at, reduced to the size of whatever is counted."""


@composite
def anything(draw: DrawFn, /, *, palette: str | None = None) -> Array:
    """Arrays of one to four axes, float64 or float32."""
    style = draw(styles(palette, negative=True))
    shape = draw(st.sampled_from([(1,), (4,), (1, 3), (3, 2), (2, 1, 3), (1, 2, 3, 2), (2, 3, 2, 2)]))
    return draw(entries(shape, dtype=style.dtype, palette=style.palette, layout=style.layout))


@dataclass(frozen=True, eq=False)
class Dense:
    """A case for `linear`: a batch of rows, weights, and a bias or None."""

    x: Array
    w: Array
    b: Array | None = None

    @property
    def tags(self) -> tuple[str, ...]:
        """The properties worth counting."""
        return (
            *(["as many outputs as inputs"] if self.w.shape[0] == self.w.shape[1] else []),
            *(["batch > 1"] if len(self.x) > 1 else []),
            *(["float32"] if self.x.dtype == np.float32 else []),
            *(["bias"] if self.b is not None else []),
        )


@composite
def dense(draw: DrawFn, /, *, palette: str | None = None, batch: int = 3, bias: bool = True) -> Dense:
    """Cases for `linear`."""
    style = draw(styles(palette))
    n, d, f = draw(st.integers(1, batch)), draw(st.integers(1, 5)), draw(st.integers(1, 4))
    weights = style.weights_palette
    return Dense(
        draw(entries((n, d), dtype=style.dtype, palette=style.palette, layout=style.layout)),
        draw(entries((f, d), dtype=style.dtype, palette=weights, layout=style.weights)),
        draw(entries((f,), dtype=style.dtype, palette=weights)) if bias and draw(st.booleans()) else None,
    )


@dataclass(frozen=True, eq=False)
class Labelled:
    """A case for `cross_entropy`: logits and the true classes."""

    z: Array
    y: Array

    @property
    def tags(self) -> tuple[str, ...]:
        """The properties worth counting."""
        return (
            *(["batch > 1"] if len(self.z) > 1 else []),
            *(["float32"] if self.z.dtype == np.float32 else []),
            *(["ties"] if any(len(set(row)) < len(row) for row in self.z.tolist()) else []),
        )


@composite
def logits(draw: DrawFn, /, *, batch: int = 3, least: int = 1, dtypes: tuple[Any, ...] = ()) -> Array:
    """Logits of shape (N, C): small whole numbers or quarters."""
    dtype = draw(st.sampled_from(dtypes or (np.float64, np.float64, np.float32)))
    palette = draw(st.sampled_from(["small", "fractions", "ties"]))
    layout = draw(st.sampled_from(["plain", "plain", "fortran", "strided"]))
    shape = draw(st.integers(1, batch)), draw(st.integers(least, 5))
    return draw(entries(shape, dtype=dtype, palette=palette, layout=layout))


@composite
def labelled(draw: DrawFn, /, **options: Any) -> Labelled:
    """Logits and as many true classes, of 64 bits; options as in `logits`."""
    z = draw(logits(**options))
    content = np.frombuffer(draw(st.binary(min_size=5, max_size=5)), dtype=np.uint8)
    return Labelled(z, (np.resize(content, len(z)) % z.shape[1]).astype(np.int64))


@dataclass(frozen=True, eq=False)
class Normalisation:
    """A case for `batch_norm2d`: a batch, scales, shifts and a given eps."""

    x: Array
    gamma: Array
    beta: Array
    eps: float

    @property
    def options(self) -> dict[str, Any]:
        """The keyword arguments."""
        return {"eps": self.eps}

    @property
    def tags(self) -> tuple[str, ...]:
        """The properties worth counting."""
        flat = np.moveaxis(self.x, 1, 0).reshape(self.x.shape[1], -1)
        return (
            *(["batch > 1"] if len(self.x) > 1 else []),
            *(["float32"] if self.x.dtype == np.float32 else []),
            *(["constant channel"] if (flat.max(axis=1) == flat.min(axis=1)).any() else []),
        )


BATCHES = [
    (2, 1, 1, 1),
    (1, 1, 1, 2),
    (1, 2, 2, 1),
    (2, 2, 1, 3),
    (3, 2, 2, 2),
    (2, 3, 2, 3),
    (1, 3, 3, 3),
    (2, 2, 3, 2),
    (3, 2, 3, 4),
]
"""Shapes of batches with at least two values per channel; the number of channels is often that of rows or columns."""


@composite
def normalisations(draw: DrawFn, /, *, palette: str | None = None, dtypes: tuple[Any, ...] = ()) -> Normalisation:
    """Cases for `batch_norm2d` with whole numbers or quarters.

    In float32 eps is not tiny: a constant channel divided by a deviation of 0.003 would show more rounding than
    `same` allows anybody.
    """
    dtype = draw(st.sampled_from(dtypes or (np.float64, np.float64, np.float32)))
    shape = draw(st.sampled_from(BATCHES))
    palette = palette or draw(st.sampled_from(["small", "fractions", "ties", "negative"]))
    layout = draw(st.sampled_from(["plain", "plain", "fortran", "strided"]))
    return Normalisation(
        draw(entries(shape, dtype=dtype, palette=palette, layout=layout)),
        draw(entries((shape[1],), dtype=dtype, palette="fractions")),
        draw(entries((shape[1],), dtype=dtype, palette="fractions")),
        draw(st.sampled_from([1.0, 0.125, 3.0] if dtype == np.float32 else [1.0, 0.125, 1e-3, 1e-5])),
    )


@composite
def stacks(
    draw: DrawFn, /, *, least: int = 1, most: int = 4, kernel: int = 5, strides: tuple[int, ...] = (1, 2, 3)
) -> Layers:
    """Stacks of layers, each (kernel, stride, dilation)."""
    return [
        (draw(st.integers(1, kernel)), draw(st.sampled_from(strides)), draw(st.integers(1, 3)))
        for _ in range(draw(st.integers(least, most)))
    ]


def nonzero(x: Array) -> Array:
    """The array with ones where it had zeros."""
    return np.where(x == 0, x.dtype.type(1), x)


def relaid(x: Array) -> tuple[Array, ...]:
    """The same numbers in row order, in column order, and as a view of every second cell."""
    return laid_out(np.ascontiguousarray(x), "plain"), laid_out(x, "fortran"), laid_out(x, "strided")


def dtype_kept(answer: Any, x: Array) -> None:
    """Require that an answer has the dtype of its input."""
    dtype = np.asarray(answer).dtype
    holds(dtype == x.dtype, f"the answer should be {x.dtype} as the input is, but it is {dtype}")


def fresh_and_repeatable(ask: Callable[[Array], Any], x: Array, *others: Array | None) -> None:
    """Require that an answer is an array of its own, stays as it is, and comes again for the same question."""
    first = np.asarray(ask(x))
    shared = any(np.may_share_memory(first, array) for array in (x, *others) if array is not None)
    holds(not shared, "the answer should share no memory with an argument")
    kept = first.copy()
    ask(-x - 1)
    ask(np.concatenate([x + 2, x]))
    unchanged(first, kept, "an answer should stay as it is when more questions are asked")
    unchanged(np.asarray(ask(x)), kept, "the same question should have the same answer later")


floats: SearchStrategy[Any] = st.sampled_from([np.float64, np.float32])
"""The two dtypes of the contract."""
