r"""What holds of softmax and its logarithm (Step 5).

Exponentials round, so these laws are not exact; `same` allows what `magnitudes.exponents` says, a few hundred units of
the last place times the largest logit.
"""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st

from cnnspec.arguments import Array
from cnnspec.laws.compare import at_most, holds, same
from cnnspec.laws.law import law
from cnnspec.laws.network_cases import dtype_kept, floats, fresh_and_repeatable, indices, logits, relaid
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import entries

shifts = st.sampled_from([1000, -1000, 3, 10000, -10000])
"""What is added to all logits; the exponentials of the large ones are infinite or zero even in float64."""


def powers(z: Array) -> Array:
    """The probabilities of each row, in float64."""
    exponentials = [[math.exp(v - max(row)) for v in row] for row in z.astype(np.float64).tolist()]
    return np.array([[e / math.fsum(row) for e in row] for row in exponentials])


@law("softmax.definition", needs="softmax", oracle=True, z=logits())
def a_probability_is_a_share_of_exponentials(softmax: Function, z: Array) -> None:
    r"""Each probability is the exponential of its logit, divided by the sum of all.

    $$ p_c = \frac{e^{z_c}}{\sum_k e^{z_k}} $$

    Catches: everything that small logits can show.
    Misses: overflow.
    Source: Goodfellow, Bengio & Courville (2016), section 6.2.2.3.
    """
    same(softmax(z), powers(z))


@law("softmax.distribution", needs="softmax", z=logits(), factor=st.sampled_from([1, 8, 2048]))
def the_probabilities_of_a_row_add_up_to_one(softmax: Function, z: Array, factor: int) -> None:
    r"""No probability is negative and each row adds up to one, however large the logits are.

    $$ p_c \ge 0, \qquad \sum_c p_c = 1 $$

    Mathematically $p_c > 0$; a computer answers 0 where the exponential is too small for its numbers.

    Catches: logarithms, sums over the wrong axis, a small number added to the divisor, overflow.
    Misses: whatever is a distribution, such as another base.
    """
    p = np.asarray(softmax(z * z.dtype.type(factor)))
    same(p.shape, z.shape)
    holds((p >= 0).all(), "no probability should be negative")
    same(p.sum(axis=1, dtype=np.float64), np.ones(len(z)), "each row should add up to 1")


@law("softmax.shift", needs="softmax", z=logits(), shift=shifts)
def adding_one_number_to_all_logits_changes_nothing(softmax: Function, z: Array, shift: int) -> None:
    r"""Only differences of logits count: a number added to all of them cancels, even 1000 or 10,000.

    $$ \operatorname{softmax}(z + c) = \operatorname{softmax}(z) $$

    Catches: exponentials that overflow because the maximum is not subtracted, magnitudes instead of values.
    Misses: another base, another temperature.
    Source: Goodfellow, Bengio & Courville (2016), section 4.1.
    """
    same(softmax(z + z.dtype.type(shift)), softmax(z))


@law("softmax.far-rows", needs="softmax", z=logits(batch=2), shift=shifts)
def each_row_is_normalised_by_itself(softmax: Function, z: Array, shift: int) -> None:
    r"""A row has the same probabilities alone and beside a row whose logits are ten thousand larger.

    Catches: the maximum or the sum of the whole batch, for which the smaller rows vanish.
    Misses: whatever is wrong in a single row.
    """
    far = (z + z.dtype.type(shift))[::-1]
    both = np.asarray(softmax(np.concatenate([z, far])))
    same(both.shape, (2 * len(z), z.shape[1]))
    for n in range(len(z)):
        same(both[n : n + 1], softmax(z[n : n + 1]))
        same(both[len(z) + n : len(z) + n + 1], softmax(far[n : n + 1]))


@law("softmax.rearranged", needs="softmax", z=logits(), seed=indices)
def rearranged_logits_have_rearranged_probabilities(softmax: Function, z: Array, seed: int) -> None:
    r"""Classes have no order: rearranging them rearranges their probabilities.

    $$ \operatorname{softmax}(z_\pi) = \operatorname{softmax}(z)_\pi $$

    Catches: a class that is left out or treated in another way.
    Misses: whatever is wrong for all classes alike.
    """
    order = np.random.Generator(np.random.PCG64(seed)).permutation(z.shape[1])
    same(softmax(z[:, order]), np.asarray(softmax(z))[:, order])


