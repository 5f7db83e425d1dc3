r"""What all fast convolutions share: where the windows lie, and how the work is cut into blocks.

A definition visits one window at a time. A fast algorithm looks at many windows at once, and needs memory for
them; `Windows` says where they are, `blocks` cuts them into parts whose memory is bounded, and `slab` cuts out
what the windows of one block see.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import ArrayLike

from cnnspec.arguments import Array, IntOrPair, Padding, Pair, Sides, array, common_dtype, pair, reach, sides
from cnnspec.channels import bias, divisor
from cnnspec.convolution import places

BLOCK_BYTES = 4 * 2**20
"""Scratch memory of one block. It should fit in a cache, and feed a matrix product with some hundred columns."""


@dataclass(frozen=True)
class Windows:
    """Where the windows of a kernel lie on a map.

    Attributes:
        size: Rows and columns of the map, without its border.
        kernel: Rows and columns of the kernel.
        stride: Step between neighbouring windows.
        dilation: Distance between neighbouring cells of the kernel.
        border: Zeros around the map.
        places: Rows and columns of windows.
    """

    size: Pair
    kernel: Pair
    stride: Pair
    dilation: Pair
    border: Sides
    places: Pair

    @property
    def span(self) -> Pair:
        """Rows and columns that one window spans."""
        return reach(self.kernel, self.dilation)

    @property
    def cells(self) -> int:
        """Cells of the kernel."""
        return self.kernel.v * self.kernel.h


class Layer(NamedTuple):
    """The checked arguments of one convolution, in its common dtype."""

    x: Array
    w: Array
    b: Array | None
    windows: Windows
    groups: int


def layer(
    x: ArrayLike,
    w: ArrayLike,
    b: ArrayLike | None,
    stride: IntOrPair,
    padding: Padding,
    dilation: IntOrPair,
    groups: int,
) -> Layer:
    """Check the arguments of `conv2d` as its definition does."""
    x, w = array(x, "x", "N, C, H, W"), array(w, "w", "F, C // groups, KH, KW")
    s, d, g = pair(stride, "stride", least=1), pair(dilation, "dilation", least=1), divisor(groups, x, w)
    b = bias(b, len(w))
    dtype = common_dtype(x, w, b)
    size, kernel = Pair(*x.shape[2:]), Pair(*w.shape[2:])
    span = reach(kernel, d)
    border = sides(padding, size=size, span=span, stride=s)
    padded = (size.v + border.top + border.bottom, size.h + border.left + border.right)
    windows = Windows(size, kernel, s, d, border, places(padded, span, s))
    x, w = x.astype(dtype, copy=False), w.astype(dtype, copy=False)
    return Layer(x, w, None if b is None else b.astype(dtype, copy=False), windows, g)


class Scratch:
    """Arrays that every block writes anew, so that the system is asked for memory only once."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype
        self._held: dict[str, Array] = {}

    def array(self, name: str, *shape: int) -> Array:
        """Return an array of this shape, whose entries are left over from its last use."""
        size = math.prod(shape)
        if name not in self._held or self._held[name].size < size:
            self._held[name] = np.empty(size, dtype=self.dtype)
        return self._held[name][:size].reshape(shape)


class Block(NamedTuple):
    """A part of the work: some images, and some rows and columns of windows."""

    images: slice
    rows: slice
    columns: slice

    @property
    def shape(self) -> tuple[int, int, int]:
        """How many images, rows and columns."""
        return (
            self.images.stop - self.images.start,
            self.rows.stop - self.rows.start,
            self.columns.stop - self.columns.start,
        )


def blocks(images: int, places: Pair, bytes_per_place: int, budget: int | None = None) -> Iterator[Block]:
    """Cut all windows of a batch into blocks that need at most `budget` bytes of scratch memory.

    Whole images go together as long as they fit; else an image is cut into bands of rows, and a row that does
    not fit is cut too. A block is never less than one window.

    Args:
        images: Images in the batch.
        places: Rows and columns of windows on each.
        bytes_per_place: Scratch memory that one window needs.
        budget: Bytes of scratch memory; None means `BLOCK_BYTES`.
    """
    room = max((BLOCK_BYTES if budget is None else budget) // bytes_per_place, 1)
    together = min(max(room // (places.v * places.h), 1), images)
    tall = min(max(room // places.h, 1), places.v)
    wide = min(room, places.h)
    for n in parts(images, together):
        for i in parts(places.v, tall):
            for j in parts(places.h, wide):
                yield Block(n, i, j)


def parts(length: int, longest: int) -> Iterator[slice]:
    """Cut a range into as few parts as possible, none longer than `longest` and none shorter by more than one.

    The first is as long as any other, so that scratch arrays made for it serve them all.
    """
    count = -(-length // longest)
    for k in range(count):
        yield slice(-(-k * length // count), -(-(k + 1) * length // count))


def overlap(block: Block, windows: Windows) -> tuple[tuple[slice, ...], tuple[slice, ...], tuple[int, int]]:
    """Where a block's slab lies on the map.

    Returns:
        The index of the slab's cells which lie on the map, the index of the same cells in the map, and the
        slab's rows and columns.
    """
    s, span, border = windows.stride, windows.span, windows.border
    height, width = (block.shape[1] - 1) * s.v + span.v, (block.shape[2] - 1) * s.h + span.h
    inside, rows = meet(block.rows.start * s.v - border.top, height, windows.size.v)
    within, columns = meet(block.columns.start * s.h - border.left, width, windows.size.h)
    every = slice(None)
    return (every, every, inside, within), (block.images, every, rows, columns), (height, width)


def meet(start: int, length: int, size: int, step: int = 1) -> tuple[slice, slice]:
    """Where the cells start, start + step, … meet the cells 0, …, size - 1.

    Returns:
        The index of the common cells among the first, which are `length`, and among the second.
    """
    first = min(max(-(start // step), 0), length)
    last = max(min(-((start - size) // step), length), first)
    begin = start + step * first
    return slice(first, last), slice(begin, begin + step * (last - first), step) if last > first else slice(0, 0)


def slab(x: Array, block: Block, windows: Windows, scratch: Scratch) -> Array:
    """Cut out what a block's windows see, the border's zeros included.

    Returns:
        Array of shape (n, C, height, width); a view of x where no border is seen.
    """
    inside, seen, (height, width) = overlap(block, windows)
    cut = x[seen]
    if cut.shape[2:] == (height, width):
        return cut
    padded = scratch.array("slab", *cut.shape[:2], height, width)
    padded.fill(0)
    padded[inside] = cut
    return padded


def view(cut: Array, block: Block, windows: Windows) -> Array:
    """Look at a slab through the block's windows, without copying anything.

    Returns:
        View of shape (C, KH, KW, n, rows, columns).
    """
    (images, rows, columns), k, s, d = block.shape, windows.kernel, windows.stride, windows.dilation
    n, c, v, h = cut.strides
    return as_strided(
        cut,
        (cut.shape[1], k.v, k.h, images, rows, columns),
        (c, d.v * v, d.h * h, n, s.v * v, s.h * h),
        writeable=False,
    )
