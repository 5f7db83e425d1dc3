"""Wrong answers to the exercises about backward passes (Step 5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnspec.arguments import Array
from cnnspec.exercises import gradients as right
from cnnspec.mutants.mutant import mutant


@mutant("correlation_matrix", "the kernel is turned")
def matrix_of_the_turned_kernel(kernel: Array, height: int, width: int, padding: int) -> Array:
    return right.correlation_matrix(kernel[::-1, ::-1], height, width, padding)


@mutant("correlation_matrix", "pixels are read column after column")
def matrix_by_columns(kernel: Array, height: int, width: int, padding: int) -> Array:
    matrix = right.correlation_matrix(kernel, height, width, padding)
    return matrix.reshape(-1, height, width).swapaxes(1, 2).reshape(len(matrix), -1)


@mutant("correlation_matrix", "what lies in the border comes in again at the other side")
def matrix_that_wraps(kernel: Array, height: int, width: int, padding: int) -> Array:
    rows, columns = (size + 2 * padding - k + 1 for size, k in zip((height, width), kernel.shape, strict=True))
    matrix = np.zeros((rows, columns, height, width))
    for i, j, a, b in np.ndindex(rows, columns, *kernel.shape):
        matrix[i, j, (i + a - padding) % height, (j + b - padding) % width] += kernel[a, b]
    return matrix.reshape(rows * columns, height * width)


@mutant("left_along_the_batch", "what is removed is answered")
def removed_along_the_batch(variance: float, eps: float) -> float:
    return variance / (variance + eps)


@mutant("left_along_the_batch", "a square root is taken of it")
def left_with_a_root(variance: float, eps: float) -> float:
    return (eps / (variance + eps)) ** 0.5


@mutant("fourth_order_difference", "it is the ordinary central difference")
def central_difference(f: Callable[[float], float], x: float, h: float) -> float:
    return (f(x + h) - f(x - h)) / (2 * h)


@mutant("fourth_order_difference", "both differences count alike")
def mean_of_differences(f: Callable[[float], float], x: float, h: float) -> float:
    return (central_difference(f, x, h) + central_difference(f, x, 2 * h)) / 2


@mutant("fourth_order_difference", "the combination is not divided by three")
def three_differences(f: Callable[[float], float], x: float, h: float) -> float:
    return 3 * right.fourth_order_difference(f, x, h)


@mutant("best_step", "it is the step of the ordinary central difference")
def step_of_second_order(unit: float) -> float:
    return unit ** (1 / 3)


@mutant("best_step", "rounding is taken not to grow when the step falls")
def step_of_the_fourth_root(unit: float) -> float:
    return unit ** (1 / 4)


@mutant("biases_that_unbalance", "only the last bias is not zero")
def last_bias_alone() -> tuple[Any, ...]:
    one = np.ones((1, 1))
    return one, one, np.zeros(1), one, np.ones(1)


@mutant("biases_that_unbalance", "the unit is silent")
def bias_of_a_silent_unit() -> tuple[Any, ...]:
    one = np.ones((1, 1))
    return one, -one, -np.ones(1), one, np.zeros(1)


@mutant("unseen_error", "there is no error")
def no_error(v: Array) -> Array:
    return np.zeros(v.shape)


@mutant("unseen_error", "the first entry is wrong whatever v is")
def error_in_the_first_entry(v: Array) -> Array:
    error = np.zeros(v.shape)
    error.flat[0] = 1
    return error


@mutant("chance_to_miss", "zero is forgotten among the numbers")
def chance_without_zero(largest: int) -> float:
    return 1 / (2 * largest)


@mutant("chance_to_miss", "only numbers that are not negative are counted")
def chance_of_one_sign(largest: int) -> float:
    return 1 / (largest + 1)