@law("softmax.order", needs="softmax", z=logits())
def a_larger_logit_has_a_larger_probability(softmax: Function, z: Array) -> None:
    r"""The order of the logits is kept, so the most probable class is the one with the largest logit.

    $$ z_i \le z_k \implies p_i \le p_k, \qquad p_{\arg\max z} = \max p $$

    Catches: magnitudes instead of values, signs turned round.
    Misses: every other increasing function.
    """
    p = np.asarray(softmax(z))
    same(p.shape, z.shape)
    for row, probabilities in zip(z, p, strict=True):
        ascending = probabilities[np.argsort(row, kind="stable")]
        at_most(ascending[:-1], ascending[1:], "a larger logit should have no smaller probability")
        holds(probabilities.max() * len(row) >= 1 - 2.0**-10, "the largest probability should be at least 1/C")
        if row.max() - row.min() > 0.2:
            holds(probabilities[row.argmax()] > probabilities[row.argmin()], "a larger logit should be more probable")


@law("softmax.ratio", needs="softmax", z=logits(least=2))
def probabilities_stand_to_each_other_as_exponentials(softmax: Function, z: Array) -> None:
    r"""A logit that is larger by one is more probable by the factor e.

    $$ p_i = p_k\, e^{z_i - z_k} $$

    Catches: another base or temperature, lower limits, a small number added to the divisor or to the answers.
    Misses: a common factor, which the sum shows.
    """
    p = np.asarray(softmax(z)).astype(np.float64)
    largest = np.argmax(z, axis=1)[:, None]
    gaps = z.astype(np.float64) - np.take_along_axis(z, largest, axis=1)
    same(p, np.take_along_axis(p, largest, axis=1) * np.exp(gaps))


@law("softmax.sigmoid", needs="softmax", z=logits(least=2))
def two_classes_are_a_sigmoid(softmax: Function, z: Array) -> None:
    r"""With two classes, softmax is the logistic function of the difference of the logits.

    $$ \operatorname{softmax}(z_1, z_2)_1 = \frac{1}{1 + e^{-(z_1 - z_2)}} $$

    Catches: another base or temperature, magnitudes instead of values.
    Misses: everything about more classes.
    """
    two = z[:, :2]
    gap = two[:, 0].astype(np.float64) - two[:, 1]
    same(np.asarray(softmax(two))[:, 0], 1 / (1 + np.exp(-gap)))


@law("softmax.equal", needs="softmax", classes=st.integers(1, 6), level=shifts, dtype=floats)
def equal_logits_have_equal_probabilities(softmax: Function, classes: int, level: int, dtype: type) -> None:
    r"""If all logits are equal, each class has probability 1/C, at any level.

    $$ \operatorname{softmax}(c, \dots, c) = \left(\tfrac1C, \dots, \tfrac1C\right) $$

    Catches: overflow, divisors that are off, sums over the wrong axis.
    Misses: everything about logits that differ.
    """
    same(softmax(np.full((2, classes), level, dtype=dtype)), np.full((2, classes), 1 / classes))


@law("softmax.cold", needs="softmax", z=logits())
def at_low_temperature_the_largest_logits_share_everything(softmax: Function, z: Array) -> None:
    r"""Divided by a temperature near zero, the logits leave only the largest one; several largest ones share.

    $$ \lim_{T \to 0} \operatorname{softmax}(z / T)_c = \frac{[z_c = \max z]}{\#\{k : z_k = \max z\}} $$

    Here $T = 2^{-12}$: a logit behind by a quarter has $e^{-1024}$, which is 0 in float64. Logits reach ±20,000.

    Catches: overflow, the largest class alone although several are equal, lower limits of a probability.
    Misses: another base.
    """
    largest = z == z.max(axis=1, keepdims=True)
    same(softmax(z * z.dtype.type(4096)), largest / largest.sum(axis=1, keepdims=True))


