r"""The records that laws draw: arrays and options for one call of an operator, and their tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from cnnspec.arguments import Array, IntOrPair, Pair


@dataclass(frozen=True, eq=False)
class Case:
    """What all cases share."""

    def but(self, **changes: Any) -> Self:
        """The same case with some fields replaced."""
        return replace(self, **changes)


@dataclass(frozen=True, eq=False)
class Correlation(Case):
    """A case for `correlate2d`: an image, a kernel and the options."""

    image: Array
    kernel: Array
    stride: IntOrPair = 1
    padding: IntOrPair = 0
    dilation: IntOrPair = 1

    @property
    def options(self) -> dict[str, Any]:
        """The keyword arguments."""
        return {"stride": self.stride, "padding": self.padding, "dilation": self.dilation}

    @property
    def tags(self) -> tuple[str, ...]:
        """The properties worth counting."""
        return geometry_tags(self.image, self.kernel.shape, self.stride, self.padding, self.dilation)


@dataclass(frozen=True, eq=False)
class Layer(Case):
    """A case for `conv2d`: a batch, filters, a bias or None, and the options."""

    x: Array
    w: Array
    b: Array | None = None
    stride: IntOrPair = 1
    padding: IntOrPair = 0
    dilation: IntOrPair = 1
    groups: int = 1

    @property
    def options(self) -> dict[str, Any]:
        """The keyword arguments."""
        return {
            "stride": self.stride,
            "padding": self.padding,
            "dilation": self.dilation,
            "groups": self.groups,
        }

    @property
    def tags(self) -> tuple[str, ...]:
        """The properties worth counting."""
        more = (*batch_tags(self.x, self.groups), *(["bias"] if self.b is not None else []))
        return geometry_tags(self.x, self.w.shape[2:], self.stride, self.padding, self.dilation) + more


@dataclass(frozen=True, eq=False)
class TransposedLayer(Case):
    """A case for `conv_transpose2d`: a batch, kernels, a bias or None, and the options."""

    x: Array
    w: Array
    b: Array | None = None
    stride: IntOrPair = 1
    padding: IntOrPair = 0
    output_padding: IntOrPair = 0
    dilation: IntOrPair = 1
    groups: int = 1

    @property
    def options(self) -> dict[str, Any]:
        """The keyword arguments."""
        return {
            "stride": self.stride,
            "padding": self.padding,
            "output_padding": self.output_padding,
            "dilation": self.dilation,
            "groups": self.groups,
        }

    @property
    def tags(self) -> tuple[str, ...]:
        """The properties worth counting."""
        odd = np.any(np.asarray(self.output_padding) > 0)
        more = (*batch_tags(self.x, self.groups), *(["output padding"] if odd else []))
        return array_tags(self.x) + stride_tags(self.w.shape[2:], self.stride, self.dilation) + more


@dataclass(frozen=True, eq=False)
class Pooling(Case):
    """A case for a pooling: a batch, the window's size and the options; stride None means the size."""

    x: Array
    size: IntOrPair
    stride: IntOrPair | None = None
    padding: IntOrPair = 0
    dilation: IntOrPair = 1
    ceil_mode: bool = False

    @property
    def options(self) -> dict[str, Any]:
        """The keyword arguments; dilation, which only max pooling has, when it is not 1."""
        chosen = {"stride": self.stride, "padding": self.padding, "ceil_mode": self.ceil_mode}
        return chosen if as_pair(self.dilation) == (1, 1) else {**chosen, "dilation": self.dilation}

    @property
    def window(self) -> Pair:
        """The window's size as a pair."""
        return as_pair(self.size)

    @property
    def step(self) -> Pair:
        """The stride as a pair, whatever way it was spelt."""
        return as_pair(self.size if self.stride is None else self.stride)

    @property
    def tags(self) -> tuple[str, ...]:
        """The properties worth counting."""
        overlap = any(s < k for s, k in zip(self.step, self.window, strict=True))
        more = (
            *(["ceil mode"] if self.ceil_mode else []),
            *(["windows overlap"] if overlap else []),
            *(["ties"] if len(np.unique(self.x)) < self.x.size else []),
            *(["all negative"] if (self.x < 0).all() else []),
        )
        return geometry_tags(self.x, self.window, self.step, self.padding, self.dilation) + more


def as_pair(value: IntOrPair) -> Pair:
    """An int or a pair as (vertical, horizontal)."""
    return Pair(value, value) if isinstance(value, int) else Pair(*value)


def array_tags(x: Array) -> tuple[str, ...]:
    """What is worth counting about a map."""
    return (
        *(["oblong"] if x.shape[-1] != x.shape[-2] else []),
        *(["float32"] if x.dtype == np.float32 else []),
        *(["beyond 2^24"] if x.size and np.abs(x).max() > 2**24 else []),
        *(["not contiguous"] if not x.flags.c_contiguous else []),
    )


def batch_tags(x: Array, groups: int) -> tuple[str, ...]:
    """What is worth counting about a batch and how its channels are grouped."""
    return (*(["groups > 1"] if groups > 1 else []), *(["batch > 1"] if len(x) > 1 else []))


def stride_tags(kernel: Sequence[int], stride: IntOrPair, dilation: IntOrPair) -> tuple[str, ...]:
    """What is worth counting about kernel, stride and dilation."""
    s, d = as_pair(stride), as_pair(dilation)
    return (
        *(["stride > kernel"] if s.v > kernel[0] or s.h > kernel[1] else []),
        *(["dilation > 1"] if max(d) > 1 else []),
        *(["oblong kernel"] if kernel[0] != kernel[1] else []),
    )


def geometry_tags(
    x: Array, kernel: Sequence[int], stride: IntOrPair, padding: IntOrPair, dilation: IntOrPair
) -> tuple[str, ...]:
    """What is worth counting about a map, a window and how it slides."""
    s, p, d = as_pair(stride), as_pair(padding), as_pair(dilation)
    remainders = [(x.shape[axis] + 2 * p[axis] - d[axis] * (kernel[axis] - 1) - 1) % s[axis] for axis in (-2, -1)]
    return (
        *array_tags(x),
        *stride_tags(kernel, stride, dilation),
        *(["remainder"] if any(remainders) else []),
        *(["padding"] if max(p) else []),
        *(["padding >= kernel"] if p.v >= kernel[0] or p.h >= kernel[1] else []),
    )
