r"""How far a signal comes in plain and residual stacks (Step 7); how far its gradient, in `residual_gradient`.

Two kinds of laws. Exact ones hold for weights of whole numbers: what is scaled, what is kept on the average over all
signs of the weights. Statistical ones draw normal weights; each says how likely it blames a right stack. Their tails
are those of `network_weights`: of a sum of squared normal numbers, and Hoeffding's.

In a stack of normal weights without bias, the ratio of a layer's power to that of the layer before does not depend on
what came before: given $x_l$, the entries of $x_l W_l$ are independent and normal, all with the variance
$v \lVert x_l \rVert^2$. So all units of all layers together are one large sample of $\operatorname{relu}(g)^2$, and a
stack is as good as one very wide layer.
"""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st

from cnnspec.arguments import Array
from cnnspec.environment import generator
from cnnspec.laws.compare import at_most, holds, same
from cnnspec.laws.law import law
from cnnspec.laws.network_cases import seeds
from cnnspec.laws.network_weights import RISK
from cnnspec.laws.operators import Function
from cnnspec.laws.residual_cases import Stack, stacks
from cnnspec.residual.experiment import (
    DEPTH,
    PRINTED_LAYERS,
    VARIANCES,
    WIDTH,
    draw,
    normalised_slope,
    plain_factor,
    residual_factor,
)

pinned_seeds = st.sampled_from((1, 2, 3, 4, 5))
"""Seeds that were tried: a law on them raises no false alarm on the same random stream."""

LAYERS, UNITS = 64, 64
"""A stack for statistics: 4096 units in all, as many as one wide layer."""

TAIL = math.log(8 / RISK)
"""The t of the tail bounds, which leaves room for eight one-sided tails in a law."""

PLAIN_STD = (0.308, 0.0194, 0.00123, 6.9e-5, 3.9e-6)
RESIDUAL_STD = (0.405, 0.579, 0.656, 0.854, 1.21)
"""What the lab's experiment gives with the lab's seed at layers 1, 5, 10, 15 and 20."""


def squares(rows: Array) -> Array:
    """The squared length of each signal of a stack, all rows together."""
    total: Array = np.sum(np.square(rows, dtype=np.float64), axis=tuple(range(1, rows.ndim)))
    return total


def normal_squares(count: int) -> tuple[float, float]:
    """Between which numbers the sum of so many squared normal numbers lies, but for an eighth of the risk each."""
    return count - 2 * math.sqrt(count * TAIL), count + 2 * math.sqrt(count * TAIL) + 2 * TAIL


def half_of_normal_squares(total: float, count: int, what: str) -> None:
    """Require that a sum over rectified standard normal numbers is about half of their count.

    How many are positive follows Hoeffding's bound, and the squares of those the bound of a chi-squared number.
    """
    slack = math.sqrt(count * TAIL / 2)
    low, _ = normal_squares(int(count / 2 - slack))
    _, high = normal_squares(int(count / 2 + slack) + 1)
    holds(low <= total <= high, f"{what} should be about {count / 2:.0f}, but it is {total:.0f}")


@law(
    "signal.plain-factor",
    needs="plain_stack",
    extended=True,
    seed=seeds,
    variance=st.sampled_from((2 / UNITS, 1 / UNITS, 0.1**2, 1 / (3 * UNITS))),
)
def each_plain_layer_multiplies_the_power_by_half_the_variance_of_its_row(
    plain_stack: Function, seed: int, variance: float
) -> None:
    r"""A rectified layer of n inputs multiplies the mean square by half of n times the variance of its weights.

    $$ \operatorname{E} \frac{\lVert x_{l+1} \rVert^2}{\lVert x_l \rVert^2} = \tfrac12\, n\, v $$

    He's variance 2/n makes it 1, LeCun's and Xavier's ½, PyTorch's default without bias ⅙, the lab's 0.1² with 64
    units 0.32. Whether a plain stack collapses is decided by its first weights, and not by its depth.

    False alarm: at most $10^{-9}$ per example; the 64 layers of 64 units are 4096 independent rectified normal numbers.

    Catches: a rectifier that is missing or another, a skip, weights that are used twice, normalisation.
    Misses: factors that are off by less than a third.
    Source: He et al. (2015), Delving deep into rectifiers, section 2.2.
    """
    numbers = generator(seed)
    x, weights = numbers.standard_normal((1, UNITS)), draw(LAYERS, UNITS, variance, numbers)
    power = squares(np.asarray(plain_stack(x, weights)))
    total = float(np.sum(power[1:] / power[:-1])) / variance
    half_of_normal_squares(total, LAYERS * UNITS, "the sum of all ratios")
    same(plain_factor(UNITS, variance), UNITS * variance / 2)


