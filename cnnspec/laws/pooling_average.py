r"""What holds of the mean of a window, and of the mean of a whole map (Step 4)."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st

from cnnspec import pooling
from cnnspec.arguments import Array
from cnnspec.laws.cases import Pooling, as_pair
from cnnspec.laws.compare import at_most, differs, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.pooling import LAB_MAP
from cnnspec.laws.pooling_cases import (
    TwoMaps,
    TwoPoolings,
    bordered,
    cells,
    constants,
    row,
    sight,
    tilings,
    two_maps,
    two_poolings,
    windows_with,
)
from cnnspec.laws.strategies import poolings


@law("avg.definition", needs="avg_pool2d", oracle=True, case=poolings(), counted=st.booleans())
def average_pooling_is_the_mean_under_the_window(avg_pool2d: Function, case: Pooling, counted: bool) -> None:
    r"""Every output is the mean of the entries under the window.

    $$ y_{ncij} = \frac{1}{m_{ij}} \sum_{a,b} x_{n,c,\; is+a,\; js+b} $$

    Catches: whatever changes an answer on the inputs drawn; it says that a subject is wrong, not how.
    Misses: nothing that small inputs can show.
    Source: PyTorch, `torch.nn.AvgPool2d`.
    """
    options = {**case.options, "count_include_pad": counted}
    same(avg_pool2d(case.x, case.size, **options), pooling.avg_pool2d(case.x, case.size, **options))


@law("avg.size", needs="avg_pool2d", case=poolings(ceil_modes=(False,)))
def an_averaged_map_has_as_many_rows_as_windows_fit(avg_pool2d: Function, case: Pooling) -> None:
    r"""An averaged map has one row for each window that fits on the padded map, and columns likewise.

    $$ o = \left\lfloor \frac{i + 2p - k}{s} \right\rfloor + 1 $$

    Catches: rounding up or to nearest, padding counted once, a stride that is ignored or used on one axis only.
    Misses: everything about the entries.
    Source: Dumoulin & Visin (2016), relationship 7, for pooling of any type, and 6 for the padding.
    """
    i, k, s, p = case.x.shape[2:], case.window, case.step, as_pair(case.padding)
    expected = [math.floor((i[a] + 2 * p[a] - k[a]) / s[a]) + 1 for a in (0, 1)]
    same(np.shape(avg_pool2d(case.x, case.size, **case.options)), (*case.x.shape[:2], *expected))


@law(
    "avg.ceil-size",
    needs="avg_pool2d",
    pinned=(
        {"case": Pooling(np.zeros((1, 1, 32, 1)), (8, 1), (4, 1), ceil_mode=True)},
        {"case": Pooling(np.zeros((1, 1, 4, 1)), (3, 1), (3, 1), ceil_mode=True)},
        {"case": Pooling(np.zeros((1, 1, 3, 1)), (2, 1), (2, 1), padding=(1, 0), ceil_mode=True)},
    ),
    case=poolings(ceil_modes=(True,)),
)
def ceil_mode_adds_an_average_that_starts_on_the_map(avg_pool2d: Function, case: Pooling) -> None:
    r"""In ceil mode one more window covers what is left over, but only if it starts before the map ends.

    $$ o = \left\lceil \frac{i + 2p - k}{s} \right\rceil + 1, \quad \text{less one if } (o-1)s \ge i + p $$

    Catches: a ceil mode that is ignored, and one that lets the last window start in the border.
    Misses: what the last window is divided by.
    Source: PyTorch, `torch.nn.AvgPool2d`, note on `ceil_mode`.
    """
    i, k, s, p = case.x.shape[2:], case.window, case.step, as_pair(case.padding)
    expected = [math.ceil((i[a] + 2 * p[a] - k[a]) / s[a]) + 1 for a in (0, 1)]
    expected = [o - 1 if (o - 1) * s[a] >= i[a] + p[a] else o for a, o in enumerate(expected)]
    same(np.shape(avg_pool2d(case.x, case.size, **case.options)), (*case.x.shape[:2], *expected))


@law("avg.between", needs="avg_pool2d max_pool2d", case=poolings())
def the_average_lies_between_minimum_and_maximum(avg_pool2d: Function, max_pool2d: Function, case: Pooling) -> None:
    r"""The mean of a window's cells on the map lies between the smallest and the largest of them.

    $$ -\max(-x) \le \operatorname{avg}(x) \le \max(x) $$

    Catches: sums, wrong divisors, zeros of the border that count although they should not.
    Misses: every other kind of mean.
    """
    y = avg_pool2d(case.x, case.size, **case.options, count_include_pad=False)
    at_most(y, max_pool2d(case.x, case.size, **case.options))
    at_most(-np.asarray(y), max_pool2d(-case.x, case.size, **case.options))


@law("avg.linear", needs="avg_pool2d", case=two_maps(), counted=st.booleans())
def average_pooling_is_linear(avg_pool2d: Function, case: TwoMaps, counted: bool) -> None:
    r"""The average of a sum is the sum of the averages, with any factors.

    $$ \operatorname{avg}(3x - 2z) = 3 \operatorname{avg}(x) - 2 \operatorname{avg}(z) $$

    Catches: maxima, medians, absolute values, averages that are rounded to whole numbers.
    Misses: everything linear: wrong divisors, wrong windows, and borders of a constant, for which 3 − 2 = 1.
    """
    options = {**case.options, "count_include_pad": counted}
    same(
        avg_pool2d(3 * case.x - 2 * case.z, case.size, **options),
        3 * avg_pool2d(case.x, case.size, **options) - 2 * avg_pool2d(case.z, case.size, **options),
    )


@law("avg.monotone", needs="avg_pool2d", case=two_maps())
def raising_entries_never_lowers_an_average(avg_pool2d: Function, case: TwoMaps) -> None:
    r"""If no entry of a map is larger than the other map's, no average is.

    $$ x \le x' \implies \operatorname{avg}(x) \le \operatorname{avg}(x') $$

    Catches: weights that are negative, absolute values.
    Misses: maxima, minima and means of all kinds.
    """
    at_most(
        avg_pool2d(case.x, case.size, **case.options),
        avg_pool2d(case.x + np.abs(case.z), case.size, **case.options),
    )


@law("avg.constant-added", needs="avg_pool2d", case=poolings(large=False), constant=constants)
def a_constant_passes_through_an_average(avg_pool2d: Function, case: Pooling, constant: int) -> None:
    r"""Adding a constant to a map adds it to every average, at the border too if the border does not count.

    $$ \operatorname{avg}(x + c) = \operatorname{avg}(x) + c $$

    Catches: every wrong divisor, and a border that counts although it should not.
    Misses: maxima, and all means whose weights add up to one.
    """
    options = {**case.options, "count_include_pad": False}
    same(
        avg_pool2d(case.x + constant, case.size, **options),
        np.asarray(avg_pool2d(case.x, case.size, **options)) + constant,
    )


@law("avg.border-share", needs="avg_pool2d", case=poolings(), counted=st.booleans())
def a_map_of_ones_shows_the_share_of_the_border(avg_pool2d: Function, case: Pooling, counted: bool) -> None:
    r"""A map of ones is answered by each window's share of cells on the map, or by ones if the border does not count.

    $$ \operatorname{avg}(1)_{ij} = \frac{\text{cells on the map}}{\text{cells on the padded map}} $$

    Cells beyond the padded map, which ceil mode lets the last window have, are in neither count.

    Catches: each of the four ways to count a window's cells wrongly at the border.
    Misses: everything about the entries.
    Source: PyTorch, `torch.nn.AvgPool2d`, argument `count_include_pad`.
    """
    p = as_pair(case.padding)
    without = case.but(x=np.ones((1, 1, *(n + 2 * q for n, q in zip(case.x.shape[2:], p, strict=True)))), padding=0)
    on_map = np.outer(sight(case, 0).sum(axis=1), sight(case, 1).sum(axis=1))
    rows, columns = on_map.shape
    on_padded = np.outer(*(count_cells(without, axis, n) for axis, n in ((0, rows), (1, columns))))
    ones = np.ones_like(case.x)
    expected = np.broadcast_to(on_map / on_padded if counted else 1.0, (*case.x.shape[:2], rows, columns))
    same(avg_pool2d(ones, case.size, **case.options, count_include_pad=counted), expected)


def count_cells(case: Pooling, axis: int, windows: int) -> Array:
    """How many cells of an unpadded map each of so many windows has, the last perhaps cut off."""
    start = case.step[axis] * np.arange(windows)
    return np.asarray(np.minimum(start + case.window[axis], case.x.shape[2 + axis]) - start)


@law("avg.two-counts", needs="avg_pool2d", case=poolings())
def the_two_counts_differ_by_the_share_of_the_border(avg_pool2d: Function, case: Pooling) -> None:
    r"""Counting the border or not changes each average by the same factor, whatever the map holds.

    $$ \operatorname{avg}_{\text{with border}}(x) = \operatorname{avg}_{\text{without}}(x) \cdot
       \operatorname{avg}_{\text{with border}}(1) $$

    Catches: a switch that is ignored or wired the wrong way, divisors that depend on the entries.
    Misses: errors that both settings share.
    """
    share = avg_pool2d(np.ones_like(case.x), case.size, **case.options, count_include_pad=True)
    without = avg_pool2d(case.x, case.size, **case.options, count_include_pad=False)
    same(avg_pool2d(case.x, case.size, **case.options), np.asarray(without) * share)
    same(avg_pool2d(np.ones_like(case.x), case.size, **case.options, count_include_pad=False), np.ones_like(without))


@law("avg.ceil-cells", needs="avg_pool2d", counted=st.booleans())
def cells_beyond_the_padded_map_never_count(avg_pool2d: Function, counted: bool) -> None:
    r"""The last window of 1 2 3 4 5 with size 2, stride 2 and ceil mode has one cell, and its mean is 5, not 2.5.

    $$ 1\,2\,3\,4\,5 \mapsto 1.5,\ 3.5,\ 5 $$

    Catches: division by the window's size where the window is cut off.
    Misses: everything else.
    Source: PyTorch, `torch.nn.AvgPool2d`; for runtimes that had the bug: onnxruntime #16203, coremltools #2844, and
    tract #2851, which gives this case.
    """
    y = avg_pool2d(row(1, 2, 3, 4, 5), (1, 2), ceil_mode=True, count_include_pad=counted)
    same(y, row(1.5, 3.5, 5))


@law("avg.convolution", needs="avg_pool2d conv2d", case=poolings(ceil_modes=(False,)))
def average_pooling_is_a_depthwise_convolution(avg_pool2d: Function, conv2d: Function, case: Pooling) -> None:
    r"""If its border counts, average pooling is a convolution of each channel with a kernel of equal weights.

    $$ \operatorname{avg}(x) = x \star w, \qquad w_{ab} = \frac{1}{k_v k_h} $$

    Catches: wrong divisors, wrong strides, borders of anything but zeros, channels that are mixed.
    Misses: ceil mode, and a border that does not count.
    """
    w = np.ones((case.x.shape[1], 1, *case.window), dtype=case.x.dtype)
    sums = conv2d(case.x, w, stride=tuple(case.step), padding=case.padding, groups=case.x.shape[1])
    same(np.asarray(avg_pool2d(case.x, case.size, **case.options)) * math.prod(case.window), sums)


@law("avg.one-cell", needs="avg_pool2d", case=poolings(palette="small"), cell=cells, counted=st.booleans())
def a_raised_cell_raises_exactly_the_averages_that_see_it(
    avg_pool2d: Function, case: Pooling, cell: int, counted: bool
) -> None:
    r"""A cell raised by $h$ raises the windows that see it, each by $h$ over its count, and no other.

    $$ y'_{ij} - y_{ij} = \frac{h}{m_{ij}} \text{ where the window sees the cell, } 0 \text{ elsewhere} $$

    Catches: wrong strides, paddings and sizes on either axis, unequal weights, leaks between images or channels.
    Misses: nothing linear on the drawn geometries.
    """
    u, v = cell % case.x.shape[2], cell % case.x.shape[3]
    raised, ones = case.x.copy(), np.ones_like(bordered(case, 1))
    height = case.x.dtype.type(720)
    raised[-1, 0, u, v] += height
    options = {**case.options, "count_include_pad": counted}
    seen = windows_with(case, u, v)
    counts = [sight(case, axis).sum(axis=1) for axis in (0, 1)]
    if counted:
        wide = case.but(x=ones, padding=0)
        counts = [count_cells(wide, axis, n) for axis, n in enumerate(seen.shape)]
    expected = np.zeros((*case.x.shape[:2], *seen.shape))
    expected[-1, 0] = seen * height / np.outer(*counts)
    same(np.asarray(avg_pool2d(raised, case.size, **options)) - avg_pool2d(case.x, case.size, **options), expected)


@law("avg.jensen", needs="avg_pool2d", case=poolings())
def relu_after_an_average_is_at_most_relu_before_it(avg_pool2d: Function, case: Pooling) -> None:
    r"""ReLU and average pooling do not commute: averaging first loses whatever cancels.

    $$ \operatorname{ReLU}(\operatorname{avg}(x)) \le \operatorname{avg}(\operatorname{ReLU}(x)) $$

    The smallest example is the window 1, −1: averaged first it gives 0, averaged last ½.

    Catches: maxima and other selections, with which ReLU commutes.
    Misses: sums and means of all kinds.
    Source: Jensen's inequality for the convex function ReLU.
    """
    at_most(
        np.maximum(avg_pool2d(case.x, case.size, **case.options), 0),
        avg_pool2d(np.maximum(case.x, 0), case.size, **case.options),
    )
    one = row(1, -1)
    differs(np.maximum(avg_pool2d(one, (1, 2)), 0), avg_pool2d(np.maximum(one, 0), (1, 2)))


@law("avg.separable", needs="avg_pool2d", case=poolings(), counted=st.booleans())
def rows_and_columns_can_be_averaged_one_after_the_other(avg_pool2d: Function, case: Pooling, counted: bool) -> None:
    r"""The mean of a window is the mean of its columns' means, cut off windows and borders included.

    $$ \operatorname{avg}_{k_v,\,k_h} = \operatorname{avg}_{1,\,k_h} \circ \operatorname{avg}_{k_v,\,1} $$

    Catches: windows whose two sizes are swapped, options that reach one axis only, divisors that do not multiply.
    Misses: bugs that treat both axes alike.
    """
    k, s, p = case.window, case.step, as_pair(case.padding)
    how = {"ceil_mode": case.ceil_mode, "count_include_pad": counted}
    columns = avg_pool2d(case.x, (k.v, 1), stride=(s.v, 1), padding=(p.v, 0), **how)
    same(
        avg_pool2d(columns, (1, k.h), stride=(1, s.h), padding=(0, p.h), **how),
        avg_pool2d(case.x, case.size, **case.options, count_include_pad=counted),
    )


@law("avg.tiles", needs="avg_pool2d", case=two_poolings(tiles=True))
def averages_of_tiles_of_tiles_are_averages(avg_pool2d: Function, case: TwoPoolings) -> None:
    r"""Averages of windows side by side, averaged again side by side, are the averages of the larger windows.

    $$ \operatorname{avg}_{k_2} \circ \operatorname{avg}_{k_1} = \operatorname{avg}_{k_1 k_2} \qquad (s = k) $$

    Catches: sums, wrong divisors, medians.
    Misses: maxima, which compose too, and all strides but the window's own size.
    """
    k, m = case.sizes
    same(
        avg_pool2d(avg_pool2d(case.x, tuple(k)), tuple(m)),
        avg_pool2d(case.x, (k.v * m.v, k.h * m.h)),
    )


@law("avg.not-composed", needs="avg_pool2d")
def averages_of_overlapping_averages_are_no_average(avg_pool2d: Function) -> None:
    r"""Unlike maxima, averages over windows that overlap do not add up to one over a larger window.

    $$ 1\,0\,0 \mapsto \tfrac{1}{2}\,0 \mapsto \tfrac{1}{4} \ne \tfrac{1}{3} $$

    The middle counts twice: two averages are one with the weights 1, 2, 1.

    Catches: maxima, and strides other than the one asked for.
    Misses: almost everything; it stands beside `max.composition` to show the difference.
    """
    twice = avg_pool2d(avg_pool2d(row(1, 0, 0), (1, 2), stride=1), (1, 2), stride=1)
    same(twice, row(0.25))
    differs(twice, avg_pool2d(row(1, 0, 0), (1, 3), stride=1))


@law("avg.independent", needs="avg_pool2d", case=poolings(), cell=cells)
def each_map_is_averaged_by_itself(avg_pool2d: Function, case: Pooling, cell: int) -> None:
    r"""Each channel of each image is averaged as if the others were not there.

    $$ \operatorname{avg}(x)_{nc} = \operatorname{avg}(x_{nc}) $$

    Catches: channels or images that are mixed, and those that are left out.
    Misses: everything that one map alone can show.
    """
    n, c = cell % case.x.shape[0], cell % case.x.shape[1]
    same(
        avg_pool2d(case.x[n : n + 1, c : c + 1], case.size, **case.options),
        np.asarray(avg_pool2d(case.x, case.size, **case.options))[n : n + 1, c : c + 1],
    )


@law("avg.mean-kept", needs="avg_pool2d global_avg_pool2d", case=tilings())
def averaging_tiles_keeps_the_mean(avg_pool2d: Function, global_avg_pool2d: Function, case: Pooling) -> None:
    r"""If windows side by side cover the map, averaging them leaves the mean of the map as it was.

    $$ \operatorname{mean}(\operatorname{avg}(x)) = \operatorname{mean}(x) \qquad (s = k,\ k \mid H, W) $$

    Catches: sums, wrong divisors, maxima, cells that are left out.
    Misses: where an answer stands.
    """
    same(global_avg_pool2d(avg_pool2d(case.x, case.size)), global_avg_pool2d(case.x))


@law("avg.lab", needs="avg_pool2d")
def the_lab_s_map_has_these_averages(avg_pool2d: Function) -> None:
    r"""The lab's 8×8 feature map, averaged over 2×2 windows side by side, gives these sixteen quarters.

    Catches: whatever is wrong with the most common of all average poolings.
    Misses: everything else: a square map, a square window, no padding and no overlap.
    Source: the lab, Step 4.
    """
    quarters = [[15, 9, 14, 7], [10, 19, 12, 12], [13, 11, 20, 8], [7, 14, 9, 16]]
    same(avg_pool2d(LAB_MAP, 2), np.array([[quarters]]) / 4)
