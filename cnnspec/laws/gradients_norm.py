r"""What holds of the backward pass of batch normalisation (Step 5).

A value moves its own output and, through mean and variance, all others of its channel. That makes this gradient the
hardest of the book to write down, and also the one that has to satisfy most equations. They are not exact, since
roots round; `same` allows what `magnitudes.normalised_backward` says.
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from cnnspec import gradients
from cnnspec.arguments import Array
from cnnspec.laws.compare import same
from cnnspec.laws.gradients_cases import (
    NormalisationBackward,
    habits,
    like,
    normalisations_backward,
    same_gradients,
    three,
)
from cnnspec.laws.law import law
from cnnspec.laws.network_cases import indices
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import entries

CASES = normalisations_backward()
BATCH = (0, 2, 3)


def spread(values: Array) -> Array:
    """One number per channel, shaped to be spread over the maps."""
    return np.asarray(values, dtype=np.float64)[:, None, None]


def normal(case: NormalisationBackward) -> tuple[Array, Array]:
    """The normalised batch, and each channel's deviation with its ε."""
    deviation = np.sqrt(case.x.var(axis=BATCH) + case.eps)
    return (case.x - spread(case.x.mean(axis=BATCH))) / spread(deviation), deviation


@law(
    "grad.batchnorm.definition",
    needs="batch_norm2d_backward",
    oracle=True,
    case=normalisations_backward(dtypes=(np.float64, np.float64, np.float32)),
)
def a_value_moves_itself_the_mean_and_the_variance(
    batch_norm2d_backward: Function, case: NormalisationBackward
) -> None:
    r"""What a value does to itself, less what it does to all others through the mean and through the variance.

    $$ \mathrm{dx} = \frac{\gamma}{\sigma} \Bigl( \mathrm{dy} - \operatorname{mean}(\mathrm{dy})
       - \hat x \operatorname{mean}(\mathrm{dy}\, \hat x) \Bigr), \qquad
       \mathrm{d}\gamma = \sum \mathrm{dy}\, \hat x, \qquad \mathrm{d}\beta = \sum \mathrm{dy} $$

    Catches: everything that the inputs can show.
    Misses: nothing; but it only repeats the definition.
    Source: Ioffe & Szegedy (2015), section 3.
    """
    expected = gradients.batch_norm2d_backward(case.dy, case.x, case.gamma, **case.options)
    same_gradients(batch_norm2d_backward(case.dy, case.x, case.gamma, **case.options), *expected)


@law("grad.batchnorm.sum", needs="batch_norm2d_backward", case=CASES)
def the_gradient_of_a_channel_adds_up_to_zero(batch_norm2d_backward: Function, case: NormalisationBackward) -> None:
    r"""Making a whole channel brighter changes nothing, so its gradient adds up to zero.

    $$ \sum_{nij} \mathrm{dx}_{ncij} = 0 $$

    So a bias before batch normalisation never learns anything.

    Catches: the mean treated as a constant, means over other axes.
    Misses: the variance treated as a constant.
    """
    dx, _, _ = three(batch_norm2d_backward(case.dy, case.x, case.gamma, **case.options))
    same(dx.shape, case.x.shape)
    same(dx.sum(axis=BATCH), np.zeros(case.x.shape[1]))


@law("grad.batchnorm.orthogonal", needs="batch_norm2d_backward", case=CASES)
def the_gradient_is_almost_orthogonal_to_the_batch(
    batch_norm2d_backward: Function, case: NormalisationBackward
) -> None:
    r"""More contrast changes almost nothing: what is left along the batch itself is due to ε, and known exactly.

    $$ \langle \mathrm{dx}, \hat x \rangle = \frac{\varepsilon}{\sigma_c^2 + \varepsilon} \cdot
       \frac{\gamma\, \langle \mathrm{dy}, \hat x \rangle}{\sqrt{\sigma_c^2 + \varepsilon}} $$

    Only for ε = 0 is it zero, as is often said.

    Catches: the variance treated as a constant, the unbiased variance, ε in the wrong place.
    Misses: the mean treated as a constant.
    """
    dx, _, _ = three(batch_norm2d_backward(case.dy, case.x, case.gamma, **case.options))
    hat, deviation = normal(case)
    same(dx.shape, case.x.shape)
    along = case.gamma * (case.dy * hat).sum(axis=BATCH) * case.eps / deviation**3
    same((dx * hat).sum(axis=BATCH), along)