@law(
    "signal.residual-factor",
    needs="residual_stack",
    extended=True,
    seed=seeds,
    variances=st.sampled_from(((2 / UNITS, 1 / UNITS), (0.1**2, 0.1**2), (2 / UNITS, 0.1 / UNITS))),
)
def each_residual_block_adds_the_power_of_its_branch(
    residual_stack: Function, seed: int, variances: tuple[float, float]
) -> None:
    r"""A branch of two random layers is on the average at a right angle to the trunk, so that their powers add.

    $$ \operatorname{E} \frac{\lVert x_{l+1} \rVert^2}{\lVert x_l \rVert^2} = 1 + \tfrac12 n^2 v_1 v_2 $$

    With He's weights inside and LeCun's at the end a branch has the power of the trunk, and the power doubles in each
    block; with the lab's 0.1 and 64 units it grows by 20 percent, before the last rectifier.

    False alarm: at most $10^{-9}$ per example. Checked are three parts: the branch's first layer, its second, and the
    angle, whose cosines sum to a normal number.

    Catches: a skip that is forgotten or scaled, a missing or additional rectifier, weights in the wrong order.
    Misses: factors that are off by less than a third.
    Source: He et al. (2015), section 2.2, for the branch.
    """
    numbers = generator(seed)
    depth, (first, second) = LAYERS // 3, variances
    x, weights = numbers.standard_normal((1, UNITS)), draw(depth, UNITS, variances, numbers)
    trunk = np.asarray(residual_stack(x, weights))
    hidden = np.array([np.maximum(signal @ w, 0) for signal, w in zip(trunk[:-1], weights[:, 0], strict=True)])
    branch, count = trunk[1:] - trunk[:-1], depth * UNITS
    half_of_normal_squares(float(np.sum(squares(hidden) / squares(trunk[:-1]))) / first, count, "the hidden power")
    low, high = normal_squares(count)
    powers = float(np.sum(squares(branch) / squares(hidden))) / second
    holds(low <= powers <= high, f"the branches' power should be about {count}, but it is {powers:.0f}")
    cosines = np.sum(trunk[:-1] * branch, axis=(1, 2)) / np.sqrt(second * squares(trunk[:-1]) * squares(hidden))
    holds(abs(cosines.sum()) <= 6.5 * math.sqrt(depth), "the branches should be at right angles on the average")
    same(residual_factor(UNITS, first, second), 1 + UNITS**2 * first * second / 2)


@law("signal.signs", needs="plain_stack residual_stack", extended=True, case=stacks(pairs=True, most=2))
def over_all_signs_of_the_weights_the_power_is_exact(
    plain_stack: Function, residual_stack: Function, case: Stack
) -> None:
    r"""Averaged over the two signs of a matrix, a rectified layer keeps half the power; a branch adds all of its own.

    $$ \tfrac12 \sum_{\pm} \lVert \operatorname{relu}(\pm xW) \rVert^2 = \tfrac12 \lVert xW \rVert^2, \qquad
       \tfrac12 \sum_{\pm} \lVert x \pm F \rVert^2 = \lVert x \rVert^2 + \lVert F \rVert^2 $$

    This is all that the theory of first weights needs of their distribution: that W and −W are equally likely. No limit
    of many units is taken, and nothing has to be normal.

    Catches: a rectifier that is missing or another, a skip that is forgotten or scaled, weights in the wrong order.
    Misses: what the two signs cancel.
    Source: He et al. (2015), section 2.2, where symmetric weights are assumed.
    """
    x, (first, second) = case.x, case.weights[0]
    plain = [squares(np.asarray(plain_stack(x, s * first[None])))[-1] for s in (1, -1)]
    same(2 * sum(plain), 2 * np.sum((x @ first) ** 2))
    ends = [squares(np.asarray(residual_stack(x, np.array([[first, s * second]]))))[-1] for s in (1, -1)]
    branch = np.maximum(x @ first, 0) @ second
    same(sum(ends), 2 * np.sum(x**2) + 2 * np.sum(branch**2))


