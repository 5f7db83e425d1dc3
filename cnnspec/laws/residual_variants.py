r"""Blocks that rectify, scale or drop (Step 7). Exact on whole numbers and halves."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from cnnspec import gradients
from cnnspec.arguments import Array
from cnnspec.laws.compare import at_most, differs, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.residual_cases import (
    NOTHING,
    Affine,
    Bent,
    Magnitude,
    Matrix,
    branches,
    linear_branches,
    matrices,
    signals,
)
from cnnspec.laws.strategies import entries

ROWS = entries((2, 3))
PLAIN = signals(palette="small")


@law("post.identity", needs="post_activation_block", x=PLAIN, pinned=({"x": np.array([-1.0])},))
def the_block_of_2015_is_the_identity_only_where_nothing_is_negative(post_activation_block: Function, x: Array) -> None:
    r"""With a zero branch the block of 2015 rectifies: it is the identity on what is not negative, and on nothing else.

    $$ F = 0 \;\Rightarrow\; y = \operatorname{relu}(x) = x \iff x \ge 0 $$

    The smallest counterexample is the single entry −1. Behind the first such block the signal is never negative, so
    all later ones can be identities.

    Catches: a rectifier that is missing, or stands before the addition, a skip that is forgotten.
    Misses: whatever happens to the branch alone.
    Source: He et al. (2016), Identity mappings in deep residual networks, section 4.2.
    """
    same(post_activation_block(np.abs(x), NOTHING), np.abs(x))
    y = post_activation_block(x, NOTHING)
    if (x < 0).any():
        differs(y, x, "a rectified sum should not be the identity on negative entries")
    same(post_activation_block(y, NOTHING), y)


@law(
    "post.trunk",
    needs="post_activation_block",
    x=PLAIN,
    chain=st.lists(branches, min_size=1, max_size=4),
    pinned=({"x": np.array([1.0]), "chain": [Affine(-2)]},),
)
def a_rectified_trunk_forgets_what_was_below_zero(
    post_activation_block: Function, x: Array, chain: Sequence[Any]
) -> None:
    r"""With a rectifier behind each addition the sum of the branches is only a lower bound of the signal.

    $$ x_L \ge x_0 + \sum_j F_j(x_j), \qquad \text{with equality as long as no sum was negative} $$

    The smallest counterexample to equality: $x_0 = 1$ and $F = -2x$ give 0, and not −1.

    Catches: a rectifier that is missing, or stands before the addition; a skip that is forgotten.
    Misses: what happens on positive sums alone, unless nothing was cut.
    Source: He et al. (2016), Identity mappings in deep residual networks, section 2, who assume the identity.
    """
    signal, gained, cut = x, x.astype(np.float64), False
    for branch in chain:
        total = signal + branch(signal)
        cut = cut or bool((total < 0).any())
        gained = gained + branch(signal)
        signal = np.asarray(post_activation_block(signal, branch))
        same(signal, np.maximum(total, 0))
    at_most(gained, signal, "the signal should be at least the sum of all branches")
    if not cut:
        same(signal, gained)
    if (gained < 0).any():
        differs(signal, gained, "a rectified trunk should not carry negative sums")


@law("post.never-shrinks", needs="post_activation_block", x=PLAIN, often=st.integers(1, 5), slope=st.integers(0, 2))
def rectified_branches_can_only_raise_a_rectified_trunk(
    post_activation_block: Function, x: Array, often: int, slope: int
) -> None:
    r"""If branches end with a rectifier, no entry of the signal ever becomes smaller again.

    $$ F \ge 0,\; x \ge 0 \;\Rightarrow\; x_{l+1} \ge x_l $$

    So a branch should end with a convolution, or the trunk can only grow.

    Catches: a skip that is forgotten, averages.
    Misses: a missing rectifier.
    Source: He et al. (2016), Identity mappings in deep residual networks, section 4.1.
    """
    signal = np.abs(x)
    for _ in range(often):
        after = post_activation_block(signal, Bent(slope))
        at_most(signal, after)
        signal = np.asarray(after)
    same(signal, np.abs(x) * (1 + slope) ** often)


@law(
    "scaled.start",
    needs="scaled_block",
    x=signals(),
    chain=st.lists(branches, min_size=1, max_size=4),
)
def a_network_of_silent_blocks_is_its_stem_and_its_head(scaled_block: Function, x: Array, chain: Sequence[Any]) -> None:
    r"""With α = 0 in every block the network is the identity between its first and its last layer, at any depth.

    $$ \alpha = 0 \;\Rightarrow\; x_L = x_0 $$

    Catches: a scale that multiplies the trunk, averages, scales that are ignored.
    Misses: every other scale.
    Source: Bachlechner et al. (2021), ReZero is all you need; De & Smith (2020) for SkipInit.
    """
    for branch in chain:
        same(scaled_block(x, branch, 0.0), x)


@law("scaled.line", needs="scaled_block", x=PLAIN, branch=branches, scale=st.sampled_from((-2.0, 0.5, 1.0, 3.0)))
def the_answer_moves_along_the_branch(scaled_block: Function, x: Array, branch: Any, scale: float) -> None:
    r"""The scale leads from the trunk along a line, on which α = 1 is the residual block.

    $$ y_\alpha = y_0 + \alpha\,(y_1 - y_0), \qquad y_1 - y_0 = F(x) $$

    Catches: scales on both, squared or ignored scales.
    Misses: whatever is wrong with the trunk in the same way for every scale.
    """
    start, end = (scaled_block(x, branch, s) for s in (0.0, 1.0))
    same(end - start, branch(x))
    same(scaled_block(x, branch, scale), start + scale * (end - start))


@law(
    "scaled.shortcut",
    needs="scaled_block",
    x=PLAIN,
    often=st.integers(1, 8),
    factor=st.sampled_from((0.5, 2.0, 1.0, -1.0, 0.25)),
)
def a_scaled_shortcut_grows_or_dies_with_its_power(scaled_block: Function, x: Array, often: int, factor: float) -> None:
    r"""What goes along the trunk alone is multiplied by λ in each block: after L blocks by its L-th power.

    $$ x_L = \lambda^L x_0 + \dots $$

    For 100 blocks, 0.9 leaves 0.000027 of it and 1.1 makes 13,781 of it. A shortcut has to be 1.

    Catches: shortcuts that are not scaled, or scaled with the branch.
    Misses: whatever happens to the branch.
    Source: He et al. (2016), Identity mappings in deep residual networks, section 3.
    """
    signal = x
    for _ in range(often):
        signal = scaled_block(signal, Magnitude(2), 0.0, shortcut=factor)
    same(signal, factor**often * x)
    same(scaled_block(x, Affine(2), 1.0, shortcut=factor), (factor + 2) * x)


@law("scaled.power", needs="scaled_block", x=entries((3, 2)), angle=st.integers(0, 7))
def weights_on_a_circle_keep_the_power(scaled_block: Function, x: Array, angle: int) -> None:
    r"""If the branch is as strong as the trunk and at a right angle to it, power is kept when the squares sum to one.

    $$ \langle x, F(x) \rangle = 0,\; \lVert F(x) \rVert = \lVert x \rVert \;\Rightarrow\;
       \lVert \lambda x + \alpha F(x) \rVert^2 = (\lambda^2 + \alpha^2) \lVert x \rVert^2 $$

    The branch turns pairs by 90 degrees, and the weights are 3 and 4: 25 times the power, for a fifth of each once the
    power. Random branches are at a right angle on the average, and $\alpha = \lambda = 1/\sqrt 2$ is the same circle.

    Catches: a shortcut that is not scaled, scales on the wrong summand when squares differ, rectifiers.
    Misses: weights that are exchanged.
    Source: Szegedy et al. (2017), Inception-v4, section 3.3, scale branches by 0.1 to 0.3; the circle is elementary.
    """
    quarter = Matrix(np.array([[0.0, 1.0], [-1.0, 0.0]]))
    turned = np.linalg.matrix_power(quarter.a, angle)
    y = scaled_block(x @ turned, quarter, 4.0, shortcut=3.0)
    same(np.sum(np.square(y)), 25 * np.sum(x**2))


@law("scaled.rezero", needs="scaled_block_backward", x=ROWS, dy=ROWS, w=entries((3, 3)))
def a_silent_block_learns_its_scale_first(scaled_block_backward: Function, x: Array, dy: Array, w: Array) -> None:
    r"""At α = 0 the scale has a gradient and the branch's weights have none: they wait for the scale to wake.

    $$ \alpha = 0 \;\Rightarrow\; \mathrm{d}\alpha = \langle F(x), \mathrm{dy} \rangle, \qquad \mathrm{d}W = 0, \qquad
       \mathrm{dx} = \mathrm{dy} $$

    Catches: weights that get the gradient of the unscaled branch, scales on the skip, a scale's gradient that is
    scaled itself.
    Misses: all other scales.
    Source: Bachlechner et al. (2021), ReZero is all you need.
    """
    branch = Matrix(w)
    dx, dscale, dbranch = scaled_block_backward(dy, x, 0.0, branch, branch.backward)
    same(dx, dy)
    same(dscale, np.sum((x @ w) * dy))
    same(gradients.linear_backward(dbranch, x, w.T)[1], np.zeros((3, 3)))


@law(
    "scaled.gradient",
    needs="scaled_block_backward scaled_block",
    x=ROWS,
    v=ROWS,
    dy=ROWS,
    branch=linear_branches,
    scale=st.sampled_from((2.0, -1.0, 0.5, 0.0)),
    shortcut=st.sampled_from((1.0, 2.0, 0.5)),
)
def a_scaled_block_s_gradients_are_its_transposes(
    scaled_block_backward: Function,
    scaled_block: Function,
    x: Array,
    v: Array,
    dy: Array,
    branch: Any,
    scale: float,
    shortcut: float,
) -> None:
    r"""A step of the input and a step of the scale move the loss by what the backward pass says.

    $$ \langle y(x + v) - y(x), \mathrm{dy} \rangle = \langle v, \mathrm{dx} \rangle, \qquad
       \langle y_{\alpha+1} - y_\alpha, \mathrm{dy} \rangle = \mathrm{d}\alpha $$

    Catches: a skip or a scale that is forgotten on the way back, a branch that is scaled twice.
    Misses: bent branches.
    """
    dx, dscale, dbranch = scaled_block_backward(dy, x, scale, branch, branch.backward, shortcut=shortcut)
    before = scaled_block(x, branch, scale, shortcut=shortcut)
    same(np.sum((scaled_block(x + v, branch, scale, shortcut=shortcut) - before) * dy), np.sum(v * dx))
    same(np.sum((scaled_block(x, branch, scale + 1, shortcut=shortcut) - before) * dy), dscale)
    same(dbranch, scale * dy)


@law("depth.expectation", needs="stochastic_depth", x=ROWS, blocks=matrices(most=3), eighths=st.integers(0, 4))
def with_linear_branches_the_expectation_is_exact(
    stochastic_depth: Function, x: Array, blocks: list[Array], eighths: int
) -> None:
    r"""The average over all ways to drop branches is the network whose branches are weighed by their survival.

    $$ \operatorname{E} \prod_j (I + b_j A_j) = \prod_j (I + p A_j), \qquad b_j \in \{0, 1\},\; P(b_j = 1) = p $$

    It holds because the drops are independent and everything is linear in each of them.

    Catches: branches that are not weighed, weighed by 1 − p or 1/p, trunks that are weighed.
    Misses: bent branches, of which it is not true: `depth.not-exact`.
    Source: Huang et al. (2016), Deep networks with stochastic depth, section 3.
    """
    p = eighths / 4
    mean = np.zeros_like(x)
    for kept in itertools.product((0, 1), repeat=len(blocks)):
        signal = x
        for b, a in zip(kept, blocks, strict=True):
            signal = signal + b * (signal @ a)
        mean += p ** sum(kept) * (1 - p) ** (len(blocks) - sum(kept)) * signal
    signal = x
    for a in blocks:
        signal = np.asarray(stochastic_depth(signal, Matrix(a), p))
    same(signal, mean)


@law("depth.not-exact", needs="stochastic_depth", entry=st.integers(1, 5), pinned=({"entry": 1},))
def behind_a_bend_the_expectation_is_another(stochastic_depth: Function, entry: int) -> None:
    r"""Two blocks of which the second bends: the average network is not the network of averages.

    $$ F_1(x) = -2x,\; F_2 = \operatorname{relu},\; p = \tfrac12: \qquad
       \operatorname{E} x_2 = \tfrac14 x \ne 0 = y_2 \quad\text{for } x > 0 $$

    For a single block the two agree, whatever the branch: only one number was averaged.

    Catches: branches that are not weighed, or weighed by 1/p, trunks that are weighed.
    Misses: 1 − p for p, since p is a half.
    """
    x = np.array([float(entry)])
    first, second = Affine(-2), Bent(1)
    same(stochastic_depth(x, first, 0.5), (x + (x + first(x))) / 2)
    once = np.asarray(stochastic_depth(x, first, 0.5))
    twice = stochastic_depth(once, second, 0.5)
    outcomes = [z + kept * second(z) for z in (x, x + first(x)) for kept in (0, 1)]
    same(twice, np.zeros(1))
    same(np.mean(outcomes, axis=0), x / 4)
    differs(twice, np.mean(outcomes, axis=0), "the two should differ behind a bend")


@law("depth.ends", needs="stochastic_depth", x=PLAIN, branch=branches)
def a_branch_that_always_survives_is_a_block(stochastic_depth: Function, x: Array, branch: Any) -> None:
    r"""With survival 1 it is the residual block, with survival 0 the identity, and in between a straight line.

    $$ y_p = (1 - p)\,x + p\,\bigl(x + F(x)\bigr) $$

    Catches: survival taken for drop, trunks that are weighed.
    Misses: everything about several blocks.
    """
    same(stochastic_depth(x, branch, 1), x + branch(x))
    same(stochastic_depth(x, branch, 0), x)
    same(4 * np.asarray(stochastic_depth(x, branch, 0.25)), 4 * x + branch(x))
