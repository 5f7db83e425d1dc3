"""Wrong answers to the exercises of Step 2."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnspec.arguments import Array
from cnnspec.convolution import correlate2d
from cnnspec.exercises import convolution as solved
from cnnspec.mutants.mutant import mutant


@mutant("one_kernel_for_two", "the second kernel is turned, as a correlation of kernels does it")
def one_kernel_turned(first: Array, second: Array) -> Any:
    return solved.one_kernel_for_two(first, second[::-1, ::-1])


@mutant("one_kernel_for_two", "the kernels are added in the upper left corner")
def one_kernel_added(first: Array, second: Array) -> Array:
    kernel = np.zeros([a + b - 1 for a, b in zip(first.shape, second.shape, strict=True)])
    kernel[: first.shape[0], : first.shape[1]] += first
    kernel[: second.shape[0], : second.shape[1]] += second
    return kernel


@mutant("image_and_kernel_that_roll", "nothing is there to be rolled")
def black_image() -> tuple[Array, Array]:
    return np.zeros((1, 3)), np.ones((1, 3))


@mutant("image_and_kernel_that_roll", "the kernel does not look over the edge")
def kernel_of_one_weight() -> tuple[Array, Array]:
    return np.array([[1, 2, 3]]), np.array([[0, 1, 0]])


@mutant("image_and_kernel_that_roll", "the last pixel is bright, and its neighbour beyond the edge is not")
def border_that_shows() -> tuple[Array, Array]:
    return np.ones((1, 3)), np.ones((1, 3))


@mutant("sums_of_windows", "each sum is divided by the number of its entries")
def means_of_windows(image: Array, size: int) -> Any:
    return solved.sums_of_windows(image, size) / size**2


@mutant("sums_of_windows", "the row above the window and the column before it count twice")
def sums_without_corners(image: Array, size: int) -> Array:
    sums = image.cumsum(axis=0).cumsum(axis=1)
    return np.pad(sums, ((1, 0), (1, 0)))[size:, size:] - np.pad(sums, ((1, 0), (1, 0)))[:-size, :-size]


@mutant("sums_of_windows", "windows overlap the edge, so that there are as many answers as pixels")
def sums_over_the_edge(image: Array, size: int) -> Any:
    return solved.sums_of_windows(np.pad(image, ((0, size - 1), (0, size - 1))), size)


@mutant("correlation_of_another_kind", "it is the correlation, by another road")
def correlation_of_the_same_kind(image: Array, kernel: Array) -> Array:
    return correlate2d(image[::-1, ::-1], kernel[::-1, ::-1])[::-1, ::-1]


@mutant("correlation_of_another_kind", "everything is doubled")
def doubled_correlation(image: Array, kernel: Array) -> Array:
    return 2 * correlate2d(image, kernel)


@mutant("correlation_of_another_kind", "negative answers are cut off")
def rectified_correlation(image: Array, kernel: Array) -> Array:
    return np.maximum(correlate2d(image, kernel), 0)


@mutant("correlation_of_another_kind", "the answer is turned upside down, and no longer moves with the image")
def upside_down_correlation(image: Array, kernel: Array) -> Array:
    return correlate2d(image, kernel)[::-1]
