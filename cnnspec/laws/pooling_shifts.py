r"""What happens to a pooled map when the picture moves (Step 4).

The popular claim is that max pooling makes a network translation invariant. These laws say what is true instead:
where invariance holds, how often, and the smallest pictures for which it does not.
"""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import strategies as st

from cnnspec.arguments import Array
from cnnspec.laws.cases import Pooling
from cnnspec.laws.compare import differs, holds, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.pooling_cases import cells, rankings, row
from cnnspec.laws.strategies import maps, poolings


@law("max.shift-by-stride", needs="max_pool2d", case=poolings(padded=False, ceil_modes=(False,)), cell=cells)
def a_shift_by_the_stride_moves_the_maxima_by_one(max_pool2d: Function, case: Pooling, cell: int) -> None:
    r"""Moving the map by a multiple of the stride moves the pooled map, as long as nothing leaves the frame.

    $$ \operatorname{pool}(T_{s\delta}\, x) = T_\delta \operatorname{pool}(x) $$

    Catches: strides that are ignored or swapped, windows whose place depends on the size of the map.
    Misses: everything that is the same at every place, such as a window that is too large.
    """
    s = case.step
    y = np.asarray(max_pool2d(case.x, case.size, **case.options))
    down, right = cell % y.shape[2], cell // 7 % y.shape[3]
    moved = case.x[:, :, s.v * down :, s.h * right :]
    same(max_pool2d(moved, case.size, **case.options), y[:, :, down:, right:])


@law("avg.shift-by-stride", needs="avg_pool2d", case=poolings(padded=False, ceil_modes=(False,)), cell=cells)
def a_shift_by_the_stride_moves_the_averages_by_one(avg_pool2d: Function, case: Pooling, cell: int) -> None:
    r"""Moving the map by a multiple of the stride moves the pooled map, as long as nothing leaves the frame.

    $$ \operatorname{avg}(T_{s\delta}\, x) = T_\delta \operatorname{avg}(x) $$

    Catches: strides that are ignored or swapped, windows whose place depends on the size of the map.
    Misses: everything that is the same at every place, such as a wrong divisor.
    """
    s = case.step
    y = np.asarray(avg_pool2d(case.x, case.size, **case.options))
    down, right = cell % y.shape[2], cell // 7 % y.shape[3]
    moved = case.x[:, :, s.v * down :, s.h * right :]
    same(avg_pool2d(moved, case.size, **case.options), y[:, :, down:, right:])


@law("max.overlap", needs="max_pool2d", x=rankings(), size=st.tuples(st.integers(1, 3), st.integers(1, 3)))
def a_window_survives_a_shift_if_its_maximum_is_in_the_overlap(
    max_pool2d: Function, x: Array, size: tuple[int, int]
) -> None:
    r"""Two windows on a map of distinct entries agree exactly if the largest entry of both is in their overlap.

    $$ \max_A x = \max_B x \iff \operatorname*{arg\,max}_{A \cup B} x \in A \cap B $$

    This is all the invariance that one max pooling has.

    Catches: averages, windows that are too large or too small, strides other than 1 when 1 is asked for.
    Misses: padding and ceil mode.
    """
    height, width = (min(k, n) for k, n in zip(size, x.shape[2:], strict=True))
    y = np.asarray(max_pool2d(x, (height, width), stride=1))
    rows, columns = x.shape[2] - height + 1, x.shape[3] - width + 1
    same(y.shape, (1, 1, rows, columns))
    for i, j in np.ndindex(rows, columns):
        for k, m in ((i, j + 1), (i + 1, j), (i + 1, j + 1)):
            if k == rows or m == columns:
                continue
            first, second = (np.zeros(x.shape[2:], dtype=bool) for _ in range(2))
            first[i : i + height, j : j + width] = second[k : k + height, m : m + width] = True
            shared = bool((x[0, 0] * (first & second)).max() == (x[0, 0] * (first | second)).max())
            shared = shared and bool((first & second).any())
            holds((y[0, 0, i, j] == y[0, 0, k, m]) == shared, "the answers should agree if the overlap has the maximum")


