"""Wrong answers to the exercises of Step 4."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnspec import pooling
from cnnspec.arguments import Array
from cnnspec.exercises.pooling import blurred_max_pool2d
from cnnspec.mutants.mutant import mutant


@mutant("share_of_shifts", "the pixel stands in the middle of its window")
def share_of_the_middle(size: int) -> float:
    return 1.0 if size > 2 else 0.0


@mutant("share_of_shifts", "only shifts along an axis are counted")
def share_of_four_shifts(size: int) -> float:
    return 1 - 1 / size


@mutant("share_of_shifts", "not being shifted is counted as a shift")
def share_with_standing_still(size: int) -> float:
    return (3 * size - 2) ** 2 / (9 * size**2)


@mutant("maps_that_do_not_add_up", "one map is the negative of the other")
def maps_of_either_sign() -> tuple[Array, Array]:
    return np.eye(2), -np.eye(2)


@mutant("maps_that_do_not_add_up", "both maps are largest at the same place")
def maps_that_add_up() -> tuple[Array, Array]:
    return np.eye(2), 2 * np.eye(2)


@mutant("blurred_max_pool2d", "nothing is blurred")
def unblurred_max_pool2d(x: Array) -> Array:
    return pooling.max_pool2d(x, 2)[:, :, : (x.shape[2] - 2) // 2, : (x.shape[3] - 2) // 2]


@mutant("blurred_max_pool2d", "the weights add up to 4 along each axis")
def blurred_without_division(x: Array) -> Any:
    return 16 * blurred_max_pool2d(x)


@mutant("blurred_max_pool2d", "the blur comes before the maximum")
def blurred_before_the_maximum(x: Array) -> Array:
    rows = (x[:, :, :-2] + 2 * x[:, :, 1:-1] + x[:, :, 2:]) / 4
    return pooling.max_pool2d((rows[..., :-2] + 2 * rows[..., 1:-1] + rows[..., 2:]) / 4, 2)


@mutant("pooling_of_another_kind", "it is max pooling")
def pooling_of_the_same_kind(x: Array) -> Array:
    return pooling.max_pool2d(x, 2)


@mutant("pooling_of_another_kind", "entries are added up, so that a constant counts four times")
def pooling_by_sums(x: Array) -> Array:
    return 4 * pooling.avg_pool2d(x, 2)


@mutant("pooling_of_another_kind", "the spread within each window is answered")
def pooling_of_the_spread(x: Array) -> Array:
    return pooling.max_pool2d(x, 2) + pooling.max_pool2d(-x, 2)
