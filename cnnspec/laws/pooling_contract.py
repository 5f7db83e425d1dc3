r"""How the poolings take their arguments and give their answers (Step 4): spellings, dtypes, memory, refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from cnnspec.arguments import Array, same_padding
from cnnspec.laws.cases import Pooling, as_pair
from cnnspec.laws.compare import holds, refuses, same, unchanged
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.pooling_cases import MAXIMA, tilings
from cnnspec.laws.strategies import maps, poolings


def in_pairs(case: Pooling) -> dict[str, Any]:
    """A case's options with every number written as a pair, and the default stride written out."""
    options = {**case.options, "stride": tuple(case.step), "padding": tuple(as_pair(case.padding))}
    return {**options, "dilation": tuple(as_pair(case.dilation))} if "dilation" in options else options


@law("max.spelling", needs="max_pool2d", case=st.one_of(MAXIMA, tilings()))
def one_number_stands_for_two_in_max_pooling(max_pool2d: Function, case: Pooling) -> None:
    r"""An option may be one number or a pair (vertical, horizontal), and a missing stride is the window's size.

    Catches: pairs in the wrong order, another default stride, pairs that are not understood.
    Misses: bugs that do not depend on the spelling.
    Source: PyTorch, `torch.nn.MaxPool2d`.
    """
    same(
        max_pool2d(case.x, case.size, **case.options),
        max_pool2d(case.x, tuple(case.window), **in_pairs(case)),
    )
    same(max_pool2d(case.x, 1), case.x)


@law("avg.spelling", needs="avg_pool2d", case=st.one_of(poolings(), tilings()))
def one_number_stands_for_two_in_average_pooling(avg_pool2d: Function, case: Pooling) -> None:
    r"""An option may be one number or a pair (vertical, horizontal), and a missing stride is the window's size.

    Catches: pairs in the wrong order, another default stride, pairs that are not understood.
    Misses: bugs that do not depend on the spelling.
    Source: PyTorch, `torch.nn.AvgPool2d`.
    """
    same(
        avg_pool2d(case.x, case.size, **case.options),
        avg_pool2d(case.x, tuple(case.window), **in_pairs(case)),
    )
    same(avg_pool2d(case.x, 1), case.x)


def dtype_kept(answer: Any, x: Array) -> None:
    """Require that an answer has the dtype of its input."""
    dtype = np.asarray(answer).dtype
    holds(dtype == x.dtype, f"the answer should be {x.dtype} as the input is, but it is {dtype}")


@law("max.dtype", needs="max_pool2d", case=poolings())
def maxima_keep_their_dtype(max_pool2d: Function, case: Pooling) -> None:
    r"""What comes in as float32 goes out as float32, and float64 as float64.

    Catches: a result array of a fixed dtype, borders that carry float64 into float32.
    Misses: everything about the entries.
    """
    dtype_kept(max_pool2d(case.x, case.size, **case.options), case.x)


@law("avg.dtype", needs="avg_pool2d", case=poolings())
def averages_keep_their_dtype(avg_pool2d: Function, case: Pooling) -> None:
    r"""What comes in as float32 goes out as float32, and float64 as float64.

    Catches: a result array of a fixed dtype, divisors that carry float64 into float32.
    Misses: everything about the entries.
    """
    dtype_kept(avg_pool2d(case.x, case.size, **case.options), case.x)


@law("gap.dtype", needs="global_avg_pool2d", x=maps())
def global_averages_keep_their_dtype(global_avg_pool2d: Function, x: Array) -> None:
    r"""What comes in as float32 goes out as float32, and float64 as float64.

    Catches: a result array of a fixed dtype.
    Misses: everything about the entries.
    """
    dtype_kept(global_avg_pool2d(x), x)


def relaid(x: Array) -> tuple[Array, ...]:
    """The same maps in row order, in column order, and as a view of every second cell."""
    view = np.full([2 * n for n in x.shape], 9, dtype=x.dtype)[::2, ::2, ::2, ::2]
    view[...] = x
    return np.ascontiguousarray(x), np.asfortranarray(x), view


@law("max.layout", needs="max_pool2d", case=poolings())
def maxima_do_not_depend_on_the_memory_layout(max_pool2d: Function, case: Pooling) -> None:
    r"""The same numbers give the same answer however they lie in memory.

    Catches: strides of memory that are computed from the shape, reshapes in the wrong order.
    Misses: everything that a contiguous map can show.
    """
    rows, columns, view = relaid(case.x)
    same(max_pool2d(columns, case.size, **case.options), max_pool2d(rows, case.size, **case.options))
    same(max_pool2d(view, case.size, **case.options), max_pool2d(rows, case.size, **case.options))