@law("signal.scale", needs="plain_stack", extended=True, case=stacks(), half=st.sampled_from((0.5, 2.0, 4.0)))
def smaller_weights_shrink_a_plain_stack_by_a_power(plain_stack: Function, case: Stack, half: float) -> None:
    r"""Weights times c make the signal of layer l $c^l$ times as large: nothing else about it changes.

    $$ x_l(cW) = c^l\, x_l(W) \qquad (c > 0) $$

    So a plain stack that collapses and one that explodes are the same function up to one number for each layer.

    Catches: biases, normalisation, other bends, a skip, layers in the wrong order when the last is looked at.
    Misses: a missing rectifier.
    """
    signals = np.asarray(plain_stack(case.x, case.weights))
    powers = half ** np.arange(len(case.weights) + 1)
    same(np.asarray(plain_stack(case.x, half * case.weights)), powers[:, None, None] * signals)


@law("signal.he-survives", needs="plain_stack", extended=True, seed=pinned_seeds)
def a_plain_stack_of_he_s_weights_does_not_collapse(plain_stack: Function, seed: int) -> None:
    r"""Twenty plain layers of He's weights typically keep the power within a factor of ten; with the lab's it is lost.

    $$ v = 2/n: \; 0.1 < \operatorname{median} \frac{\lVert x_{20} \rVert^2}{\lVert x_0 \rVert^2} < 10, \qquad
       v = 0.1^2: \; \frac{\lVert x_{20} \rVert^2}{\lVert x_0 \rVert^2} < 10^{-8} $$

    "A standard deep network's activations collapse by layer 10" is a sentence about 0.1. Both stacks here are the same
    random numbers, times 0.177 or times 0.1. About one stack of He's weights in eight leaves the factor of 10, so it is
    required of the median of nine.

    The seeds are pinned: no false alarm on the same random stream.

    Catches: a missing rectifier, a skip, averages.
    Misses: factors near 1.
    Source: He et al. (2015), Delving deep into rectifiers, figure 3.
    """
    numbers = generator(seed)
    kept = {"He": [], "the lab's 0.1": []}  # type: dict[str, list[float]]
    for _ in range(9):
        x, weights = numbers.standard_normal((1, WIDTH)), draw(DEPTH, WIDTH, 1.0, numbers)
        for name, ratios in kept.items():
            power = squares(np.asarray(plain_stack(x, weights * math.sqrt(VARIANCES[name]))))
            ratios.append(float(power[-1] / power[0]))
    holds(0.1 < np.median(kept["He"]) < 10, "He's weights should keep the power")
    holds(max(kept["the lab's 0.1"]) < 1e-8, "the lab's weights should lose it")


@law("signal.lab", needs="plain_stack residual_stack", extended=True, seed=st.just(42))
def the_lab_s_experiment_has_these_numbers(plain_stack: Function, residual_stack: Function, seed: int) -> None:
    r"""With the lab's seed the plain stack falls to 0.0000039 and the residual one grows to 1.21.

    $$ \sigma_{1,5,10,15,20} = 0.308,\ 0.0194,\ 0.00123,\ 0.000069,\ 0.0000039 \quad\text{and}\quad
       0.405,\ 0.579,\ 0.656,\ 0.854,\ 1.21 $$

    The lab prints 0.034, 0.0002, 0, 0, 0 and 0.153 … 0.140. These cannot be had from its program.

    Catches: a missing or misplaced rectifier, a skip that is forgotten, weights in the wrong order.
    Misses: nothing that moves the third digit.
    """
    numbers = np.random.RandomState(seed)
    x = numbers.standard_normal((1, 64))
    weights = np.array([numbers.standard_normal((2, 64, 64)) * 0.1 for _ in range(20)])
    plain = np.asarray(plain_stack(x, weights[:, 0])).std(axis=(1, 2))
    residual = np.asarray(residual_stack(x, weights, rectified=True)).std(axis=(1, 2))
    for computed, expected in ((plain, PLAIN_STD), (residual, RESIDUAL_STD)):
        for layer, value in zip(PRINTED_LAYERS, expected, strict=True):
            error = abs(computed[layer] / value - 1)
            holds(error < 0.015, f"layer {layer} should have {value}, but it has {computed[layer]:.3g}")


