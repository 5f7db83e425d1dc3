r"""What holds of the backward passes of average pooling (Step 5): averaging is linear, and these are its transposes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cnnspec import channels, gradients, pooling
from cnnspec.arguments import Array
from cnnspec.laws.compare import same
from cnnspec.laws.gradients_cases import (
    PoolingBackward,
    by_map,
    double,
    habits,
    inner,
    like,
    poolings_backward,
    windows,
)
from cnnspec.laws.law import law
from cnnspec.laws.network_cases import indices
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import entries, maps

moves = entries((61,))
"""Numbers for another map, or for a change of this one."""

CASES = poolings_backward(palette="small")
DOUBLES = CASES.map(double)
"""Cases in float64, whose ninths are added up over whole maps."""


@law("grad.avg.definition", needs="avg_pool2d_backward", oracle=True, case=CASES)
def each_window_pays_all_its_cells_alike(avg_pool2d_backward: Function, case: PoolingBackward) -> None:
    r"""Each window shares its upstream gradient evenly among the cells that it counts.

    $$ \mathrm{dx}_{nc,\,is+a,\,js+b} \mathrel{+}= \frac{\mathrm{dy}_{ncij}}{m_{ij}} $$

    Catches: everything that the inputs can show.
    Misses: nothing; but it only repeats the definition.
    """
    expected = gradients.avg_pool2d_backward(case.dy, case.x, case.size, **case.averaging)
    same(avg_pool2d_backward(case.dy, case.x, case.size, **case.averaging), expected)


@law("grad.avg.adjoint", needs="avg_pool2d_backward", case=DOUBLES, direction=moves)
def dx_is_the_transpose_of_the_average(avg_pool2d_backward: Function, case: PoolingBackward, direction: Array) -> None:
    r"""Changing the map by v changes the averages, weighed by dy, as much as dx says.

    $$ \langle \mathrm{dy}, \operatorname{avg} v \rangle = \langle \mathrm{dx}, v \rangle $$

    Catches: wrong divisors, strides or paddings, `=` instead of `+=`.
    Misses: nothing that one direction can show.
    """
    v = like(direction, case.x.shape)
    dx = avg_pool2d_backward(case.dy, case.x, case.size, **case.averaging)
    same(by_map(dx, v), by_map(case.dy, pooling.avg_pool2d(v, case.size, **case.averaging)))


@law("grad.avg.sum", needs="avg_pool2d_backward", case=DOUBLES)
def what_is_averaged_is_paid_out(avg_pool2d_backward: Function, case: PoolingBackward) -> None:
    r"""Without a border that counts, each map's gradient adds up to that from upstream.

    $$ \sum_p \mathrm{dx}_p = \sum_{ij} \mathrm{dy}_{ij} \qquad (\text{the border is empty or does not count}) $$

    Catches: missing or wrong divisors, `=` instead of `+=`, a border that counts when it should not.
    Misses: the wrong place within a map.
    """
    fair = replace(case, include=case.include and not np.any(case.padding))
    dx = avg_pool2d_backward(fair.dy, fair.x, fair.size, **fair.averaging)
    same(by_map(dx, np.ones_like(case.x)), case.dy.sum(axis=(2, 3)))


@law("grad.avg.impulse", needs="avg_pool2d_backward", case=CASES, place=indices)
def one_window_is_spread_flat(avg_pool2d_backward: Function, case: PoolingBackward, place: int) -> None:
    r"""If one average alone counts, the cells of its window get equal parts, and all others nothing.

    $$ \mathrm{dy} = m_{ij}\, \delta_{ncij} \quad\Longrightarrow\quad \mathrm{dx} = [\,\cdot \in W_{ij}\,] $$

    Catches: gradients that go to one cell or to the largest, divisors of one side only, shifted windows.
    Misses: sums, since no two windows overlap here.
    """
    at = np.unravel_index(place % case.dy.size, case.dy.shape)
    n, c, i, j = (int(index) for index in at)
    seen = list(windows(case))[i * case.dy.shape[3] + j][1]
    dy, expected = np.zeros_like(case.dy), np.zeros_like(case.x)
    expected[n : n + 1, c : c + 1][seen] = 1
    dy[at] = case.window.v * case.window.h if case.include else expected.sum()
    same(avg_pool2d_backward(dy, case.x, case.size, **case.averaging), expected)


@law("grad.avg.map", needs="avg_pool2d_backward", case=CASES, other=moves)
def an_average_looks_at_no_entry(avg_pool2d_backward: Function, case: PoolingBackward, other: Array) -> None:
    r"""The map's entries do not matter, only its shape.

    $$ \mathrm{dx}(\mathrm{dy}, x) = \mathrm{dx}(\mathrm{dy}, x') $$

    Catches: gradients that follow the largest entry, pixels of zero that are left out.
    Misses: whatever is wrong for all maps.
    """
    elsewhere = like(other, case.x.shape).astype(case.x.dtype)
    expected = avg_pool2d_backward(case.dy, elsewhere, case.size, **case.averaging)
    same(avg_pool2d_backward(case.dy, case.x, case.size, **case.averaging), expected)


@law("grad.avg.transposed", needs="avg_pool2d_backward", case=CASES)
def it_is_a_transposed_convolution_with_a_flat_kernel(avg_pool2d_backward: Function, case: PoolingBackward) -> None:
    r"""If the border counts, the gradient of each channel is a transposed convolution of dy with a kernel of ones.

    $$ K_v K_h \cdot \mathrm{dx} = \operatorname{convT}(\mathrm{dy}, \mathbb 1) $$

    Catches: borders that are cut off on the wrong side, strides that are swapped or forgotten.
    Misses: `count_include_pad=False`.
    """
    c, k, s = case.x.shape[1], case.window, case.step
    p = case.padding if isinstance(case.padding, tuple) else (case.padding, case.padding)
    left = [(case.x.shape[2 + a] + 2 * p[a] - k[a]) % s[a] for a in (0, 1)]
    options = {"stride": s, "padding": p, "output_padding": tuple(left), "groups": c}
    expected = channels.conv_transpose2d(case.dy, np.ones((c, 1, *k), dtype=case.x.dtype), **options)
    dx = avg_pool2d_backward(case.dy, case.x, case.size, **case.options)
    same(np.asarray(dx, dtype=np.float64) * (k.v * k.h), expected)


@law("grad.avg.contract", needs="avg_pool2d_backward", case=CASES)
def backward_average_pooling_is_a_good_neighbour(avg_pool2d_backward: Function, case: PoolingBackward) -> None:
    r"""The gradient has the shape and the dtype of the map, and depends on nothing but the question.

    Catches: float64 in answers, arrays that are shared, kept, or read in memory order.
    Misses: wrong numbers.
    """
    habits(lambda dy, x: avg_pool2d_backward(dy, x, case.size, **case.averaging), (case.dy, case.x), (case.x.shape,))


@law("grad.gap.definition", needs="global_avg_pool2d_backward", extended=True, oracle=True, x=maps(), other=moves)
def every_place_gets_an_equal_share(global_avg_pool2d_backward: Function, x: Array, other: Array) -> None:
    r"""Each place of a map gets the same part of the map's upstream gradient.

    $$ \mathrm{dx}_{ncij} = \frac{\mathrm{dy}_{nc}}{HW} $$

    Catches: everything that the inputs can show.
    Misses: nothing; but it only repeats the definition.
    """
    dy = like(other, x.shape[:2]).astype(x.dtype)
    share = dy.astype(np.float64) / (x.shape[2] * x.shape[3])
    same(global_avg_pool2d_backward(dy, x), np.ones(x.shape) * share[:, :, None, None])


@law("grad.gap.adjoint", needs="global_avg_pool2d_backward", extended=True, x=maps(palette="small"), other=moves)
def the_global_share_is_the_transpose_of_the_mean(global_avg_pool2d_backward: Function, x: Array, other: Array) -> None:
    r"""The map weighed with its gradient is the means weighed with theirs.

    $$ \langle \mathrm{dy}, \operatorname{gap}(x) \rangle = \langle \mathrm{dx}, x \rangle $$

    Catches: missing or wrong divisors, channels that are mixed up.
    Misses: shares that are uneven on an even map.
    """
    x, dy = x.astype(np.float64), like(other, x.shape[:2])
    same(inner(global_avg_pool2d_backward(dy, x), x), inner(dy, pooling.global_avg_pool2d(x)))
