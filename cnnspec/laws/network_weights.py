r"""What holds of the first weights (Step 5): statistical laws that say how often they raise a false alarm.

Each law draws a seed and compares a sum over many weights with its expectation. The threshold is derived from
`RISK`: a right initialiser is blamed with at most that probability per example. The tails used are those of the
normal distribution, of the sum of n squared normal numbers (Laurent & Massart 2000, lemma 1),

$$ P(\chi^2_n \ge n + 2\sqrt{nt} + 2t) \le e^{-t}, \qquad P(\chi^2_n \le n - 2\sqrt{nt}) \le e^{-t} $$

and Hoeffding's for numbers between 0 and 1: $P(|\bar u - \operatorname{E} u| \ge \sqrt{t / 2n}) \le 2 e^{-t}$.
"""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st

from cnnspec.arguments import Array
from cnnspec.environment import generator
from cnnspec.laws.compare import differs, holds, same, unchanged
from cnnspec.laws.law import law
from cnnspec.laws.network_cases import seeds
from cnnspec.laws.operators import Function

RISK = 1e-9
"""How likely each example of a law here blames a right initialiser, at most."""

T = math.log(4 / RISK)
"""The t of the tail bounds, which leaves room for four one-sided tails."""

SIGMAS = 6.5
"""A normal number is farther than this from its mean with probability 8e-11."""

shapes = st.sampled_from([(64, 32), (16, 8, 3, 5), (200, 9), (8, 16, 5, 3), (9, 200), (256, 2, 2, 2)])
"""Shapes of at least 1800 weights, with more outputs than inputs and the other way round."""


def inputs_of(shape: tuple[int, ...]) -> int:
    """How many inputs an output sees."""
    return math.prod(shape[1:])


def chi_squared_range(count: int) -> tuple[float, float]:
    """Between which numbers the sum of so many squared standard normal numbers lies, but for the risk."""
    return count - 2 * math.sqrt(count * T), count + 2 * math.sqrt(count * T) + 2 * T


def normal_with_variance(weights: Array, variance: float) -> None:
    """Require that weights look like independent normal numbers of mean 0 and this variance."""
    total = float(np.sum(np.square(weights, dtype=np.float64))) / variance
    low, high = chi_squared_range(weights.size)
    holds(
        low <= total <= high, f"the variance should be {variance:.4g}, but it is {variance * total / weights.size:.4g}"
    )
    mean = float(weights.mean(dtype=np.float64)) * math.sqrt(weights.size / variance)
    holds(abs(mean) <= SIGMAS, f"the mean should be 0, but it is {mean:.1f} standard errors away")
    outside = float(np.mean(np.abs(weights) > math.sqrt(variance)))
    holds(
        abs(outside - 0.3173) <= math.sqrt(T / (2 * weights.size)),
        f"about 31.7 % should lie beyond one deviation, but {outside:.1%} do",
    )


@law("weights.he", needs="he_normal", extended=True, seed=seeds, shape=shapes)
def he_s_weights_have_variance_two_over_the_inputs(he_normal: Function, seed: int, shape: tuple[int, ...]) -> None:
    r"""He's weights are normal, with mean 0 and variance 2 over the number of inputs of one output.

    $$ w \sim N(0,\, 2 / n_\text{in}), \qquad n_\text{in} = C \cdot k_v k_h $$

    False alarm: at most $10^{-9}$ per example.

    Catches: the number of outputs for that of inputs, channels without the kernel's cells, a factor of 1, deviations
    taken for variances, uniform weights.
    Misses: weights that depend on each other.
    Source: He et al. (2015), Delving deep into rectifiers, section 2.2.
    """
    weights = he_normal(shape, generator(seed))
    same(weights.shape, shape)
    normal_with_variance(weights, 2 / inputs_of(shape))


@law("weights.lecun", needs="lecun_normal", extended=True, seed=seeds, shape=shapes)
def lecun_s_weights_have_variance_one_over_the_inputs(
    lecun_normal: Function, seed: int, shape: tuple[int, ...]
) -> None:
    r"""LeCun's weights are normal, with mean 0 and variance 1 over the number of inputs of one output.

    $$ w \sim N(0,\, 1 / n_\text{in}) $$

    False alarm: at most $10^{-9}$ per example.

    Catches: a factor of 2, the number of outputs for that of inputs.
    Misses: weights that depend on each other.
    Source: LeCun et al. (1998), Efficient BackProp, section 4.6.
    """
    weights = lecun_normal(shape, generator(seed))
    same(weights.shape, shape)
    normal_with_variance(weights, 1 / inputs_of(shape))


