"""Wrong sizes, wrong borders and a convolution that is none (Step 2)."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnspec import convolution
from cnnspec.arguments import Array
from cnnspec.laws.cases import as_pair
from cnnspec.mutants.mutant import mutant


@mutant("output_size", "a part of a stride counts as a place: the quotient is rounded up")
def size_rounded_up(size: int, kernel: int, *, stride: int = 1, padding: Any = 0, dilation: int = 1) -> int:
    most = convolution.output_size(size, kernel, padding=padding, dilation=dilation)
    return -((1 - most) // stride) + 1


@mutant("output_size", "the quotient is rounded to the nearest whole number")
def size_rounded_to_nearest(size: int, kernel: int, *, stride: int = 1, padding: Any = 0, dilation: int = 1) -> int:
    most = convolution.output_size(size, kernel, padding=padding, dilation=dilation)
    return round((most - 1) / stride) + 1


@mutant("output_size", "the quotient is left as a fraction")
def size_not_rounded(size: int, kernel: int, *, stride: int = 1, padding: Any = 0, dilation: int = 1) -> float:
    most = convolution.output_size(size, kernel, padding=padding, dilation=dilation)
    return (most - 1) / stride + 1


@mutant("output_size", "one is added before the division, which is right at stride 1 only")
def size_adds_one_too_early(size: int, kernel: int, *, stride: int = 1, padding: Any = 0, dilation: int = 1) -> int:
    return convolution.output_size(size, kernel, padding=padding, dilation=dilation) // stride


@mutant("output_size", "the padding is counted once, not on both sides")
def size_with_one_padding(size: int, kernel: int, *, padding: Any = 0, **options: Any) -> int:
    one_side = (padding, 0) if isinstance(padding, int) and padding >= 0 else padding
    return convolution.output_size(size, kernel, padding=one_side, **options)


@mutant("output_size", "the first place is forgotten: no one is added")
def size_without_the_first_place(size: int, kernel: int, **options: Any) -> int:
    return convolution.output_size(size, kernel, **options) - 1


@mutant("output_size", "the dilation is ignored")
def size_without_dilation(size: int, kernel: int, *, dilation: int = 1, **options: Any) -> int:
    convolution.output_size(size, kernel, dilation=dilation, **options)
    return convolution.output_size(size, kernel, **options)


@mutant("output_size", "a dilated kernel is taken to span d times k cells")
def size_with_span_too_wide(size: int, kernel: int, *, stride: int = 1, padding: Any = 0, dilation: int = 1) -> int:
    most = convolution.output_size(size, kernel, padding=padding, dilation=dilation)
    return (most - dilation) // stride + 1


@mutant("output_size", "dilation is counted from 0, as the number of gaps")
def size_with_dilation_from_zero(size: int, kernel: int, *, dilation: int = 1, **options: Any) -> int:
    return convolution.output_size(size, kernel, dilation=dilation + 1, **options)


@mutant("output_size", 'the padding "same" rounds down')
def size_of_same_rounded_down(size: int, kernel: int, *, padding: Any = 0, stride: int = 1, dilation: int = 1) -> int:
    exact = convolution.output_size(size, kernel, stride=stride, padding=padding, dilation=dilation)
    return max(size // stride, 1) if padding == "same" else exact


@mutant("output_size", "of two paddings, the first is used for both ends")
def size_with_the_first_padding_twice(size: int, kernel: int, *, padding: Any = 0, **options: Any) -> int:
    twice = padding[0] if isinstance(padding, tuple) and len(padding) == 2 else padding
    return convolution.output_size(size, kernel, padding=twice, **options)


@mutant("output_size", "a kernel that does not fit is answered with zero or less")
def size_below_one(size: Any, kernel: Any, *, stride: Any = 1, padding: Any = 0, dilation: Any = 1) -> int:
    try:
        return convolution.output_size(size, kernel, stride=stride, padding=padding, dilation=dilation)
    except ValueError as error:
        if "fit" not in str(error):
            raise
        return int(min(0, size - kernel))


@mutant("convolve2d", "the kernel is not turned")
def kernel_not_turned(image: Array, kernel: Array, **options: Any) -> Array:
    return convolution.correlate2d(image, kernel, **options)


@mutant("convolve2d", "the kernel is turned upside down, but not left to right")
def kernel_only_upside_down(image: Array, kernel: Array, **options: Any) -> Array:
    return convolution.correlate2d(image, kernel[::-1], **options)


@mutant("convolve2d", "the image is turned as well, and the answer with it")
def answer_turned(image: Array, kernel: Array, **options: Any) -> Array:
    return convolution.rot180(convolution.convolve2d(image, kernel, **options))


@mutant("pad2d", "the border is always zero")
def border_always_zero(x: Array, padding: Any, *, value: float = 0) -> Array:
    return convolution.pad2d(x, padding)


@mutant("pad2d", "the border wraps around")
def border_of_wrapped_cells(x: Array, padding: Any, *, value: float = 0) -> Array:
    convolution.pad2d(x, padding)
    pair = padding if isinstance(padding, tuple) else (padding, padding)
    last_two = [(ends, ends) if isinstance(ends, int) else ends for ends in pair]
    return np.pad(x, [(0, 0)] * (x.ndim - 2) + last_two, "wrap")


@mutant("pad2d", "rows and columns are exchanged in a pair of paddings")
def padding_axes_exchanged(x: Array, padding: Any, *, value: float = 0) -> Array:
    exchanged = padding[::-1] if isinstance(padding, tuple) and len(padding) == 2 else padding
    return convolution.pad2d(x, exchanged, value=value)


@mutant("pad2d", "a pair of numbers is taken for (before, after)")
def pair_taken_for_two_ends(x: Array, padding: Any, *, value: float = 0) -> Array:
    ends = isinstance(padding, tuple) and all(isinstance(p, int) for p in padding)
    return convolution.pad2d(x, (padding, padding) if ends else padding, value=value)


@mutant("pad2d", "the bordered array is always float64")
def border_widens_the_dtype(x: Array, padding: Any, *, value: float = 0) -> Array:
    return convolution.pad2d(x, padding, value=value).astype(np.float64)


@mutant("pad2d", "a negative padding is taken for none")
def negative_padding_ignored(x: Array, padding: Any, *, value: float = 0) -> Array:
    if isinstance(padding, int) or (isinstance(padding, tuple) and all(isinstance(p, int) for p in padding)):
        p = as_pair(padding) if isinstance(padding, int) or len(padding) == 2 else padding
        padding = tuple(max(side, 0) for side in p)
    return convolution.pad2d(x, padding, value=value)
