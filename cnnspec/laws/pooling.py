r"""What holds of the largest entry of a window (Step 4)."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st

from cnnspec import pooling
from cnnspec.arguments import Array
from cnnspec.laws.cases import Pooling, as_pair
from cnnspec.laws.compare import at_most, differs, holds, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.pooling_cases import (
    MAXIMA,
    bordered,
    cells,
    sight,
    tilings,
    windows_with,
)
from cnnspec.laws.strategies import maps, poolings

LAB_MAP = np.array(
    [
        [1, 3, 2, 4, 1, 2, 3, 1],
        [5, 6, 1, 2, 8, 3, 2, 1],
        [3, 2, 7, 1, 4, 5, 1, 2],
        [1, 4, 3, 8, 2, 1, 6, 3],
        [2, 1, 5, 3, 7, 2, 1, 4],
        [4, 6, 2, 1, 3, 8, 2, 1],
        [1, 2, 4, 5, 1, 3, 7, 2],
        [3, 1, 2, 3, 4, 1, 2, 5],
    ],
    dtype=np.float64,
).reshape(1, 1, 8, 8)
"""The feature map that the lab pools."""


@law("max.definition", needs="max_pool2d", oracle=True, case=MAXIMA)
def max_pooling_is_the_largest_entry_under_the_window(max_pool2d: Function, case: Pooling) -> None:
    r"""Every output is the largest entry under the window.

    $$ y_{ncij} = \max_{a,b}\; x_{n,c,\; is+ad,\; js+bd} $$

    Catches: whatever changes an answer on the inputs drawn; it says that a subject is wrong, not how.
    Misses: nothing that small inputs can show.
    Source: Dumoulin & Visin (2016), chapter 3.
    """
    same(max_pool2d(case.x, case.size, **case.options), pooling.max_pool2d(case.x, case.size, **case.options))


@law(
    "max.size",
    needs="max_pool2d",
    case=st.one_of(poolings(ceil_modes=(False,)), poolings(ceil_modes=(False,), dilations=(1, 2, 3), padded=False)),
)
def a_pooled_map_has_as_many_rows_as_windows_fit(max_pool2d: Function, case: Pooling) -> None:
    r"""A pooled map has one row for each window that fits on the padded map, and columns likewise.

    $$ o = \left\lfloor \frac{i + 2p - d(k-1) - 1}{s} \right\rfloor + 1 $$

    Catches: rounding up or to nearest, padding counted once, a stride that is ignored or used on one axis only.
    Misses: everything about the entries.
    Source: Dumoulin & Visin (2016), relationship 7, and 6 for the padding.
    """
    i, k, s, p, d = case.x.shape[2:], case.window, case.step, as_pair(case.padding), as_pair(case.dilation)
    expected = [math.floor((i[a] + 2 * p[a] - d[a] * (k[a] - 1) - 1) / s[a]) + 1 for a in (0, 1)]
    same(np.shape(max_pool2d(case.x, case.size, **case.options)), (*case.x.shape[:2], *expected))


@law(
    "max.ceil-size",
    needs="max_pool2d",
    pinned=(
        {"case": Pooling(np.zeros((1, 1, 32, 1)), (8, 1), (4, 1), ceil_mode=True)},
        {"case": Pooling(np.zeros((1, 1, 4, 1)), (3, 1), (3, 1), ceil_mode=True)},
        {"case": Pooling(np.zeros((1, 1, 3, 1)), (2, 1), (2, 1), padding=(1, 0), ceil_mode=True)},
    ),
    case=poolings(ceil_modes=(True,)),
)
def ceil_mode_adds_a_window_that_starts_on_the_map(max_pool2d: Function, case: Pooling) -> None:
    r"""In ceil mode one more window covers what is left over, but only if it starts before the map ends.

    $$ o = \left\lceil \frac{i + 2p - k}{s} \right\rceil + 1, \quad \text{less one if } (o-1)s \ge i + p $$

    Catches: a ceil mode that is ignored, and one that lets the last window start in the border, where it sees nothing.
    Misses: everything about the entries.
    Source: PyTorch, `torch.nn.MaxPool2d`, note on `ceil_mode`.
    """
    i, k, s, p = case.x.shape[2:], case.window, case.step, as_pair(case.padding)
    expected = [math.ceil((i[a] + 2 * p[a] - k[a]) / s[a]) + 1 for a in (0, 1)]
    expected = [o - 1 if (o - 1) * s[a] >= i[a] + p[a] else o for a, o in enumerate(expected)]
    same(np.shape(max_pool2d(case.x, case.size, **case.options)), (*case.x.shape[:2], *expected))


@law("max.upper-bound", needs="max_pool2d", case=MAXIMA)
def no_entry_of_a_window_exceeds_its_answer(max_pool2d: Function, case: Pooling) -> None:
    r"""No entry of a window is larger than the window's answer: the strongest activation is preserved.

    $$ x_{n,c,\; is+ad,\; js+bd} \le y_{ncij} $$

    Catches: averages, minima, and windows that are too small or in the wrong place.
    Misses: answers that are too large.
    """
    y = max_pool2d(case.x, case.size, **case.options)
    rows, columns = sight(case, 0), sight(case, 1)
    same(np.shape(y), (*case.x.shape[:2], len(rows), len(columns)))
    for i, j in np.ndindex(len(rows), len(columns)):
        at_most(case.x[:, :, rows[i]][:, :, :, columns[j]].max(axis=(2, 3)), y[:, :, i, j])


@law("max.entry", needs="max_pool2d", case=MAXIMA)
def the_answer_is_one_of_the_window_s_entries(max_pool2d: Function, case: Pooling) -> None:
    r"""Max pooling selects: its answer is one of the window's entries, bit for bit.

    $$ y_{ncij} \in \{\, x_{n,c,\; is+ad,\; js+bd} \,\} $$

    Catches: averages, absolute values, borders of zeros, sums in a smaller precision, channels that are mixed.
    Misses: which of the entries was selected.
    """
    y = max_pool2d(case.x, case.size, **case.options)
    rows, columns = sight(case, 0), sight(case, 1)
    same(np.shape(y), (*case.x.shape[:2], len(rows), len(columns)))
    for i, j in np.ndindex(len(rows), len(columns)):
        window = case.x[:, :, rows[i]][:, :, :, columns[j]]
        holds((window == y[:, :, i : i + 1, j : j + 1]).any(axis=(2, 3)).all(), "the answer should be an entry")


@law("max.one-cell", needs="max_pool2d", case=MAXIMA, cell=cells)
def a_spike_appears_in_exactly_the_windows_that_see_it(max_pool2d: Function, case: Pooling, cell: int) -> None:
    r"""A cell raised above all others changes exactly the windows that see it, and they all answer with it.

    $$ y'_{ij} = \begin{cases} h & \text{where the window sees the cell} \\ y_{ij} & \text{elsewhere} \end{cases} $$

    Catches: wrong strides, dilations, paddings and window sizes on either axis, and leaks between images or channels.
    Misses: what happens among entries that are not the largest.
    """
    row, col = cell % case.x.shape[2], cell % case.x.shape[3]
    spiked, height = case.x.copy(), case.x.max() + 1
    spiked[-1, 0, row, col] = height
    before = max_pool2d(case.x, case.size, **case.options)
    expected = np.array(before)
    same(np.shape(before)[2:], windows_with(case, row, col).shape)
    expected[-1, 0, windows_with(case, row, col)] = height
    same(max_pool2d(spiked, case.size, **case.options), expected)


@law("max.unseen", needs="max_pool2d", case=poolings(ceil_modes=(False,), strides=(2, 3, 5)))
def cells_that_no_window_sees_have_no_influence(max_pool2d: Function, case: Pooling) -> None:
    r"""What lies between the windows, or behind the last one, can be changed without any effect.

    Catches: windows that are too large, a last window that is moved back onto the map, rounding up.
    Misses: everything about cells that some window sees.
    Source: Dumoulin & Visin (2016), section 2.4, on strides that do not divide.
    """
    seen = np.outer(sight(case, 0).any(axis=0), sight(case, 1).any(axis=0))
    same(
        max_pool2d(np.where(seen, case.x, case.x.max() + 1), case.size, **case.options),
        max_pool2d(case.x, case.size, **case.options),
    )


@law("max.border", needs="max_pool2d", case=poolings(ceil_modes=(False,), palette="negative"))
def the_border_never_wins(max_pool2d: Function, case: Pooling) -> None:
    r"""Padding is the same as writing a border of the map's own smallest entry: it never wins, even over negatives.

    $$ \operatorname{pool}(x;\, p) = \operatorname{pool}(\operatorname{pad}_p(x, \min x)) $$

    Catches: a border of zeros, which wins over every negative number, and any other finite border.
    Misses: nothing about padding; maps without negative numbers could not tell a border of zeros.
    Source: PyTorch, `torch.nn.MaxPool2d`: "implicit negative infinity padding".
    """
    shape = {**case.options, "padding": 0}
    same(
        max_pool2d(case.x, case.size, **case.options),
        max_pool2d(bordered(case, case.x.min()), case.size, **shape),
    )


@law("max.lab", needs="max_pool2d")
def the_lab_s_map_pools_to_the_lab_s_answer(max_pool2d: Function) -> None:
    r"""The lab's 8×8 feature map, pooled with 2×2 windows side by side, has the sixteen maxima that the lab prints.

    Catches: whatever is wrong with the most common of all poolings.
    Misses: everything else: a square map, a square window, no padding and no overlap.
    Source: the lab, Step 4.
    """
    same(max_pool2d(LAB_MAP, 2), [[[[6, 4, 8, 3], [4, 8, 5, 6], [6, 5, 8, 4], [3, 5, 4, 7]]]])


@law("max.quarter", needs="max_pool2d", x=maps(least=2))
def a_2x2_pooling_drops_75_percent_only_of_even_sizes(max_pool2d: Function, x: Array) -> None:
    r"""Pooling 2×2 with stride 2 keeps exactly a quarter of the numbers if both sizes are even, and fewer if not.

    $$ 4 \left\lfloor \tfrac{H}{2} \right\rfloor \left\lfloor \tfrac{W}{2} \right\rfloor = HW
       \iff 2 \mid H \text{ and } 2 \mid W $$

    Catches: another default stride, rounding up.
    Misses: everything about the entries.
    Source: the lab, Step 4, whose claim this corrects.
    """
    kept = np.size(max_pool2d(x, 2))
    holds((4 * kept == x.size) == (x.shape[2] % 2 == 0 and x.shape[3] % 2 == 0), "a quarter, if sizes are even")
    at_most(4 * kept, x.size)


@law("max.largest-only", needs="max_pool2d", case=tilings(least=2))
def all_but_one_entry_of_each_window_is_forgotten(max_pool2d: Function, case: Pooling) -> None:
    r"""Two different maps have the same pooled map if they agree in one largest entry of each window.

    So "the most important information" is one number of each window. What the others were cannot be recovered.

    Catches: averages and every other pooling that listens to more than the largest entry.
    Misses: the selection of a fixed place.
    Source: the lab, Step 4, whose claim this makes precise.
    """
    k, pooled = case.window, np.asarray(max_pool2d(case.x, case.size))
    same(pooled.shape, (*case.x.shape[:2], case.x.shape[2] // k.v, case.x.shape[3] // k.h))
    changed = case.x - 1
    for n, c, i, j in np.ndindex(pooled.shape):
        window = np.s_[n, c, i * k.v : (i + 1) * k.v, j * k.h : (j + 1) * k.h]
        changed[window][np.unravel_index(case.x[window].argmax(), k)] += 1
    differs(changed, case.x)
    same(max_pool2d(changed, case.size), pooled)
