r"""What marks the answers to the exercises of Step 2."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import strategies as st

from cnnspec import convolution
from cnnspec.arguments import Array
from cnnspec.laws.compare import differs, holds, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import entries, images, kernels

small = kernels(most=3)
"""Kernels that fit an image twice."""


@law("answer.one-kernel", needs="one_kernel_for_two", image=entries((6, 7)), first=small, second=small)
def one_kernel_does_the_work_of_two(one_kernel_for_two: Function, image: Array, first: Array, second: Array) -> None:
    r"""Whatever the image, the one kernel answers what the two answer in a row.

    $$ (x \star a) \star b = x \star k $$

    Catches: kernels that are added or correlated, which would turn one of them, and kernels in the wrong order of size.
    Misses: nothing.
    """
    one = one_kernel_for_two(first, second)
    same(np.shape(one), tuple(a + b - 1 for a, b in zip(first.shape, second.shape, strict=True)))
    whole = np.rint(one)  # so that nothing is rounded in what follows
    same(one, whole, "two kernels of whole numbers should make one of whole numbers")
    between = convolution.correlate2d(image, first)
    same(convolution.correlate2d(between, second), convolution.correlate2d(image, whole))


@law("answer.rolling", needs="image_and_kernel_that_roll")
def the_border_does_not_show(image_and_kernel_that_roll: Function) -> None:
    r"""The answer to the rolled image is the rolled answer, though the border is zero and the kernel sees it.

    $$ (\operatorname{roll} x) \star_1 k = \operatorname{roll}(x \star_1 k) $$

    Catches: kernels of a single weight and black images, which say nothing, and all pairs whose border shows.
    Misses: nothing.
    """
    image, kernel = (np.asarray(answer) for answer in image_and_kernel_that_roll())
    same((image.shape, kernel.shape), ((1, 3), (1, 3)), "both should have one row and three columns")
    holds(all((x == np.round(x)).all() for x in (image, kernel)), "all numbers should be whole")
    holds(image.any(), "the image should not be black")
    holds(kernel[0, 0] and kernel[0, 2], "the outer weights should not be zero")
    answer, rolled = (convolution.correlate2d(x, kernel, padding=(0, 1)) for x in (image, np.roll(image, 1, axis=1)))
    same(rolled, np.roll(answer, 1, axis=1), "the answer to the rolled image should be the rolled answer")


@law("answer.sums-of-ones", needs="sums_of_windows", image=images(palette="small", least=3), size=st.integers(1, 3))
def a_kernel_of_ones_adds_up_the_window(sums_of_windows: Function, image: Array, size: int) -> None:
    r"""The sums are what a kernel of ones answers.

    $$ y = x \star 1_{k \times k} $$

    Catches: means, windows that are one off, windows that reach over the edge.
    Misses: how many additions it takes.
    """
    same(sums_of_windows(image, size), convolution.correlate2d(image, np.ones((size, size), dtype=image.dtype)))


@law("answer.sums-of-quarters", needs="sums_of_windows", image=entries((7, 8)), size=st.integers(1, 3))
def a_window_is_the_sum_of_its_quarters(sums_of_windows: Function, image: Array, size: int) -> None:
    r"""A window of twice the size holds what its four quarters hold.

    $$ y^{2k}_{ij} = \sum_{a, b \in \{0, k\}} y^{k}_{i+a,\; j+b} $$

    Catches: means, sums of the border of a window, sums that grow along a row.
    Misses: one factor for all sums.
    """
    large, y = sums_of_windows(image, 2 * size), sums_of_windows(image, size)
    rows, columns = 8 - 2 * size, 9 - 2 * size
    same(np.shape(large), (rows, columns))
    quarters = [y[a : a + rows, b : b + columns] for a, b in itertools.product((0, size), repeat=2)]
    same(large, sum(quarters))


@law(
    "answer.another-correlation-keeps",
    needs="correlation_of_another_kind",
    image=entries((5, 6)),
    other=entries((5, 6)),
    kernel=entries((2, 3)),
    further=entries((2, 3)),
)
def the_other_correlation_keeps_four_laws(
    correlation_of_another_kind: Function, image: Array, other: Array, kernel: Array, further: Array
) -> None:
    r"""It is linear in the image and in the kernel, moves along with the image, and adds up the weights on a constant.

    $$ \begin{aligned} c(x + 2x', k) &= c(x, k) + 2\,c(x', k) \\ c(x, k + 2k') &= c(x, k) + 2\,c(x, k') \\
       c(T x, k) &= T c(x, k), \qquad c(1, k) = \textstyle\sum k \end{aligned} $$

    Catches: maxima, answers that are multiplied or padded, weights that depend on the place.
    Misses: the right correlation.
    """
    correlate = correlation_of_another_kind
    y = correlate(image, kernel)
    same(np.shape(y), (4, 4))
    same(correlate(image + 2 * other, kernel), y + 2 * correlate(other, kernel), "it should be linear in the image")
    same(correlate(image, kernel + 2 * further), y + 2 * correlate(image, further), "it should be linear in the kernel")
    same(correlate(image[1:], kernel), y[1:], "it should move along with the image")
    same(correlate(image[:, 1:], kernel), y[:, 1:], "it should move along with the image")
    same(correlate(np.ones((5, 6)), kernel), np.full((4, 4), kernel.sum()), "a constant should be answered by the sum")


@law("answer.another-correlation-differs", needs="correlation_of_another_kind")
def the_other_correlation_is_another(correlation_of_another_kind: Function) -> None:
    r"""There is a kernel that it does not slide over the image as correlation does.

    Catches: correlation, however it is written.
    Misses: everything else that is wrong.
    """
    image, kernel = np.arange(30.0).reshape(5, 6) ** 2, np.arange(6.0).reshape(2, 3) ** 3
    differs(
        correlation_of_another_kind(image, kernel), convolution.correlate2d(image, kernel), "it should not be right"
    )
