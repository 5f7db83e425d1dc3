"""Wrong ways to keep the largest entry of a window (Step 4); wrong averages stand in `pooling_average`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnspec import pooling
from cnnspec.arguments import Array, Pair, pair, reach
from cnnspec.convolution import pad2d
from cnnspec.mutants.mutant import mutant


def pooled(
    choose: Callable[[Array], Any],
    x: Array,
    size: Any,
    *,
    border: float = -np.inf,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
) -> Array:
    """Slide a window as the definition does and let `choose` make one number of the cells that it sees.

    Cells of an infinite border are not seen.
    """
    k, d = pair(size, "size", least=1), pair(dilation, "dilation", least=1)
    s = k if stride is None else pair(stride, "stride", least=1)
    span = reach(k, d)
    sides = pooling.window_border(padding, x, k, span, s)
    rows, columns = pooling.window_places(x, span, s, sides, ceil_mode)
    wide = pad2d(x.astype(np.result_type(x, np.float32)), (sides[:2], sides[2:]), value=border)
    y = np.zeros((*x.shape[:2], rows, columns), dtype=wide.dtype)
    for n, c, i, j in np.ndindex(y.shape):
        window = wide[n, c, i * s.v : i * s.v + span.v : d.v, j * s.h : j * s.h + span.h : d.h]
        y[n, c, i, j] = choose(window[np.isfinite(window)])
    return y


def step(size: Any, stride: Any) -> Pair:
    """The stride as a pair."""
    return pair(size if stride is None else stride, "stride", least=1)


@mutant("max_pool2d", "the border is zero, which wins over every negative number")
def border_of_zeros(x: Array, size: Any, **options: Any) -> Array:
    return pooled(np.max, x, size, border=0, **options)


@mutant("max_pool2d", "the border is -1000, which wins over numbers below it")
def border_of_minus_1000(x: Array, size: Any, **options: Any) -> Array:
    return pooled(np.max, x, size, border=-1000, **options)


@mutant("max_pool2d", "the smallest entry is kept instead of the largest")
def smallest_of_window(x: Array, size: Any, **options: Any) -> Array:
    return pooled(np.min, x, size, **options)


@mutant("max_pool2d", "the mean is taken instead of the largest entry")
def mean_for_maximum(x: Array, size: Any, **options: Any) -> Array:
    return pooled(np.mean, x, size, **options)


@mutant("max_pool2d", "the median is taken instead of the largest entry")
def median_for_maximum(x: Array, size: Any, **options: Any) -> Array:
    return pooled(np.median, x, size, **options)


@mutant("max_pool2d", "the entries are added up")
def sum_for_maximum(x: Array, size: Any, **options: Any) -> Array:
    return pooled(np.sum, x, size, **options)


@mutant("max_pool2d", "the largest absolute value is kept, without its sign")
def absolute_maximum(x: Array, size: Any, **options: Any) -> Array:
    return pooled(lambda window: np.abs(window).max(), x, size, **options)


@mutant("max_pool2d", "the entry of the largest magnitude is kept, whatever its sign")
def largest_magnitude(x: Array, size: Any, **options: Any) -> Array:
    return pooled(lambda window: window[np.abs(window).argmax()], x, size, **options)


@mutant("max_pool2d", "the running maximum starts at zero")
def maximum_from_zero(x: Array, size: Any, **options: Any) -> Array:
    return pooled(lambda window: max(0, window.max()), x, size, **options)


@mutant("max_pool2d", "the first entry of each window is kept, as a stride alone would do")
def first_of_window(x: Array, size: Any, **options: Any) -> Array:
    return pooled(lambda window: window[0], x, size, **options)


@mutant("max_pool2d", "the second largest entry is kept")
def second_largest(x: Array, size: Any, **options: Any) -> Array:
    return pooled(lambda window: np.sort(window)[-2:][0], x, size, **options)


@mutant("max_pool2d", "the maximum is smoothed, as a log of summed exponentials")
def soft_maximum(x: Array, size: Any, **options: Any) -> Array:
    return pooled(lambda window: window.max() + np.log(np.exp(window - window.max()).sum()), x, size, **options)


@mutant("max_pool2d", "the default stride is 1")
def default_stride_one(x: Array, size: Any, *, stride: Any = None, **options: Any) -> Array:
    return pooling.max_pool2d(x, size, stride=1 if stride is None else stride, **options)


@mutant("max_pool2d", "the stride is ignored: windows stand side by side")
def stride_ignored(x: Array, size: Any, *, stride: Any = None, **options: Any) -> Array:
    return pooling.max_pool2d(x, size, **options)


@mutant("max_pool2d", "the vertical stride is used on both axes")
def one_stride_for_both_axes(x: Array, size: Any, *, stride: Any = None, **options: Any) -> Array:
    return pooling.max_pool2d(x, size, stride=step(size, stride).v, **options)


@mutant("max_pool2d", "a pair of strides is read as (horizontal, vertical)")
def strides_swapped(x: Array, size: Any, *, stride: Any = None, **options: Any) -> Array:
    return pooling.max_pool2d(x, size, stride=step(size, stride)[::-1], **options)


@mutant("max_pool2d", "a pair of sizes is read as (horizontal, vertical)")
def window_on_its_side(x: Array, size: Any, *, stride: Any = None, **options: Any) -> Array:
    return pooling.max_pool2d(x, pair(size, "size", least=1)[::-1], stride=step(size, stride), **options)


@mutant("max_pool2d", "the last cell of each window is not looked at")
def last_cell_forgotten(x: Array, size: Any, **options: Any) -> Array:
    return pooled(lambda window: window[:-1].max() if window.size > 1 else window.max(), x, size, **options)


@mutant("max_pool2d", "a dilated window has no gaps")
def gaps_filled(x: Array, size: Any, *, stride: Any = None, dilation: Any = 1, **options: Any) -> Array:
    span = reach(pair(size, "size", least=1), pair(dilation, "dilation", least=1))
    return pooling.max_pool2d(x, span, stride=step(size, stride), **options)


@mutant("max_pool2d", "the dilation is ignored")
def dilation_ignored(x: Array, size: Any, *, dilation: Any = 1, **options: Any) -> Array:
    return pooling.max_pool2d(x, size, **options)


@mutant("max_pool2d", "the border is added on top and on the left only")
def border_before_the_map_only(x: Array, size: Any, *, padding: Any = 0, **options: Any) -> Array:
    if (isinstance(padding, tuple) and not isinstance(padding[0], int)) or isinstance(padding, str):
        return pooling.max_pool2d(x, size, padding=padding, **options)
    p = pair(padding, "padding", least=0)
    return pooling.max_pool2d(x, size, padding=((p.v, 0), (p.h, 0)), **options)


@mutant("max_pool2d", "a last window that is cut off counts although ceil mode is off")
def always_ceil(x: Array, size: Any, *, ceil_mode: bool = False, **options: Any) -> Array:
    return pooling.max_pool2d(x, size, ceil_mode=True, **options)


@mutant("max_pool2d", "ceil mode is ignored")
def never_ceil(x: Array, size: Any, *, ceil_mode: bool = False, **options: Any) -> Array:
    return pooling.max_pool2d(x, size, **options)


@mutant("max_pool2d", "in ceil mode a window may start behind the map")
def window_behind_the_map(x: Array, size: Any, *, ceil_mode: bool = False, **options: Any) -> Array:
    y = pooling.max_pool2d(x, size, ceil_mode=ceil_mode, **options)
    k, p = pair(size, "size", least=1), options.get("padding", 0)
    if not ceil_mode or isinstance(p, str) or "dilation" in options:
        return y
    s, p = step(size, options.get("stride")), pair(p, "padding", least=0)
    rows, columns = (-(-(n + 2 * p[a] - k[a]) // s[a]) + 1 for a, n in enumerate(x.shape[2:]))
    missing = (0, rows - y.shape[2]), (0, columns - y.shape[3])
    return np.pad(y, ((0, 0), (0, 0), *missing), constant_values=-np.inf)


@mutant("max_pool2d", "channels are pooled together")
def channels_pooled_together(x: Array, size: Any, **options: Any) -> Array:
    y = pooling.max_pool2d(x, size, **options)
    return np.broadcast_to(y.max(axis=1, keepdims=True), y.shape).copy()


@mutant("max_pool2d", "the last channel is returned as if it were padding")
def last_channel_blank(x: Array, size: Any, **options: Any) -> Array:
    y = pooling.max_pool2d(x, size, **options)
    y[:, 1:][:, -1:] = 0
    return y


@mutant("max_pool2d", "all images get the answer of the first")
def first_image_for_all(x: Array, size: Any, **options: Any) -> Array:
    y = pooling.max_pool2d(x, size, **options)
    y[:] = y[:1]
    return y


@mutant("max_pool2d", "numbers are compared in float32")
def compared_in_float32(x: Array, size: Any, **options: Any) -> Array:
    return pooling.max_pool2d(x.astype(np.float32), size, **options).astype(x.dtype)


@mutant("max_pool2d", "answers are whole numbers")
def maxima_cut_off(x: Array, size: Any, **options: Any) -> Array:
    return np.trunc(pooling.max_pool2d(x, size, **options)).astype(x.dtype)


@mutant("max_pool2d", "answers are always float64")
def maxima_in_float64(x: Array, size: Any, **options: Any) -> Array:
    return pooling.max_pool2d(x, size, **options).astype(np.float64)


@mutant("max_pool2d", "memory is read in the order of C, however the map lies in it")
def maxima_read_in_c_order(x: Array, size: Any, **options: Any) -> Array:
    return pooling.max_pool2d(x.ravel(order="K").reshape(x.shape), size, **options)


@mutant("max_pool2d", "windows of one cell answer with the map itself")
def maxima_as_a_view(x: Array, size: Any, **options: Any) -> Array:
    y = pooling.max_pool2d(x, size, **options)
    return x if y.shape == x.shape and np.array_equal(x, y) else y


_buffers: dict[Any, Array] = {}


@mutant("max_pool2d", "answers of one shape share a buffer, so that the next overwrites the last")
def maxima_in_a_shared_buffer(x: Array, size: Any, **options: Any) -> Array:
    y = pooling.max_pool2d(x, size, **options)
    buffer = _buffers.setdefault((y.shape, y.dtype), y)
    buffer[...] = y
    return buffer


@mutant("max_pool2d", "the map is sorted in place on the way")
def map_sorted_in_place(x: Array, size: Any, **options: Any) -> Array:
    y = pooling.max_pool2d(x, size, **options)
    x.sort(axis=-1)
    return y


@mutant("max_pool2d", "the map is mirrored when it is wider than high")
def mirrored_when_wide(x: Array, size: Any, **options: Any) -> Array:
    return pooling.max_pool2d(x[..., ::-1] if x.shape[3] > x.shape[2] else x, size, **options)


@mutant("max_pool2d", "the word same puts the odd cell before the map")
def odd_cell_before_maxima(x: Array, size: Any, **options: Any) -> Array:
    if options.get("padding") == "same":
        return pooling.max_pool2d(x[..., ::-1, ::-1], size, **options)[..., ::-1, ::-1]
    return pooling.max_pool2d(x, size, **options)


@mutant("max_pool2d", "top and left are used for all four sides")
def opposite_sides_merged(x: Array, size: Any, *, padding: Any = 0, **options: Any) -> Array:
    if isinstance(padding, tuple) and isinstance(padding[0], tuple):
        padding = padding[0][0], padding[1][0]
    return pooling.max_pool2d(x, size, padding=padding, **options)


@mutant("max_pool2d", "whatever cannot be pooled is answered with zeros")
def maxima_never_refuse(x: Array, size: Any, **options: Any) -> Array:
    try:
        return pooling.max_pool2d(x, size, **options)
    except (TypeError, ValueError):
        return np.zeros((1, 1, 1, 1))
