r"""What holds of the backward pass of max pooling (Step 5), however it deals with ties.

Where entries of a window tie, the maximum has a kink and no derivative. Any sharing of dy among the winners is a
subgradient: the first may get it, or the last, or all in equal parts. No law here prefers one.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from cnnspec import gradients, pooling
from cnnspec.arguments import Array
from cnnspec.laws.channels_cases import coefficients
from cnnspec.laws.compare import at_most, holds, same
from cnnspec.laws.gradients_cases import (
    PoolingBackward,
    by_map,
    distinct,
    double,
    habits,
    inner,
    like,
    poolings_backward,
    windows,
    winners,
)
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import entries

moves = entries((61,))
"""Numbers for another map, or for a change of this one."""


@st.composite
def tied(draw: st.DrawFn, /, **options: object) -> PoolingBackward:
    """Cases in float64 and small numbers, in which entries often tie: a third of a gradient is not exact in float32."""
    palette = draw(st.sampled_from(["ties", "small", "negative"]))
    return double(draw(poolings_backward(palette=palette, **options)))


def untied(case: PoolingBackward) -> PoolingBackward:
    """The case with a map in which no two entries are equal."""
    return replace(case, x=distinct(case.x))


UNTIED = poolings_backward(palette="small").map(untied)


@law("grad.max.definition", needs="max_pool2d_backward", oracle=True, case=UNTIED)
def each_window_pays_its_winner(max_pool2d_backward: Function, case: PoolingBackward) -> None:
    r"""The largest entry of each window gets what its window gets from upstream; here no two entries are equal.

    $$ \mathrm{dx}_{nc,\,a^*,\,b^*} \mathrel{+}= \mathrm{dy}_{ncij}, \qquad (a^*, b^*) = \arg\max W_{ij} $$

    Catches: everything that maps without ties can show.
    Misses: what happens at ties.
    """
    expected = gradients.max_pool2d_backward(case.dy, case.x, case.size, **case.options)
    same(max_pool2d_backward(case.dy, case.x, case.size, **case.options), expected)


@law("grad.max.sum", needs="max_pool2d_backward", case=tied())
def nothing_is_lost_and_nothing_is_paid_twice(max_pool2d_backward: Function, case: PoolingBackward) -> None:
    r"""In each map the gradient adds up to that from upstream, whoever wins at ties; the border gets nothing.

    $$ \sum_p \mathrm{dx}_p = \sum_{ij} \mathrm{dy}_{ij} $$

    Catches: `=` instead of `+=` where windows overlap, ties that are paid twice, winners in the border.
    Misses: the wrong place within a map.
    """
    dx = np.asarray(max_pool2d_backward(case.dy, case.x, case.size, **case.options))
    same(by_map(dx, np.ones_like(case.x)), case.dy.sum(axis=(2, 3)))


@law("grad.max.euler", needs="max_pool2d_backward", case=tied())
def map_and_maxima_weigh_the_same(max_pool2d_backward: Function, case: PoolingBackward) -> None:
    r"""The map weighed with its gradient is the maxima weighed with theirs, whoever wins at ties.

    $$ \langle x, \mathrm{dx} \rangle = \langle y, \mathrm{dy} \rangle $$

    Catches: winners that are not the largest, `=` instead of `+=`, ties that are paid twice.
    Misses: the wrong one of two entries that are equal but do not share a window.
    """
    dx = max_pool2d_backward(case.dy, case.x, case.size, **case.options)
    same(by_map(case.x, dx), by_map(pooling.max_pool2d(case.x, case.size, **case.options), case.dy))


@law("grad.max.support", needs="max_pool2d_backward", case=tied())
def only_winners_are_paid(max_pool2d_backward: Function, case: PoolingBackward) -> None:
    r"""An entry that is the largest of no window has the gradient zero.

    $$ \mathrm{dx}_p \ne 0 \quad\Longrightarrow\quad x_p = y_{ij} \text{ for a window } W_{ij} \ni p $$

    Catches: gradients at neighbours of the winner, that of the average, places off by the padding or the stride.
    Misses: how much a winner gets.
    """
    dx = np.asarray(max_pool2d_backward(case.dy, case.x, case.size, **case.options))
    won = np.zeros(case.x.shape, dtype=bool)
    for _, seen in windows(case):
        won[seen] |= case.x[seen] == case.x[seen].max(axis=(2, 3), keepdims=True)
    same(dx.shape, case.x.shape)
    same(np.where(won, 0, dx), np.zeros(case.x.shape), "an entry that wins no window should get nothing")


@law("grad.max.subgradient", needs="max_pool2d_backward", case=tied(), other=moves)
def the_tangent_lies_below_the_maximum(max_pool2d_backward: Function, case: PoolingBackward, other: Array) -> None:
    r"""If dy is not negative, the pooled map grows at least as fast as its gradient says, to any other map z.

    $$ \langle \mathrm{dy}, y(z) \rangle \ge \langle \mathrm{dy}, y(x) \rangle + \langle \mathrm{dx},\, z - x \rangle
       \qquad (\mathrm{dy} \ge 0) $$

    A maximum is convex, and this is what makes a vector a subgradient. Every valid way to share at ties has it, and
    no other.

    Catches: wrong winners, wrong shares, sums that are too large or too small.
    Misses: gradients that are wrong for negative dy alone.
    Source: Boyd & Vandenberghe (2004), Convex Optimization, section 3.1.3, for the inequality.
    """
    dy, z = np.abs(case.dy), like(other, case.x.shape)
    dx = max_pool2d_backward(dy, case.x, case.size, **case.options)
    here, there = (by_map(pooling.max_pool2d(map_, case.size, **case.options), dy) for map_ in (case.x, z))
    at_most(here + by_map(dx, z - case.x), there, "the tangent should lie below the maximum")


@law("grad.max.quotient", needs="max_pool2d_backward", case=UNTIED, direction=moves)
def between_kinks_the_difference_quotient_is_exact(
    max_pool2d_backward: Function, case: PoolingBackward, direction: Array
) -> None:
    r"""As long as the same entries win, pooling is linear, and a difference quotient is the derivative itself.

    $$ \arg\max(x \pm hv) = \arg\max(x) \quad\Longrightarrow\quad
       \frac{\langle \mathrm{dy},\, y(x + hv) - y(x - hv) \rangle}{2h} = \langle \mathrm{dx}, v \rangle $$

    Entries differ by 1 or more and $h|v|$ is less than a half, so no winner changes; the law asserts it. Where one
    does, a gradient check measures the kink: look for it instead of tolerating errors of a percent.

    Catches: wrong winners, `=` instead of `+=`, places off by the padding or the stride.
    Misses: what happens at ties.
    """
    case, h = double(case), 1 / 16
    v = like(direction, case.x.shape)
    dx = max_pool2d_backward(case.dy, case.x, case.size, **case.options)
    pattern = winners(case, case.x)
    above, below = case.x + h * v, case.x - h * v
    holds(winners(case, above) == pattern == winners(case, below), "no winner should change between x - hv and x + hv")
    up, down = (pooling.max_pool2d(map_, case.size, **case.options) for map_ in (above, below))
    same(inner(dx, v), inner(case.dy, up - down) / (2 * h))


@law("grad.max.linear", needs="max_pool2d_backward", case=tied(), other=moves, factors=coefficients)
def winners_do_not_depend_on_what_they_win(
    max_pool2d_backward: Function, case: PoolingBackward, other: Array, factors: tuple[int, int]
) -> None:
    r"""Who wins depends on the map alone: in dy the gradient is linear.

    $$ J^{\mathsf T}(\alpha\, \mathrm{dy} + \beta\, \mathrm{dy}') = \alpha\, J^{\mathsf T} \mathrm{dy}
       + \beta\, J^{\mathsf T} \mathrm{dy}' $$

    Catches: `=` instead of `+=`, windows that are passed over if their maximum or gradient is zero, clipped gradients.
    Misses: wrong winners.
    """
    (alpha, beta), more = factors, like(other, case.dy.shape)
    one, two, both = (
        np.asarray(max_pool2d_backward(dy, case.x, case.size, **case.options))
        for dy in (case.dy, more, alpha * case.dy + beta * more)
    )
    same(both, alpha * one + beta * two)


@law("grad.max.shift", needs="max_pool2d_backward", case=tied(), shift=st.sampled_from([-16, 16, -4096, 2**20]))
def brightness_does_not_choose_winners(max_pool2d_backward: Function, case: PoolingBackward, shift: int) -> None:
    r"""Adding a number to the whole map changes no winner, even if all entries are below those of any finite border.

    $$ \mathrm{dx}(x + c) = \mathrm{dx}(x) $$

    Catches: borders of zeros, winners by magnitude, windows that are passed over if their maximum is zero.
    Misses: winners that are wrong for all maps.
    """
    expected = max_pool2d_backward(case.dy, case.x, case.size, **case.options)
    same(max_pool2d_backward(case.dy, case.x + shift, case.size, **case.options), expected)


@law("grad.max.apart", needs="max_pool2d_backward", case=UNTIED)
def each_map_is_paid_from_its_own_windows(max_pool2d_backward: Function, case: PoolingBackward) -> None:
    r"""An image's channel has the same gradient alone as among others.

    $$ \mathrm{dx}(\mathrm{dy}, x)_{nc} = \mathrm{dx}(\mathrm{dy}_{nc}, x_{nc}) $$

    Catches: winners chosen over several channels or images, only one map done.
    Misses: whatever is wrong for a single map.
    """
    dx = np.asarray(max_pool2d_backward(case.dy, case.x, case.size, **case.options))
    same(dx.shape, case.x.shape)
    for n, c in np.ndindex(case.x.shape[:2]):
        one = np.s_[n : n + 1, c : c + 1]
        same(max_pool2d_backward(case.dy[one], case.x[one], case.size, **case.options), dx[one])


@law("grad.max.contract", needs="max_pool2d_backward", case=UNTIED)
def backward_max_pooling_is_a_good_neighbour(max_pool2d_backward: Function, case: PoolingBackward) -> None:
    r"""The gradient has the shape and the dtype of the map, and depends on nothing but the question.

    Catches: float64 in answers, arrays that are shared, kept, or read in memory order.
    Misses: wrong numbers.
    """
    habits(lambda dy, x: max_pool2d_backward(dy, x, case.size, **case.options), (case.dy, case.x), (case.x.shape,))


@law(
    "grad.max.windows",
    needs="max_pool2d_backward",
    extended=True,
    case=poolings_backward(dilations=(1, 2, 3), padded=False, palette="ties"),
)
def the_first_of_equal_entries_is_paid(max_pool2d_backward: Function, case: PoolingBackward) -> None:
    r"""The book's own operator gives all of dy to the first of equal entries, in dilated windows as well.

    $$ (a^*, b^*) = \min \arg\max_{ab} x_{is+ad,\,js+bd} $$

    Catches: other choices at ties, dilations that are ignored.
    Misses: borders.
    """
    expected = np.zeros_like(case.x)
    k, s, d = case.window, case.step, case.dilation if isinstance(case.dilation, tuple) else (case.dilation,) * 2
    for n, c, i, j in np.ndindex(case.dy.shape):
        cells = [(i * s.v + a * d[0], j * s.h + b * d[1]) for a in range(k.v) for b in range(k.h)]
        first = max(cells, key=lambda cell: case.x[n, c, cell[0], cell[1]])
        expected[n, c, first[0], first[1]] += case.dy[n, c, i, j]
    options = {**case.options, "dilation": case.dilation}
    same(max_pool2d_backward(case.dy, case.x, case.size, **options), expected)
