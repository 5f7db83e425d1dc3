"""Wrong ways to filter many channels (Step 3)."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnspec import channels
from cnnspec.arguments import Array, pair, same_padding
from cnnspec.laws.cases import as_pair
from cnnspec.mutants.mutant import mutant

Bias = Array | None


def layer(x: Array, w: Array, b: Bias, options: dict[str, Any], **instead: Any) -> Array:
    """The right answer to a question that was changed on the way."""
    return channels.conv2d(x, w, b, **{**options, **instead})


def framed(x: Array, options: dict[str, Any], mode: Any, **more: Any) -> Array:
    """The maps with a border that `numpy.pad` fills."""
    p = as_pair(options.get("padding", 0))
    return np.pad(x, ((0, 0), (0, 0), (p.v, p.v), (p.h, p.h)), mode, **more)


# channels and filters


@mutant("conv2d", "every kernel is turned, as in mathematical convolution")
def filters_turned(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return layer(x, w[..., ::-1, ::-1], b, options)


@mutant("conv2d", "square kernels are transposed: rows and columns are exchanged")
def filters_transposed(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return layer(x, w.swapaxes(2, 3) if w.shape[2] == w.shape[3] else w, b, options)


@mutant("conv2d", "weights are read as (channels, filters) where the shape allows it")
def filters_and_channels_exchanged(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return layer(x, w.swapaxes(0, 1).reshape(w.shape), b, options)


@mutant("conv2d", "only the first channel of each filter is used")
def first_channel_only(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    kernels = np.zeros_like(w)
    kernels[:, 0] = w[:, 0]
    return layer(x, kernels, b, options)


@mutant("conv2d", "the loop over the channels stops before the last")
def last_channel_missed(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    kernels = w.copy()
    kernels[:, max(w.shape[1] - 1, 1) :] = 0
    return layer(x, kernels, b, options)


@mutant("conv2d", "channels are averaged instead of added")
def channels_averaged(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return layer(x, w / w.shape[1], b, options)


@mutant("conv2d", "channels are met in reverse order: BGR instead of RGB")
def channels_reversed(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return layer(x[:, ::-1], w, b, options)


@mutant("conv2d", "all channels are filtered with the kernel of the first")
def one_kernel_for_all_channels(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return layer(x, np.broadcast_to(w[:, :1], w.shape), b, options)


@mutant("conv2d", "the maximum over the channels is taken instead of the sum")
def largest_channel_wins(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    if options.get("groups", 1) > 1:
        return layer(x, w, b, options)
    maps = [layer(x[:, c : c + 1], w[:, c : c + 1], b, options) for c in range(x.shape[1])]
    loudest: Array = np.max(maps, axis=0)
    return loudest


@mutant("conv2d", "the maps come in the reverse order of the filters")
def maps_reversed(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return layer(x, w, b, options)[:, ::-1].copy()


@mutant("conv2d", "each filter is divided by the sum of its weights, so that brightness is kept")
def filters_normalised(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    total = w.sum(axis=(1, 2, 3), keepdims=True)
    return layer(x, w / np.where(total == 0, 1, total), b, options)


@mutant("conv2d", "each filter is used without its mean")
def filters_centred(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return layer(x, w - w.mean(axis=(1, 2, 3), keepdims=True), b, options)


# the bias


@mutant("conv2d", "the bias is dropped")
def bias_dropped(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return layer(x, w, None, options)


@mutant("conv2d", "the bias is added once for each channel")
def bias_for_each_channel(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return layer(x, w, None if b is None else b * w.shape[1], options)


@mutant("conv2d", "the bias of the first filter is given to all")
def first_bias_for_all(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return layer(x, w, None if b is None else np.full_like(b, b[0]), options)


@mutant("conv2d", "the bias is subtracted, as a threshold would be")
def bias_subtracted(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return layer(x, w, None if b is None else -b, options)


@mutant("conv2d", "the bias is left out of 1×1 layers, which are computed as matrix products")
def bias_left_out_of_pointwise(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return layer(x, w, None if w.shape[2:] == (1, 1) else b, options)


@mutant("conv2d", "a bias of one number is spread over all filters instead of being refused")
def bias_spread(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    if b is not None and np.size(b) == 1 and len(w) > 1:
        b = np.full(len(w), np.ravel(b)[0])
    return layer(x, w, b, options)


# groups


@mutant("conv2d", "groups are ignored: every filter looks at the first channels")
def all_groups_see_the_first(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return layer(x[:, : w.shape[1]], w, b, options, groups=1)


@mutant("conv2d", "a group takes every g-th channel instead of neighbours")
def groups_of_scattered_channels(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    g = options.get("groups", 1)
    order = np.arange(x.shape[1]).reshape(-1, g).T.ravel()
    return layer(x[:, order], w, b, options)


@mutant("conv2d", "the maps of the groups are interleaved, as after a channel shuffle")
def maps_of_groups_interleaved(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    y = layer(x, w, b, options)
    order = np.arange(y.shape[1]).reshape(options.get("groups", 1), -1).T.ravel()
    return y[:, order]


@mutant("conv2d", "the maps of a depthwise layer with a multiplier are ordered filter by filter")
def depthwise_maps_tiled(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    y = layer(x, w, b, options)
    depthwise = 1 < options.get("groups", 1) == x.shape[1]
    return y[:, np.arange(y.shape[1]).reshape(x.shape[1], -1).T.ravel()] if depthwise else y


@mutant("conv2d", "the groups' answers are added up instead of put side by side")
def groups_added_up(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    y, g = layer(x, w, b, options), options.get("groups", 1)
    parts = y.reshape(len(y), g, -1, *y.shape[2:])
    return np.repeat(parts.sum(axis=1, keepdims=True), g, axis=1).reshape(y.shape)


@mutant("conv2d", "channels that the groups leave over are dropped instead of being refused")
def channels_left_over_dropped(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    g = options.get("groups", 1)
    whole = isinstance(g, int) and not isinstance(g, bool) and g > 0 and np.ndim(x) == 4 and np.ndim(w) == 4
    if whole and len(w) % g == 0 and x.shape[1] > w.shape[1] * g:
        x = x[:, : w.shape[1] * g]
    return layer(x, w, b, options)


# the batch


@mutant("conv2d", "every image gets the answer of the first")
def layer_repeats_the_first_image(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return np.repeat(layer(x[:1], w, b, options), len(x), axis=0)


@mutant("conv2d", "the mean image of the batch is taken off first, if there are several")
def batch_mean_taken_off(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return layer(x - x.mean(axis=0) if len(x) > 1 else x, w, b, options)


@mutant("conv2d", "the images of a batch come out in the reverse order")
def batch_reversed(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return layer(x[::-1], w, b, options)


# stride, padding and dilation


@mutant("conv2d", "vertical and horizontal stride are exchanged")
def layer_strides_exchanged(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return layer(x, w, b, options, stride=as_pair(options.get("stride", 1))[::-1])


@mutant("conv2d", "a stride that is one number applies to the rows only")
def stride_on_rows_only(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    s = options.get("stride", 1)
    return layer(x, w, b, options, stride=(s, 1) if isinstance(s, int) else s)


@mutant("conv2d", "1×1 layers, computed as matrix products, forget the stride")
def stride_forgotten_in_pointwise(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return layer(x, w, b, options, **({"stride": 1} if w.shape[2:] == (1, 1) else {}))


@mutant("conv2d", "vertical and horizontal padding are exchanged")
def layer_paddings_exchanged(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return layer(x, w, b, options, padding=as_pair(options.get("padding", 0))[::-1])


@mutant("conv2d", "the border holds ones instead of zeros")
def layer_border_of_ones(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return layer(framed(x, options, "constant", constant_values=1), w, b, options, padding=0)


@mutant("conv2d", "the border repeats the outermost pixels")
def layer_border_of_copies(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return layer(framed(x, options, "edge"), w, b, options, padding=0)


@mutant("conv2d", "the border continues on the opposite side, as a Fourier transform does")
def layer_border_wraps(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return layer(framed(x, options, "wrap"), w, b, options, padding=0)


@mutant("conv2d", "the whole border is written on top and on the left")
def layer_border_on_one_side(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    p = as_pair(options.get("padding", 0))
    return layer(x, w, b, options, padding=((2 * p.v, 0), (2 * p.h, 0)))


@mutant("conv2d", "without a padding the layer keeps the image's size")
def layer_keeps_the_size_unasked(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return layer(x, w, b, {"padding": "same", **options})


@mutant("conv2d", "dilation is ignored: the kernel's cells stay together in the corner of its span")
def layer_dilation_ignored(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    d = as_pair(options.get("dilation", 1))
    span = np.zeros((*w.shape[:2], d.v * (w.shape[2] - 1) + 1, d.h * (w.shape[3] - 1) + 1), dtype=w.dtype)
    span[:, :, : w.shape[2], : w.shape[3]] = w
    return layer(x, span, b, options, dilation=1)


@mutant("conv2d", "the windows are centred when the stride leaves cells over")
def layer_windows_centred(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    s, d = as_pair(options.get("stride", 1)), as_pair(options.get("dilation", 1))
    wide = framed(x, options, "constant")
    over = [(wide.shape[2 + i] - d[i] * (w.shape[2 + i] - 1) - 1) % s[i] // 2 for i in range(2)]
    return layer(wide[:, :, over[0] :, over[1] :], w, b, options, padding=0)


@mutant("conv2d", "the last row of places is left out where there are several")
def last_row_of_maps_missed(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    y = layer(x, w, b, options)
    return y[:, :, :-1] if y.shape[2] > 1 else y


@mutant("conv2d", '"same" puts the odd row of zeros first')
def layer_same_begins_with_the_odd_row(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    if not isinstance(options.get("padding"), str) or options["padding"] != "same":
        return layer(x, w, b, options)
    s, d = (pair(options.get(name, 1), name, least=1) for name in ("stride", "dilation"))
    sides = [same_padding(x.shape[2 + i], d[i] * (w.shape[2 + i] - 1) + 1, s[i])[::-1] for i in range(2)]
    return layer(x, w, b, options, padding=(sides[0], sides[1]))


@mutant("conv2d", "of four sides, the first of each axis counts for both")
def layer_first_side_for_both(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    p = options.get("padding", 0)
    return layer(x, w, b, options, padding=p if np.ndim(p) < 2 else (p[0][0], p[1][0]))


# numbers and memory


@mutant("conv2d", "negative answers are cut to zero: an activation is built in")
def activation_built_in(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return np.maximum(layer(x, w, b, options), 0)


@mutant("conv2d", "sums are kept in float32")
def layer_sums_in_float32(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    y = layer(x, w, b, options)
    return y.astype(np.float32).astype(y.dtype) if y.dtype == np.float64 else y


@mutant("conv2d", "every answer is float64, whatever came")
def layer_always_float64(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    y = layer(x, w, b, options)
    return y if y.dtype.kind == "c" else y.astype(np.float64)


@mutant("conv2d", "small integers are summed in their own width and overflow")
def layer_overflows_like_bytes(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    y, kind = layer(x, w, b, options), np.result_type(x, w)
    return y.astype(kind) if kind.kind in "iu" else y


@mutant("conv2d", "one of ten weights is dropped at random: the dropout of training is left on")
def dropout_left_on(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return layer(x, np.where(np.random.random(w.shape) < 0.1, 0, w), b, options)  # noqa: NPY002


@mutant("conv2d", "the image is made zero-mean in place")
def batch_changed_in_place(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    y = layer(x, w, b, options)
    x -= x.mean()
    return y


@mutant("conv2d", "arrays are read in the order of memory, not of their axes")
def layer_reads_memory_order(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return layer(x.ravel("K").reshape(x.shape), w, b, options)


BUFFERS: dict[tuple[int, ...], Array] = {}


@mutant("conv2d", "answers of one shape share one buffer, so that the next overwrites the last")
def layer_answers_share_a_buffer(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    y = layer(x, w, b, options)
    buffer = BUFFERS.setdefault((*y.shape, y.dtype.num), np.empty_like(y))
    buffer[...] = y
    return buffer


@mutant("conv2d", "the wrong rank of a batch is repaired in silence: a single image becomes a batch of one")
def single_image_accepted(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return layer(x[None] if np.ndim(x) == 3 else x, w, b, options)


@mutant("conv2d", "a kernel that is larger than the image gives an empty answer instead of being refused")
def empty_answer(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    try:
        return layer(x, w, b, options)
    except ValueError as refusal:
        if str(refusal).startswith("kernel"):
            return np.zeros((len(x), len(w), 0, 0))
        raise
