"""Wrong ways to slide one kernel over one image (Step 2)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from cnnspec import convolution
from cnnspec.arguments import Array, Pair, reach, sides
from cnnspec.laws.cases import as_pair
from cnnspec.mutants.mutant import mutant


def careful(wrong: Callable[..., Array]) -> Callable[..., Array]:
    """Give a mutant the manners of the definition, so that its one bug is the only one.

    It refuses what the definition refuses, and reads paddings in words and of four sides.
    """

    @functools.wraps(wrong)
    def operator(image: Any, kernel: Any, **options: Any) -> Array:
        if _ordinary(image, kernel, options):
            return wrong(image, kernel, **options)
        convolution.correlate2d(image, kernel, **options)
        span = reach(Pair(*kernel.shape), as_pair(options.get("dilation", 1)))
        stride = as_pair(options.get("stride", 1))
        border = sides(options.pop("padding", 0), size=Pair(*image.shape), span=span, stride=stride)
        image = convolution.pad2d(image, ((border.top, border.bottom), (border.left, border.right)))
        return wrong(image, kernel, padding=0, **options)

    return operator


def _ordinary(image: Any, kernel: Any, options: dict[str, Any]) -> bool:
    arrays = all(isinstance(x, np.ndarray) and x.ndim == 2 and x.dtype.kind == "f" and x.size for x in (image, kernel))
    pairs = [value if isinstance(value, tuple) else (value, value) for value in options.values()]
    numbers = all(len(pair) == 2 and all(type(number) is int for number in pair) for pair in pairs)
    least = {"stride": 1, "padding": 0, "dilation": 1}
    return arrays and numbers and all(min(pair) >= least[name] for pair, name in zip(pairs, options, strict=True))


def correlate(image: Array, kernel: Array, options: dict[str, Any], **instead: Any) -> Array:
    """The right answer to a question that was changed on the way."""
    return convolution.correlate2d(image, kernel, **{**options, **instead})


def pairs(stride: Any = 1, padding: Any = 0, dilation: Any = 1) -> tuple[Pair, Pair, Pair]:
    """Stride, padding and dilation as pairs."""
    return as_pair(stride), as_pair(padding), as_pair(dilation)


def bordered(image: Array, kernel: Array, options: dict[str, Any], mode: Any, **more: Any) -> Array:
    """The answer with another border than zeros."""
    p = as_pair(options.get("padding", 0))
    return correlate(np.pad(image, ((p.v, p.v), (p.h, p.h)), mode, **more), kernel, options, padding=0)


# the kernel


@mutant("correlate2d", "the kernel is turned, as in mathematical convolution")
@careful
def flipped_kernel(image: Array, kernel: Array, **options: Any) -> Array:
    return convolution.correlate2d(image, kernel[::-1, ::-1], **options)


@mutant("correlate2d", "the kernel is mirrored left to right")
@careful
def mirrored_kernel(image: Array, kernel: Array, **options: Any) -> Array:
    return correlate(image, kernel[:, ::-1], options)


@mutant("correlate2d", "a square kernel is transposed: rows and columns are exchanged")
@careful
def transposed_kernel(image: Array, kernel: Array, **options: Any) -> Array:
    square = kernel.shape[0] == kernel.shape[1]
    return correlate(image, kernel.T if square else kernel, options)


@mutant("correlate2d", "the loop over the kernel stops before its last column")
@careful
def last_column_of_kernel_missed(image: Array, kernel: Array, **options: Any) -> Array:
    shorter = kernel.copy()
    shorter[:, kernel.shape[1] - 1 :] = 0
    return correlate(image, shorter if kernel.shape[1] > 1 else kernel, options)


@mutant("correlate2d", "the kernel is divided by its sum, so that the brightness is kept")
@careful
def normalised_kernel(image: Array, kernel: Array, **options: Any) -> Array:
    total = kernel.sum()
    return correlate(image, kernel / total if total else kernel, options)


@mutant("correlate2d", "the products are averaged, not added")
@careful
def averaged_products(image: Array, kernel: Array, **options: Any) -> Array:
    average: Array = correlate(image, kernel, options) / kernel.dtype.type(kernel.size)
    return average


# sizes and strides


@mutant("correlate2d", "the size is rounded up, and the last window hangs over the edge")
@careful
def partial_last_window(image: Array, kernel: Array, **options: Any) -> Array:
    s, p, d = pairs(**options)
    over = [(image.shape[a] + 2 * p[a] - d[a] * (kernel.shape[a] - 1) - 1) % s[a] for a in (0, 1)]
    more = [s[a] - over[a] if over[a] else 0 for a in (0, 1)]
    return correlate(np.pad(image, ((0, more[0]), (0, more[1]))), kernel, options)


@mutant("correlate2d", "the windows are aligned with the last pixel instead of the first")
@careful
def aligned_with_the_end(image: Array, kernel: Array, **options: Any) -> Array:
    turned = correlate(convolution.rot180(image), convolution.rot180(kernel), options)
    return convolution.rot180(turned)


@mutant("correlate2d", "what the stride leaves over is shared between both ends")
@careful
def windows_centred(image: Array, kernel: Array, **options: Any) -> Array:
    s, p, d = pairs(**options)
    first = [(image.shape[a] + 2 * p[a] - d[a] * (kernel.shape[a] - 1) - 1) % s[a] // 2 for a in (0, 1)]
    dense = correlate(image, kernel, options, stride=1)
    return dense[first[0] :: s.v, first[1] :: s.h].copy()


@mutant("correlate2d", "the stride is ignored")
@careful
def image_stride_ignored(image: Array, kernel: Array, **options: Any) -> Array:
    return correlate(image, kernel, options, stride=1)


@mutant("correlate2d", "the size is that of the stride, but the windows move by one cell")
@careful
def stride_only_in_the_size(image: Array, kernel: Array, **options: Any) -> Array:
    rows, columns = correlate(image, kernel, options).shape
    return correlate(image, kernel, options, stride=1)[:rows, :columns]


@mutant("correlate2d", "the vertical stride is used on both axes")
@careful
def vertical_stride_on_both_axes(image: Array, kernel: Array, **options: Any) -> Array:
    s = as_pair(options.get("stride", 1))
    return correlate(image, kernel, options, stride=s.v)


@mutant("correlate2d", "vertical and horizontal stride are exchanged")
@careful
def image_strides_exchanged(image: Array, kernel: Array, **options: Any) -> Array:
    s = as_pair(options.get("stride", 1))
    return correlate(image, kernel, options, stride=(s.h, s.v))


@mutant("correlate2d", "the last row of the answer is never computed and stays zero")
@careful
def last_row_of_answer_missed(image: Array, kernel: Array, **options: Any) -> Array:
    answer = correlate(image, kernel, options)
    if len(answer) > 1:
        answer[-1] = 0
    return answer


# dilation


@mutant("correlate2d", "the dilation is ignored")
@careful
def image_dilation_ignored(image: Array, kernel: Array, **options: Any) -> Array:
    return correlate(image, kernel, options, dilation=1)


@mutant("correlate2d", "the dilation gives the size, but the kernel stays dense")
@careful
def dilation_only_in_the_size(image: Array, kernel: Array, **options: Any) -> Array:
    rows, columns = correlate(image, kernel, options).shape
    return correlate(image, kernel, options, dilation=1)[:rows, :columns]


@mutant("correlate2d", "vertical and horizontal dilation are exchanged where both fit")
@careful
def kernel_dilations_exchanged(image: Array, kernel: Array, **options: Any) -> Array:
    d = as_pair(options.get("dilation", 1))
    try:
        return correlate(image, kernel, options, dilation=(d.h, d.v))
    except ValueError:
        return correlate(image, kernel, options)


# borders


@mutant("correlate2d", "the border holds ones")
@careful
def image_border_of_ones(image: Array, kernel: Array, **options: Any) -> Array:
    return bordered(image, kernel, options, "constant", constant_values=1)


@mutant("correlate2d", "the border copies the outermost pixels")
@careful
def border_of_copies(image: Array, kernel: Array, **options: Any) -> Array:
    return bordered(image, kernel, options, "edge")


@mutant("correlate2d", "the border wraps around, as a Fourier transform does")
@careful
def image_wraps_around(image: Array, kernel: Array, **options: Any) -> Array:
    return bordered(image, kernel, options, "wrap")


@mutant("correlate2d", "the border is written on top and left only, twice as wide")
@careful
def border_on_one_side(image: Array, kernel: Array, **options: Any) -> Array:
    p = as_pair(options.get("padding", 0))
    return correlate(image, kernel, options, padding=((2 * p.v, 0), (2 * p.h, 0)))


@mutant("correlate2d", "vertical and horizontal padding are exchanged where both fit")
@careful
def image_paddings_exchanged(image: Array, kernel: Array, **options: Any) -> Array:
    p = as_pair(options.get("padding", 0))
    try:
        return correlate(image, kernel, options, padding=(p.h, p.v))
    except ValueError:
        return correlate(image, kernel, options)


@mutant("correlate2d", "a padding of one number is the total of both sides")
@careful
def padding_counted_for_both_sides(image: Array, kernel: Array, **options: Any) -> Array:
    p = options.get("padding", 0)
    half = ((p - p // 2, p // 2), (p - p // 2, p // 2)) if isinstance(p, int) else p
    return correlate(image, kernel, options, padding=half)


@mutant("correlate2d", "without a padding, odd kernels keep the size of the image")
@careful
def default_keeps_the_size(image: Array, kernel: Array, **options: Any) -> Array:
    return correlate(image, kernel, {"padding": (kernel.shape[0] // 2, kernel.shape[1] // 2), **options})


# numbers


@mutant("correlate2d", "one is added to every answer, like a bias")
@careful
def one_added_to_every_answer(image: Array, kernel: Array, **options: Any) -> Array:
    biased: Array = correlate(image, kernel, options) + kernel.dtype.type(1)
    return biased


@mutant("correlate2d", "answers below zero are clipped")
@careful
def clipped_at_zero(image: Array, kernel: Array, **options: Any) -> Array:
    return np.maximum(correlate(image, kernel, options), 0)


@mutant("correlate2d", "answers wrap around like bytes beyond 127")
@careful
def wraps_like_bytes(image: Array, kernel: Array, **options: Any) -> Array:
    answer = correlate(image, kernel, options)
    wrapped: Array = ((answer + 128) % 256 - 128).astype(answer.dtype)
    return wrapped


@mutant("correlate2d", "every second answer has the wrong sign, like a spectrum that was not shifted")
@careful
def alternating_signs(image: Array, kernel: Array, **options: Any) -> Array:
    answer = correlate(image, kernel, options)
    answer[1::2] *= -1
    answer[:, 1::2] *= -1
    return answer


@mutant("correlate2d", "the mean of the answer is taken off")
@careful
def mean_taken_off(image: Array, kernel: Array, **options: Any) -> Array:
    answer = correlate(image, kernel, options)
    answer -= answer.mean(dtype=answer.dtype)
    return answer


@mutant("correlate2d", "the sums run in float32, whatever comes in")
@careful
def products_summed_in_float32(image: Array, kernel: Array, **options: Any) -> Array:
    answer = correlate(image.astype(np.float32), kernel.astype(np.float32), options)
    return answer.astype(np.result_type(image, kernel))


@mutant("correlate2d", "the kernel is stored in half precision")
@careful
def kernel_in_half_precision(image: Array, kernel: Array, **options: Any) -> Array:
    return correlate(image, kernel.astype(np.float16).astype(kernel.dtype), options)


@mutant("correlate2d", "answers below a thousandth are taken for noise")
@careful
def small_answers_dropped(image: Array, kernel: Array, **options: Any) -> Array:
    answer = correlate(image, kernel, options)
    answer[np.abs(answer) < 1e-3] = 0
    return answer


@mutant("correlate2d", "the sums run in the dtype of the inputs, even in eight bits")
@careful
def summed_in_eight_bits(image: Array, kernel: Array, **options: Any) -> Array:
    answer = correlate(image, kernel, options)
    return answer.astype(image.dtype) if image.dtype.kind in "iu" else answer


@mutant("correlate2d", "the answer is always float64")
@careful
def answer_always_float64(image: Array, kernel: Array, **options: Any) -> Array:
    return correlate(image, kernel, options).astype(np.float64)


# memory


@mutant("correlate2d", "the image's border is darkened in place")
@careful
def image_changed(image: Array, kernel: Array, **options: Any) -> Array:
    answer = correlate(image, kernel, options)
    image[0] = 0
    return answer


@mutant("correlate2d", "where the kernel is a single 1, the image itself is returned")
@careful
def image_returned(image: Array, kernel: Array, **options: Any) -> Array:
    s, p, _ = pairs(**options)
    nothing_to_do = kernel.shape == (1, 1) and kernel[0, 0] == 1 and s == (1, 1) and p == (0, 0)
    return image if nothing_to_do else correlate(image, kernel, options)


_buffers: dict[tuple[Any, ...], Array] = {}


@mutant("correlate2d", "one buffer for each size holds every answer")
@careful
def buffer_shared_by_answers(image: Array, kernel: Array, **options: Any) -> Array:
    answer = correlate(image, kernel, options)
    buffer = _buffers.setdefault((answer.shape, answer.dtype), np.empty_like(answer))
    buffer[...] = answer
    return buffer


_last: list[Array] = [np.zeros((0, 0))]


@mutant("correlate2d", "the padded image is kept for the next call, and its border still holds older pixels")
@careful
def old_pixels_in_the_border(image: Array, kernel: Array, **options: Any) -> Array:
    p = as_pair(options.get("padding", 0))
    height, width = image.shape
    shape = height + 2 * p.v, width + 2 * p.h
    kept = _last[0].shape == shape and _last[0].dtype == image.dtype
    canvas = _last[0] = _last[0] if kept else np.zeros(shape, dtype=image.dtype)
    canvas[p.v : p.v + height, p.h : p.h + width] = image
    return correlate(canvas, kernel, options, padding=0)


@mutant("correlate2d", "the memory of the image is read as if it were row by row without gaps")
@careful
def memory_order_trusted(image: Array, kernel: Array, **options: Any) -> Array:
    return correlate(image.ravel(order="K").reshape(image.shape), kernel, options)


# what only the book's operators promise


@mutant("correlate2d", 'the odd cell of "same" comes first, as in SAME_LOWER')
def same_starts_with_the_odd_cell(image: Array, kernel: Array, **options: Any) -> Array:
    right = correlate(image, kernel, options)
    if options.get("padding") != "same":
        return right
    return convolution.rot180(correlate(convolution.rot180(image), convolution.rot180(kernel), options))


@mutant("correlate2d", "of the paddings of two ends, the first is used for both")
def first_side_for_both(image: Array, kernel: Array, **options: Any) -> Array:
    p = options.get("padding", 0)
    if isinstance(p, tuple) and isinstance(p[0], tuple):
        p = (p[0][0], p[1][0])
    return correlate(image, kernel, options, padding=p)


@mutant("correlate2d", "a batch of one image is taken for the image")
def batch_of_one_accepted(image: Any, kernel: Any, **options: Any) -> Array:
    return correlate(image[0] if np.ndim(image) == 3 and len(image) == 1 else image, kernel, options)


@mutant("correlate2d", "options that are no whole numbers are rounded, and those below the least are raised to it")
def options_repaired(image: Any, kernel: Any, **options: Any) -> Array:
    least = {"stride": 1, "padding": 0, "dilation": 1}
    numbers = {name: value for name, value in options.items() if isinstance(value, (int, float))}
    return correlate(image, kernel, options, **{name: max(int(v), least[name]) for name, v in numbers.items()})
