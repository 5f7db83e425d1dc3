r"""What max pooling does to sums, factors, functions and other poolings: its algebra (Step 4)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from cnnspec.arguments import Array
from cnnspec.laws.cases import Pooling, as_pair
from cnnspec.laws.compare import at_most, differs, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.pooling_cases import (
    MAXIMA,
    TwoMaps,
    TwoPoolings,
    cells,
    constants,
    factors,
    rankings,
    sight,
    tilings,
    two_maps,
    two_poolings,
    widened,
)
from cnnspec.laws.strategies import maps, poolings


@law("max.monotone", needs="max_pool2d", case=two_maps())
def raising_entries_never_lowers_an_answer(max_pool2d: Function, case: TwoMaps) -> None:
    r"""If no entry of a map is larger than the other map's, no answer is.

    $$ x \le x' \implies \operatorname{pool}(x) \le \operatorname{pool}(x') $$

    Catches: minima, absolute values, differences from the mean.
    Misses: averages, which are monotone too.
    """
    at_most(
        max_pool2d(case.x, case.size, **case.options),
        max_pool2d(case.x + np.abs(case.z), case.size, **case.options),
    )


@law("max.constant-added", needs="max_pool2d", case=poolings(large=False), constant=constants)
def a_constant_passes_through(max_pool2d: Function, case: Pooling, constant: int) -> None:
    r"""Adding a constant to a map adds it to the pooled map, at the border too.

    $$ \operatorname{pool}(x + c) = \operatorname{pool}(x) + c $$

    Catches: every finite border, absolute values, answers that start from zero.
    Misses: averages without padding.
    """
    same(
        max_pool2d(case.x + constant, case.size, **case.options),
        max_pool2d(case.x, case.size, **case.options) + constant,
    )


@law("max.scaled", needs="max_pool2d", case=poolings(), factor=factors)
def a_factor_that_is_not_negative_passes_through(max_pool2d: Function, case: Pooling, factor: float) -> None:
    r"""A factor of at least zero can be taken before pooling or after it.

    $$ \operatorname{pool}(ax) = a \operatorname{pool}(x) \qquad (a \ge 0) $$

    Catches: borders other than zero and minus infinity, answers rounded to whole numbers.
    Misses: borders of zeros, and everything about negative factors, see `max.negation`.
    """
    factor = case.x.dtype.type(factor)
    same(max_pool2d(case.x * factor, case.size, **case.options), max_pool2d(case.x, case.size, **case.options) * factor)


RISING: dict[str, Callable[[Array], Array]] = {
    "clip to [-1, 2]": lambda x: np.clip(x, -1, 2),
    "cube": lambda x: x * x * x,
    "a step at 1": lambda x: np.where(x >= 1, x.dtype.type(1), x.dtype.type(0)),
    "floor of a third": lambda x: np.floor(x / 3),
}
"""Non-decreasing functions, two of which make unequal entries equal."""


@law("max.non-decreasing", needs="max_pool2d", case=poolings(), function=st.sampled_from(sorted(RISING)))
def max_pooling_commutes_with_non_decreasing_functions(max_pool2d: Function, case: Pooling, function: str) -> None:
    r"""A non-decreasing function can be applied before pooling or after it: only the order of the entries counts.

    $$ \operatorname{pool}(f(x)) = f(\operatorname{pool}(x)) \qquad (f \text{ non-decreasing}) $$

    Catches: averages, finite borders, and answers that depend on more than the order.
    Misses: the selection of another quantile, such as the minimum or the median, of a window inside the map.
    """
    rise = RISING[function]
    same(max_pool2d(rise(case.x), case.size, **case.options), rise(max_pool2d(case.x, case.size, **case.options)))


@law("max.relu", needs="max_pool2d", case=poolings())
def relu_and_max_pooling_commute(max_pool2d: Function, case: Pooling) -> None:
    r"""ReLU before max pooling or after it: the same, but after it there is less to do.

    $$ \operatorname{pool}(\max(x, 0)) = \max(\operatorname{pool}(x), 0) $$

    Catches: averages, absolute values, selection by magnitude.
    Misses: a border of zeros, which ReLU hides.
    """
    same(
        max_pool2d(np.maximum(case.x, 0), case.size, **case.options),
        np.maximum(max_pool2d(case.x, case.size, **case.options), 0),
    )


@law("max.subadditive", needs="max_pool2d", case=two_maps())
def a_sum_pools_to_at_most_the_sum(max_pool2d: Function, case: TwoMaps) -> None:
    r"""The pooled sum of two maps is at most the sum of the pooled maps; with `max.scaled`, max pooling is convex.

    $$ \operatorname{pool}(x + z) \le \operatorname{pool}(x) + \operatorname{pool}(z) $$

    Catches: minima and medians.
    Misses: averages, for which both sides are equal.
    """
    at_most(
        max_pool2d(case.x + case.z, case.size, **case.options),
        max_pool2d(case.x, case.size, **case.options) + max_pool2d(case.z, case.size, **case.options),
    )


@law("max.not-linear", needs="max_pool2d", case=rankings(most=3))
def max_pooling_is_no_convolution(max_pool2d: Function, case: Array) -> None:
    r"""No convolution is a max pooling of several cells: maps exist whose pooled sum is not the sum of the pooled maps.

    $$ \operatorname{pool}(x) + \operatorname{pool}(-x) \ne \operatorname{pool}(x - x) = 0 $$

    Here it is any map with two different entries in a window, and its negative.

    Catches: averages and whatever else is linear.
    Misses: everything that is not.
    """
    size = case.shape[2], case.shape[3]
    differs(max_pool2d(case, size) + max_pool2d(-case, size), max_pool2d(case - case, size))


@law("max.lipschitz", needs="max_pool2d", case=two_maps())
def answers_change_no_more_than_entries(max_pool2d: Function, case: TwoMaps) -> None:
    r"""If no entry changes by more than $\varepsilon$, no answer does.

    $$ \lVert \operatorname{pool}(x) - \operatorname{pool}(x') \rVert_\infty \le \lVert x - x' \rVert_\infty $$

    Catches: sums, squares, and whatever enlarges a change.
    Misses: averages and all selections.
    """
    changed = case.x + case.z
    change = np.abs(max_pool2d(changed, case.size, **case.options) - max_pool2d(case.x, case.size, **case.options))
    at_most(change, np.abs(case.z).max())


@law("max.negation", needs="max_pool2d", case=poolings())
def a_negative_factor_makes_it_min_pooling(max_pool2d: Function, case: Pooling) -> None:
    r"""The pooled negative of a map is the negative of its smallest entries: min pooling needs no operator of its own.

    $$ -\operatorname{pool}(-x) = \min_{a,b}\; x_{n,c,\; is+a,\; js+b} $$

    Catches: absolute values, borders of zeros, averages.
    Misses: nothing that the drawn geometries can show.
    """
    y = -np.asarray(max_pool2d(-case.x, case.size, **case.options))
    rows, columns = sight(case, 0), sight(case, 1)
    same(y.shape, (*case.x.shape[:2], len(rows), len(columns)))
    for i, j in np.ndindex(len(rows), len(columns)):
        same(y[:, :, i, j], case.x[:, :, rows[i]][:, :, :, columns[j]].min(axis=(2, 3)))


@law("max.relu-tree", needs="max_pool2d", x=maps(least=2, palette="small"))
def max_pooling_is_three_differences_and_relus(max_pool2d: Function, x: Array) -> None:
    r"""Pooling with 2×2 windows can be built from sums, differences and ReLU.

    $$ \max(a, b) = a + \operatorname{ReLU}(b - a) $$

    Catches: selection by magnitude, averages, minima, windows that overlap by default.
    Misses: everything about windows of another size.
    """

    def larger(a: Array, b: Array) -> Array:
        return np.asarray(a + np.maximum(b - a, 0))

    x = x[:, :, : x.shape[2] // 2 * 2, : x.shape[3] // 2 * 2]
    upper = larger(x[:, :, ::2, ::2], x[:, :, ::2, 1::2])
    lower = larger(x[:, :, 1::2, ::2], x[:, :, 1::2, 1::2])
    same(max_pool2d(x, 2), larger(upper, lower))


@law("max.composition", needs="max_pool2d", case=two_poolings())
def two_max_poolings_are_one(max_pool2d: Function, case: TwoPoolings) -> None:
    r"""One max pooling after another is a single one with a larger window, if the first leaves no gaps.

    $$ k = k_1 + s_1 (k_2 - 1), \qquad s = s_1 s_2 \qquad (s_1 \le k_1) $$

    With stride 1 the windows add up to $k_1 + k_2 - 1$, so pooling twice is not the same as pooling once.

    Catches: strides and windows used on the wrong axis, averages, windows that are one cell off.
    Misses: padding and ceil mode.
    """
    (k, m), (s, t) = case.sizes, case.strides
    first = max_pool2d(case.x, tuple(k), stride=tuple(s))
    span = k.v + s.v * (m.v - 1), k.h + s.h * (m.h - 1)
    same(
        max_pool2d(first, tuple(m), stride=tuple(t)),
        max_pool2d(case.x, span, stride=(s.v * t.v, s.h * t.h)),
    )


@law("max.separable", needs="max_pool2d", case=MAXIMA)
def rows_and_columns_can_be_pooled_one_after_the_other(max_pool2d: Function, case: Pooling) -> None:
    r"""The largest entry of a window is the largest of its columns' largest entries.

    $$ \operatorname{pool}_{k_v,\,k_h} = \operatorname{pool}_{1,\,k_h} \circ \operatorname{pool}_{k_v,\,1} $$

    Catches: windows whose two sizes are swapped, options that reach one axis only, averages of unequal windows.
    Misses: bugs that treat both axes alike.
    """
    k, s, p, d = case.window, case.step, as_pair(case.padding), as_pair(case.dilation)
    dilated = max(d) > 1
    rows = {
        "stride": (s.v, 1),
        "padding": (p.v, 0),
        "ceil_mode": case.ceil_mode,
        **({"dilation": (d.v, 1)} if dilated else {}),
    }
    columns = {"stride": (1, s.h), "padding": (0, p.h), "ceil_mode": case.ceil_mode}
    columns |= {"dilation": (1, d.h)} if dilated else {}
    same(
        max_pool2d(max_pool2d(case.x, (k.v, 1), **rows), (1, k.h), **columns),
        max_pool2d(case.x, case.size, **case.options),
    )


@law("max.stride", needs="max_pool2d", case=poolings(ceil_modes=(False,)))
def a_stride_skips_windows(max_pool2d: Function, case: Pooling) -> None:
    r"""A stride of $s$ keeps every $s$-th answer of stride 1.

    $$ \operatorname{pool}_s(x)_{ij} = \operatorname{pool}_1(x)_{si,\,sj} $$

    Catches: strides that are ignored, swapped, or one off.
    Misses: everything about the windows themselves.
    Source: Dumoulin & Visin (2016), section 1.1.
    """
    s = case.step
    every = max_pool2d(case.x, case.size, **{**case.options, "stride": 1})
    same(max_pool2d(case.x, case.size, **case.options), every[:, :, :: s.v, :: s.h])


@law(
    "max.dilation",
    needs="max_pool2d",
    case=poolings(ceil_modes=(False,), dilations=(2, 3), kernels=(2, 3), strides=(1,), padded=False, longest=12),
)
def a_dilated_window_sees_a_coarser_grid(max_pool2d: Function, case: Pooling) -> None:
    r"""A dilated window sees every $d$-th cell: it is an ordinary window on one of the $d^2$ interleaved grids.

    $$ \operatorname{pool}^{d}(x)_{di+a,\,dj+b} = \operatorname{pool}(x_{d\cdot+a,\,d\cdot+b})_{ij} $$

    Catches: a dilation that is ignored, swapped, or stretches the window without leaving gaps.
    Misses: everything at dilation 1.
    Source: PyTorch, `torch.nn.MaxPool2d`.
    """
    d = as_pair(case.dilation)
    y = max_pool2d(case.x, case.size, **case.options)
    same(np.shape(y)[2:], [n - e * (k - 1) for n, e, k in zip(case.x.shape[2:], d, case.window, strict=True)])
    for a, b in np.ndindex(min(d.v, y.shape[2]), min(d.h, y.shape[3])):
        same(max_pool2d(case.x[:, :, a :: d.v, b :: d.h], case.size, stride=1), y[:, :, a :: d.v, b :: d.h])


@law("max.idempotent", needs="max_pool2d", case=tilings())
def a_pooled_map_drawn_large_pools_to_itself(max_pool2d: Function, case: Pooling) -> None:
    r"""Pool side by side, repeat every answer over its window, pool again: nothing changes any more.

    $$ \operatorname{pool} \circ \operatorname{repeat} \circ \operatorname{pool} = \operatorname{pool} $$

    Catches: sums, answers that depend on neighbouring windows, a default stride other than the window's size.
    Misses: averages, minima and other selections.
    """
    once = np.asarray(max_pool2d(case.x, case.size))
    same(max_pool2d(widened(once, case.window), case.size), once)


@law("max.independent", needs="max_pool2d", case=MAXIMA, cell=cells)
def each_map_is_max_pooled_by_itself(max_pool2d: Function, case: Pooling, cell: int) -> None:
    r"""Each channel of each image is pooled as if the others were not there.

    $$ \operatorname{pool}(x)_{nc} = \operatorname{pool}(x_{nc}) $$

    Catches: channels or images that are mixed, and those that are left out.
    Misses: everything that one map alone can show.
    """
    n, c = cell % case.x.shape[0], cell % case.x.shape[1]
    same(
        max_pool2d(case.x[n : n + 1, c : c + 1], case.size, **case.options),
        max_pool2d(case.x, case.size, **case.options)[n : n + 1, c : c + 1],
    )


@law("max.reordered", needs="max_pool2d", case=poolings(), turn=st.integers(1, 5))
def channels_and_images_can_be_reordered(max_pool2d: Function, case: Pooling, turn: int) -> None:
    r"""Reordering channels or images reorders the answers: pooling has no weights that could tell them apart.

    $$ \operatorname{pool}(x_{\pi\rho}) = \operatorname{pool}(x)_{\pi\rho} $$

    Catches: special treatment of the first or last channel or image.
    Misses: mixing that is the same for all channels.
    """
    order, reverse = np.roll(np.arange(case.x.shape[1]), turn), np.arange(len(case.x))[::-1]
    same(
        max_pool2d(case.x[reverse][:, order], case.size, **case.options),
        np.asarray(max_pool2d(case.x, case.size, **case.options))[reverse][:, order],
    )