@law("max.one-in-three", needs="max_pool2d")
def one_2x2_window_in_three_survives_a_shift_by_one_pixel(max_pool2d: Function) -> None:
    r"""Of all orders of six entries, exactly a third leave a 2×2 maximum unchanged when the window moves by one pixel.

    $$ P(\max_A x = \max_B x) = \frac{\lvert A \cap B \rvert}{\lvert A \cup B \rvert} = \frac{2}{6} $$

    So for entries that are independent and never equal, the answer changes in two windows out of three.

    Catches: averages, another stride or window than asked for.
    Misses: everything about larger maps.
    """
    orders = np.array(list(itertools.permutations(range(6))), dtype=np.float64).reshape(-1, 1, 2, 3)
    y = np.asarray(max_pool2d(orders, 2, stride=1))
    same(y.shape, (720, 1, 1, 2))
    same(np.count_nonzero(y[..., 0] == y[..., 1]), 720 // 3)


@law("max.impulse", needs="max_pool2d", k=st.sampled_from([1, 2, 3, 4]))
def an_impulse_stays_in_its_window_for_a_known_share_of_shifts(max_pool2d: Function, k: int) -> None:
    r"""A single bright pixel, anywhere in a window, stays in it for this share of the eight shifts by one pixel.

    $$ \frac{(3k-2)^2 - k^2}{8k^2} $$

    That is 3/8 for 2×2 windows and 5/9 for 3×3 windows. The 5/8 that is often given is the share of a place in the
    middle of a 3×3 window's edge alone.

    Catches: averages, windows that are too small or too large.
    Misses: everything about pictures that are more than a pixel.
    """
    steps = [step for step in itertools.product((-1, 0, 1), repeat=2) if step != (0, 0)]
    pictures = np.zeros((k * k, 8, k + 2, k + 2))
    for (place, (i, j)), (shift, (down, right)) in itertools.product(enumerate(np.ndindex(k, k)), enumerate(steps)):
        pictures[place, shift, 1 + i + down, 1 + j + right] = 1
    middle = np.asarray(max_pool2d(pictures, k, stride=1))[:, :, 1, 1]
    same(np.sum(middle), (3 * k - 2) ** 2 - k**2)


@law("max.half-the-shifts", needs="max_pool2d", width=st.sampled_from([4, 6, 8]))
def every_second_shift_of_an_impulse_shows(max_pool2d: Function, width: int) -> None:
    r"""2×2 pooling with stride 2 answers a bright pixel that moves one column as before in exactly half of the columns.

    Catches: other strides and windows, averages.
    Misses: everything about rows.
    """
    pictures = np.zeros((width, 1, 2, width))
    pictures[np.arange(width), 0, 0, np.arange(width)] = 1
    y = np.asarray(max_pool2d(pictures, 2))
    same(y.shape, (width, 1, 1, width // 2))
    same((y == np.roll(y, -1, axis=0)).all(axis=(1, 2, 3)).sum(), width // 2)


@law("max.not-invariant", needs="max_pool2d")
def max_pooling_is_not_translation_invariant(max_pool2d: Function) -> None:
    r"""A picture exists whose pooled map changes when the picture moves by one pixel, however it is moved back.

    $$ 0\,0\,1\,1\,0\,0\,1\,1 \mapsto 0\,1\,0\,1 \qquad 0\,1\,1\,0\,0\,1\,1\,0 \mapsto 1\,1\,1\,1 $$

    The smallest one that fills its windows is half of it: 1 1 0 0 is answered by 1 0, and 0 1 1 0 by 1 1. A single
    pixel that leaves its window only moves the answer: 0 1 0 0 becomes 1 0, and 0 0 1 0 becomes 0 1. And on a map of
    three cells, whose last no window sees, it is lost: 0 1 0 becomes 1, and 0 0 1 becomes 0.

    Catches: answers that do not depend on the input.
    Misses: almost everything; it is here for what it says.
    Source: Zhang (2019), Making Convolutional Networks Shift-Invariant Again, section 3.2.
    """
    window = 1, 2
    same(max_pool2d(row(0, 1, 0, 0), window), row(1, 0))
    same(max_pool2d(row(0, 0, 1, 0), window), row(0, 1))
    same(max_pool2d(row(1, 1, 0, 0), window), row(1, 0))
    same(max_pool2d(row(0, 1, 1, 0), window), row(1, 1))
    same(max_pool2d(row(0, 1, 0), window), row(1))
    same(max_pool2d(row(0, 0, 1), window), row(0))
    still, moved = row(0, 0, 1, 1, 0, 0, 1, 1), row(0, 1, 1, 0, 0, 1, 1, 0)
    same(max_pool2d(still, window), row(0, 1, 0, 1))
    same(max_pool2d(moved, window), row(1, 1, 1, 1))
    differs(np.sort(max_pool2d(still, window)), np.sort(max_pool2d(moved, window)))


@law("max.whole-map", needs="max_pool2d", x=maps(), cell=cells)
def one_window_over_the_whole_map_is_invariant(max_pool2d: Function, x: Array, cell: int) -> None:
    r"""A window as large as the map answers alike however the entries are rearranged, shifts included.

    $$ \operatorname{pool}(x_\pi) = \operatorname{pool}(x) = \max_{ij} x_{ij} \qquad \text{for } (k_v, k_h) = (H, W) $$

    This is the invariance that a network has in its last pooling, not in every one.

    Catches: selections by place, windows that leave out a row or a column.
    Misses: whatever does not depend on the order, such as averages, beyond the value itself.
    """
    batch, channels, height, width = x.shape
    places = np.random.Generator(np.random.PCG64(cell)).permutation(height * width)
    moved = x.reshape(batch, channels, -1)[:, :, places].reshape(x.shape)
    same(max_pool2d(moved, (height, width)), max_pool2d(x, (height, width)))
    same(max_pool2d(moved, (height, width)), x.max(axis=(2, 3), keepdims=True))
