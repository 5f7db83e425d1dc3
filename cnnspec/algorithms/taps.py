r"""Pooling by taps: all windows at once, one cell of the window after the other.

A window of $k_v \times k_h$ cells is a set of *taps*. The cells that all windows see through one tap are a slice of the
map with the stride as its step, so that a maximum or a sum over windows is a maximum or a sum of $k_v k_h$ slices. Both
are separable: first down the columns, then along the rows, which takes $k_v + k_h$ slices:

$$ \max_{a,b} x_{is+ad,\,js+bd} = \max_b \Bigl( \max_a x_{is+ad,\,js+bd} \Bigr) $$

No border is written: a tap simply meets fewer cells. Cost: $k_v + k_h$ operations for each output where the definition
takes $k_v k_h$, and no loop over places. Memory: one map that is reduced in one direction, for a few images or channels
at a time (`windows.BLOCK_BYTES`, or one channel). Maxima are exact, and so are sums of whole numbers.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from cnnspec.algorithms import windows as memory
from cnnspec.algorithms.windows import Windows, meet, parts
from cnnspec.arguments import Array, IntOrPair, Padding, Pair, array, pair, reach
from cnnspec.gradients import upstream
from cnnspec.network import floating
from cnnspec.pooling import window_border, window_places

VERTICAL, HORIZONTAL = 2, 3


def max_pool2d(
    x: ArrayLike,
    size: IntOrPair,
    *,
    stride: IntOrPair | None = None,
    padding: Padding = 0,
    dilation: IntOrPair = 1,
    ceil_mode: bool = False,
) -> Array:
    """`pooling.max_pool2d`, down the columns and then along the rows."""
    x = array(x, "x", "N, C, H, W", real=True)
    windows = pooling_windows(x, size, stride, padding, dilation, ceil_mode)
    y = np.empty((*x.shape[:2], *windows.places), dtype=x.dtype)
    lowest = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    for n, c in planes(x):
        y[n, c] = reduce(np.maximum, x[n, c], windows, lowest)
    return y


def avg_pool2d(
    x: ArrayLike,
    size: IntOrPair,
    *,
    stride: IntOrPair | None = None,
    padding: Padding = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Array:
    """`pooling.avg_pool2d`: sums down the columns and along the rows, divided by the number of cells."""
    x = array(x, "x", "N, C, H, W")
    x = x.astype(np.float64) if x.dtype.kind in "iu" else x
    windows = pooling_windows(x, size, stride, padding, 1, ceil_mode)
    y = np.empty((*x.shape[:2], *windows.places), dtype=x.dtype)
    counts = cells_counted(windows, count_include_pad).astype(x.dtype)
    for n, c in planes(x):
        np.divide(reduce(np.add, x[n, c], windows, 0), counts, out=y[n, c])
    return y


def global_avg_pool2d(x: ArrayLike) -> Array:
    """`pooling.global_avg_pool2d` as one sum along the last axis."""
    x = array(x, "x", "N, C, H, W")
    dtype = np.dtype(np.float64) if x.dtype.kind in "iu" else x.dtype
    sums: Array = np.sum(x.reshape(*x.shape[:2], -1), axis=2, dtype=dtype)
    sums /= x.shape[2] * x.shape[3]
    return sums


def max_pool2d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    size: IntOrPair,
    *,
    stride: IntOrPair | None = None,
    padding: Padding = 0,
    dilation: IntOrPair = 1,
    ceil_mode: bool = False,
) -> Array:
    """`gradients.max_pool2d_backward`: each tap in reading order takes the windows that it is the first to win."""
    x = floating(array(x, "x", "N, C, H, W", real=True), "x")
    windows = pooling_windows(x, size, stride, padding, dilation, ceil_mode)
    dy = upstream(dy, (*x.shape[:2], *windows.places)).astype(x.dtype, copy=False)
    dx = np.zeros(x.shape, dtype=x.dtype)
    border, (height, width), canvas = windows.border, windows.size, canvas_size(windows)
    middle = np.s_[:, :, border.top : border.top + height, border.left : border.left + width]
    for n, c in planes(x):
        largest = reduce(np.maximum, x[n, c], windows, -np.inf)
        if canvas == windows.size:
            share(dy[n, c], x[n, c], largest, windows, dx[n, c])
        else:
            # here the border is written, since a window of nothing but -inf is won by its first cell, border or not
            padded = np.full((*largest.shape[:2], *canvas), -np.inf, dtype=x.dtype)
            padded[middle] = x[n, c]
            wide = np.zeros_like(padded)
            share(dy[n, c], padded, largest, windows, wide)
            dx[n, c] = wide[middle]
    return dx


def canvas_size(windows: Windows) -> Pair:
    """Rows and columns of the map with its border, as far as windows reach."""
    span, s, border = windows.span, windows.stride, windows.border
    return Pair(
        max((windows.places.v - 1) * s.v + span.v, border.top + windows.size.v),
        max((windows.places.h - 1) * s.h + span.h, border.left + windows.size.h),
    )


def share(dy: Array, x: Array, largest: Array, windows: Windows, dx: Array) -> None:
    """Add to dx what each window gives to the first of its cells that equals the largest."""
    (rows, columns), s, d, span = windows.places, windows.stride, windows.dilation, windows.span
    undecided = np.ones(largest.shape, dtype=bool)
    finite = bool(np.isfinite(largest).all() and np.isfinite(dy).all())
    apart = s.v >= span.v and s.h >= span.h
    for a, b in np.ndindex(*windows.kernel):
        top, left = a * d.v, b * d.h
        tap = np.s_[:, :, top : top + (rows - 1) * s.v + 1 : s.v, left : left + (columns - 1) * s.h + 1 : s.h]
        won = x[tap] == largest
        if not finite:  # what is not a number wins, as it does in the maximum
            won |= np.isnan(x[tap])
        won &= undecided
        undecided ^= won
        # a product is three times as fast as `where`, but infinity times zero is not a number
        gain = dy * won if finite else np.where(won, dy, 0)
        if apart:
            dx[tap] = gain
        else:
            dx[tap] += gain


def avg_pool2d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    size: IntOrPair,
    *,
    stride: IntOrPair | None = None,
    padding: Padding = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Array:
    """`gradients.avg_pool2d_backward`: each window's share, spread along the rows and then down the columns."""
    x = floating(array(x, "x", "N, C, H, W", real=True), "x")
    windows = pooling_windows(x, size, stride, padding, 1, ceil_mode)
    dy = upstream(dy, (*x.shape[:2], *windows.places)).astype(x.dtype, copy=False)
    counts = cells_counted(windows, count_include_pad).astype(x.dtype)
    dx = np.zeros(x.shape, dtype=x.dtype)
    for n, c in planes(x):
        even = dy[n, c] / counts
        along = np.zeros((*even.shape[:3], windows.size.h), dtype=x.dtype)
        for inside, seen in taps(windows, HORIZONTAL):
            along[seen] += even[inside]
        for inside, seen in taps(windows, VERTICAL):
            dx[n, c][seen] += along[inside]
    return dx


