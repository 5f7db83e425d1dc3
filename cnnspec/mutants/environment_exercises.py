"""Wrong answers to the exercises of Step 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnspec.arguments import Array
from cnnspec.environment import gamma
from cnnspec.mutants.mutant import mutant


@mutant("floats_to_the_double", "there are as many as there are whole numbers")
def as_many_as_whole_numbers(exponent: int) -> float:
    return 2.0**exponent


@mutant("floats_to_the_double", "the leading digit is counted too")
def floats_of_24_digits(exponent: int) -> int:
    return 2**24


@mutant("floats_to_the_double", "the first number is left out")
def floats_less_one(exponent: int) -> int:
    return 2**23 - 1


@mutant("sum_of_ones", "the sum goes on for ever")
def ones_for_ever(count: int) -> int:
    return count


@mutant("sum_of_ones", "the sum ends at the largest number of 23 digits")
def ones_of_23_digits(count: int) -> int:
    return min(count, 2**23)


@mutant("sum_of_ones", "the sum is rounded once, at the end")
def ones_rounded_once(count: int) -> float:
    return float(np.float32(count))


@mutant("side_of_exact_sums", "the limit is that of float64")
def side_in_float64(largest: int) -> int:
    return int(np.sqrt(2**53 / largest))


@mutant("side_of_exact_sums", "the next side is answered")
def side_too_large(largest: int) -> int:
    return int(np.sqrt(2**24 // largest)) + 1


@mutant("side_of_exact_sums", "pixels are taken for bytes, whatever they are")
def side_of_bytes(largest: int) -> int:
    return 256


@mutant("four_numbers", "nothing is rounded")
def four_small_numbers() -> Array:
    return np.array([1.0, 2, 3, 4])


@mutant("four_numbers", "the sums are infinite")
def four_huge_numbers() -> Array:
    return np.array([3e38, 3e38, -3e38, 1])


@mutant("order_of_summing", "the largest comes first")
def largest_first(values: Array) -> Array:
    return np.argsort(-values)


@mutant("order_of_summing", "the numbers stay as they came")
def first_come_first_served(values: Array) -> Array:
    return np.arange(len(values))


@mutant("order_of_summing", "the sorted numbers are answered instead of their places")
def sorted_values(values: Array) -> Array:
    return np.sort(values)


@mutant("error_of_layers", "the bounds of the layers are added up")
def errors_added_up(counts: Array) -> float:
    return sum(gamma(int(count), "float32") for count in counts)


@mutant("error_of_layers", "the layer with the most roundings stands for all")
def error_of_the_worst_layer(counts: Array) -> float:
    return gamma(int(np.max(counts)), "float32")


@mutant("error_of_layers", "a tenth is added to be on the safe side")
def error_on_the_safe_side(counts: Any) -> float:
    return 1.1 * gamma(int(np.sum(counts)), "float32")