@law("softmax.lipschitz", needs="softmax", z=logits(batch=1, least=2), seed=indices)
def probabilities_move_at_most_half_as_far_as_logits(softmax: Function, z: Array, seed: int) -> None:
    r"""Softmax halves distances at least: at high temperature, all logits lead to nearly equal probabilities.

    $$ \lVert \operatorname{softmax}(z) - \operatorname{softmax}(z') \rVert_2 \le \tfrac12 \lVert z - z' \rVert_2 $$

    Its derivative $\operatorname{diag}(p) - p p^{\mathsf T}$ has no eigenvalue above ½; two classes reach it.

    Catches: temperatures below 1, hard decisions.
    Misses: temperatures above 1.
    """
    order = np.random.Generator(np.random.PCG64(seed)).permutation(z.shape[1])
    for one, other in ((z, z[:, order]), (np.zeros_like(z), z * z.dtype.type(2**-10))):
        moved = np.linalg.norm(np.subtract(softmax(one), softmax(other), dtype=np.float64))
        at_most(moved, np.linalg.norm(one.astype(np.float64) - other) / 2)
    two = np.asarray(softmax(np.array([[0.25, -0.25], [-0.25, 0.25]])))
    distance = np.linalg.norm(two[0] - two[1])
    holds(distance > 0.489 * np.sqrt(0.5), "near equal logits the bound should almost be reached")


@law("softmax.axis", needs="softmax", x=entries((2, 3, 4), palette="fractions"), axis=st.integers(-3, 2))
def the_axis_says_which_numbers_add_up_to_one(softmax: Function, x: Array, axis: int) -> None:
    r"""Along another axis softmax does what it does along the last one, which is the default.

    $$ \operatorname{softmax}(x, a) = \operatorname{swap}_a(\operatorname{softmax}(\operatorname{swap}_a(x))) $$

    Catches: an axis that is ignored, another default, negative axes that are not understood.
    Misses: whatever is wrong along each axis alike.
    """
    moved = np.ascontiguousarray(np.moveaxis(x, axis, -1))
    answer = np.asarray(softmax(x, axis=axis))
    same(answer, np.moveaxis(np.asarray(softmax(moved)), -1, axis))
    same(answer.sum(axis=axis), np.ones_like(x.sum(axis=axis)))


@law("softmax.contract", needs="softmax", z=logits())
def softmax_keeps_dtype_and_remembers_nothing(softmax: Function, z: Array) -> None:
    r"""An answer is a new array of the logits' dtype, depends on nothing but the question, and not on memory layout.

    Catches: another dtype, shared buffers.
    Misses: wrong entries.
    """
    dtype_kept(softmax(z), z)
    fresh_and_repeatable(softmax, z)
    rows, *others = relaid(z)
    for other in others:
        same(softmax(other), softmax(rows), "the layout in memory should not matter")


@law("softmax.log", needs="log_softmax softmax", extended=True, z=logits(), shift=shifts)
def the_logarithm_of_softmax_never_meets_a_zero(log_softmax: Function, softmax: Function, z: Array, shift: int) -> None:
    r"""Its exponentials are softmax's probabilities; and where those are too small to be more than 0, it is still right.

    $$ e^{\log p_c} = p_c, \qquad \log p(0, -G)_2 = -G \text{ up to rounding, for } G = 20\,000 $$

    Catches: the logarithm of a probability that has become 0, another base, a shift that does not cancel.
    Misses: nothing known.
    """
    logarithms = np.asarray(log_softmax(z + z.dtype.type(shift)))
    same(np.exp(logarithms), softmax(z))
    same(log_softmax(np.array([[10000, -10000]], dtype=z.dtype)), np.array([[0.0, -20000.0]]))


@law("softmax.log-sum", needs="log_softmax", extended=True, z=logits())
def a_log_sum_is_a_maximum_made_smooth(log_softmax: Function, z: Array) -> None:
    r"""The log-sum-exp, by which all logits of a row exceed their logarithms, is a little more than the largest logit.

    $$ \max z \le \operatorname{LSE}(z) = z_c - \log p_c \le \max z + \log C,
       \qquad \operatorname{LSE}(z) \ge \bar z + \log C $$

    Catches: the maximum instead of the log-sum-exp, another base, sums over the batch.
    Misses: another temperature.
    """
    excess = z.astype(np.float64) - log_softmax(z)
    total = excess[:, 0]
    same(excess, np.repeat(total[:, None], z.shape[1], axis=1), "all classes should give one log-sum-exp")
    at_most(z.max(axis=1), total)
    at_most(total, z.max(axis=1) + np.log(z.shape[1]))
    at_most(z.astype(np.float64).mean(axis=1) + np.log(z.shape[1]), total)