@law("grad.batchnorm.parameters", needs="batch_norm2d_backward", case=CASES)
def gamma_learns_from_contrast_and_beta_from_brightness(
    batch_norm2d_backward: Function, case: NormalisationBackward
) -> None:
    r"""γ weighs the normalised batch and β is added to it: so are their gradients; γ itself does not matter to them.

    $$ \mathrm{d}\gamma_c = \langle \mathrm{dy}_c, \hat x_c \rangle, \qquad
       \mathrm{d}\beta_c = \sum_{nij} \mathrm{dy}_{ncij} $$

    Catches: means instead of sums, x instead of the normalised x, parameters in the wrong order.
    Misses: everything about dx.
    """
    _, dgamma, dbeta = three(batch_norm2d_backward(case.dy, case.x, case.gamma, **case.options))
    same(dgamma, (case.dy * normal(case)[0]).sum(axis=BATCH))
    same(dbeta, case.dy.sum(axis=BATCH))


@law(
    "grad.batchnorm.affine",
    needs="batch_norm2d_backward",
    case=CASES,
    slope=st.sampled_from([2.0, -1.0, 0.5, -4.0, 1.0]),
    shift=st.sampled_from([0, 3, -16, 1024]),
)
def more_contrast_means_smaller_gradients(
    batch_norm2d_backward: Function, case: NormalisationBackward, slope: float, shift: int
) -> None:
    r"""Brightness changes no gradient; contrast a divides the gradient of x by a, if ε grows with it.

    $$ \mathrm{dx}_{a^2 \varepsilon}(ax + c) = \frac1{|a|}\, \mathrm{dx}_{\varepsilon}(x), \qquad
       \mathrm{d}\gamma \mapsto \operatorname{sign}(a)\, \mathrm{d}\gamma, \qquad
       \mathrm{d}\beta \mapsto \mathrm{d}\beta $$

    A batch turned by a negative a is answered by turned outputs, and the two signs cancel in dx.

    Catches: division by the variance, ε outside the root or ignored, gradients of x that is not centred.
    Misses: the variance treated as a constant.
    """
    moved = slope * case.x + shift
    dx, dgamma, dbeta = three(batch_norm2d_backward(case.dy, case.x, case.gamma, **case.options))
    scaled = batch_norm2d_backward(case.dy, moved, case.gamma, eps=slope**2 * case.eps)
    same_gradients(scaled, dx / abs(slope), np.sign(slope) * dgamma, dbeta)


@law("grad.batchnorm.complex-step", needs="batch_norm2d_backward", case=CASES)
def an_imaginary_step_gives_the_derivative(batch_norm2d_backward: Function, case: NormalisationBackward) -> None:
    r"""Moving one value by a tiny imaginary number, the loss moves by its derivative, and nothing is cancelled.

    $$ \frac{\partial L}{\partial x_k} = \frac{\operatorname{Im} L(x + i h e_k)}{h} + O(h^2), \qquad
       L = \Bigl\langle \mathrm{dy},\; \gamma\, \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}} \Bigr\rangle $$

    With $h = 2^{-100}$ the error is far below what rounds. Only the forward formula is used.

    Catches: everything that is wrong in dx.
    Misses: the gradients of γ and β.
    Source: Squire & Trapp (1998), Using complex variables to estimate derivatives of real functions.
    """
    h, expected = 2.0**-100, np.zeros(case.x.shape)
    for n, c, i, j in np.ndindex(case.x.shape):
        channel = case.x[:, c].astype(np.complex128)
        channel[n, i, j] += 1j * h
        centred = channel - channel.mean()
        deviation = np.sqrt(np.mean(centred**2) + case.eps)
        expected[n, c, i, j] = np.sum(case.dy[:, c] * (case.gamma[c] * centred / deviation)).imag / h
    dx, _, _ = three(batch_norm2d_backward(case.dy, case.x, case.gamma, **case.options))
    same(dx, expected)


