r"""How many places a kernel has (Step 2): the size of the answer, before any number is looked at."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from cnnspec.laws.cases import Correlation
from cnnspec.laws.compare import at_most, holds, refuses, same
from cnnspec.laws.convolution_cases import TwoLines, axes, two_lines
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import Line, correlations, lines

WIDE: dict[str, Any] = {"kernels": (1, 2, 3, 4, 5, 7), "longest": 14}


@law("size.counting", needs="output_size", line=lines(**WIDE))
def the_output_size_counts_the_places_where_the_kernel_fits(output_size: Function, line: Line) -> None:
    r"""The output size is the number of places at which the last cell of the kernel is still on the padded input.

    $$ o = \#\{\, t \ge 0 : ts + d(k-1) \le i + 2p - 1 \,\} $$

    Catches: every wrong formula; nothing is left to the choice between floor and ceiling once places are counted.
    Misses: whether the operator itself makes maps of this size.
    Source: Dumoulin & Visin (2016, revised 2018), relationships 6 and 15.
    """
    last = line.size + 2 * line.padding - 1
    places = [t for t in range(last + 1) if t * line.stride + line.dilation * (line.kernel - 1) <= last]
    same(output_size(line.size, line.kernel, **_options(line)), len(places))


@law("size.unit-stride", needs="output_size", line=lines(strides=(1,), dilations=(1,), **WIDE))
def at_stride_one_every_cell_but_the_last_starts_a_place(output_size: Function, line: Line) -> None:
    r"""At stride 1 the size loses a cell for every further cell of the kernel and gains one for every cell of padding.

    $$ s = 1 \;\Rightarrow\; o = (i - k) + 2p + 1 $$

    Catches: padding counted on one side only, a forgotten +1.
    Misses: everything about stride and dilation.
    Source: Dumoulin & Visin (2016), relationships 1 and 2.
    """
    i, k, p = line.size, line.kernel, line.padding
    same(output_size(i, k, padding=p), (i - k) + 2 * p + 1)


@law("size.half", needs="output_size", size=st.integers(1, 30), half=st.integers(0, 6))
def an_odd_kernel_with_half_padding_keeps_the_size(output_size: Function, size: int, half: int) -> None:
    r"""An odd kernel with half of it as padding keeps the size, whatever the size; this is what "same" means.

    $$ k = 2n + 1,\; p = n,\; s = 1 \;\Rightarrow\; o = i $$

    Catches: padding counted on one side only.
    Misses: even kernels, for which no equal padding of both sides keeps the size.
    Source: Dumoulin & Visin (2016), relationship 3.
    """
    same(output_size(size, 2 * half + 1, padding=half), size)


@law("size.full", needs="output_size", size=st.integers(1, 30), kernel=st.integers(1, 12))
def full_padding_adds_all_of_the_kernel_but_one_cell(output_size: Function, size: int, kernel: int) -> None:
    r"""With padding k − 1 the kernel meets the input wherever they share a cell, and the map grows by k − 1.

    $$ p = k - 1,\; s = 1 \;\Rightarrow\; o = i + (k - 1) $$

    Catches: padding counted on one side only; refusing a kernel that is larger than the unpadded input.
    Misses: everything about stride and dilation.
    Source: Dumoulin & Visin (2016), relationship 4.
    """
    same(output_size(size, kernel, padding=kernel - 1), size + (kernel - 1))


@law("size.floor", needs="output_size", line=lines(dilations=(1,), **WIDE))
def a_stride_divides_and_drops_the_remainder(output_size: Function, line: Line) -> None:
    r"""A stride divides the distance that the kernel can travel, and a last step that does not fit is dropped.

    $$ o = \left\lfloor \frac{i + 2p - k}{s} \right\rfloor + 1 $$

    Catches: rounding up or to the nearest; "adding one before the division", which agrees only at stride 1.
    Misses: dilation.
    Source: Dumoulin & Visin (2016), relationships 5 and 6.
    """
    i, k, s, p = line.size, line.kernel, line.stride, line.padding
    o = output_size(i, k, stride=s, padding=p)
    at_most((o - 1) * s + k, i + 2 * p, "the last place should still be on the padded input")
    holds(o * s + k > i + 2 * p, "one place more should not fit")


@law("size.dilation", needs="output_size", line=lines(**WIDE))
def a_dilated_kernel_takes_the_room_that_it_spans(output_size: Function, line: Line) -> None:
    r"""A dilated kernel gives the size of an ordinary kernel with as many cells as it spans.

    $$ o(k, d) = o(d(k-1) + 1,\, 1) $$

    Catches: dilation ignored, a span of d·k, dilation counted from 0 as in some older courses.
    Misses: whatever is wrong for ordinary kernels too.
    Source: Dumoulin & Visin (2016, revised 2018), relationship 15.
    """
    dilated = output_size(line.size, line.kernel, **_options(line))
    same(dilated, output_size(line.size, line.span, stride=line.stride, padding=line.padding))


@law("size.plateau", needs="output_size", line=lines(remainders=False, **WIDE))
def as_many_sizes_as_the_stride_share_one_answer(output_size: Function, line: Line) -> None:
    r"""If the stride divides evenly, the next s − 1 sizes have the same output size, and the one after has one more.

    $$ s \mid i + 2p - \tilde k \;\Rightarrow\; o(i) = o(i+1) = \dots = o(i+s-1) = o(i+s) - 1 $$

    Catches: rounding up or to the nearest.
    Misses: a constant added to every size.
    Source: Dumoulin & Visin (2016), relationship 6.
    """
    sizes = [output_size(line.size + more, line.kernel, **_options(line)) for more in range(line.stride + 1)]
    same(sizes, [sizes[0]] * line.stride + [sizes[0] + 1])


@law("size.total-padding", needs="output_size", line=lines(dilations=(1,), **WIDE))
def the_formula_of_dive_into_deep_learning_agrees(output_size: Function, line: Line) -> None:
    r"""With the total padding P of both sides, another book's formula gives the same sizes.

    $$ o = \left\lfloor \frac{i - k + P + s}{s} \right\rfloor, \qquad P = 2p $$

    Catches: rounding, padding counted on one side only.
    Misses: dilation.
    Source: Zhang et al. (2023), Dive into Deep Learning, section 7.3.
    """
    i, k, s, p = line.size, line.kernel, line.stride, line.padding
    same(output_size(i, k, stride=s, padding=p), (i - k + 2 * p + s) // s)


@law("size.divided", needs="output_size", half=st.integers(0, 4), stride=st.integers(1, 5), size=st.integers(1, 30))
def half_padding_divides_the_size_by_the_stride(output_size: Function, half: int, stride: int, size: int) -> None:
    r"""An odd kernel with half of it as padding divides the size by the stride, rounded up.

    $$ k = 2n + 1,\; p = n \;\Rightarrow\; o = \lceil i / s \rceil $$

    Catches: rounding the other way, padding counted on one side only.
    Misses: even kernels.
    Source: Zhang et al. (2023), Dive into Deep Learning, section 7.3.
    """
    same(output_size(size, 2 * half + 1, stride=stride, padding=half), -(-size // stride))


@law("size.monotone", needs="output_size", line=lines(longest=12))
def more_input_gives_more_and_a_larger_kernel_less(output_size: Function, line: Line) -> None:
    r"""More cells or more padding never give fewer places; a larger kernel, stride or dilation never gives more.

    $$ o(i, k, s, p, d) \le o(i+1, k, s, p, d), \qquad o(i, k, s+1, p, d) \le o(i, k, s, p, d) $$

    Catches: rounding to the nearest, a padding that is subtracted, a stride that is ignored when it does not divide.
    Misses: a constant added to every size.
    """
    i, k, s, p, d = line.size, line.kernel, line.stride, line.padding, line.dilation
    o = output_size(i, k, stride=s, padding=p, dilation=d)
    at_most(o, output_size(i + 1, k, stride=s, padding=p, dilation=d), "one cell more should not cost a place")
    at_most(o, output_size(i, k, stride=s, padding=p + 1, dilation=d), "more padding should not cost a place")
    at_most(output_size(i, k, stride=s + 1, padding=p, dilation=d), o, "a larger stride should not add a place")
    if line.span + d <= i + 2 * p:
        at_most(output_size(i, k + 1, stride=s, padding=p, dilation=d), o, "a larger kernel should not add a place")
    if line.span + k - 1 <= i + 2 * p:
        at_most(output_size(i, k, stride=s, padding=p, dilation=d + 1), o, "more dilation should not add a place")


@law("size.stacked", needs="output_size", axis=two_lines(), more=st.integers(0, 5))
def two_layers_have_the_size_of_one_with_a_wider_kernel(output_size: Function, axis: TwoLines, more: int) -> None:
    r"""Two layers without padding leave as many cells as one layer with their joint kernel and joint stride.

    $$ o_{k', s'}(o_{k,s}(i)) = o_{k + s(k'-1),\; ss'}(i) $$

    Catches: rounding up or to the nearest, a forgotten +1.
    Misses: padding and dilation.
    """
    size, (first, second), (s, t) = axis.size + more, axis.kernels, axis.strides
    between = output_size(size, first, stride=s)
    at_once = output_size(size, first + s * (second - 1), stride=s * t)
    same(output_size(between, second, stride=t), at_once)


@law("size.map", needs="correlate2d", case=correlations())
def the_map_has_the_size_that_is_counted_on_each_axis(correlate2d: Function, case: Correlation) -> None:
    r"""The answer has as many rows and columns as there are places along each axis, counted separately.

    $$ \operatorname{shape}(x \star k) = (o_v, o_h) $$

    Catches: height and width exchanged, one stride used for both axes, a partial last window kept.
    Misses: every wrong number in a map of the right shape.
    Source: Dumoulin & Visin (2016), chapter 2, where axes do not interact.
    """
    answer = correlate2d(case.image, case.kernel, **case.options)
    rows, columns = axes(case)
    same(answer.shape, (rows.places, columns.places), "the answer's shape should be the counted one")


@law("size.words", needs="output_size", extended=True, line=lines(paddings=(0,), **WIDE))
def same_divides_by_the_stride_and_valid_is_no_padding(output_size: Function, line: Line) -> None:
    r"""Padding "same" gives the size divided by the stride, rounded up; "valid" is no padding.

    $$ o_\text{same} = \lceil i / s \rceil $$

    Catches: rounding down, "same" that keeps the size at every stride.
    Misses: on which side the padding goes; see conv.same.
    Source: TensorFlow's padding SAME and VALID; ONNX, auto_pad of Conv.
    """
    i, k, s, d = line.size, line.kernel, line.stride, line.dilation
    same(output_size(i, k, stride=s, dilation=d, padding="same"), -(-i // s))
    same(output_size(i, k, stride=s, dilation=d, padding="valid"), output_size(i, k, stride=s, dilation=d))


@law("size.sides", needs="output_size", extended=True, line=lines(), before=st.integers(0, 4))
def only_the_sum_of_both_paddings_matters(output_size: Function, line: Line, before: int) -> None:
    r"""Padding before and after may differ; the size depends on their sum.

    $$ o(p_0, p_1) = o(p_0 + p_1,\, 0) $$

    Catches: one side of a pair used for both, or forgotten.
    Misses: where the cells are written; see conv.sides.
    """
    i, k, after = line.size, line.kernel, line.padding
    options = {"stride": line.stride, "dilation": line.dilation}
    if i + before + after >= line.span:
        size = output_size(i, k, padding=(before, after), **options)
        same(size, output_size(i + before + after, k, **options))
    else:
        refuses(lambda: output_size(i, k, padding=(before, after), **options), "a kernel that never fits is refused")


REFUSED_SIZES: tuple[tuple[tuple[Any, ...], dict[str, Any], str], ...] = (
    ((0, 1), {}, "size"),
    ((-3, 1), {}, "size"),
    ((4.0, 1), {}, "size"),
    ((4, 0), {}, "kernel"),
    ((4, -1), {}, "kernel"),
    ((4, 2.5), {}, "kernel"),
    ((4, True), {}, "kernel"),
    ((4, 5), {}, "kernel"),
    ((4, 3), {"dilation": 2}, "kernel"),
    ((4, 2), {"stride": 0}, "stride"),
    ((4, 2), {"stride": -1}, "stride"),
    ((4, 2), {"stride": 1.5}, "stride"),
    ((4, 2), {"stride": (1, 1)}, "stride"),
    ((4, 2), {"dilation": 0}, "dilation"),
    ((4, 2), {"padding": -1}, "padding"),
    ((4, 2), {"padding": 0.5}, "padding"),
    ((4, 2), {"padding": (1, 1, 1)}, "padding"),
    ((4, 2), {"padding": "some"}, "padding"),
)


@law("size.refusals", needs="output_size", extended=True, refused=st.sampled_from(REFUSED_SIZES))
def sizes_that_make_no_sense_are_refused(
    output_size: Function, refused: tuple[tuple[Any, ...], dict[str, Any], str]
) -> None:
    r"""What is no size is refused with an error that names the argument, never answered with zero or less.

    Catches: a kernel that does not fit answered with 0 or −1, a stride of 1.5 rounded in silence.
    Misses: refusals of other operators.
    """
    arguments, options, name = refused
    refuses(lambda: output_size(*arguments, **options), f"{name} should be refused by name", naming=name)


def _options(line: Line) -> dict[str, int]:
    return {"stride": line.stride, "padding": line.padding, "dilation": line.dilation}
