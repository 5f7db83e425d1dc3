r"""What marks the answers to the exercises of Step 1."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from cnnspec.arguments import Array
from cnnspec.environment import gamma, generator, sequential_sum
from cnnspec.laws.compare import at_most, holds, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function

counts = st.lists(st.integers(1, 5000), min_size=1, max_size=5)
"""How many roundings there are in each layer."""


@law("answer.floats-counted", needs="floats_to_the_double", exponent=st.integers(-126, 126))
def every_power_of_two_is_followed_by_as_many_floats(floats_to_the_double: Function, exponent: int) -> None:
    r"""The float32 numbers from a power of two up to the next are counted: their bits are whole numbers in a row.

    Catches: counts that follow the size of the numbers, a count of all 24 digits, one number too few.
    Misses: what is below the smallest normal number.
    """
    first, last = (int(np.float32(2.0**e).view(np.int32)) for e in (exponent, exponent + 1))
    same(floats_to_the_double(exponent), last - first)


@law(
    "answer.ones-added", needs="sum_of_ones", more=st.sampled_from([1, 2, 3, 2**20, 2**24, 10**9]), fewer=st.integers()
)
def a_sum_of_ones_ends_where_one_more_changes_nothing(sum_of_ones: Function, more: int, fewer: int) -> None:
    r"""As long as the sum still grows by 1, it is the number of ones; there is a number at which it stays for ever.

    Catches: sums that go on, and sums that end a power of two too soon or too late.
    Misses: nothing.
    """
    count = fewer % 2**24
    same(sum_of_ones(count), count)
    last = sum_of_ones(2**24)
    same(np.float32(last) + np.float32(1), np.float32(last))
    same(sum_of_ones(2**24 + more), last)


@law(
    "answer.sides-exact", needs="side_of_exact_sums", largest=st.sampled_from([255, 1, 2, 3, 15, 254, 256, 1023, 4095])
)
def the_largest_exact_picture_just_fits(side_of_exact_sums: Function, largest: int) -> None:
    r"""The brightest picture of this side adds up to at most $2^{24}$, and that of the next side to more.

    $$ n^2 v \le 2^{24} < (n + 1)^2 v $$

    An odd sum beyond $2^{24}$ is no float32 number, so no order helps.

    Catches: limits of float64, of single rows, and sides that are one off.
    Misses: nothing.
    """
    side = side_of_exact_sums(largest)
    at_most(side**2 * largest, 2**24, "the sum of the brightest picture should be exact")
    at_most(2**24 + 1, (side + 1) ** 2 * largest, "a larger picture should not always have an exact sum")


@law("answer.four-numbers", needs="four_numbers")
def four_numbers_have_more_than_two_sums(four_numbers: Function) -> None:
    r"""Added in the 24 orders, the four numbers give three sums or more, all of them finite.

    Catches: whole numbers that are too small to be rounded, sums that overflow.
    Misses: nothing.
    """
    numbers = np.asarray(four_numbers(), dtype=np.float32)
    same(numbers.shape, (4,), "there should be four numbers")
    sums = {sequential_sum(numbers[list(order)]) for order in itertools.permutations(range(4))}
    holds(np.isfinite(sorted(sums)).all(), "every sum should be finite")
    holds(len(sums) > 2, f"there should be more than two sums, but they are {sorted(sums)}")


@law(
    "answer.order-errs-little",
    needs="order_of_summing",
    terms=st.sampled_from([100, 200, 300, 400, 500, 600]),
    seed=st.integers(0, 99),
)
def the_order_errs_no_more_than_a_sorted_one(order_of_summing: Function, terms: int, seed: int) -> None:
    r"""Harmonic numbers in float16, added in this order, are as near to the truth as with either sorted order.

    Between these lengths there are some, such as 191, for which chance favours the largest first; they are not asked.

    Catches: the largest first, the order in which the numbers came, orders that leave a number out.
    Misses: orders that are good for this series and for no other.
    Source: Higham (2002), section 4.2.
    """
    values = generator(seed).permutation((1 / np.arange(1, terms + 1)).astype(np.float16))
    order = np.asarray(order_of_summing(values.copy()))
    same(np.sort(order), np.arange(terms), "every place should stand in the order once")
    best = min(_error(np.sort(values)), _error(np.sort(values)[::-1]))
    at_most(_error(values[order.astype(int)]), best, "the error should be at most that of the better sorted order")


def _error(values: Array) -> float:
    return abs(sequential_sum(values) - float(np.sum(values.astype(np.float64))))


@law("answer.layers-enough", needs="error_of_layers", counts=counts)
def the_error_of_layers_is_never_too_small(error_of_layers: Function, counts: Sequence[int]) -> None:
    r"""The bound covers a rounding in the worst direction in each layer, on top of those of the layers before.

    $$ \prod_i (1 + \gamma_{n_i}) - 1 \le b $$

    Catches: sums of the single bounds, which leave out their products, and the bound of the largest layer.
    Misses: bounds that are too large.
    """
    bound = Fraction(float(error_of_layers(np.array(counts))))
    least = Fraction(1)
    for count in counts:
        least *= 1 + Fraction(gamma(count, "float32"))
    holds(bound >= (least - 1) * (1 - Fraction(1, 2**24)), f"the bound should be at least {float(least - 1):.9g}")


@law("answer.layers-tight", needs="error_of_layers", counts=counts)
def the_error_of_layers_is_that_of_all_roundings(error_of_layers: Function, counts: Sequence[int]) -> None:
    r"""The bound is at most that of one layer with all roundings together.

    $$ b \le \gamma_{\sum_i n_i} $$

    Catches: bounds that add something to be on the safe side, and units of another precision.
    Misses: bounds that are too small.
    Source: Higham (2002), lemma 3.3.
    """
    bound, most = float(error_of_layers(np.array(counts))), gamma(sum(counts), "float32")
    at_most(bound, most * (1 + 2**-24), "the bound should be at most that of all roundings together")
