"""What the laws of the backward passes draw: the cases of the forward passes, with a gradient for each output."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, composite

from cnnspec.arguments import Array
from cnnspec.convolution import output_size
from cnnspec.laws.cases import Layer, Pooling, as_pair
from cnnspec.laws.compare import holds, same, unchanged
from cnnspec.laws.network_cases import Dense, Normalisation, dense, normalisations
from cnnspec.laws.strategies import entries, laid_out, layers, poolings

Case = TypeVar("Case", bound="LayerBackward | PoolingBackward | DenseBackward | NormalisationBackward")


def nothing() -> Array:
    """An array that is always replaced; a field after optional ones needs a default."""
    return np.zeros((1, 1, 1, 1))


@dataclass(frozen=True, eq=False)
class LayerBackward(Layer):
    """A case for `conv2d_backward`."""

    dy: Array = field(default_factory=nothing)


@dataclass(frozen=True, eq=False)
class PoolingBackward(Pooling):
    """A case for the backward pass of a pooling."""

    dy: Array = field(default_factory=nothing)
    include: bool = True

    @property
    def options(self) -> dict[str, Any]:
        """The keyword arguments that the contract has for both poolings."""
        return {"stride": self.stride, "padding": self.padding}

    @property
    def averaging(self) -> dict[str, Any]:
        """The keyword arguments of average pooling."""
        return {**self.options, "count_include_pad": self.include}


@dataclass(frozen=True, eq=False)
class DenseBackward(Dense):
    """A case for `linear_backward`."""

    dy: Array = field(default_factory=nothing)


@dataclass(frozen=True, eq=False)
class NormalisationBackward(Normalisation):
    """A case for `batch_norm2d_backward`; beta plays no part in it."""

    dy: Array = field(default_factory=nothing)


def beside(x: Array) -> str:
    """A palette for numbers that are multiplied with those of x: quarters beside quarters, else whole numbers."""
    return "small" if np.array_equal(x, np.round(x)) else "fractions"


MANY_DIGITS = 2**26 + 1
"""A factor that gives small numbers more digits than float32 has, and leaves their sums of products exact."""


@composite
def factors(draw: DrawFn, x: Array, w: Array, dy: Array) -> tuple[Array, Array]:
    """The weights and the upstream gradient, one of them now and then with many digits, if all is small and float64."""
    small = x.dtype == np.float64 and all(np.abs(factor).max() <= 16 for factor in (x, w, dy))
    chosen = draw(st.integers(0, 5)) if small else 0
    return (w * MANY_DIGITS if chosen == 5 else w), (dy * MANY_DIGITS if chosen == 4 else dy)


@composite
def upstream(draw: DrawFn, shape: tuple[int, ...], x: Array, *, palette: str) -> Array:
    """Upstream gradients of the dtype of x, in float64 now and then with many digits."""
    dy = draw(entries(shape, dtype=x.dtype, palette=palette))
    return dy * MANY_DIGITS if x.dtype == np.float64 and draw(st.integers(0, 3)) == 3 else dy


@composite
def layers_backward(draw: DrawFn, /, **options: Any) -> LayerBackward:
    """Cases for `conv2d_backward`; options as in `layers`."""
    case = draw(layers(bias=False, **options))
    shape = len(case.x), len(case.w), *places(case.x, case.w.shape[2:], case)
    dy = draw(entries(shape, dtype=case.x.dtype, palette=beside(case.x)))
    w, dy = draw(factors(case.x, case.w, dy))
    return LayerBackward(**{**vars(case), "w": w}, dy=dy)


@composite
def poolings_backward(draw: DrawFn, /, **options: Any) -> PoolingBackward:
    """Cases for the backward passes of max and average pooling; options as in `poolings`."""
    case = draw(poolings(ceil_modes=(False,), **options))
    # Windows side by side are what a default stride means, and geometry alone would draw them too seldom.
    case = case.but(stride=None) if draw(st.integers(0, 3)) == 3 else case
    shape = *case.x.shape[:2], *places(case.x, case.window, replace(case, stride=case.step))
    dy = draw(upstream(shape, case.x, palette=draw(st.sampled_from(["small", "fractions"]))))
    return PoolingBackward(**vars(case), dy=dy, include=draw(st.booleans()))


@composite
def dense_backward(draw: DrawFn, /, **options: Any) -> DenseBackward:
    """Cases for `linear_backward`; options as in `dense`."""
    case = draw(dense(bias=False, **options))
    shape = len(case.x), len(case.w)
    w, dy = draw(factors(case.x, case.w, draw(entries(shape, dtype=case.x.dtype, palette=beside(case.x)))))
    return DenseBackward(**{**vars(case), "w": w}, dy=dy)


@composite
def normalisations_backward(draw: DrawFn, /, **options: Any) -> NormalisationBackward:
    """Cases for `batch_norm2d_backward`; options as in `normalisations`, but float64 unless dtypes are given."""
    case = draw(normalisations(**{"dtypes": (np.float64,), **options}))
    dy = draw(upstream(case.x.shape, case.x, palette="fractions"))
    return NormalisationBackward(**vars(case), dy=dy)


def places(x: Array, kernel: Any, case: Layer | Pooling) -> tuple[int, int]:
    """How many places a window has along each axis."""
    s, p, d = as_pair(case.stride or 1), as_pair(case.padding), as_pair(case.dilation)
    rows, columns = (
        output_size(x.shape[2 + a], int(kernel[a]), stride=s[a], padding=p[a], dilation=d[a]) for a in (0, 1)
    )
    return rows, columns


def double(case: Case) -> Case:
    """The same case in float64, whose sums of three factors are exact: for laws that add up whole arrays."""
    arrays = {name: a.astype(np.float64) for name, a in vars(case).items() if isinstance(a, np.ndarray)}
    changed: Case = replace(case, **arrays)  # type: ignore[arg-type]
    return changed


def like(numbers: Array, shape: tuple[int, ...]) -> Array:
    """So many of the drawn numbers as the shape needs, again and again if they are too few."""
    return np.resize(numbers, shape)


def inner(left: Any, right: Any) -> float:
    """The inner product of two arrays of one shape, which they must have."""
    a, b = np.asarray(left, dtype=np.float64), np.asarray(right, dtype=np.float64)
    same(a.shape, b.shape, "a gradient should have the shape of what it belongs to")
    return float(np.sum(a * b))


def by_map(left: Any, right: Any) -> Array:
    """The inner product of each map of one batch with that of another."""
    a, b = np.asarray(left, dtype=np.float64), np.asarray(right, dtype=np.float64)
    same(a.shape, b.shape, "a gradient should have the shape of what it belongs to")
    products: Array = np.sum(a * b, axis=(2, 3))
    return products


def three(answer: Any) -> tuple[Array, Array, Array]:
    """Three gradients, which an operator must answer with."""
    holds(isinstance(answer, tuple) and len(answer) == 3, "the answer should be a tuple of three gradients")
    first, second, third = (np.asarray(part) for part in answer)
    return first, second, third


def same_gradients(answer: Any, *expected: Any) -> None:
    """Require three gradients to be the expected ones."""
    for name, part, right in zip(("dx", "the second gradient", "the third"), three(answer), expected, strict=True):
        same(part, right, f"{name} should be what the other side says")


def distinct(x: Array) -> Array:
    """The ranks of all entries, half of them negative: no two are equal, so that no window ties."""
    ranks = np.argsort(np.argsort(x, axis=None, kind="stable"), kind="stable")
    return np.asarray(ranks - x.size // 2).reshape(x.shape).astype(x.dtype)


def windows(case: PoolingBackward) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    """The index of each output place, and of the map's cells that its window sees, for all maps at once."""
    k, s, p = case.window, case.step, as_pair(case.padding)
    for i, j in np.ndindex(case.dy.shape[2:]):
        top, left = i * s.v - p.v, j * s.h - p.h
        seen = np.s_[:, :, max(top, 0) : top + k.v, max(left, 0) : left + k.h]
        yield np.s_[:, :, i, j], seen


