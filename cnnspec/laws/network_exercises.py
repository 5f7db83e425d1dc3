r"""What marks the answers to the exercises about the layers around the convolution (Step 5)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from cnnspec import gradients, network
from cnnspec.arguments import Array
from cnnspec.laws.answers import close, number, numbers, parts
from cnnspec.laws.compare import at_most, holds
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import entries

variances = st.sampled_from([1.0, 0.25, 4.0, 0.01, 1e-4, 100.0])
epsilons = st.sampled_from([1e-5, 1.0, 1e-3, 0.25, 4.0])
quantiles = st.sampled_from([1.96, 1.0, 2.576])
rates = st.integers(1, 49).map(lambda n: n / 50)


def channel(variance: float, contrast: float = 1.0) -> Array:
    """A channel of two pixels with this variance, multiplied by a contrast."""
    return (contrast * math.sqrt(variance) * np.array([-1.0, 1.0])).reshape(1, 1, 1, 2)


def normalised(x: Array, gamma: float, eps: float) -> Array:
    """The channel behind the batch normalisation."""
    return network.batch_norm2d(x, np.array([gamma]), np.zeros(1), eps=eps)


@law("answer.sum-of-batch", needs="batch_where_a_sum_would_do")
def the_sum_of_this_batch_s_losses_is_their_mean(batch_where_a_sum_would_do: Function) -> None:
    r"""The losses of the examples, added up, are the loss of the batch.

    $$ \sum_n L(z_n, y_n) = L(z, y) $$

    Catches: batches of two and more whose losses are not all zero.
    Misses: nothing.
    """
    z, y = parts(batch_where_a_sum_would_do(), 2)
    z = numbers(z, None, None, what="the logits")
    y = numbers(y, len(z), what="the classes")
    at_most(2, z.shape[1], "there should be at least two classes")
    holds(np.isin(y, np.arange(z.shape[1])).all(), "every class should be one of the logits'")
    classes = y.astype(np.int64)
    each = [network.cross_entropy(z[[i]], classes[[i]]) for i in range(len(z))]
    close(math.fsum(each), network.cross_entropy(z, classes), "the sum of the losses should be their mean")


@law("answer.variance-missing", needs="missing_variance", variance=variances, gamma=st.integers(-4, 4), eps=epsilons)
def so_much_of_the_variance_is_missing(missing_variance: Function, variance: float, gamma: int, eps: float) -> None:
    r"""A channel of this variance has, once normalised, so much less variance than the square of its scale.

    $$ \gamma^2 - \operatorname{Var}(y) $$

    Catches: scales that enter without a square, what is missing compared with what is there.
    Misses: nothing.
    """
    y = normalised(channel(variance), float(gamma), eps)
    close(number(missing_variance(variance, float(gamma), eps)), gamma**2 - float(y.var()))


@law("answer.variance-half", needs="missing_variance", variance=variances, gamma=st.integers(1, 9))
def a_half_is_missing_where_eps_is_the_variance(missing_variance: Function, variance: float, gamma: int) -> None:
    r"""If ε is as large as the variance, half of $\gamma^2$ is missing; if it is zero, nothing.

    Catches: what is missing compared with what is there.
    Misses: scales that enter without a square, where they are 1.
    """
    close(number(missing_variance(variance, float(gamma), variance)), gamma**2 / 2)
    close(number(missing_variance(variance, float(gamma), 0.0)), 0.0)


def interval(rate: float, n: int, z: float) -> tuple[float, float]:
    """Wilson's interval for a rate of n pictures, which need not be a whole number of hits."""
    middle, reach = rate + z**2 / (2 * n), z * math.sqrt(rate * (1 - rate) / n + z**2 / (4 * n**2))
    return (middle - reach) / (1 + z**2 / n), (middle + reach) / (1 + z**2 / n)


def gap(rate: float, other: float, n: int, z: float) -> float:
    """How far the intervals of two rates are apart; negative if they overlap."""
    low, high = sorted((rate, other))
    return interval(high, n, z)[0] - interval(low, n, z)[1]


@law("answer.apart-smallest", needs="pictures_to_tell_apart", rate=rates, by=st.integers(1, 24), z=quantiles)
def with_one_picture_less_the_intervals_overlap(
    pictures_to_tell_apart: Function, rate: float, by: int, z: float
) -> None:
    r"""With so many pictures the two intervals are apart, and with one picture less they are not.

    $$ u(p, n) < l(q, n), \qquad u(p, n - 1) \ge l(q, n - 1) $$

    Catches: the textbook's interval, one picture more or less, intervals that only leave out the other rate.
    Misses: nothing.
    """
    other = rate + by / 100 * (1 if rate < 0.5 else -1)
    count = number(pictures_to_tell_apart(rate, other, z))
    holds(count >= 1 and count == round(count), "the answer should be a number of pictures")
    at_most(0, gap(rate, other, int(count), z) + 1e-12, "the intervals should not overlap")
    if count > 1:
        at_most(gap(rate, other, int(count) - 1, z), 1e-12, "with one picture less they should overlap")


