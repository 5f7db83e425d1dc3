r"""What marks the answers to the exercises of "The same laws, faster"."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from cnnspec.arguments import Array
from cnnspec.gradients import conv2d_backward
from cnnspec.laws.answers import close, numbers, parts
from cnnspec.laws.compare import differs, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import entries

sides = st.integers(1, 6)


@law("answer.copies-windows", needs="copies_of_pixels", height=sides, width=sides, kernel=st.integers(1, 4),
     padding=st.integers(0, 2))  # fmt: skip
def a_pixel_is_copied_once_for_each_window_that_holds_it(
    copies_of_pixels: Function, height: int, width: int, kernel: int, padding: int
) -> None:
    r"""The counts are the gradient that comes back when every window adds up its pixels.

    $$ c = \operatorname{dx}(\mathbf 1) \quad \text{for a kernel of ones} $$

    Catches: borders that are forgotten or counted as pixels, counts of cells in place of windows.
    Misses: nothing.
    """
    kernel = min(kernel, height + 2 * padding, width + 2 * padding)
    places = 1, 1, height + 2 * padding - kernel + 1, width + 2 * padding - kernel + 1
    x, w = np.zeros((1, 1, height, width)), np.ones((1, 1, kernel, kernel))
    expected = conv2d_backward(np.ones(places), x, w, padding=padding)[0][0, 0]
    same(numbers(copies_of_pixels(height, width, kernel, padding), height, width), expected)


@law("answer.copies-added", needs="copies_of_pixels", height=sides, width=sides, kernel=st.integers(1, 6))
def without_a_border_the_copies_add_up_to_all_columns(
    copies_of_pixels: Function, height: int, width: int, kernel: int
) -> None:
    r"""Without a border the counts add up to the entries of the columns: as many as windows have cells, times places.

    $$ \sum c = k^2\, (H - k + 1)(W - k + 1) $$

    Catches: places that are counted wrongly.
    Misses: borders, and counts at wrong pixels.
    """
    kernel = min(kernel, height, width)
    counts = numbers(copies_of_pixels(height, width, kernel, 0), height, width)
    same(counts.sum(), kernel**2 * (height - kernel + 1) * (width - kernel + 1))


@law("answer.winograd-four", needs="winograd_f32", d=entries((4,)), g=entries((2,)))
def four_products_give_three_answers(winograd_f32: Function, d: Array, g: Array) -> None:
    r"""With matrices of these shapes, four products give the three answers of a filter of two weights.

    $$ A \left[ (G g) \odot (B d) \right]_i = d_i g_0 + d_{i+1} g_1 $$

    Catches: turned filters, wrong signs and places, matrices that need six products.
    Misses: nothing.
    """
    a, b, c = parts(winograd_f32(), 3)
    answers, weights = numbers(a, 3, 4, what="A"), numbers(b, 4, 2, what="G")
    found = answers @ ((weights @ g) * (numbers(c, 4, 4, what="B") @ d))
    close(found, d[:-1] * g[0] + d[1:] * g[1], "the three answers should be these")


@law("answer.median-lines", needs="median_window")
def the_median_of_this_window_is_not_that_of_its_columns(median_window: Function) -> None:
    r"""The median of the nine numbers is another one than the median of the three medians of the columns.

    Catches: windows on which both are the same.
    Misses: nothing.
    """
    window = numbers(median_window(), 3, 3)
    differs(np.median(np.median(window, axis=0)), np.median(window), "the two medians should differ")