def winners(case: PoolingBackward, x: Array) -> list[list[int]]:
    """Which cell of each window is the largest, for each map."""
    return [x[seen].reshape(*x.shape[:2], -1).argmax(axis=2).ravel().tolist() for _, seen in windows(case)]


def habits(ask: Callable[..., Any], arguments: tuple[Array, ...], shapes: tuple[tuple[int, ...], ...]) -> None:
    """Require of an operator what any caller relies on.

    Its answers have these shapes and the dtype of the arguments, share no memory with them, do not depend on how
    they are stored, stay as they are when more is asked, and come again for the same question.
    """

    def parts(*given: Array) -> list[Array]:
        answer = ask(*given)
        return [np.asarray(part) for part in (answer if isinstance(answer, tuple) else (answer,))]

    first = parts(*arguments)
    dtype = next(a.dtype for a in arguments if a.dtype.kind == "f")
    holds(len(first) == len(shapes), f"{len(shapes)} gradients should come back, but {len(first)} did")
    for part, shape in zip(first, shapes, strict=True):
        same(part.shape, shape, "each gradient should have the shape of what it belongs to")
        holds(part.dtype == dtype, f"gradients should be {dtype} as the arguments are, but one is {part.dtype}")
        shared = any(np.may_share_memory(part, argument) for argument in arguments)
        holds(not shared, "a gradient should share no memory with an argument")
    kept = [part.copy() for part in first]
    ask(*(a[::-1].copy() if a.dtype.kind in "iu" else -a - 1 for a in arguments))
    for part, copy in zip(first, kept, strict=True):
        unchanged(part, copy, "an answer should stay as it is when more questions are asked")
    for layout in ("plain", "fortran", "strided"):
        for part, copy in zip(parts(*(laid_out(a.copy(), layout) for a in arguments)), kept, strict=True):
            same(part, copy, "the same question should have the same answer, however the arrays are stored")