@law("answer.apart-mirrored", needs="pictures_to_tell_apart", rate=rates, by=st.integers(1, 24), z=quantiles)
def two_error_rates_need_as_many_pictures(pictures_to_tell_apart: Function, rate: float, by: int, z: float) -> None:
    r"""The rates may change places, or become the rates of errors: the number of pictures stays.

    $$ n(p, q) = n(q, p) = n(1 - p, 1 - q) $$

    Catches: answers that take the first rate for the smaller one.
    Misses: wrong intervals.
    """
    other = rate + by / 100 * (1 if rate < 0.5 else -1)
    count = number(pictures_to_tell_apart(rate, other, z))
    close(number(pictures_to_tell_apart(other, rate, z)), count)
    at_most(abs(number(pictures_to_tell_apart(1 - rate, 1 - other, z)) - count), 1)  # 1 - p is rounded


@law("answer.contrast-passes", needs="contrast_seen", contrast=st.integers(1, 64), variance=variances, eps=epsilons)
def so_much_of_the_contrast_passes(contrast_seen: Function, contrast: int, variance: float, eps: float) -> None:
    r"""The normalised channel with another contrast is this multiple of the normalised channel.

    $$ \operatorname{BN}(c x) = r \operatorname{BN}(x) $$

    Catches: contrasts that are not squared in the variance, the inverse, all or nothing.
    Misses: nothing.
    """
    c = contrast / 8
    before, after = (normalised(channel(variance, by), 1.0, eps) for by in (1.0, c))
    close(after, number(contrast_seen(c, variance, eps)) * before, "the normalised channels should have this ratio")


@law("answer.contrast-between", needs="contrast_seen", contrast=st.integers(1, 64), variance=variances, eps=epsilons)
def between_none_and_all_of_the_contrast_passes(
    contrast_seen: Function, contrast: int, variance: float, eps: float
) -> None:
    r"""What passes lies between 1 and the contrast, and two changes pass one after the other as they do together.

    $$ 1 \le r(c) \le c \quad (c \ge 1), \qquad r_v(c)\, r_{c^2 v}(1/c) = 1 $$

    Catches: the inverse, and factors that are right where ε is small only.
    Misses: nothing that is between.
    """
    c = contrast / 8
    passed = number(contrast_seen(c, variance, eps))
    at_most(min(1, c) - 1e-9, passed, "no less than none should pass")
    at_most(passed, max(1, c) + 1e-9, "no more than all should pass")
    close(passed * number(contrast_seen(1 / c, c**2 * variance, eps)), 1.0)


factors = st.lists(st.sampled_from([1.0, 0.5, 2.0, 4.0, 0.25]), min_size=1, max_size=4)


def gradients_of(x: Array, weights: Sequence[Array]) -> list[Array]:
    """The gradient of each layer's weights, when ones come from above."""
    signals = [x]
    for w in weights[:-1]:
        signals.append(network.relu(network.linear(signals[-1], w)))
    dy, found = np.ones((len(x), len(weights[-1]))), []
    for place in reversed(range(len(weights))):
        dx, dw, _ = gradients.linear_backward(dy, signals[place], weights[place])
        found.append(dw)
        dy = gradients.relu_backward(dx, signals[place])
    return found[::-1]


@law("answer.factors-measured", needs="gradient_factors", factors=factors, x=entries((2, 3)), w=entries((4, 3, 3)))
def the_gradients_are_multiplied_by_these_factors(
    gradient_factors: Function, factors: list[float], x: Array, w: Array
) -> None:
    r"""A network with multiplied weights has these multiples of its gradients.

    $$ \mathrm{dw}_l(c_1 w_1, \dots, c_L w_L) = f_l\, \mathrm{dw}_l(w_1, \dots, w_L) $$

    Catches: a layer's own factor, factors from below or from above alone.
    Misses: nothing.
    """
    answer = numbers(gradient_factors(list(factors)), len(factors))
    weights = list(w[: len(factors)])
    plain = gradients_of(x, weights)
    changed = gradients_of(x, [c * layer for c, layer in zip(factors, weights, strict=True)])
    close(np.array(changed), answer[:, None, None] * np.array(plain), "the gradients should have these ratios")


@law("answer.factors-shared", needs="gradient_factors", factors=factors)
def weight_times_gradient_is_the_same_in_every_layer(gradient_factors: Function, factors: list[float]) -> None:
    r"""The factor of a layer's gradient times that of its weights is the same in every layer: that of the answer.

    $$ c_l f_l = \prod_k c_k $$

    Catches: a layer's own factor, factors from below or from above alone.
    Misses: nothing.
    """
    answer = numbers(gradient_factors(list(factors)), len(factors))
    close(answer * np.array(factors), np.full(len(factors), math.prod(factors)))
