"""Wrong answers to the exercises of "The same laws, faster"."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnspec.arguments import Array
from cnnspec.exercises import faster as right
from cnnspec.mutants.mutant import mutant


@mutant("copies_of_pixels", "the border is forgotten")
def copies_without_border(height: int, width: int, kernel: int, padding: int) -> Array:
    return right.copies_of_pixels(height, width, kernel, 0)


@mutant("copies_of_pixels", "every pixel is taken to be in the middle")
def copies_in_the_middle(height: int, width: int, kernel: int, padding: int) -> Array:
    return np.full((height, width), kernel**2)


@mutant("copies_of_pixels", "windows that reach beyond the padded image are counted")
def copies_beyond_the_border(height: int, width: int, kernel: int, padding: int) -> Array:
    return right.copies_of_pixels(height, width, kernel, padding + 1)


@mutant("winograd_f32", "the filter is turned round")
def winograd_turned() -> tuple[Any, ...]:
    a, g, b = right.winograd_f32()
    return a, g[:, ::-1], b


@mutant("winograd_f32", "a sign is lost on the way")
def winograd_without_a_sign() -> tuple[Any, ...]:
    a, g, b = right.winograd_f32()
    return a, np.abs(g), b


@mutant("winograd_f32", "every product of the definition is made")
def six_products() -> tuple[Any, ...]:
    pick = np.array([[0, 1], [1, 2], [2, 3]]).ravel()
    return np.kron(np.eye(3), [1, 1]), np.tile(np.eye(2), (3, 1)), np.eye(4)[pick]


@mutant("median_window", "the columns are like each other")
def window_of_like_columns() -> Any:
    return np.tile([[0], [1], [2]], (1, 3))


@mutant("median_window", "the numbers are in their order")
def window_in_order() -> Any:
    return np.arange(9).reshape(3, 3)
