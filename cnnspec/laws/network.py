r"""What holds of the rectifier (Step 5): it selects, so its laws are exact."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from cnnspec.arguments import Array
from cnnspec.laws.compare import at_most, differs, holds, same
from cnnspec.laws.law import law
from cnnspec.laws.network_cases import anything, dtype_kept, fresh_and_repeatable, indices, nonzero, relaid
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import entries

factors = st.sampled_from([2, 0, 0.5, 7, 1024])
"""Factors of at least 0 that keep whole numbers and quarters exact."""


@law("relu.definition", needs="relu", oracle=True, x=anything())
def each_entry_is_kept_or_becomes_zero(relu: Function, x: Array) -> None:
    r"""The rectifier is the larger of the entry and zero.

    $$ \operatorname{relu}(x) = \max(x, 0) $$

    Catches: everything that the inputs can show.
    Misses: nothing; but it only repeats the definition.
    """
    expected = [max(entry, 0.0) for entry in x.ravel().tolist()]
    same(relu(x), np.array(expected, dtype=x.dtype).reshape(x.shape))


@law("relu.difference", needs="relu", x=anything())
def the_positive_part_less_the_negative_part_is_everything(relu: Function, x: Array) -> None:
    r"""Nothing is lost if the negative half is kept as well: the two halves differ by the entry itself.

    $$ \operatorname{relu}(x) - \operatorname{relu}(-x) = x $$

    Catches: leaky slopes, thresholds other than zero, upper limits, absolute values.
    Misses: softplus, which obeys it too.
    """
    same(np.subtract(relu(x), relu(-x)), x)


@law("relu.absolute", needs="relu", x=anything())
def both_halves_together_are_the_magnitude(relu: Function, x: Array) -> None:
    r"""Two rectifiers make a magnitude, and no linear map does: the rectifier is where a network bends.

    $$ \operatorname{relu}(x) + \operatorname{relu}(-x) = \lvert x \rvert $$

    Catches: the identity, softplus, the sign instead of the value.
    Misses: an absolute value that is halved.
    """
    same(np.add(relu(x), relu(-x)), np.abs(x))


@law("relu.idempotent", needs="relu", x=anything())
def a_second_rectifier_changes_nothing(relu: Function, x: Array) -> None:
    r"""What is rectified stays as it is.

    $$ \operatorname{relu}(\operatorname{relu}(x)) = \operatorname{relu}(x) $$

    Catches: softplus, leaky slopes, thresholds that are subtracted, rounding.
    Misses: projections, such as a limit at six.
    """
    once = np.asarray(relu(x))
    same(relu(once), once)


@law("relu.scaled", needs="relu", x=anything(), factor=factors)
def a_factor_of_at_least_zero_passes_through(relu: Function, x: Array, factor: float) -> None:
    r"""The rectifier commutes with every factor that is not negative, and so does a network of them without biases.

    $$ \operatorname{relu}(ax) = a \operatorname{relu}(x) \qquad a \ge 0 $$

    Catches: upper limits, thresholds, signs instead of values, rounding to whole numbers.
    Misses: leaky slopes, the identity.
    """
    a = x.dtype.type(factor)
    same(relu(a * x), a * np.asarray(relu(x)))


@law("relu.monotone", needs="relu", x=anything(palette="small"), index=indices, step=st.integers(0, 12))
def a_larger_entry_has_no_smaller_answer(relu: Function, x: Array, index: int, step: int) -> None:
    r"""Raising an entry raises its answer by no more than that, lowers none, and leaves all others alone.

    $$ 0 \le \operatorname{relu}(x + t) - \operatorname{relu}(x) \le t \qquad t \ge 0 $$

    Catches: absolute values, entries that influence each other, steep slopes.
    Misses: leaky slopes, upper limits.
    """
    raised = x.copy()
    place = np.unravel_index(index % x.size, x.shape)
    raised[place] += step
    gain = np.subtract(relu(raised), relu(x))
    same(gain.shape, x.shape)
    at_most(0, gain[place], "a larger entry should have no smaller answer")
    at_most(gain[place], step, "the answer should rise by no more than the entry")
    gain[place] = 0
    same(gain, np.zeros_like(x), "the other answers should stay as they are")


@law("relu.subadditive", needs="relu", x=anything(palette="small"), moved=indices)
def the_rectifier_is_not_linear(relu: Function, x: Array, moved: int) -> None:
    r"""The answer to a sum is at most the sum of the answers, and smaller exactly where the signs differ.

    $$ \operatorname{relu}(x + z) \le \operatorname{relu}(x) + \operatorname{relu}(z),
       \qquad \text{equal} \iff xz \ge 0 $$

    Catches: linear maps, steps, thresholds.
    Misses: a constant factor.
    """
    z = np.roll(x, moved)[..., ::-1].copy()
    of_sum, sum_of = np.asarray(relu(x + z)), np.add(relu(x), relu(z))
    at_most(of_sum, sum_of)
    same((of_sum == sum_of).astype(float), (x * z >= 0).astype(float), "both should agree where the signs do")
    differs(np.add(relu(np.array([1.0])), relu(np.array([-1.0]))), relu(np.array([0.0])))


@law("relu.half-the-power", needs="relu", x=anything())
def of_a_symmetric_input_half_the_power_remains(relu: Function, x: Array) -> None:
    r"""If x is as likely as −x, the rectifier halves the mean square exactly. He's factor 2 makes up for it.

    $$ \operatorname{E} \operatorname{relu}(x)^2 = \tfrac12 \operatorname{E} x^2 $$

    The claim is about the second moment, not the variance: the answers' mean is no longer zero.

    Catches: leaky slopes, magnitudes, thresholds.
    Misses: a rectifier that keeps the negative half.
    Source: He et al. (2015), Delving deep into rectifiers, section 2.2.
    """
    small = np.clip(x, -1024, 1024)
    both = np.concatenate([small.ravel(), -small.ravel()])
    same(np.sum(np.square(relu(both))) * 2, np.sum(np.square(both)))
    one = nonzero(small)
    both = np.concatenate([one.ravel(), -one.ravel()]).astype(np.float64)
    holds(np.asarray(relu(both)).var() < both.var() / 2, "the variance should fall below a half")


@law("relu.rearranged", needs="relu", x=anything(), seed=indices)
def every_entry_is_judged_by_itself(relu: Function, x: Array, seed: int) -> None:
    r"""Entries that are taken out and rearranged have the answers that they had in their places.

    $$ \operatorname{relu}(x)_i = \operatorname{relu}(x_i) $$

    Catches: thresholds that depend on a mean, axes with a meaning.
    Misses: whatever is wrong for each entry alike.
    """
    order = np.random.Generator(np.random.PCG64(seed)).permutation(x.size)[: 1 + x.size // 2]
    same(relu(x.ravel()[order]), np.asarray(relu(x)).ravel()[order])


@law("relu.contract", needs="relu", x=anything(palette="small"), positive=entries((2, 3), palette="ties"))
def the_rectifier_keeps_dtype_and_remembers_nothing(relu: Function, x: Array, positive: Array) -> None:
    r"""An answer is a new array of the input's dtype, and depends on nothing but the question.

    Catches: the input returned as it is when nothing is negative, shared buffers, another dtype.
    Misses: wrong entries.
    """
    dtype_kept(relu(x), x)
    fresh_and_repeatable(relu, x)
    fresh_and_repeatable(relu, np.abs(positive).astype(x.dtype))
    first, *others = relaid(x)
    for other in others:
        same(relu(other), relu(first), "the layout in memory should not matter")