@law("weights.glorot", needs="glorot_uniform", extended=True, seed=seeds, shape=shapes)
def glorot_s_weights_are_uniform_between_limits(glorot_uniform: Function, seed: int, shape: tuple[int, ...]) -> None:
    r"""Glorot's weights are uniform; inputs and outputs count alike, each with all cells of the kernel.

    $$ \lvert w \rvert \le \ell = \sqrt{\frac{6}{n_\text{in} + n_\text{out}}}, \qquad
       \operatorname{Var} w = \frac{\ell^2}{3} = \frac{2}{n_\text{in} + n_\text{out}} $$

    No weight lies beyond the limit, the largest comes near it (n weights all stay a share s below it with probability
    $(1 - s)^n$), and mean and variance are as near as Hoeffding's bound asks. False alarm: at most $10^{-9}$ per
    example.

    Catches: normal weights, inputs only, limits without the root, only positive weights.
    Misses: weights that depend on each other.
    Source: Glorot & Bengio (2010), equation 16.
    """
    weights = glorot_uniform(shape, generator(seed))
    same(weights.shape, shape)
    cells = math.prod(shape[2:])
    limit = math.sqrt(6 / ((shape[0] + shape[1]) * cells))
    shares = np.abs(weights) / limit
    holds(shares.max() <= 1 + 2.0**-50, "no weight should lie beyond the limit")
    holds(shares.max() >= 1 - T / weights.size, "the largest weight should come near the limit")
    near = math.sqrt(T / (2 * weights.size))
    holds(abs(float(np.mean(shares**2)) - 1 / 3) <= near, "the mean square should be a third of the limit's")
    holds(abs(float(np.mean(weights / limit + 1)) / 2 - 0.5) <= near, "the mean should be 0")


@law("weights.power", needs="he_normal relu", extended=True, seed=seeds, shift=st.sampled_from([0, 1, 5]))
def he_s_weights_keep_the_mean_square_through_a_rectifier(
    he_normal: Function, relu: Function, seed: int, shift: int
) -> None:
    r"""On the average over He's weights, a layer and a rectifier leave the mean square as it was, whatever the input.

    $$ \operatorname{E} \operatorname{relu}(Wx)^2 = \tfrac12\, n\, \tfrac2n\, \overline{x^2} = \overline{x^2} $$

    Not the input's variance counts but its second moment: an input that is 5 everywhere has variance 0, and its
    mean square of 25 is kept. Glorot's or LeCun's weights would leave half of it in each layer.

    Of F outputs, K are positive (Hoeffding), and their squares make a chi-squared number with K degrees of freedom;
    false alarm: at most $10^{-9}$ per example.

    Catches: half or twice the variance, a rectifier that is none.
    Misses: deviations below a third.
    Source: He et al. (2015), Delving deep into rectifiers, section 2.2.
    """
    x = generator(seed + 1).integers(-3, 4, 4).astype(np.float64)
    x[0] = 3
    x = x + 5 if shift == 1 else np.full(4, 5.0) if shift == 5 else x
    outputs, power = 4096, float(np.mean(x**2))
    rectified = np.asarray(relu(he_normal((outputs, 4), generator(seed)) @ x))
    slack = math.sqrt(outputs * T / 2)
    low, _ = chi_squared_range(int(outputs / 2 - slack))
    _, high = chi_squared_range(int(outputs / 2 + slack) + 1)
    kept = float(np.sum(rectified**2)) / (2 * power)
    holds(
        low <= kept <= high,
        f"the mean square should stay {power:.3g}, but it becomes {power * 2 * kept / outputs:.3g}",
    )


@law("weights.second-moment", needs="lecun_normal", extended=True, seed=seeds)
def a_linear_layer_answers_to_the_second_moment_not_to_the_variance(lecun_normal: Function, seed: int) -> None:
    r"""How much a linear layer's answers vary is set by its inputs' mean square, not by their variance.

    $$ \operatorname{Var} y = n_\text{in} \operatorname{Var}(w) \operatorname{E} x^2 \ge
       n_\text{in} \operatorname{Var}(w) \operatorname{Var}(x) $$

    The two are the same only if the inputs' mean is zero.

    A constant input has no variance, and its answers have as much as those of any other input of its length. The
    outputs of a rectifier have such a mean. False alarm: at most $10^{-9}$ per example.

    Catches: twice or half the variance, weights without randomness.
    Misses: everything about normality.
    Source: He et al. (2015), section 2.2, on the expectation of the square of an input that has not zero mean.
    """
    answers = lecun_normal((2048, 8), generator(seed)) @ np.ones(8)
    normal_with_variance(answers, 1.0)
    holds(np.ones(8).var() == 0 and answers.var() > 0.5, "a constant input should have answers that vary")


@law(
    "weights.stream",
    needs="he_normal lecun_normal glorot_uniform",
    extended=True,
    seed=seeds,
    dtype=st.sampled_from(["float64", "float32"]),
)
def first_weights_come_from_the_given_stream(
    he_normal: Function, lecun_normal: Function, glorot_uniform: Function, seed: int, dtype: str
) -> None:
    r"""The same stream gives the same weights, another stream others, and one stream goes on; the dtype is as asked.

    Catches: streams of their own, weights that repeat, another dtype, streams that are seeded anew.
    Misses: everything about the distribution.
    """
    for draw in (he_normal, lecun_normal, glorot_uniform):
        stream = generator(seed)
        first, second = draw((3, 4), stream, dtype=dtype), draw((3, 4), stream, dtype=dtype)
        holds(first.dtype == np.dtype(dtype), f"the weights should be {dtype}, but they are {first.dtype}")
        unchanged(draw((3, 4), generator(seed), dtype=dtype), first, "the same stream should give the same weights")
        differs(first, second, "a stream should go on")
        differs(first, draw((3, 4), generator(seed + 1), dtype=dtype), "another stream should give other weights")