@law("avg.layout", needs="avg_pool2d", case=poolings())
def averages_do_not_depend_on_the_memory_layout(avg_pool2d: Function, case: Pooling) -> None:
    r"""The same numbers give the same answer however they lie in memory.

    Catches: strides of memory that are computed from the shape, reshapes in the wrong order.
    Misses: everything that a contiguous map can show.
    """
    rows, columns, view = relaid(case.x)
    same(avg_pool2d(columns, case.size, **case.options), avg_pool2d(rows, case.size, **case.options))
    same(avg_pool2d(view, case.size, **case.options), avg_pool2d(rows, case.size, **case.options))


@law("gap.layout", needs="global_avg_pool2d", x=maps())
def global_averages_do_not_depend_on_the_memory_layout(global_avg_pool2d: Function, x: Array) -> None:
    r"""The same numbers give the same answer however they lie in memory.

    Catches: reshapes in the wrong order.
    Misses: everything that a contiguous map can show.
    """
    rows, columns, view = relaid(x)
    same(global_avg_pool2d(columns), global_avg_pool2d(rows))
    same(global_avg_pool2d(view), global_avg_pool2d(rows))


def fresh_and_repeatable(ask: Callable[[Array], Any], x: Array) -> None:
    """Require that an answer is an array of its own, stays as it is, and comes again for the same question."""
    first = np.asarray(ask(x))
    holds(not np.may_share_memory(first, x), "the answer should share no memory with the argument")
    kept = first.copy()
    ask(-x - 1)
    ask(np.concatenate([x, x + 1], axis=2))
    unchanged(first, kept, "an answer should stay as it is when more questions are asked")
    unchanged(np.asarray(ask(x)), kept, "the same question should have the same answer later")


@law("max.fresh", needs="max_pool2d", case=poolings(large=False))
def max_pooling_remembers_nothing(max_pool2d: Function, case: Pooling) -> None:
    r"""An answer is a new array, and depends on nothing but the question.

    Catches: views of the argument, buffers that the next call overwrites, geometry kept from the first call.
    Misses: everything that a single call can show.
    """
    fresh_and_repeatable(lambda x: max_pool2d(x, case.size, **case.options), case.x)


@law("avg.fresh", needs="avg_pool2d", case=poolings(large=False))
def average_pooling_remembers_nothing(avg_pool2d: Function, case: Pooling) -> None:
    r"""An answer is a new array, and depends on nothing but the question.

    Catches: views of the argument, buffers that the next call overwrites, geometry kept from the first call.
    Misses: everything that a single call can show.
    """
    fresh_and_repeatable(lambda x: avg_pool2d(x, case.size, **case.options), case.x)


@law("gap.fresh", needs="global_avg_pool2d", x=maps())
def global_average_pooling_remembers_nothing(global_avg_pool2d: Function, x: Array) -> None:
    r"""An answer is a new array, and depends on nothing but the question.

    Catches: views of the argument, buffers that the next call overwrites, divisors kept from the first call.
    Misses: everything that a single call can show.
    """
    fresh_and_repeatable(global_avg_pool2d, x)


four_sides = st.tuples(*[st.integers(0, 1)] * 4).map(lambda p: ((p[0], p[1]), (p[2], p[3])))
"""Borders ((top, bottom), (left, right)) that fit windows of at least two cells."""


@law(
    "max.four-sides",
    needs="max_pool2d",
    extended=True,
    case=poolings(kernels=(2, 3, 4), padded=False, ceil_modes=(False,)),
    sides=four_sides,
)
def each_side_of_a_maximum_has_its_own_border(
    max_pool2d: Function, case: Pooling, sides: tuple[tuple[int, int], tuple[int, int]]
) -> None:
    r"""A padding ((top, bottom), (left, right)) is that border of minus infinity, written out.

    Catches: sides that are swapped or merged.
    Misses: ceil mode.
    """
    around = np.pad(case.x, ((0, 0), (0, 0), *sides), constant_values=-np.inf)
    options = {**case.options, "padding": sides}
    same(max_pool2d(case.x, case.size, **options), max_pool2d(around, case.size, **case.options))