@law("signal.never-shrinks", needs="residual_stack", extended=True, case=stacks(pairs=True, most=1))
def on_the_average_a_rectified_residual_block_never_shrinks(residual_stack: Function, case: Stack) -> None:
    r"""On a signal without negative entries, averaged over both signs of the branch, the lab's block shrinks no entry.

    $$ x \ge 0: \qquad x \le \tfrac12 \sum_{\pm} \operatorname{relu}(x \pm F), \qquad
       x^2 \le \tfrac12 \sum_{\pm} \operatorname{relu}(x \pm F)^2 \le x^2 + F^2 $$

    A stack in which nothing can shrink on the average and something always may grow does not stay level. "Keeps strong
    activations" is true of it; "stays at 0.15" is not.

    Catches: a skip that is forgotten or scaled, a rectifier that is missing or misplaced, averages.
    Misses: the first block, whose input may be negative.
    Source: Jensen's inequality.
    """
    x, (first, second) = np.abs(case.x), case.weights[0]
    ends = np.array(
        [np.asarray(residual_stack(x, np.array([[first, s * second]]), rectified=True))[-1] for s in (1, -1)]
    )
    branch = np.maximum(x @ first, 0) @ second
    holds((ends >= 0).all(), "behind a rectifier nothing should be negative")
    at_most(2 * x, ends.sum(axis=0))
    at_most(2 * x**2, np.square(ends).sum(axis=0))
    at_most(np.square(ends).sum(axis=0), 2 * (x**2 + branch**2))


@law("signal.level", needs="residual_stack", extended=True, seed=pinned_seeds)
def scaled_branches_keep_a_residual_stack_moderate(residual_stack: Function, seed: int) -> None:
    r"""Branches as strong as the trunk make a power a million in 20 blocks; over √L, below e; sums over √2 keep it.

    $$ 2^L, \qquad (1 + \tfrac1L)^L < e, \qquad (\tfrac12 + \tfrac12)^L = 1 $$

    Means over eight networks. The seeds are pinned: no false alarm on the same random stream.

    Catches: scales that are ignored, squared or on the wrong summand.
    Misses: factors near 1.
    Source: De & Smith (2020), for the unscaled; Zhang, Dauphin & Ma (2019), Fixup, for scales with depth.
    """
    numbers = generator(seed)
    growth = {"none": [], "root": [], "circle": []}  # type: dict[str, list[float]]
    scales = {"none": (1.0, 1.0), "root": (DEPTH**-0.5, 1.0), "circle": (0.5**0.5, 0.5**0.5)}
    for _ in range(8):
        x, weights = numbers.standard_normal((1, 32)), draw(DEPTH, 32, (2 / 32, 1 / 32), numbers)
        for name, (scale, shortcut) in scales.items():
            power = squares(np.asarray(residual_stack(x, weights, scale=scale, shortcut=shortcut)))
            growth[name].append(float(power[-1] / power[0]))
    holds(1e5 < np.mean(growth["none"]) < 1e7, "unscaled blocks should double the power twenty times")
    holds(1.5 < np.mean(growth["root"]) < 5, "branches over the root of L should make it less than e on the average")
    holds(0.3 < np.mean(growth["circle"]) < 3, "weights on the circle should keep it")


@law("signal.normalised", needs="residual_stack", extended=True, seed=pinned_seeds)
def normalised_branches_make_the_variance_grow_in_a_straight_line(residual_stack: Function, seed: int) -> None:
    r"""With normalised branches each block adds the same variance, 1 − 1/π, whatever the trunk has become.

    $$ \operatorname{Var} x_l \approx \operatorname{Var} x_0 + l \Bigl(1 - \frac1\pi\Bigr) $$

    So block l has a share of about $1/l$ of what it hands on: the deeper, the nearer to the identity. The variance is
    taken over a batch of 64 with He's weights held fixed.

    The seeds are pinned: no false alarm on the same random stream.

    Catches: a missing normalisation, one on the trunk, a skip that is forgotten, a missing rectifier.
    Misses: slopes that are off by less than a tenth.
    Source: De & Smith (2020), Batch normalization biases residual blocks towards the identity function.
    """
    numbers = generator(seed)
    x, weights = numbers.standard_normal((64, 64)), draw(16, 64, (2 / 64, 2 / 64), numbers)
    variance = np.asarray(residual_stack(x, weights, normalised=True)).var(axis=1).mean(axis=1)
    slope = (variance[-1] - variance[0]) / 16
    holds(abs(slope / normalised_slope() - 1) < 0.1, f"the slope should be 0.682, but it is {slope:.3f}")
    half = (variance[8] - variance[0]) / 8
    holds(abs(half / slope - 1) < 0.15, "the first half should grow as fast as the second")
