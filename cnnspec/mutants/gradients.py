"""Wrong backward passes of the convolution and of the poolings (Step 5); the others stand in `gradients_dense`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnspec import gradients
from cnnspec.arguments import Array, pair
from cnnspec.mutants.mutant import mutant

Gradients = tuple[Array, Array, Array]
BOTH = (2, 3)


# ---------------------------------------------------------------- conv2d_backward


@mutant("conv2d_backward", "the gradient of the weights is flipped, as is often taught")
def dw_flipped(dy: Array, x: Array, w: Array, **options: Any) -> Gradients:
    dx, dw, db = gradients.conv2d_backward(dy, x, w, **options)
    return dx, np.flip(dw, BOTH).copy(), db


@mutant("conv2d_backward", "the kernel is flipped once too often on the way back to the image")
def dx_of_flipped_kernel(dy: Array, x: Array, w: Array, **options: Any) -> Gradients:
    _, dw, db = gradients.conv2d_backward(dy, x, w, **options)
    return gradients.conv2d_backward(dy, x, np.flip(w, BOTH), **options)[0], dw, db


@mutant("conv2d_backward", "the weights' gradient is that of the first image, not the sum over the batch")
def dw_of_first_image(dy: Array, x: Array, w: Array, **options: Any) -> Gradients:
    dx, _, db = gradients.conv2d_backward(dy, x, w, **options)
    return dx, gradients.conv2d_backward(dy[:1], x[:1], w, **options)[1], db


@mutant("conv2d_backward", "the weights' gradient is the mean over the batch, not the sum")
def dw_mean_over_batch(dy: Array, x: Array, w: Array, **options: Any) -> Gradients:
    dx, dw, db = gradients.conv2d_backward(dy, x, w, **options)
    return dx, (dw / len(x)).astype(dw.dtype), db


@mutant("conv2d_backward", "the bias gradient is a mean, not a sum")
def db_mean(dy: Array, x: Array, w: Array, **options: Any) -> Gradients:
    dx, dw, _ = gradients.conv2d_backward(dy, x, w, **options)
    return dx, dw, dy.mean(axis=(0, 2, 3))


@mutant("conv2d_backward", "the bias gradient is summed over the places of the first image only")
def db_of_first_image(dy: Array, x: Array, w: Array, **options: Any) -> Gradients:
    dx, dw, _ = gradients.conv2d_backward(dy, x, w, **options)
    return dx, dw, dy[0].sum(axis=(1, 2))


@mutant("conv2d_backward", "the bias gradient counts outputs instead of adding up dy")
def db_counts(dy: Array, x: Array, w: Array, **options: Any) -> Gradients:
    dx, dw, _ = gradients.conv2d_backward(dy, x, w, **options)
    return dx, dw, np.ones_like(dy).sum(axis=(0, 2, 3))


@mutant("conv2d_backward", "windows that overlap overwrite each other in the image's gradient: = instead of +=")
def dx_overwritten(dy: Array, x: Array, w: Array, **options: Any) -> Gradients:
    exact, dw, db = gradients.conv2d_backward(dy, x, w, **options)
    dx = np.zeros_like(exact)
    for place in np.ndindex(dy.shape):
        one = np.zeros_like(dy)
        one[place] = dy[place]
        touched = gradients.conv2d_backward(one, x, w, **options)[0]
        dx = np.where(touched != 0, touched, dx)
    return dx, dw, db


@mutant("conv2d_backward", "the stride is forgotten in the weights' gradient")
def dw_without_stride(dy: Array, x: Array, w: Array, *, stride: Any = 1, **options: Any) -> Gradients:
    dx, _, db = gradients.conv2d_backward(dy, x, w, stride=stride, **options)
    return dx, gradients.conv2d_backward(*dense(dy, x, w, options), **options)[1], db


@mutant("conv2d_backward", "the stride is forgotten in the image's gradient")
def dx_without_stride(dy: Array, x: Array, w: Array, *, stride: Any = 1, **options: Any) -> Gradients:
    _, dw, db = gradients.conv2d_backward(dy, x, w, stride=stride, **options)
    return gradients.conv2d_backward(*dense(dy, x, w, options), **options)[0], dw, db


def dense(dy: Array, x: Array, w: Array, options: dict[str, Any]) -> tuple[Array, Array, Array]:
    """The same arguments with dy in the corner of the larger output that a stride of 1 has."""
    d, p = pair(options.get("dilation", 1), "dilation", least=1), pair(options.get("padding", 0), "padding", least=0)
    sizes = [x.shape[2 + a] + 2 * p[a] - d[a] * (w.shape[2 + a] - 1) for a in (0, 1)]
    wide = np.zeros((*dy.shape[:2], *sizes), dtype=dy.dtype)
    wide[:, :, : dy.shape[2], : dy.shape[3]] = dy
    return wide, x, w


@mutant("conv2d_backward", "the border is cut off one cell too late, at the first rows")
def cropped_on_wrong_side(dy: Array, x: Array, w: Array, *, padding: Any = 0, **options: Any) -> Gradients:
    p = pair(padding, "padding", least=0)
    wide = np.pad(x, ((0, 0), (0, 0), (p.v, p.v), (p.h, p.h)))
    dx, dw, db = gradients.conv2d_backward(dy, wide, w, **options)
    return dx[:, :, 2 * p.v :, 2 * p.h :].copy(), dw, db


@mutant("conv2d_backward", "the border is not cut off the image's gradient")
def not_cropped(dy: Array, x: Array, w: Array, *, padding: Any = 0, **options: Any) -> Gradients:
    p = pair(padding, "padding", least=0)
    return gradients.conv2d_backward(dy, np.pad(x, ((0, 0), (0, 0), (p.v, p.v), (p.h, p.h))), w, **options)


@mutant("conv2d_backward", "the padding is not seen by the weights' gradient: the border holds the edge's values")
def dw_of_repeated_edge(dy: Array, x: Array, w: Array, *, padding: Any = 0, **options: Any) -> Gradients:
    dx, _, db = gradients.conv2d_backward(dy, x, w, padding=padding, **options)
    p = pair(padding, "padding", least=0)
    wide = np.pad(x, ((0, 0), (0, 0), (p.v, p.v), (p.h, p.h)), mode="edge")
    return dx, gradients.conv2d_backward(dy, wide, w, **options)[1], db


@mutant("conv2d_backward", "groups are reversed on the way back to the image")
def dx_groups_reversed(dy: Array, x: Array, w: Array, *, groups: int = 1, **options: Any) -> Gradients:
    dx, dw, db = gradients.conv2d_backward(dy, x, w, groups=groups, **options)
    return np.concatenate(np.split(dx, groups, axis=1)[::-1], axis=1), dw, db


@mutant("conv2d_backward", "every group learns from the channels of the first")
def dw_of_first_group(dy: Array, x: Array, w: Array, *, groups: int = 1, **options: Any) -> Gradients:
    dx, _, db = gradients.conv2d_backward(dy, x, w, groups=groups, **options)
    first = np.concatenate([x[:, : w.shape[1]]] * groups, axis=1)
    return dx, gradients.conv2d_backward(dy, first, w, groups=groups, **options)[1], db


@mutant("conv2d_backward", "identical filters are taken for one, and learn once")
def twins_learn_once(dy: Array, x: Array, w: Array, **options: Any) -> Gradients:
    dx, dw, db = gradients.conv2d_backward(dy, x, w, **options)
    half = len(w) // 2
    if len(w) % 2 == 0 and np.array_equal(w[:half], w[half:]):
        dw[half:], db[half:] = 0, 0
    return dx, dw, db


@mutant("conv2d_backward", "weight decay is mixed into the gradient")
def weight_decay_in_dw(dy: Array, x: Array, w: Array, **options: Any) -> Gradients:
    dx, dw, db = gradients.conv2d_backward(dy, x, w, **options)
    return dx, dw + w, db


@mutant("conv2d_backward", "the upstream gradient is clipped")
def dy_clipped(dy: Array, x: Array, w: Array, **options: Any) -> Gradients:
    return gradients.conv2d_backward(np.clip(dy, -1, 1), x, w, **options)


@mutant("conv2d_backward", "the image's gradient is masked where the image is dark")
def dx_masked_by_image(dy: Array, x: Array, w: Array, **options: Any) -> Gradients:
    dx, dw, db = gradients.conv2d_backward(dy, x, w, **options)
    return np.where(x > 0, dx, 0).astype(dx.dtype), dw, db


@mutant("conv2d_backward", "the gradients come back with the weights' first")
def weights_first(dy: Array, x: Array, w: Array, **options: Any) -> Gradients:
    dx, dw, db = gradients.conv2d_backward(dy, x, w, **options)
    return dw, dx, db


@mutant("conv2d_backward", "the gradients are computed in float64 and stay so")
def gradients_in_float64(dy: Array, x: Array, w: Array, **options: Any) -> Gradients:
    return gradients.conv2d_backward(dy.astype(float), x.astype(float), w.astype(float), **options)


@mutant("conv2d_backward", "sums are kept in float32")
def gradients_in_float32(dy: Array, x: Array, w: Array, **options: Any) -> Gradients:
    narrow = (a.astype(np.float32) for a in (dy, x, w))
    dx, dw, db = gradients.conv2d_backward(*narrow, **options)
    return dx.astype(x.dtype), dw.astype(x.dtype), db.astype(x.dtype)


@mutant("conv2d_backward", "the upstream gradient passes through half precision before it is summed for the biases")
def db_of_halves(dy: Array, x: Array, w: Array, **options: Any) -> Gradients:
    dx, dw, _ = gradients.conv2d_backward(dy, x, w, **options)
    return dx, dw, np.sum(dy.astype(np.float16).astype(dy.dtype), axis=(0, 2, 3))


@mutant("conv2d_backward", "the weights are kept in half precision for the way back")
def dx_of_half_weights(dy: Array, x: Array, w: Array, **options: Any) -> Gradients:
    _, dw, db = gradients.conv2d_backward(dy, x, w, **options)
    return gradients.conv2d_backward(dy, x, w.astype(np.float16).astype(w.dtype), **options)[0], dw, db


@mutant("conv2d_backward", "the weights' gradient is that of the absolute image")
def dw_of_magnitudes(dy: Array, x: Array, w: Array, **options: Any) -> Gradients:
    dx, _, db = gradients.conv2d_backward(dy, x, w, **options)
    return dx, gradients.conv2d_backward(dy, np.abs(x), w, **options)[1], db


@mutant("conv2d_backward", "unequal sides of a border change places")
def gradient_sides_swapped(dy: Array, x: Array, w: Array, *, padding: Any = 0, **options: Any) -> Gradients:
    if isinstance(padding, tuple) and isinstance(padding[0], tuple):
        padding = tuple((end, start) for start, end in padding)
    return gradients.conv2d_backward(dy, x, w, padding=padding, **options)


@mutant("conv2d_backward", "an upstream gradient of another shape is cut or repeated until it fits")
def dy_made_to_fit(dy: Array, x: Array, w: Array, **options: Any) -> Gradients:
    try:
        return gradients.conv2d_backward(dy, x, w, **options)
    except ValueError:
        return np.zeros_like(x), np.zeros_like(w), np.zeros(len(w))


# ---------------------------------------------------------------- max_pool2d_backward


def paid(
    pay: Callable[[Array, Array, float], None],
    dy: Array,
    x: Array,
    size: Any,
    *,
    border: float = -np.inf,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
) -> Array:
    """Slide a window as the definition does, and let `pay` add to the window of dx what a window of x earns."""
    k, p, d = pair(size, "size", least=1), pair(padding, "padding", least=0), pair(dilation, "dilation", least=1)
    s = k if stride is None else pair(stride, "stride", least=1)
    wide = np.pad(x, ((0, 0), (0, 0), (p.v, p.v), (p.h, p.h)), constant_values=border)
    dx = np.zeros_like(wide)
    for n, c, i, j in np.ndindex(dy.shape):
        rows = slice(i * s.v, i * s.v + d.v * (k.v - 1) + 1, d.v)
        columns = slice(j * s.h, j * s.h + d.h * (k.h - 1) + 1, d.h)
        pay(dx[n, c, rows, columns], wide[n, c, rows, columns], float(dy[n, c, i, j]))
    return dx[:, :, p.v : p.v + x.shape[2], p.h : p.h + x.shape[3]].copy()


@mutant("max_pool2d_backward", "= instead of +=: an entry that wins twice is paid once")
def winner_overwritten(dy: Array, x: Array, size: Any, **options: Any) -> Array:
    def pay(dx: Array, window: Array, amount: float) -> None:
        dx[np.unravel_index(window.argmax(), window.shape)] = amount

    return paid(pay, dy, x, size, **options)


@mutant("max_pool2d_backward", "entries that tie are each paid in full")
def ties_paid_twice(dy: Array, x: Array, size: Any, **options: Any) -> Array:
    def pay(dx: Array, window: Array, amount: float) -> None:
        dx += (window == window.max()) * amount

    return paid(pay, dy, x, size, **options)


@mutant("max_pool2d_backward", "the entry of the largest magnitude is paid")
def magnitude_paid(dy: Array, x: Array, size: Any, **options: Any) -> Array:
    def pay(dx: Array, window: Array, amount: float) -> None:
        sizes = np.where(np.isfinite(window), np.abs(window), -1)
        dx[np.unravel_index(sizes.argmax(), window.shape)] += amount

    return paid(pay, dy, x, size, **options)


@mutant("max_pool2d_backward", "the smallest entry is paid")
def smallest_paid(dy: Array, x: Array, size: Any, **options: Any) -> Array:
    def pay(dx: Array, window: Array, amount: float) -> None:
        dx[np.unravel_index(np.where(np.isfinite(window), window, np.inf).argmin(), window.shape)] += amount

    return paid(pay, dy, x, size, **options)


@mutant("max_pool2d_backward", "the whole window is paid evenly, as for an average")
def all_paid_evenly(dy: Array, x: Array, size: Any, **options: Any) -> Array:
    def pay(dx: Array, window: Array, amount: float) -> None:
        dx += np.isfinite(window) * (amount / np.isfinite(window).sum())

    return paid(pay, dy, x, size, **options)


@mutant("max_pool2d_backward", "a border of zeros wins over negative entries and takes their gradient away")
def zero_border_paid(dy: Array, x: Array, size: Any, **options: Any) -> Array:
    def pay(dx: Array, window: Array, amount: float) -> None:
        dx[np.unravel_index(window.argmax(), window.shape)] += amount

    return paid(pay, dy, x, size, border=0, **options)


@mutant("max_pool2d_backward", "windows whose maximum is zero are passed over")
def zero_maximum_unpaid(dy: Array, x: Array, size: Any, **options: Any) -> Array:
    def pay(dx: Array, window: Array, amount: float) -> None:
        if window.max() != 0:
            dx[np.unravel_index(window.argmax(), window.shape)] += amount

    return paid(pay, dy, x, size, **options)


@mutant("max_pool2d_backward", "of negative gradients, and of them only, the smallest entry gets its part")
def negative_gradient_to_smallest(dy: Array, x: Array, size: Any, **options: Any) -> Array:
    return gradients.max_pool2d_backward(np.maximum(dy, 0), x, size, **options) + smallest_paid(
        np.minimum(dy, 0), x, size, **options
    )


@mutant("max_pool2d_backward", "each winner is paid one step too far to the right, round the edge")
def winner_moved(dy: Array, x: Array, size: Any, **options: Any) -> Array:
    return np.roll(gradients.max_pool2d_backward(dy, x, size, **options), 1, axis=3)


@mutant("max_pool2d_backward", "all channels follow the winners of the first")
def winners_of_first_channel(dy: Array, x: Array, size: Any, **options: Any) -> Array:
    return gradients.max_pool2d_backward(dy, np.repeat(x[:, :1], x.shape[1], axis=1), size, **options)


@mutant("max_pool2d_backward", "the last of equal entries is paid, which is right but not what the book says")
def last_of_ties_paid(dy: Array, x: Array, size: Any, **options: Any) -> Array:
    def pay(dx: Array, window: Array, amount: float) -> None:
        dx[np.unravel_index(window.size - 1 - window.ravel()[::-1].argmax(), window.shape)] += amount

    return paid(pay, dy, x, size, **options)


@mutant("max_pool2d_backward", "the gradient is float64 whatever came")
def pooling_gradient_in_float64(dy: Array, x: Array, size: Any, **options: Any) -> Array:
    return gradients.max_pool2d_backward(dy, x, size, **options).astype(np.float64)


# ---------------------------------------------------------------- avg_pool2d_backward and global_avg_pool2d_backward


@mutant("avg_pool2d_backward", "each cell gets all of dy: the division is forgotten")
def shares_not_divided(dy: Array, x: Array, size: Any, **options: Any) -> Array:
    k = pair(size, "size", least=1)
    return gradients.avg_pool2d_backward(dy, x, size, **options) * x.dtype.type(k.v * k.h)


@mutant("avg_pool2d_backward", "shares are divided by the window's height only")
def shares_divided_by_height(dy: Array, x: Array, size: Any, **options: Any) -> Array:
    return gradients.avg_pool2d_backward(dy, x, size, **options) * x.dtype.type(pair(size, "size", least=1).h)


@mutant("avg_pool2d_backward", "the border always counts")
def border_always_shares(dy: Array, x: Array, size: Any, **options: Any) -> Array:
    return gradients.avg_pool2d_backward(dy, x, size, **{**options, "count_include_pad": True})


@mutant("avg_pool2d_backward", "the border never counts")
def border_never_shares(dy: Array, x: Array, size: Any, **options: Any) -> Array:
    return gradients.avg_pool2d_backward(dy, x, size, **{**options, "count_include_pad": False})


@mutant("avg_pool2d_backward", "= instead of +=: overlapping windows overwrite each other")
def shares_overwritten(dy: Array, x: Array, size: Any, *, count_include_pad: bool = True, **options: Any) -> Array:
    def pay(dx: Array, window: Array, amount: float) -> None:
        inside = window.size if count_include_pad else np.isfinite(window).sum()
        dx[...] = amount / inside

    return paid(pay, dy, x, size, **options)


@mutant("avg_pool2d_backward", "all goes to the largest entry, as for a maximum")
def average_paid_to_winner(dy: Array, x: Array, size: Any, *, count_include_pad: bool = True, **options: Any) -> Array:
    return gradients.max_pool2d_backward(dy, x, size, **options)


@mutant("avg_pool2d_backward", "the map's gradient is turned upside down")
def shares_upside_down(dy: Array, x: Array, size: Any, **options: Any) -> Array:
    return gradients.avg_pool2d_backward(dy, x, size, **options)[:, :, ::-1].copy()


@mutant("avg_pool2d_backward", "the gradient is float64 whatever came")
def shares_in_float64(dy: Array, x: Array, size: Any, **options: Any) -> Array:
    return gradients.avg_pool2d_backward(dy, x, size, **options).astype(np.float64)


@mutant("global_avg_pool2d_backward", "the division by the number of places is forgotten")
def global_shares_not_divided(dy: Array, x: Array) -> Array:
    shares: Array = (np.ones_like(x) * dy[:, :, None, None]).astype(x.dtype)
    return shares


@mutant("global_avg_pool2d_backward", "upstream gradients of another shape are spread silently")
def global_shares_broadcast(dy: Array, x: Array) -> Array:
    share = np.asarray(dy)[:1, :, None, None] / (x.shape[2] * x.shape[3])
    shares: Array = np.broadcast_to(share, x.shape).astype(x.dtype)
    return shares
