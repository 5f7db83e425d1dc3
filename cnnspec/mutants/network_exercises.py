"""Wrong answers to the exercises about the layers around the convolution (Step 5)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from cnnspec.arguments import Array
from cnnspec.exercises import network as right
from cnnspec.mutants.mutant import mutant


@mutant("batch_where_a_sum_would_do", "two examples are alike, so each has the mean loss, but the sum is twice that")
def batch_of_twins() -> tuple[Array, Array]:
    return np.zeros((2, 2)), np.array([0, 1])


@mutant("batch_where_a_sum_would_do", "a single class leaves nothing to lose")
def batch_of_one_class() -> tuple[Array, Array]:
    return np.zeros((3, 1)), np.zeros(3, dtype=np.int64)


@mutant("missing_variance", "what is missing is compared with what is there")
def missing_compared(variance: float, gamma: float, eps: float) -> float:
    return gamma**2 * eps / variance


@mutant("missing_variance", "the scale is not squared")
def missing_with_plain_scale(variance: float, gamma: float, eps: float) -> float:
    return gamma * eps / (variance + eps)


@mutant("missing_variance", "the variance of the answer is answered")
def variance_that_is_there(variance: float, gamma: float, eps: float) -> float:
    return gamma**2 * variance / (variance + eps)


def textbook(rate: float, other: float, z: float) -> float:
    """From how many pictures on the symmetric intervals of the textbook are apart."""
    reach = z * (math.sqrt(rate * (1 - rate)) + math.sqrt(other * (1 - other)))
    return (reach / (other - rate)) ** 2


@mutant("pictures_to_tell_apart", "the intervals are the symmetric ones of the textbook")
def pictures_by_the_textbook(rate: float, other: float, z: float) -> int:
    return math.ceil(textbook(rate, other, z))


@mutant("pictures_to_tell_apart", "it is one picture more than needed")
def one_picture_more(rate: float, other: float, z: float) -> int:
    return right.pictures_to_tell_apart(rate, other, z) + 1


@mutant("pictures_to_tell_apart", "the second rate is taken to be the larger one")
def pictures_for_rising_rates(rate: float, other: float, z: float) -> int:
    return right.pictures_to_tell_apart(rate, other, z) if rate < other else 1


@mutant("contrast_seen", "it is said that no contrast passes")
def no_contrast(contrast: float, variance: float, eps: float) -> float:
    return 1.0


@mutant("contrast_seen", "the contrast is not squared in the variance")
def contrast_unsquared(contrast: float, variance: float, eps: float) -> float:
    return contrast * math.sqrt((variance + eps) / (contrast * variance + eps))


@mutant("contrast_seen", "the inverse is answered")
def contrast_inverted(contrast: float, variance: float, eps: float) -> float:
    return 1 / right.contrast_seen(contrast, variance, eps)


@mutant("gradient_factors", "a layer's own factor is answered")
def own_factors(factors: Sequence[float]) -> list[float]:
    return list(factors)


@mutant("gradient_factors", "only what comes from below is counted")
def factors_from_below(factors: Sequence[float]) -> list[float]:
    return [math.prod(factors[:place]) for place in range(len(factors))]


@mutant("gradient_factors", "a layer's own factor counts as well")
def factors_of_the_answer(factors: Sequence[float]) -> list[float]:
    return [math.prod(factors)] * len(factors)