def reduce(operation: np.ufunc, x: Array, windows: Windows, start: float) -> Array:
    """Fold the cells of every window: down the columns first, then along the rows.

    Returns:
        Array of shape (n, c, rows, columns).
    """
    down = np.full((*x.shape[:2], windows.places.v, windows.size.h), start, dtype=x.dtype)
    for inside, seen in taps(windows, VERTICAL):
        operation(down[inside], x[seen], out=down[inside])
    y = np.full((*x.shape[:2], *windows.places), start, dtype=x.dtype)
    for inside, seen in taps(windows, HORIZONTAL):
        operation(y[inside], down[seen], out=y[inside])
    return y


def taps(windows: Windows, axis: int) -> Iterator[tuple[tuple[slice, ...], tuple[slice, ...]]]:
    """For each tap along one axis: which windows see a cell of the map through it, and which cell each sees."""
    direction = axis - VERTICAL
    before = windows.border.top if axis == VERTICAL else windows.border.left
    everything = (slice(None),) * axis
    for a in range(windows.kernel[direction]):
        first = a * windows.dilation[direction] - before
        inside, seen = meet(first, windows.places[direction], windows.size[direction], windows.stride[direction])
        yield (*everything, inside), (*everything, seen)


def cells_counted(windows: Windows, count_include_pad: bool) -> Array:
    """The divisor of an average at each place: the cells of its window on the map, or on the padded map."""
    border, (height, width) = windows.border, windows.size
    lines = (
        _line(windows, 0, border.top, border.bottom, height, count_include_pad),
        _line(windows, 1, border.left, border.right, width, count_include_pad),
    )
    return np.multiply.outer(*lines)


def _line(windows: Windows, direction: int, before: int, after: int, length: int, include: bool) -> Array:
    start = np.arange(windows.places[direction]) * windows.stride[direction]
    stop = start + windows.kernel[direction]
    first, last = (0, before + length + after) if include else (before, before + length)
    return np.minimum(stop, last) - np.maximum(start, first)


def pooling_windows(
    x: Array, size: IntOrPair, stride: IntOrPair | None, padding: Padding, dilation: IntOrPair, ceil_mode: bool
) -> Windows:
    """Check the arguments of pooling as the definitions do."""
    k, d = pair(size, "size", least=1), pair(dilation, "dilation", least=1)
    s = k if stride is None else pair(stride, "stride", least=1)
    span = reach(k, d)
    border = window_border(padding, x, k, span, s)
    return Windows(Pair(*x.shape[2:]), k, s, d, border, window_places(x, span, s, border, ceil_mode))


def planes(x: Array) -> Iterator[tuple[slice, slice]]:
    """Cut a batch into parts, none larger than a block if a map is not: some images, or some channels of one."""
    images, channels, height, width = x.shape
    most = max(memory.BLOCK_BYTES // (4 * height * width * x.itemsize), 1)
    for n in parts(images, max(most // channels, 1)):
        for c in parts(channels, most):
            yield n, c
