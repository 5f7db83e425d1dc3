r"""What holds of batch normalisation (Step 5), and what is only said of it.

Roots and quotients round, so these laws are not exact; `same` allows what `magnitudes.normalised` says.
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from cnnspec import channels
from cnnspec.arguments import Array
from cnnspec.laws.cases import Layer
from cnnspec.laws.compare import at_most, differs, same
from cnnspec.laws.law import law
from cnnspec.laws.network_cases import (
    BATCHES,
    Normalisation,
    dtype_kept,
    fresh_and_repeatable,
    indices,
    nonzero,
    normalisations,
    relaid,
)
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import entries, layers

slopes = st.sampled_from([2, -1, 0.5, -4])
"""Factors that are powers of two, so that they round nothing."""


def spread(values: Array) -> Array:
    """One number per channel, shaped to be spread over the maps."""
    return values.astype(np.float64)[:, None, None]


def moments(x: Array) -> tuple[Array, Array]:
    """Mean and biased variance of each channel, in float64."""
    x = np.asarray(x, dtype=np.float64)
    return x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))


@law("batchnorm.definition", needs="batch_norm2d", oracle=True, case=normalisations())
def each_channel_is_centred_and_scaled(batch_norm2d: Function, case: Normalisation) -> None:
    r"""A channel loses its mean, is divided by its deviation, and is scaled and moved as its parameters say.

    $$ y = \gamma_c \frac{x - \mu_c}{\sqrt{\sigma^2_c + \varepsilon}} + \beta_c $$

    Catches: everything that the inputs can show.
    Misses: nothing; but it only repeats the definition.
    Source: Ioffe & Szegedy (2015), algorithm 1.
    """
    mean, variance = moments(case.x)
    normal = (case.x - spread(mean)) / np.sqrt(spread(variance) + case.eps)
    expected = spread(case.gamma) * normal + spread(case.beta)
    same(batch_norm2d(case.x, case.gamma, case.beta, **case.options), expected)


@law("batchnorm.mean", needs="batch_norm2d", case=normalisations())
def the_mean_of_each_channel_becomes_beta(batch_norm2d: Function, case: Normalisation) -> None:
    r"""Over the batch and all places, each channel has the mean β afterwards.

    $$ \frac{1}{NHW} \sum_{nij} y_{ncij} = \beta_c $$

    Catches: shifts that are ignored or scaled, means over other axes or of earlier batches.
    Misses: everything about the scale.
    """
    y = np.asarray(batch_norm2d(case.x, case.gamma, case.beta, **case.options))
    same(y.shape, case.x.shape)
    same(moments(y)[0], case.beta)


@law("batchnorm.variance", needs="batch_norm2d", case=normalisations())
def the_variance_of_each_channel_becomes_almost_gamma_squared(batch_norm2d: Function, case: Normalisation) -> None:
    r"""Afterwards a channel has nearly the variance γ²: a little less because of ε, and much less if it hardly varied.

    $$ \operatorname{Var} y_c = \gamma_c^2\, \frac{\sigma_c^2}{\sigma_c^2 + \varepsilon} \le \gamma_c^2 $$

    Both variances are biased: divided by the number of values.

    Catches: the unbiased variance, division by the variance, ε in the wrong place or ignored.
    Misses: shifts.
    """
    y = batch_norm2d(case.x, case.gamma, case.beta, **case.options)
    _, variance = moments(case.x)
    same(moments(y)[1], case.gamma.astype(np.float64) ** 2 * variance / (variance + case.eps))


@law(
    "batchnorm.two-values",
    needs="batch_norm2d",
    low=st.integers(-9, 9),
    half=st.sampled_from([1, 2, 4]),
    gamma=entries((1,), palette="fractions"),
)
def two_values_become_plus_and_minus_gamma(batch_norm2d: Function, low: int, half: int, gamma: Array) -> None:
    r"""Two values become β − γ/2 and β + γ/2, if ε is three times their variance.

    $$ (a, a + 2g) \mapsto \left(\beta - \tfrac{\gamma}{2},\; \beta + \tfrac{\gamma}{2}\right)
       \qquad \sigma^2 = g^2, \quad \varepsilon = 3g^2 $$

    The smallest batch there is; its mean, variance and root are whole numbers.

    Catches: the unbiased variance (here twice as large), ε outside the root, deviations that are not squared.
    Misses: several channels.
    """
    x = np.array([low, low + 2 * half], dtype=np.float64).reshape(2, 1, 1, 1)
    expected = np.array([-0.5, 0.5]).reshape(2, 1, 1, 1) * gamma + 7
    same(batch_norm2d(x, gamma, np.array([7.0]), eps=3.0 * half**2), expected)


@law(
    "batchnorm.affine",
    needs="batch_norm2d",
    case=normalisations(palette="small"),
    slope=slopes,
    shift=st.sampled_from([0, 3, -16, 2**20, -(2**26)]),
)
def brightness_and_contrast_do_not_matter(
    batch_norm2d: Function, case: Normalisation, slope: float, shift: int
) -> None:
    r"""A channel that is scaled and moved has the same answer, turned round if the factor is negative.

    $$ \operatorname{BN}_{a^2\varepsilon}(ax + c) = \operatorname{BN}_{\varepsilon}(x)
       \text{ with } \operatorname{sign}(a)\,\gamma $$

    Catches: a variance computed as a difference of large squares, ε outside the root or ignored, magnitudes.
    Misses: the unbiased variance.
    Source: Ioffe & Szegedy (2015), section 3.3.
    """
    c = shift % 16 if case.x.dtype == np.float32 else shift
    steps = c * (1 + np.arange(case.x.shape[1], dtype=case.x.dtype) % 2)[:, None, None]
    moved = (case.x.dtype.type(slope) * case.x + steps).astype(case.x.dtype)
    turned = case.gamma * case.gamma.dtype.type(np.sign(slope))
    same(
        batch_norm2d(moved, case.gamma, case.beta, eps=slope**2 * case.eps),
        batch_norm2d(case.x, turned, case.beta, eps=case.eps),
    )


@law(
    "batchnorm.conv-bias",
    needs="batch_norm2d",
    case=layers(batch=2, groups=(1,), palette="small", longest=5),
    b=entries((3,)),
)
def a_bias_before_batch_normalisation_does_nothing(batch_norm2d: Function, case: Layer, b: Array) -> None:
    r"""The bias of a convolution is subtracted again with the mean: before batch normalisation it is of no use.

    $$ \operatorname{BN}(\operatorname{conv}(x, w, b)) = \operatorname{BN}(\operatorname{conv}(x, w)) $$

    Catches: means over other axes, means of earlier batches.
    Misses: everything about the scale.
    Source: Ioffe & Szegedy (2015), section 3.2.
    """
    x, w = np.concatenate([case.x, case.x[::-1, :, ::-1] + 1]).astype(np.float64), case.w.astype(np.float64)
    ones, zeros = np.ones(len(w)), np.zeros(len(w))
    without = channels.conv2d(x, w, **case.options)
    bias = np.resize(b, len(w))[:, None, None]
    same(batch_norm2d(without + bias, ones, zeros, eps=0.125), batch_norm2d(without, ones, zeros, eps=0.125))


@law("batchnorm.parameters", needs="batch_norm2d", case=normalisations())
def gamma_scales_and_beta_moves_each_channel(batch_norm2d: Function, case: Normalisation) -> None:
    r"""The answer is that of γ = 1 and β = 0, multiplied by γ and then moved by β.

    $$ \operatorname{BN}(x; \gamma, \beta) = \gamma_c \operatorname{BN}(x; 1, 0) + \beta_c $$

    Catches: parameters that are ignored, along the wrong axis, or applied in the wrong order.
    Misses: everything about the statistics.
    """
    plain = batch_norm2d(case.x, np.ones_like(case.gamma), np.zeros_like(case.beta), **case.options)
    expected = spread(case.gamma) * np.asarray(plain, dtype=np.float64) + spread(case.beta)
    same(batch_norm2d(case.x, case.gamma, case.beta, **case.options), expected)


@law("batchnorm.channels", needs="batch_norm2d", case=normalisations())
def each_channel_is_normalised_by_itself(batch_norm2d: Function, case: Normalisation) -> None:
    r"""A channel has the same answer alone and among others.

    $$ \operatorname{BN}(x)_c = \operatorname{BN}(x_c) $$

    Catches: statistics over the channels as well, parameters in the wrong order or along the wrong axis.
    Misses: whatever is wrong in a single channel.
    """
    y = np.asarray(batch_norm2d(case.x, case.gamma, case.beta, **case.options))
    same(y.shape, case.x.shape)
    for c in range(case.x.shape[1]):
        only = slice(c, c + 1)
        same(batch_norm2d(case.x[:, only], case.gamma[only], case.beta[only], **case.options), y[:, only])


@law("batchnorm.rearranged", needs="batch_norm2d", case=normalisations(), seed=indices)
def neither_examples_nor_places_have_an_order(batch_norm2d: Function, case: Normalisation, seed: int) -> None:
    r"""All values of a channel are treated alike, whichever example and place they come from.

    $$ \operatorname{BN}(x_\pi) = \operatorname{BN}(x)_\pi $$

    Catches: statistics of each example or of each place, parameters along the width.
    Misses: whatever is wrong for all values alike.
    """
    batch, depth, height, width = case.x.shape
    order = np.random.Generator(np.random.PCG64(seed)).permutation(batch * height * width)

    def rearranged(x: Array) -> Array:
        values = np.moveaxis(x, 1, 0).reshape(depth, -1)[:, order].reshape(depth, batch, height, width)
        return np.ascontiguousarray(np.moveaxis(values, 0, 1))

    y = np.asarray(batch_norm2d(case.x, case.gamma, case.beta, **case.options))
    same(batch_norm2d(rearranged(case.x), case.gamma, case.beta, **case.options), rearranged(y))


@law(
    "batchnorm.company",
    needs="batch_norm2d",
    value=st.integers(-9, 9),
    step=st.integers(1, 9),
    gamma=entries((1,), palette="negative"),
)
def an_example_is_answered_by_its_company(batch_norm2d: Function, value: int, step: int, gamma: Array) -> None:
    r"""Beside a brighter example and beside one as much darker, an example has opposite answers, counted from β.

    $$ \operatorname{BN}(v, v + t)_1 - \beta = -\bigl(\operatorname{BN}(v, v - t)_1 - \beta\bigr) \ne 0 $$

    Examples are not independent: a network in training answers batches. With fixed statistics, after training, it is
    not so: `batchnorm.inference-alone`.

    Catches: statistics of each example by itself, fixed statistics.
    Misses: everything about the scale.
    """
    beta = np.array([5.0])
    above, below = (
        np.asarray(batch_norm2d(np.array([value, value + t], dtype=np.float64).reshape(2, 1, 1, 1), gamma, beta))
        for t in (step, -step)
    )
    same(above[0] - beta, beta - below[0])
    differs(above[0], below[0], "an example's answer should depend on the other")


@law("batchnorm.shape-kept", needs="batch_norm2d", case=normalisations(palette="small", dtypes=(np.float64,)))
def the_shape_of_a_distribution_stays_as_it_was(batch_norm2d: Function, case: Normalisation) -> None:
    r"""Normalisation moves and scales; it does not make anything Gaussian. The skewness stays, up to the sign of γ.

    $$ \operatorname{skew} y_c = \operatorname{sign}(\gamma_c) \operatorname{skew} x_c $$

    A channel of two values still has two values afterwards.

    Catches: answers that are cut off or squashed.
    Misses: everything about means and scales.
    """
    gamma = np.sign(nonzero(case.gamma))
    y = np.asarray(batch_norm2d(case.x, gamma, np.zeros_like(gamma), eps=1e-3))
    same(y.shape, case.x.shape)
    for c in np.flatnonzero(moments(case.x)[1] > 0):
        same(skewness(y[:, c]), gamma[c] * skewness(case.x[:, c]))


def skewness(values: Array) -> float:
    """The third standardised moment."""
    centred = values - values.mean()
    return float(np.mean((centred / np.sqrt(np.mean(centred**2))) ** 3))


@law("batchnorm.eps", needs="batch_norm2d", case=normalisations(), factor=st.sampled_from([4, 16, 64]))
def a_larger_eps_draws_everything_towards_beta(batch_norm2d: Function, case: Normalisation, factor: int) -> None:
    r"""ε is added to the variance under the root: a larger one makes the answers smaller by this factor.

    $$ (y_\varepsilon - \beta) \sqrt{\sigma^2 + \varepsilon}
       = (y_{\varepsilon'} - \beta) \sqrt{\sigma^2 + \varepsilon'} $$

    Catches: ε that is ignored, outside the root, or squared.
    Misses: the unbiased variance, if ε is small.
    """
    root = [np.sqrt(spread(moments(case.x)[1]) + eps) for eps in (case.eps, factor * case.eps)]
    small, large = (
        np.asarray(batch_norm2d(case.x, case.gamma, case.beta, eps=eps), dtype=np.float64)
        for eps in (case.eps, factor * case.eps)
    )
    same((small - spread(case.beta)) * (root[0] / root[1]), large - spread(case.beta))
    at_most(np.abs(large - spread(case.beta)), np.abs(small - spread(case.beta)))


@law(
    "batchnorm.default-eps",
    needs="batch_norm2d",
    x=st.sampled_from(BATCHES).flatmap(entries),
    level=st.sampled_from([9, 6, 12]),
)
def eps_is_a_hundred_thousandth_unless_said_otherwise(batch_norm2d: Function, x: Array, level: int) -> None:
    r"""Without ε the answer is that of $10^{-5}$, which shows in channels whose variance is small.

    Catches: other defaults, and an ε that is only used when the variance is zero.
    Misses: everything else.
    Source: `torch.nn.BatchNorm2d`; ONNX operator BatchNormalization.
    """
    faint = x / 2**level
    gamma, beta = np.ones(x.shape[1]), np.zeros(x.shape[1])
    answer = np.asarray(batch_norm2d(faint, gamma, beta), dtype=np.float64)
    same(answer, batch_norm2d(faint, gamma, beta, eps=1e-5))
    variance = moments(faint)[1]
    same(moments(answer)[1], variance / (variance + 1e-5))


@law("batchnorm.constant", needs="batch_norm2d", case=normalisations(dtypes=(np.float64,)))
def a_constant_channel_becomes_beta(batch_norm2d: Function, case: Normalisation) -> None:
    r"""A channel without variance is answered by β everywhere, because ε keeps the quotient finite.

    $$ x_c = \text{const} \implies y_c = \beta_c $$

    Catches: divisions by zero, shifts that are ignored.
    Misses: everything about channels that vary.
    """
    still = np.broadcast_to(case.x[:1, :, :1, :1], case.x.shape).copy()
    expected = np.broadcast_to(spread(case.beta), case.x.shape)
    same(batch_norm2d(still, case.gamma, case.beta, **case.options), expected)


@law(
    "batchnorm.one-value",
    needs="batch_norm2d",
    extended=True,
    x=entries((1, 3, 1, 1)),
    gamma=entries((3,)),
    beta=entries((3,)),
)
def a_single_value_per_channel_becomes_beta(batch_norm2d: Function, x: Array, gamma: Array, beta: Array) -> None:
    r"""A batch of one picture of one pixel is answered by β: nothing of the input is left.

    $$ N H W = 1 \implies y = \beta $$

    A batch of one larger picture is no problem: the places of the map are values too.

    Catches: the unbiased variance, which divides by zero.
    Misses: everything else.
    """
    same(batch_norm2d(x, gamma, beta), beta.reshape(1, 3, 1, 1))
    tall = np.concatenate([x, x + 1], axis=2)
    differs(batch_norm2d(tall, nonzero(gamma), beta)[:, :, 0], batch_norm2d(tall, nonzero(gamma), beta)[:, :, 1])


@law("batchnorm.contract", needs="batch_norm2d", case=normalisations())
def batch_normalisation_keeps_dtype_and_remembers_nothing(batch_norm2d: Function, case: Normalisation) -> None:
    r"""An answer is a new array of the input's dtype and depends on nothing but the question, nor on memory layout.

    Catches: statistics of earlier batches, another dtype, shared buffers.
    Misses: wrong entries.
    """

    def ask(x: Array) -> Array:
        answer: Array = batch_norm2d(x, case.gamma, case.beta, **case.options)
        return answer

    dtype_kept(ask(case.x), case.x)
    fresh_and_repeatable(ask, case.x, case.gamma, case.beta)
    rows, *others = relaid(case.x)
    for other in others:
        same(ask(other), ask(rows), "the layout in memory should not matter")
