r"""How a well-behaved operator treats its caller (Step 2): inputs, spellings, words, borders and refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from cnnspec import convolution
from cnnspec.arguments import Array, same_padding
from cnnspec.laws.cases import Correlation, as_pair
from cnnspec.laws.compare import holds, refuses, same, unchanged
from cnnspec.laws.convolution_cases import axes, positive
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import correlations, images, laid_out, maps


@law("conv.inputs-kept", needs="correlate2d", case=correlations())
def image_and_kernel_are_left_as_they_were(correlate2d: Function, case: Correlation) -> None:
    r"""The operator changes neither the image nor the kernel that it is given.

    Catches: padding, flipping or summing in place.
    Misses: answers that share memory with an input; see conv.fresh.
    """
    image, kernel = case.image.copy(), case.kernel.copy()
    correlate2d(case.image, case.kernel, **case.options)
    unchanged(case.image, image, "the image should be left as it was")
    unchanged(case.kernel, kernel, "the kernel should be left as it was")


@law("conv.fresh", needs="correlate2d", case=correlations(kernels=(1, 1, 2), dilations=(1,), palette="small"))
def every_answer_is_an_array_of_its_own(correlate2d: Function, case: Correlation) -> None:
    r"""No answer shares memory with an input or with another answer, not even when the kernel is a single 1.

    Catches: the image itself returned where nothing has to be done, one buffer used for every answer.
    Misses: wrong numbers.
    """
    kernel = np.ones_like(case.kernel)
    first = correlate2d(case.image, kernel, **case.options)
    kept = np.array(first)
    second = correlate2d(case.image + 1, 2 * kernel, **case.options)
    holds(not np.shares_memory(first, case.image), "the answer should not share memory with the image")
    holds(not np.shares_memory(first, kernel), "the answer should not share memory with the kernel")
    holds(not np.shares_memory(first, second), "two answers should not share memory")
    unchanged(first, kept, "an answer should stay as it is when the operator is called again")


@law("conv.repeatable", needs="correlate2d", case=correlations(), other=correlations(palette="small"))
def an_answer_does_not_depend_on_earlier_calls(correlate2d: Function, case: Correlation, other: Correlation) -> None:
    r"""The same question has the same answer after other questions, of the same bordered size and of other sizes.

    Catches: a border or a table of indices kept from a call with other contents, other sizes or another stride.
    Misses: mistakes that do not change from call to call.
    """
    first = np.array(correlate2d(case.image, case.kernel, **case.options))
    correlate2d(other.image, other.kernel, **other.options)
    bright = convolution.pad2d(positive(case.image), as_pair(case.padding), value=1)
    correlate2d(bright, case.kernel, stride=case.stride, dilation=case.dilation)
    same(correlate2d(case.image, case.kernel, **case.options), first, "the same question should have the same answer")


@law("conv.layout", needs="correlate2d", case=correlations(), layout=st.sampled_from(["fortran", "strided"]))
def the_layout_in_memory_does_not_matter(correlate2d: Function, case: Correlation, layout: str) -> None:
    r"""Arrays with the same numbers have the same answer, however the numbers lie in memory.

    Catches: memory read in its own order by flattening or by strides meant for another layout.
    Misses: mistakes made in every layout alike.
    """
    plain = correlate2d(np.array(case.image, order="C"), np.array(case.kernel, order="C"), **case.options)
    image, kernel = laid_out(case.image.copy(), layout), laid_out(case.kernel.copy(), layout)
    same(correlate2d(image, kernel, **case.options), plain)


@law("conv.dtype", needs="correlate2d", case=correlations(palette="small"), dtype=st.sampled_from(["f4", "f8"]))
def floating_inputs_keep_their_precision(correlate2d: Function, case: Correlation, dtype: str) -> None:
    r"""Two arrays in float32 are answered in float32, two in float64 in float64.

    Catches: answers that are always float64, or lose half of their digits.
    Misses: sums that are rounded on the way; see conv.linear-image.
    """
    answer = correlate2d(case.image.astype(dtype), case.kernel.astype(dtype), **case.options)
    holds(answer.dtype == np.dtype(dtype), f"the answer should be {np.dtype(dtype)}, but it is {answer.dtype}")


@law(
    "conv.spelling",
    needs="correlate2d",
    image=images(least=5, palette="small"),
    stride=st.integers(1, 3),
    padding=st.integers(0, 2),
    dilation=st.integers(1, 2),
)
def one_number_stands_for_two_equal_ones(
    correlate2d: Function, image: Array, stride: int, padding: int, dilation: int
) -> None:
    r"""A stride, padding or dilation of one number means the same as a pair of it.

    $$ s \equiv (s, s), \quad p \equiv (p, p), \quad d \equiv (d, d) $$

    Catches: one number applied to rows only, a padding of one number counted for both sides together.
    Misses: pairs of different numbers; see conv.transpose and conv.one-hot.
    """
    kernel = np.arange(1, 7).reshape(2, 3).astype(image.dtype)
    numbers = {"stride": stride, "padding": padding, "dilation": dilation}
    pairs = {name: (value, value) for name, value in numbers.items()}
    same(correlate2d(image, kernel, **numbers), correlate2d(image, kernel, **pairs))


@law("conv.defaults", needs="correlate2d", case=correlations(strides=(1,), paddings=(0,), dilations=(1,)))
def what_is_left_out_is_ordinary(correlate2d: Function, case: Correlation) -> None:
    r"""Left out, the stride is 1, the padding 0 and the dilation 1.

    $$ x \star k = x \star_{s=1,\, p=0,\, d=1} k $$

    Catches: a default that keeps the size, options remembered from an earlier call.
    Misses: wrong numbers that do not depend on the options.
    """
    ordinary = correlate2d(case.image, case.kernel, stride=1, padding=0, dilation=1)
    same(correlate2d(case.image, case.kernel), ordinary)


@law("conv.same", needs="correlate2d", extended=True, case=correlations(paddings=(0,)))
def same_and_valid_are_paddings_in_numbers(correlate2d: Function, case: Correlation) -> None:
    r"""Padding "same" is the padding that gives a size of ⌈i/s⌉, an odd cell at the end; "valid" is no padding.

    $$ p_0 + p_1 = \max\bigl((\lceil i/s \rceil - 1)s + \tilde k - i,\; 0\bigr), \qquad 0 \le p_1 - p_0 \le 1 $$

    Catches: the odd cell at the beginning, "same" that forgets stride or dilation.
    Misses: whatever is wrong with padding in numbers too.
    Source: TensorFlow's padding SAME; ONNX, auto_pad SAME_UPPER of Conv.
    """
    rows, columns = axes(case)
    top_bottom, left_right = (same_padding(axis.size, axis.span, axis.stride) for axis in (rows, columns))
    options = {"stride": case.stride, "dilation": case.dilation}
    answer = correlate2d(case.image, case.kernel, padding="same", **options)
    same(answer.shape, (-(-rows.size // rows.stride), -(-columns.size // columns.stride)))
    same(
        answer, convolution.correlate2d(convolution.pad2d(case.image, (top_bottom, left_right)), case.kernel, **options)
    )
    valid = correlate2d(case.image, case.kernel, padding="valid", **options)
    same(valid, convolution.correlate2d(case.image, case.kernel, **options))


@law("conv.sides", needs="correlate2d", extended=True, case=correlations(), more=st.tuples(*[st.integers(0, 2)] * 2))
def the_four_sides_may_have_four_paddings(correlate2d: Function, case: Correlation, more: tuple[int, int]) -> None:
    r"""Padding ((top, bottom), (left, right)) writes as many zeros on each side as it says.

    $$ x \star_{((t, b), (l, r))} k = \operatorname{pad}(x) \star_0 k $$

    Catches: the two ends of an axis exchanged, or one of them used for both.
    Misses: whatever is wrong without padding too.
    """
    p = as_pair(case.padding)
    bordered = np.pad(case.image, ((p.v, p.v + more[0]), (p.h + more[1], p.h)))
    options = {"stride": case.stride, "dilation": case.dilation}
    answer = correlate2d(case.image, case.kernel, padding=((p.v, p.v + more[0]), (p.h + more[1], p.h)), **options)
    same(answer, convolution.correlate2d(bordered, case.kernel, **options))


@law("conv.integers", needs="correlate2d", extended=True, case=correlations(palette="small"))
def whole_numbers_are_counted_exactly(correlate2d: Function, case: Correlation) -> None:
    r"""Images and kernels of small integers are summed as 64-bit integers, so that nothing overflows.

    Catches: sums that stay in eight bits, as pictures come.
    Misses: wrong sums that fit into eight bits.
    """
    image, kernel = (np.abs(x).astype(np.uint8) * 20 for x in (case.image, case.kernel))
    answer = correlate2d(image, kernel, **case.options)
    same(answer, convolution.correlate2d(image.astype(float), kernel.astype(float), **case.options))
    holds(answer.dtype == np.int64, f"the answer should be int64, but it is {answer.dtype}")


IMAGE, KERNEL = np.ones((4, 5)), np.ones((2, 3))

REFUSED_ARRAYS: tuple[tuple[Any, Any, str], ...] = (
    (np.ones(4), KERNEL, "image"),
    (np.ones((1, 4, 5)), KERNEL, "image"),
    (np.float64(3), KERNEL, "image"),
    (np.ones((0, 5)), KERNEL, "image"),
    (np.full((4, 5), "1"), KERNEL, "image"),
    (np.full((4, 5), None), KERNEL, "image"),
    (np.ones((4, 5), dtype=bool), KERNEL, "image"),
    ([[1, 2], [3]], KERNEL, "image"),
    (IMAGE, np.ones(3), "kernel"),
    (IMAGE, np.ones((1, 2, 3)), "kernel"),
    (IMAGE, np.ones((2, 0)), "kernel"),
    (IMAGE, np.full((2, 3), "1"), "kernel"),
    (IMAGE, np.ones((2, 6)), "kernel"),
    (IMAGE, np.ones((5, 3)), "kernel"),
)

REFUSED_OPTIONS: tuple[tuple[str, Any], ...] = (
    ("stride", 0),
    ("stride", -1),
    ("stride", (1, 0)),
    ("stride", (1, 1, 1)),
    ("stride", 1.0),
    ("stride", True),
    ("stride", None),
    ("padding", -1),
    ("padding", (0, -1)),
    ("padding", ((0, 0), (0, -1))),
    ("padding", 0.5),
    ("padding", (1, 1, 1)),
    ("padding", "SAME"),
    ("padding", None),
    ("dilation", 0),
    ("dilation", (2, -1)),
    ("dilation", "2"),
)


@law("conv.refuses-arrays", needs="correlate2d", extended=True, refused=st.sampled_from(REFUSED_ARRAYS))
def what_is_no_image_or_kernel_is_refused(correlate2d: Function, refused: tuple[Any, Any, str]) -> None:
    r"""Wrong ranks, empty axes, other contents than numbers and kernels that do not fit are refused by name.

    Catches: arrays that are silently broadcast, answers that are empty.
    Misses: refusals of options.
    """
    image, kernel, name = refused
    refuses(lambda: correlate2d(image, kernel), f"{name} should be refused by name", naming=name)


@law("conv.refuses-options", needs="correlate2d", extended=True, refused=st.sampled_from(REFUSED_OPTIONS))
def options_that_make_no_sense_are_refused(correlate2d: Function, refused: tuple[str, Any]) -> None:
    r"""A stride, padding or dilation that is too small, no whole number or an unknown word is refused by name.

    Catches: options that are rounded, wrapped or ignored in silence.
    Misses: refusals of arrays.
    """
    name, value = refused
    refuses(lambda: correlate2d(IMAGE, KERNEL, **{name: value}), f"{name} should be refused by name", naming=name)


borders = st.tuples(*[st.tuples(st.integers(0, 3), st.integers(0, 3))] * 2)


@law("pad.inside", needs="pad2d", extended=True, x=maps(), border=borders, value=st.integers(-3, 3))
def a_bordered_array_holds_the_array_and_the_value_around_it(
    pad2d: Function, x: Array, border: tuple[tuple[int, int], tuple[int, int]], value: int
) -> None:
    r"""Cutting the border off gives the array back; outside of it there is only the value.

    $$ \operatorname{crop}_p(\operatorname{pad}_p(x)) = x $$

    Catches: sides exchanged, a border of copied or wrapped pixels, the value ignored, another dtype.
    Misses: nothing that small arrays can show.
    """
    (top, bottom), (left, right) = border
    height, width = x.shape[-2:]
    padded = pad2d(x, border, value=value)
    same(padded.shape, (*x.shape[:-2], top + height + bottom, left + width + right))
    middle = (..., slice(top, top + height), slice(left, left + width))
    unchanged(padded[middle], x, "the array should stand inside its border")
    outside = padded.copy()
    outside[middle] = value
    same(outside, np.full(padded.shape, value), "the border should hold the value")


@law("pad.twice", needs="pad2d", extended=True, x=images(), inner=borders, outer=borders)
def two_borders_are_one_wide_border(
    pad2d: Function,
    x: Array,
    inner: tuple[tuple[int, int], tuple[int, int]],
    outer: tuple[tuple[int, int], tuple[int, int]],
) -> None:
    r"""A border of zeros around a border of zeros is a border of zeros.

    $$ \operatorname{pad}_q \circ \operatorname{pad}_p = \operatorname{pad}_{p+q} $$

    Catches: borders of copied or wrapped pixels.
    Misses: every border of one value.
    """
    total = tuple(tuple(np.add(a, b).tolist()) for a, b in zip(inner, outer, strict=True))
    same(pad2d(pad2d(x, inner), outer), pad2d(x, total))


@law("pad.spelling", needs="pad2d", extended=True, x=images(), vertical=st.integers(0, 3), horizontal=st.integers(0, 3))
def a_padding_may_be_written_in_three_ways(pad2d: Function, x: Array, vertical: int, horizontal: int) -> None:
    r"""A pair means equal sides on each axis, rows first; one number means the same on all four sides.

    $$ p \equiv (p, p) \equiv ((p, p), (p, p)) $$

    Catches: axes exchanged, a pair taken for (before, after).
    Misses: sides exchanged; see pad.inside.
    """
    pairs = ((vertical, vertical), (horizontal, horizontal))
    same(pad2d(x, (vertical, horizontal)), pad2d(x, pairs))
    same(pad2d(x, vertical), pad2d(x, (vertical, vertical)))


REFUSED_BORDERS: tuple[tuple[Any, Any, str], ...] = (
    (np.ones(3), 1, "x"),
    (np.ones((0, 3)), 1, "x"),
    (np.full((2, 2), "1"), 1, "x"),
    (IMAGE, -1, "padding"),
    (IMAGE, (1, -1), "padding"),
    (IMAGE, 1.5, "padding"),
    (IMAGE, (1, 1, 1), "padding"),
    (IMAGE, "same", "padding"),
)


@law("pad.refusals", needs="pad2d", extended=True, refused=st.sampled_from(REFUSED_BORDERS))
def borders_that_make_no_sense_are_refused(pad2d: Function, refused: tuple[Any, Any, str]) -> None:
    r"""Arrays without two axes, and paddings that are negative, no whole numbers or words, are refused by name.

    Catches: a negative padding that crops in silence, a single row taken for an image.
    Misses: refusals of other operators.
    """
    x, padding, name = refused
    refuses(lambda: pad2d(x, padding), f"{name} should be refused by name", naming=name)
