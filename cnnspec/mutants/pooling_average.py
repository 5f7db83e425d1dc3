"""Wrong ways to average a window or a map (Step 4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnspec import pooling
from cnnspec.arguments import Array, pair
from cnnspec.mutants.mutant import mutant
from cnnspec.mutants.pooling import pooled, step


def averaged(
    choose: Callable[[Array], Any], x: Array, size: Any, *, count_include_pad: bool = True, **how: Any
) -> Array:
    """Let `choose` make one number of each window; zeros of the border are among its cells if they count."""
    return pooled(choose, x, size, border=0 if count_include_pad else np.inf, **how)


@mutant("avg_pool2d", "entries are added up and not divided")
def sum_for_average(x: Array, size: Any, **options: Any) -> Array:
    return averaged(np.sum, x, size, **options)


@mutant("avg_pool2d", "the sum is divided by the window's height alone")
def divided_by_one_side(x: Array, size: Any, **options: Any) -> Array:
    return averaged(lambda window: window.sum() / pair(size, "size", least=1).v, x, size, **options)


@mutant("avg_pool2d", "windows that the edge cuts off are divided by their full size")
def cut_off_cells_counted(x: Array, size: Any, **options: Any) -> Array:
    return averaged(lambda window: window.sum() / np.prod(pair(size, "size", least=1)), x, size, **options)


@mutant("avg_pool2d", "the zeros of the border never count")
def border_never_counted(x: Array, size: Any, *, count_include_pad: bool = True, **options: Any) -> Array:
    return pooling.avg_pool2d(x, size, count_include_pad=False, **options)


@mutant("avg_pool2d", "the zeros of the border always count")
def border_always_counted(x: Array, size: Any, *, count_include_pad: bool = True, **options: Any) -> Array:
    return pooling.avg_pool2d(x, size, count_include_pad=True, **options)


@mutant("avg_pool2d", "the border holds ones")
def border_of_ones(x: Array, size: Any, *, count_include_pad: bool = True, **options: Any) -> Array:
    return pooled(np.mean, x, size, border=1 if count_include_pad else np.inf, **options)


@mutant("avg_pool2d", "the largest entry is kept instead of the mean")
def maximum_for_mean(x: Array, size: Any, **options: Any) -> Array:
    return averaged(np.max, x, size, **options)


@mutant("avg_pool2d", "the median is taken instead of the mean")
def median_for_mean(x: Array, size: Any, **options: Any) -> Array:
    return averaged(np.median, x, size, **options)


@mutant("avg_pool2d", "the mean of the absolute values is taken")
def mean_magnitude(x: Array, size: Any, **options: Any) -> Array:
    return averaged(lambda window: np.abs(window).mean(), x, size, **options)


@mutant("avg_pool2d", "the last cell of the window has twice the weight of the others")
def last_cell_twice(x: Array, size: Any, **options: Any) -> Array:
    return averaged(lambda window: (window.sum() + window[-1]) / (len(window) + 1), x, size, **options)


@mutant("avg_pool2d", "the last cell of the window is subtracted")
def last_cell_subtracted(x: Array, size: Any, **options: Any) -> Array:
    return averaged(lambda window: window.sum() - 2 * window[-1], x, size, **options)


@mutant("avg_pool2d", "answers are rounded down to whole numbers")
def averages_cut_off(x: Array, size: Any, **options: Any) -> Array:
    return np.asarray(np.floor(pooling.avg_pool2d(x, size, **options).real))


@mutant("avg_pool2d", "sums are added up in float32")
def averaged_in_float32(x: Array, size: Any, **options: Any) -> Array:
    return pooling.avg_pool2d(x.astype(np.float32), size, **options).astype(x.dtype)


@mutant("avg_pool2d", "the default stride is 1")
def default_step_one(x: Array, size: Any, *, stride: Any = None, **options: Any) -> Array:
    return pooling.avg_pool2d(x, size, stride=1 if stride is None else stride, **options)


@mutant("avg_pool2d", "a pair of strides is read as (horizontal, vertical)")
def steps_swapped(x: Array, size: Any, *, stride: Any = None, **options: Any) -> Array:
    return pooling.avg_pool2d(x, size, stride=step(size, stride)[::-1], **options)


@mutant("avg_pool2d", "the stride is ignored: windows stand side by side")
def step_ignored(x: Array, size: Any, *, stride: Any = None, **options: Any) -> Array:
    return pooling.avg_pool2d(x, size, **options)


@mutant("avg_pool2d", "ceil mode is ignored")
def averages_never_ceil(x: Array, size: Any, *, ceil_mode: bool = False, **options: Any) -> Array:
    return pooling.avg_pool2d(x, size, **options)


@mutant("avg_pool2d", "a last window that is cut off counts although ceil mode is off")
def averages_always_ceil(x: Array, size: Any, *, ceil_mode: bool = False, **options: Any) -> Array:
    return pooling.avg_pool2d(x, size, ceil_mode=True, **options)


@mutant("avg_pool2d", "channels are averaged together")
def channels_averaged_together(x: Array, size: Any, **options: Any) -> Array:
    y = pooling.avg_pool2d(x, size, **options)
    return np.broadcast_to(y.mean(axis=1, keepdims=True), y.shape).copy()


@mutant("avg_pool2d", "answers are always float64")
def averages_in_float64(x: Array, size: Any, **options: Any) -> Array:
    return pooling.avg_pool2d(x, size, **options).astype(np.float64)


@mutant("avg_pool2d", "memory is read in the order of C, however the map lies in it")
def averages_read_in_c_order(x: Array, size: Any, **options: Any) -> Array:
    return pooling.avg_pool2d(x.ravel(order="K").reshape(x.shape), size, **options)


_buffers: dict[Any, Array] = {}


@mutant("avg_pool2d", "answers of one shape share a buffer, so that the next overwrites the last")
def averages_in_a_shared_buffer(x: Array, size: Any, **options: Any) -> Array:
    y = pooling.avg_pool2d(x, size, **options)
    buffer = _buffers.setdefault((y.shape, y.dtype), y)
    buffer[...] = y
    return buffer


@mutant("avg_pool2d", "the map is mirrored when it is wider than high")
def averages_mirrored_when_wide(x: Array, size: Any, **options: Any) -> Array:
    return pooling.avg_pool2d(x[..., ::-1] if x.shape[3] > x.shape[2] else x, size, **options)


@mutant("avg_pool2d", "the word same puts the odd cell before the map")
def odd_cell_before_averages(x: Array, size: Any, **options: Any) -> Array:
    if options.get("padding") == "same":
        return pooling.avg_pool2d(x[..., ::-1, ::-1], size, **options)[..., ::-1, ::-1]
    return pooling.avg_pool2d(x, size, **options)


@mutant("avg_pool2d", "top and left are used for all four sides")
def sides_of_averages_merged(x: Array, size: Any, *, padding: Any = 0, **options: Any) -> Array:
    if isinstance(padding, tuple) and isinstance(padding[0], tuple):
        padding = padding[0][0], padding[1][0]
    return pooling.avg_pool2d(x, size, padding=padding, **options)


@mutant("avg_pool2d", "whatever cannot be averaged is answered with zeros")
def averages_never_refuse(x: Array, size: Any, **options: Any) -> Array:
    try:
        return pooling.avg_pool2d(x, size, **options)
    except (TypeError, ValueError):
        return np.zeros((1, 1, 1, 1))


@mutant("global_avg_pool2d", "entries are added up and not divided")
def global_sum(x: Array) -> Array:
    return np.asarray(x.sum(axis=(2, 3)))


@mutant("global_avg_pool2d", "the sum is divided by the square of the height")
def square_map_assumed(x: Array) -> Array:
    return np.asarray(x.sum(axis=(2, 3)) / x.dtype.type(x.shape[2] ** 2))


@mutant("global_avg_pool2d", "the largest entry of the map is kept")
def global_maximum(x: Array) -> Array:
    return np.asarray(x.max(axis=(2, 3)))


@mutant("global_avg_pool2d", "the two empty axes are kept")
def empty_axes_kept(x: Array) -> Array:
    return pooling.global_avg_pool2d(x)[:, :, None, None]


@mutant("global_avg_pool2d", "the last row is left out of maps that have several")
def last_row_left_out(x: Array) -> Array:
    return pooling.global_avg_pool2d(x[:, :, :-1] if x.shape[2] > 1 else x)


@mutant("global_avg_pool2d", "the mean of the batch is taken off")
def batch_mean_removed(x: Array) -> Array:
    y = pooling.global_avg_pool2d(x)
    return y - y.mean(axis=0) if len(y) > 1 else y


@mutant("global_avg_pool2d", "answers are always float64")
def means_in_float64(x: Array) -> Array:
    return pooling.global_avg_pool2d(x).astype(np.float64)


@mutant("global_avg_pool2d", "sums are added up in float32")
def means_in_float32(x: Array) -> Array:
    return pooling.global_avg_pool2d(x.astype(np.float32)).astype(x.dtype)


@mutant("global_avg_pool2d", "memory is read in the order of C, however the map lies in it")
def means_read_in_c_order(x: Array) -> Array:
    return pooling.global_avg_pool2d(x.ravel(order="K").reshape(x.shape))


@mutant("global_avg_pool2d", "answers of one shape share a buffer, so that the next overwrites the last")
def means_in_a_shared_buffer(x: Array) -> Array:
    y = pooling.global_avg_pool2d(x)
    buffer = _buffers.setdefault((y.shape, y.dtype), y)
    buffer[...] = y
    return buffer


@mutant("global_avg_pool2d", "arrays of any rank are averaged over their last two axes")
def any_rank_averaged(x: Array) -> Array:
    return np.asarray(np.mean(np.real(np.asarray(x)).astype(float), axis=(-2, -1)))