@law("grad.batchnorm.symmetric", needs="batch_norm2d_backward", case=CASES, other=entries((61,)))
def two_values_move_each_other_alike(
    batch_norm2d_backward: Function, case: NormalisationBackward, other: Array
) -> None:
    r"""How one value moves another's output is how that one moves it: the Jacobian is symmetric.

    $$ \langle \mathrm{dx}(\mathrm{dy}),\, v \rangle_c = \langle \mathrm{dy},\, \mathrm{dx}(v) \rangle_c $$

    So the backward pass of the normalisation is also its forward derivative.

    Catches: terms that are missing on one side, products of x with dy where the normalised x belongs.
    Misses: constant factors; the terms of the mean and of the variance, which are symmetric each.
    """
    v = like(other, case.x.shape) / 16
    one, _, _ = three(batch_norm2d_backward(case.dy, case.x, case.gamma, **case.options))
    two, _, _ = three(batch_norm2d_backward(v, case.x, case.gamma, **case.options))
    same(one.shape, case.x.shape)
    same((one * v).sum(axis=BATCH), (two * case.dy).sum(axis=BATCH))


@law("grad.batchnorm.gamma", needs="batch_norm2d_backward", case=CASES, factor=st.sampled_from([0, 2, -1, 8]))
def gamma_scales_what_goes_back(batch_norm2d_backward: Function, case: NormalisationBackward, factor: int) -> None:
    r"""The gradient of x is in proportion to γ of its channel; those of γ and β do not depend on γ.

    $$ \mathrm{dx}(a\gamma) = a\, \mathrm{dx}(\gamma), \qquad \mathrm{d}\gamma(a\gamma) = \mathrm{d}\gamma(\gamma) $$

    Catches: a γ that is missed or applied twice, or along the wrong axis.
    Misses: everything about the statistics.
    """
    ones = np.ones_like(case.gamma)
    plain, dgamma, dbeta = three(batch_norm2d_backward(case.dy, case.x, ones, **case.options))
    scaled = batch_norm2d_backward(case.dy, case.x, factor * case.gamma, **case.options)
    same(plain.shape, case.x.shape)
    same_gradients(scaled, spread(factor * case.gamma) * plain, dgamma, dbeta)


@law("grad.batchnorm.channels", needs="batch_norm2d_backward", case=CASES, seed=indices)
def channels_go_back_by_themselves(batch_norm2d_backward: Function, case: NormalisationBackward, seed: int) -> None:
    r"""A channel has the same gradients alone and among others, and its values have no order.

    $$ \mathrm{dx}(\mathrm{dy}, x)_c = \mathrm{dx}(\mathrm{dy}_c, x_c), \qquad
       \mathrm{dx}(\mathrm{dy}_\pi, x_\pi) = \mathrm{dx}(\mathrm{dy}, x)_\pi $$

    Catches: statistics of each image or over the channels, parameters along the wrong axis.
    Misses: whatever is wrong in a single channel of a single image.
    """
    images, rows = (np.random.Generator(np.random.PCG64(seed)).permutation(case.x.shape[a]) for a in (0, 2))
    dx, dgamma, dbeta = three(batch_norm2d_backward(case.dy, case.x, case.gamma, **case.options))
    same(dx.shape, case.x.shape)
    for c in range(case.x.shape[1]):
        dy, x = (a[images][:, c : c + 1, rows] for a in (case.dy, case.x))
        expected = dx[images][:, c : c + 1, rows], dgamma[c : c + 1], dbeta[c : c + 1]
        same_gradients(batch_norm2d_backward(dy, x, case.gamma[c : c + 1], **case.options), *expected)


@law(
    "grad.batchnorm.contract",
    needs="batch_norm2d_backward",
    case=normalisations_backward(dtypes=(np.float64, np.float64, np.float32)),
)
def backward_batch_normalisation_is_a_good_neighbour(
    batch_norm2d_backward: Function, case: NormalisationBackward
) -> None:
    r"""Gradients have the shapes and the dtype of what they belong to, and depend on nothing but the question.

    Catches: missing or swapped gradients, float64 in answers, arrays that are shared, kept, or read in memory order.
    Misses: wrong numbers.
    """
    arguments, channels = (case.dy, case.x, case.gamma), case.gamma.shape
    habits(lambda *given: batch_norm2d_backward(*given, **case.options), arguments, (case.x.shape, channels, channels))