@law(
    "avg.four-sides",
    needs="avg_pool2d",
    extended=True,
    case=poolings(kernels=(2, 3, 4), padded=False, ceil_modes=(False,)),
    sides=four_sides,
)
def each_side_of_an_average_has_its_own_border(
    avg_pool2d: Function, case: Pooling, sides: tuple[tuple[int, int], tuple[int, int]]
) -> None:
    r"""A padding ((top, bottom), (left, right)) is that border of zeros, written out.

    Catches: sides that are swapped or merged.
    Misses: ceil mode, and borders that do not count.
    """
    around = np.pad(case.x, ((0, 0), (0, 0), *sides))
    options = {**case.options, "padding": sides}
    same(avg_pool2d(case.x, case.size, **options), avg_pool2d(around, case.size, **case.options))


def same_sides(case: Pooling) -> tuple[tuple[int, int], tuple[int, int]]:
    """The border that `"same"` stands for."""
    top, left = (same_padding(case.x.shape[2 + a], case.window[a], case.step[a]) for a in (0, 1))
    return top, left


@law("max.words", needs="max_pool2d", extended=True, case=poolings(padded=False, ceil_modes=(False,)))
def same_and_valid_are_borders_of_maxima(max_pool2d: Function, case: Pooling) -> None:
    r"""The word "valid" stands for no border, and "same" for the one that gives one answer for each stride.

    $$ o = \lceil i / s \rceil $$

    Catches: an odd cell of the border that stands before the map instead of behind it.
    Misses: ceil mode.
    Source: ONNX operator MaxPool, `auto_pad` `SAME_UPPER`.
    """
    valid, equal = ({**case.options, "padding": word} for word in ("valid", "same"))
    same(max_pool2d(case.x, case.size, **valid), max_pool2d(case.x, case.size, **case.options))
    y = max_pool2d(case.x, case.size, **equal)
    same(np.shape(y)[2:], [-(-i // s) for i, s in zip(case.x.shape[2:], case.step, strict=True)])
    around = np.pad(case.x, ((0, 0), (0, 0), *same_sides(case)), constant_values=-np.inf)
    same(y, max_pool2d(around, case.size, **case.options))


@law("avg.words", needs="avg_pool2d", extended=True, case=poolings(padded=False, ceil_modes=(False,)))
def same_and_valid_are_borders_of_averages(avg_pool2d: Function, case: Pooling) -> None:
    r"""The word "valid" stands for no border, and "same" for the one that gives one answer for each stride.

    $$ o = \lceil i / s \rceil $$

    Catches: an odd cell of the border that stands before the map instead of behind it.
    Misses: ceil mode, and borders that do not count.
    Source: ONNX operator AveragePool, `auto_pad` `SAME_UPPER`.
    """
    valid, equal = ({**case.options, "padding": word} for word in ("valid", "same"))
    same(avg_pool2d(case.x, case.size, **valid), avg_pool2d(case.x, case.size, **case.options))
    y = avg_pool2d(case.x, case.size, **equal)
    same(np.shape(y)[2:], [-(-i // s) for i, s in zip(case.x.shape[2:], case.step, strict=True)])
    around = np.pad(case.x, ((0, 0), (0, 0), *same_sides(case)))
    same(y, avg_pool2d(around, case.size, **case.options))


@law("max.integers", needs="max_pool2d", extended=True, case=poolings(palette="small"))
def maxima_of_integers_are_integers(max_pool2d: Function, case: Pooling) -> None:
    r"""A map of integers has maxima of the same dtype, and the border is still the lowest of all.

    Catches: floats that creep in, borders of minus infinity that overflow.
    Misses: everything that floats can show.
    """
    whole = case.x.astype(np.int32) - 6
    y = max_pool2d(whole, case.size, **case.options)
    dtype_kept(y, whole)
    same(y, max_pool2d(whole.astype(np.float64), case.size, **case.options))


@law("avg.integers", needs="avg_pool2d global_avg_pool2d", extended=True, case=poolings(palette="small"))
def averages_of_integers_are_not_cut_off(avg_pool2d: Function, global_avg_pool2d: Function, case: Pooling) -> None:
    r"""A map of integers is averaged in float64.

    Catches: means that are cut off to whole numbers.
    Misses: everything that floats can show.
    """
    whole = case.x.astype(np.int32)
    y = avg_pool2d(whole, case.size, **case.options)
    dtype_kept(y, whole.astype(np.float64))
    same(y, avg_pool2d(whole.astype(np.float64), case.size, **case.options))
    same(global_avg_pool2d(whole), global_avg_pool2d(whole.astype(np.float64)))


@law("avg.complex", needs="avg_pool2d global_avg_pool2d", extended=True, case=poolings(palette="small"))
def averages_of_complex_numbers_have_two_parts(
    avg_pool2d: Function, global_avg_pool2d: Function, case: Pooling
) -> None:
    r"""Real and imaginary parts are averaged by themselves, so that a derivative can be taken by a complex step.

    Catches: imaginary parts that are dropped.
    Misses: everything that real numbers can show.
    """
    x = case.x.astype(np.complex128) + 1j * (case.x + 1)
    y = np.asarray(avg_pool2d(x, case.size, **case.options))
    same(y.real, avg_pool2d(x.real.copy(), case.size, **case.options))
    same(y.imag, avg_pool2d(x.imag.copy(), case.size, **case.options))
    z = np.asarray(global_avg_pool2d(x))
    same(z.real, global_avg_pool2d(x.real.copy()))
    same(z.imag, global_avg_pool2d(x.imag.copy()))


@law("max.border-alone", needs="max_pool2d", extended=True, x=maps(least=1, most=1))
def a_window_that_sees_only_border_answers_minus_infinity(max_pool2d: Function, x: Array) -> None:
    r"""A dilated window can step over the whole map; the largest of no entries is minus infinity.

    Catches: borders of a finite number.
    Misses: everything else.
    Source: PyTorch, `torch.nn.MaxPool2d`.
    """
    y = max_pool2d(x, 2, stride=1, padding=1, dilation=2)
    same(y, np.full_like(x, -np.inf))


MAP = np.arange(20.0).reshape(1, 1, 4, 5)

BAD: list[tuple[str, Any, Any, dict[str, Any]]] = [
    ("size", MAP, 5, {}),
    ("size", MAP, 0, {}),
    ("size", MAP, 2.0, {}),
    ("size", MAP, (2, 2, 2), {}),
    ("size", MAP, True, {}),
    ("stride", MAP, 2, {"stride": 0}),
    ("stride", MAP, 2, {"stride": (1, -1)}),
    ("stride", MAP, 2, {"stride": 1.5}),
    ("padding", MAP, 2, {"padding": 2}),
    ("padding", MAP, (2, 3), {"padding": (0, 2)}),
    ("padding", MAP, 3, {"padding": ((0, 2), (0, 0))}),
    ("padding", MAP, 2, {"padding": -1}),
    ("padding", MAP, 2, {"padding": "full"}),
    ("x", MAP[0], 2, {}),
    ("x", MAP[0, 0], 2, {}),
    ("x", MAP[None], 2, {}),
    ("x", MAP[:0], 2, {}),
    ("x", MAP[:, :, :0], 2, {}),
    ("x", MAP.astype(bool), 2, {}),
    ("x", MAP.astype(str), 2, {}),
    ("x", MAP.astype(object), 2, {}),
    ("x", [[[[1.0], [2.0, 3.0]]]], 1, {}),
]
"""Calls that must be refused, and the argument that the refusal must name."""

DILATED = [("dilation", MAP, 2, {"dilation": 0}), ("size", MAP, 2, {"dilation": 4}), ("x", MAP + 1j, 2, {})]


@law("max.refuses", needs="max_pool2d", extended=True, number=st.integers(0, len(BAD + DILATED) - 1))
def max_pooling_refuses_what_it_cannot_pool(max_pool2d: Function, number: int) -> None:
    r"""Each of these calls is refused with a sentence that names the argument that is wrong.

    Catches: arguments that are broadcast, truncated or ignored in silence.
    Misses: wrong answers.
    """
    argument, x, size, options = (BAD + DILATED)[number]
    refuses(lambda: max_pool2d(x, size, **options), f"a wrong {argument} should be refused", naming=f"{argument} must")


@law("avg.refuses", needs="avg_pool2d", extended=True, number=st.integers(0, len(BAD) - 1))
def average_pooling_refuses_what_it_cannot_pool(avg_pool2d: Function, number: int) -> None:
    r"""Each of these calls is refused with a sentence that names the argument that is wrong.

    Catches: arguments that are broadcast, truncated or ignored in silence.
    Misses: wrong answers.
    """
    argument, x, size, options = BAD[number]
    refuses(lambda: avg_pool2d(x, size, **options), f"a wrong {argument} should be refused", naming=f"{argument} must")


@law("gap.refuses", needs="global_avg_pool2d", extended=True, number=st.integers(0, sum(a == "x" for a, *_ in BAD) - 1))
def global_average_pooling_refuses_what_it_cannot_pool(global_avg_pool2d: Function, number: int) -> None:
    r"""Arrays of another rank, empty arrays and arrays without numbers are refused.

    Catches: arguments that are broadcast, truncated or ignored in silence.
    Misses: wrong answers.
    """
    x = [x for argument, x, *_ in BAD if argument == "x"][number]
    refuses(lambda: global_avg_pool2d(x), "a wrong x should be refused", naming="x must")
