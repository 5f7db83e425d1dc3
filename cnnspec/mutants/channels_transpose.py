"""Wrong ways to transpose a convolution, and to count (Step 3)."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnspec import channels
from cnnspec.arguments import Array, IntOrPair, Pair
from cnnspec.laws.cases import as_pair
from cnnspec.mutants.mutant import mutant

Bias = Array | None


def paint(x: Array, w: Array, b: Bias, options: dict[str, Any], **instead: Any) -> Array:
    """The right answer to a question that was changed on the way."""
    return channels.conv_transpose2d(x, w, b, **{**options, **instead})


def sides(options: dict[str, Any]) -> tuple[Pair, Pair]:
    """Padding and output padding as pairs."""
    return as_pair(options.get("padding", 0)), as_pair(options.get("output_padding", 0))


def counted(x: Array, w: Array, options: dict[str, Any]) -> Array:
    """How many kernels paint each place, channels apart; at least 1."""
    ones = np.ones((1, 1, *x.shape[2:])), np.ones((1, 1, *w.shape[2:]))
    return np.maximum(paint(*ones, None, options, groups=1), 1)


@mutant("conv_transpose2d", "the kernels are turned, as if it were a convolution of the stretched image")
def painted_turned(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return paint(x, w[..., ::-1, ::-1], b, options)


@mutant("conv_transpose2d", "weights are read as (filters, channels) where the shape allows it")
def painted_with_exchanged_filters(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return paint(x, w.swapaxes(0, 1).reshape(w.shape), b, options)


@mutant("conv_transpose2d", "a kernel covers what was painted before instead of adding to it")
def paint_covers(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    y = paint(x, w, b, options)
    for i, j in np.ndindex(x.shape[2:]):
        alone = np.zeros_like(x)
        alone[:, :, i, j] = 1
        here = paint(np.abs(alone), np.ones_like(w), None, options) > 0
        alone *= x
        y = np.where(here, paint(alone, w, b, options), y)
    return y


@mutant("conv_transpose2d", "where kernels overlap, the largest paint stays instead of the sum")
def strongest_paint_stays(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    y = paint(np.zeros_like(x), w, b, options)
    for cell in np.ndindex(x.shape):
        alone = np.zeros_like(x)
        alone[cell] = x[cell]
        y = np.maximum(y, paint(alone, w, b, options))
    return y


@mutant("conv_transpose2d", "every place is divided by how many kernels paint it, against checkerboards")
def paint_averaged(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    y = paint(x, w, None, options) / counted(x, w, options)
    return (y if b is None else y + b[:, None, None]).astype(x.dtype)


@mutant("conv_transpose2d", "it divides by the sum of the weights' squares, to undo the convolution")
def pretends_to_be_an_inverse(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    w = w.astype(np.float64)
    return paint(x, w / max(float(np.sum(w * w)), 1.0), b, options).astype(x.dtype)


@mutant("conv_transpose2d", "one pixel is answered by the inverse of the convolution, not by its transpose")
def inverts_single_pixels(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    single = w.size == 1 and w.flat[0] != 0
    return paint(x, 1 / w if single else w, b, options)


@mutant("conv_transpose2d", "the bias is dropped")
def paint_without_bias(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return paint(x, w, None, options)


@mutant("conv_transpose2d", "the bias is painted only where a kernel paints")
def bias_not_in_the_gaps(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    y = paint(x, w, None, options)
    ones = np.ones((1, 1, *x.shape[2:])), np.ones((1, 1, *w.shape[2:]))
    painted = paint(*ones, None, options, groups=1) > 0
    return y if b is None else (y + painted * b[:, None, None]).astype(y.dtype)


@mutant("conv_transpose2d", "all groups paint with the filters of the first")
def groups_paint_alike(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    g = options.get("groups", 1)
    return paint(x, np.concatenate([w[: len(w) // g]] * g), b, options)


@mutant("conv_transpose2d", "the maps of the groups are interleaved")
def painted_groups_interleaved(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    y = paint(x, w, b, options)
    return y[:, np.arange(y.shape[1]).reshape(options.get("groups", 1), -1).T.ravel()]


@mutant("conv_transpose2d", "all images of a batch are painted on one canvas")
def one_canvas_for_the_batch(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return np.repeat(paint(x.sum(axis=0, keepdims=True), w, b, options), len(x), axis=0)


@mutant("conv_transpose2d", "only the first channel paints")
def first_channel_paints(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    x = x.copy()
    x[:, 1:] = 0
    return paint(x, w, b, options)


@mutant("conv_transpose2d", "vertical and horizontal stride are exchanged")
def painting_strides_exchanged(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return paint(x, w, b, options, stride=as_pair(options.get("stride", 1))[::-1])


@mutant("conv_transpose2d", "a stride that is one number applies to the rows only")
def painting_stride_on_rows_only(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    s = options.get("stride", 1)
    return paint(x, w, b, options, stride=(s, 1) if isinstance(s, int) else s)


@mutant("conv_transpose2d", "s zeros are put between neighbours instead of s - 1")
def stretched_too_far(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    s = as_pair(options.get("stride", 1))
    return paint(x, w, b, options, stride=tuple(n + 1 if n > 1 else n for n in s))


@mutant("conv_transpose2d", "padding is written around the image instead of cut off the canvas")
def padding_added(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    p = sides(options)[0]
    return paint(np.pad(x, ((0, 0), (0, 0), (p.v, p.v), (p.h, p.h))), w, b, options, padding=0)


@mutant("conv_transpose2d", "the whole padding is cut off at the top and on the left")
def cut_at_the_wrong_end(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    p = sides(options)[0]
    return paint(x, w, b, options, padding=((2 * p.v, 0), (2 * p.h, 0)))


@mutant("conv_transpose2d", "output padding is ignored")
def output_padding_ignored(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return paint(x, w, b, options, output_padding=0)


@mutant("conv_transpose2d", "output padding is added at the top and on the left")
def output_padding_on_top(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    y = paint(x, w, b, options)
    a = sides(options)[1]
    return np.roll(y, (a.v, a.h), axis=(2, 3))


@mutant("conv_transpose2d", "output padding repeats the last row and column")
def output_padding_repeats(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    a = sides(options)[1]
    return np.pad(paint(x, w, b, options, output_padding=0), ((0, 0), (0, 0), (0, a.v), (0, a.h)), "edge")


@mutant("conv_transpose2d", "output padding as large as the stride and more is accepted")
def any_output_padding(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    extra = options.get("output_padding", 0)
    if isinstance(extra, int) and extra >= 1:
        y = paint(x, w, b, options, output_padding=0)
        return np.pad(y, ((0, 0), (0, 0), (0, extra), (0, extra)), constant_values=0)
    return paint(x, w, b, options)


@mutant("conv_transpose2d", "dilation is ignored: the kernel's cells stay together in the corner of its span")
def painting_dilation_ignored(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    d = as_pair(options.get("dilation", 1))
    span = np.zeros((*w.shape[:2], d.v * (w.shape[2] - 1) + 1, d.h * (w.shape[3] - 1) + 1), dtype=w.dtype)
    span[:, :, : w.shape[2], : w.shape[3]] = w
    return paint(x, span, b, options, dilation=1)


@mutant("conv_transpose2d", "negative paint is cut to zero")
def paint_cut_at_zero(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return np.maximum(paint(x, w, b, options), 0)


@mutant("conv_transpose2d", "sums are kept in float32")
def paint_in_float32(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    y = paint(x, w, b, options)
    return y.astype(np.float32).astype(y.dtype) if y.dtype == np.float64 else y


@mutant("conv_transpose2d", "every answer is float64, whatever came")
def paint_always_float64(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    y = paint(x, w, b, options)
    return y if y.dtype.kind == "c" else y.astype(np.float64)


@mutant("conv_transpose2d", "without a padding the canvas is cut to s times the image")
def canvas_cut_unasked(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    return paint(x, w, b, {"padding": "same", **options})


@mutant("conv_transpose2d", '"same" cuts the odd row at the top')
def same_cuts_the_odd_row_first(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    y = paint(x, w, b, options)
    if options.get("padding") != "same":
        return y
    canvas = paint(x, w, b, options, padding=0)
    s = as_pair(options.get("stride", 1))
    odd = [max(canvas.shape[2 + i] - x.shape[2 + i] * s[i], 0) % 2 for i in range(2)]
    return np.roll(y, (-odd[0], -odd[1]), axis=(2, 3))


@mutant("conv_transpose2d", "of four sides, the first of each axis is cut on both")
def first_side_cut_on_both(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    p = options.get("padding", 0)
    return paint(x, w, b, options, padding=p if np.ndim(p) < 2 else (p[0][0], p[1][0]))


CANVASES: dict[tuple[int, ...], Array] = {}


@mutant("conv_transpose2d", "the canvas of one shape is used again without being cleared")
def canvas_not_cleared(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    y = paint(x, w, b, options)
    canvas = CANVASES.setdefault((*y.shape, y.dtype.num), np.zeros_like(y))
    canvas += y
    return canvas.copy()


@mutant("conv_transpose2d", "answers of one shape share one buffer")
def canvases_shared(x: Array, w: Array, b: Bias = None, **options: Any) -> Array:
    y = paint(x, w, b, options)
    buffer = CANVASES.setdefault((-1, *y.shape, y.dtype.num), np.empty_like(y))
    buffer[...] = y
    return buffer


# counts


def weights(c_in: int, c_out: int, kernel: IntOrPair, groups: int = 1) -> int:
    """The right number of weights."""
    return channels.conv2d_parameters(c_in, c_out, kernel, groups=groups, bias=False)


@mutant("conv2d_parameters", "a 3×3 filter is said to have nine weights, whatever its depth")
def nine_weights(c_in: int, c_out: int, kernel: IntOrPair, *, groups: int = 1, bias: bool = True) -> int:
    return weights(1, c_out, kernel) + c_out * bias


@mutant("conv2d_parameters", "the biases are left out")
def biases_not_counted(c_in: int, c_out: int, kernel: IntOrPair, *, groups: int = 1, bias: bool = True) -> int:
    return weights(c_in, c_out, kernel, groups)


@mutant("conv2d_parameters", "one bias is counted for the whole layer")
def one_bias_counted(c_in: int, c_out: int, kernel: IntOrPair, *, groups: int = 1, bias: bool = True) -> int:
    return weights(c_in, c_out, kernel, groups) + bias


@mutant("conv2d_parameters", "biases are counted even if there are none")
def bias_always_counted(c_in: int, c_out: int, kernel: IntOrPair, *, groups: int = 1, bias: bool = True) -> int:
    return weights(c_in, c_out, kernel, groups) + c_out


@mutant("conv2d_parameters", "groups are ignored")
def groups_not_counted(c_in: int, c_out: int, kernel: IntOrPair, *, groups: int = 1, bias: bool = True) -> int:
    return weights(c_in, c_out, kernel) + c_out * bias


@mutant("conv2d_parameters", "channels and filters are both divided by the groups")
def divided_by_groups_twice(c_in: int, c_out: int, kernel: IntOrPair, *, groups: int = 1, bias: bool = True) -> int:
    return weights(c_in, c_out, kernel, groups) // groups + c_out * bias


@mutant("conv2d_parameters", "only the kernel's rows are counted, not its columns")
def kernel_counted_once(c_in: int, c_out: int, kernel: IntOrPair, *, groups: int = 1, bias: bool = True) -> int:
    return weights(c_in, c_out, (as_pair(kernel).v, 1), groups) + c_out * bias


@mutant("conv2d_parameters", "an oblong kernel is counted as a square")
def kernel_counted_as_square(c_in: int, c_out: int, kernel: IntOrPair, *, groups: int = 1, bias: bool = True) -> int:
    return weights(c_in, c_out, as_pair(kernel).v, groups) + c_out * bias


@mutant("conv2d_parameters", "channels and filters are added instead of multiplied")
def channels_and_filters_added(c_in: int, c_out: int, kernel: IntOrPair, *, groups: int = 1, bias: bool = True) -> int:
    return weights(c_in // groups + c_out, 1, kernel) + c_out * bias


@mutant("conv2d_parameters", "the weights of a map of 28×28 places are counted as if none were shared")
def nothing_shared(c_in: int, c_out: int, kernel: IntOrPair, *, groups: int = 1, bias: bool = True) -> int:
    return 784 * weights(c_in, c_out, kernel, groups) + c_out * bias


@mutant("conv2d_parameters", "a remainder of the channels is rounded away instead of being refused")
def remainder_rounded_away(c_in: int, c_out: int, kernel: IntOrPair, *, groups: int = 1, bias: bool = True) -> int:
    k = as_pair(kernel)
    return int(c_out * (c_in // groups * k.v * k.h + bias))


@mutant("conv2d_macs", "products and additions are both counted")
def operations_counted_twice(c_in: int, c_out: int, kernel: IntOrPair, output: IntOrPair, *, groups: int = 1) -> int:
    return 2 * channels.conv2d_macs(c_in, c_out, kernel, output, groups=groups)


@mutant("conv2d_macs", "groups are ignored")
def groups_cost_nothing_less(c_in: int, c_out: int, kernel: IntOrPair, output: IntOrPair, *, groups: int = 1) -> int:
    return channels.conv2d_macs(c_in, c_out, kernel, output)


@mutant("conv2d_macs", "the places are those of the input, not of the output")
def places_of_the_input(c_in: int, c_out: int, kernel: IntOrPair, output: IntOrPair, *, groups: int = 1) -> int:
    k, o = as_pair(kernel), as_pair(output)
    return channels.conv2d_macs(c_in, c_out, kernel, (o.v + k.v - 1, o.h + k.h - 1), groups=groups)


@mutant("conv2d_macs", "an oblong map is counted as a square")
def places_counted_as_square(c_in: int, c_out: int, kernel: IntOrPair, output: IntOrPair, *, groups: int = 1) -> int:
    return channels.conv2d_macs(c_in, c_out, kernel, as_pair(output).v, groups=groups)
