r"""What marks the answers to the exercises of Step 4."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import strategies as st

from cnnspec import pooling
from cnnspec.arguments import Array
from cnnspec.channels import conv2d
from cnnspec.laws.compare import at_most, differs, holds, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import entries, maps


@law("answer.shifts-counted", needs="share_of_shifts", size=st.integers(1, 12))
def the_share_of_shifts_is_what_counting_finds(share_of_shifts: Function, size: int) -> None:
    r"""Of all places in a window and all shifts to a neighbour, this share ends in the window again.

    Catches: the share of one place alone, shifts in four directions, a pixel that stands still counted as shifted.
    Misses: nothing.
    """
    inside = range(size)
    shifts = [shift for shift in itertools.product((-1, 0, 1), repeat=2) if shift != (0, 0)]
    staying = sum(i + a in inside and j + b in inside for i in inside for j in inside for a, b in shifts)
    answer, true = float(share_of_shifts(size)), staying / (8 * size * size)
    holds(abs(answer - true) < 1e-6, f"{staying} of {8 * size * size} shifts stay in the window, a share of {true:.6g}")


@law("answer.maps-do-not-add-up", needs="maps_that_do_not_add_up")
def the_two_maps_do_not_add_up(maps_that_do_not_add_up: Function) -> None:
    r"""Neither map has a negative entry, and their pooled sum is not the sum of the pooled maps.

    $$ \operatorname{pool}(a + b) \ne \operatorname{pool}(a) + \operatorname{pool}(b), \qquad a, b \ge 0 $$

    Catches: negative entries, and maps whose maxima stand at the same places, which do add up.
    Misses: nothing.
    """
    a, b = (np.asarray(answer, dtype=np.float64) for answer in maps_that_do_not_add_up())
    holds(a.shape == b.shape and a.ndim == 2 and min(a.shape) >= 2, "both maps should have one shape, at least 2x2")
    at_most(0, np.minimum(a, b), "no entry should be negative")

    def pool(x: Array) -> Array:
        return pooling.max_pool2d(x[None, None], 2)

    differs(pool(a + b), pool(a) + pool(b), "the pooled sum should not be the sum of the pooled maps")


@law("answer.blur-between", needs="blurred_max_pool2d", x=maps(least=4, most=8, palette="small"))
def a_blur_stands_between_the_maximum_and_the_stride(blurred_max_pool2d: Function, x: Array) -> None:
    r"""The blurred pooling is a max pooling with stride 1, then a depthwise convolution with stride 2.

    $$ y = \big(\operatorname{pool}_{2, 1}(x) \star \tfrac{1}{16} (1, 2, 1)^T (1, 2, 1)\big)_{2i,\, 2j} $$

    Catches: a stride before the blur, weights that do not add up to 1, a blur along one axis alone.
    Misses: nothing.
    Source: Zhang, R. (2019), section 3.
    """
    weights = np.outer([1, 2, 1], [1, 2, 1]) / 16
    largest = pooling.max_pool2d(x, 2, stride=1)
    same(blurred_max_pool2d(x), conv2d(largest, np.stack([weights[None]] * x.shape[1]), stride=2, groups=x.shape[1]))


@law("answer.blur-softens", needs="blurred_max_pool2d", row=st.integers(2, 6), column=st.integers(2, 6))
def a_shift_changes_blurred_answers_little(blurred_max_pool2d: Function, row: int, column: int) -> None:
    r"""If a bright pixel moves by one, no answer changes by more than 3/8; the answers of plain pooling change by 1.

    Catches: blurs before the maximum or after the stride, and no blur at all.
    Misses: everything about pictures that are more than a pixel.
    """
    pictures = np.zeros((2, 1, 10, 10))
    pictures[0, 0, row, column] = pictures[1, 0, row, column + 1] = 1
    before, after = np.asarray(blurred_max_pool2d(pictures))
    same(before.shape, (1, 4, 4))
    at_most(np.abs(before - after), 3 / 8)
    same(np.sum(before), np.sum(after))


@law(
    "answer.another-kind-keeps",
    needs="pooling_of_another_kind",
    x=entries((1, 2, 4, 6)),
    raised=entries((1, 2, 4, 6)),
)
def the_other_pooling_keeps_three_laws(pooling_of_another_kind: Function, x: Array, raised: Array) -> None:
    r"""Constants and factors that are not negative pass through, and rising entries never lower an answer.

    $$ p(x + c) = p(x) + c, \qquad p(fx) = f\,p(x), \qquad x \le x' \implies p(x) \le p(x') $$

    Catches: sums, which let no constant pass, and differences, which fall when an entry rises.
    Misses: max pooling itself.
    """
    y = pooling_of_another_kind(x)
    same(np.shape(y), (1, 2, 2, 3))
    same(pooling_of_another_kind(x + 3), y + 3)
    same(pooling_of_another_kind(2 * x), 2 * y)
    same(pooling_of_another_kind(0 * x), 0 * y)
    at_most(y, pooling_of_another_kind(x + np.abs(raised)))


@law("answer.another-kind-differs", needs="pooling_of_another_kind")
def the_other_pooling_is_not_the_maximum(pooling_of_another_kind: Function) -> None:
    r"""There is a map on which it does not answer with the largest entries.

    Catches: max pooling, however it is written.
    Misses: everything else that is wrong.
    """
    cells = np.array(list(itertools.permutations([0.0, 1, 2, 3]))).reshape(24, 1, 2, 2)
    differs(pooling_of_another_kind(cells), pooling.max_pool2d(cells, 2), "it should not be max pooling")
