"""Wrong backward passes of the rectifier, the dense layer, the loss and batch normalisation (Step 5)."""

from __future__ import annotations

import numpy as np

from cnnspec import gradients
from cnnspec.arguments import Array
from cnnspec.mutants.mutant import mutant

Gradients = tuple[Array, Array, Array]


# ---------------------------------------------------------------- relu_backward


@mutant("relu_backward", "the gradient passes everywhere")
def everything_passes(dy: Array, x: Array) -> Array:
    return dy.copy()


@mutant("relu_backward", "what is positive is judged by the upstream gradient, not by the input")
def masked_by_upstream(dy: Array, x: Array) -> Array:
    return np.where(dy > 0, dy, 0).astype(x.dtype)


@mutant("relu_backward", "the mask is returned instead of the gradient")
def mask_returned(dy: Array, x: Array) -> Array:
    answer: Array = (x > 0).astype(x.dtype)
    return answer


@mutant("relu_backward", "at zero the slope is 2")
def slope_two_at_zero(dy: Array, x: Array) -> Array:
    return (np.where(x > 0, dy, 0) + 2 * dy * (x == 0)).astype(x.dtype)


@mutant("relu_backward", "the upstream gradient is masked in place and handed on")
def masked_in_place(dy: Array, x: Array) -> Array:
    dy *= x > 0
    return dy


@mutant("relu_backward", "a tenth of the gradient leaks where the input is negative")
def leaks_backward(dy: Array, x: Array) -> Array:
    return np.where(x > 0, dy, dy / 10).astype(x.dtype)


@mutant("relu_backward", "the upstream gradient passes through float32")
def gradient_rectified_in_float32(dy: Array, x: Array) -> Array:
    return np.where(x > 0, dy.astype(np.float32), 0).astype(x.dtype)


# ---------------------------------------------------------------- linear_backward


@mutant("linear_backward", "the weights' gradient is divided by the batch size a second time")
def dense_dw_mean(dy: Array, x: Array, w: Array) -> Gradients:
    dx, dw, db = gradients.linear_backward(dy, x, w)
    return dx, dw / x.dtype.type(len(x)), db


@mutant("linear_backward", "the bias gradient is the mean over the batch")
def dense_db_mean(dy: Array, x: Array, w: Array) -> Gradients:
    dx, dw, db = gradients.linear_backward(dy, x, w)
    return dx, dw, db / x.dtype.type(len(x))


@mutant("linear_backward", "the bias gradient is one for each output, as the bias enters with a factor of one")
def dense_db_ones(dy: Array, x: Array, w: Array) -> Gradients:
    dx, dw, db = gradients.linear_backward(dy, x, w)
    return dx, dw, np.ones_like(db)


@mutant("linear_backward", "the weights' gradient is transposed")
def dense_dw_transposed(dy: Array, x: Array, w: Array) -> Gradients:
    dx, dw, db = gradients.linear_backward(dy, x, w)
    return dx, dw.T.copy(), db


@mutant("linear_backward", "square weights are transposed on the way back")
def dense_dx_transposed(dy: Array, x: Array, w: Array) -> Gradients:
    dx, dw, db = gradients.linear_backward(dy, x, w)
    return dy @ w.T if w.shape[0] == w.shape[1] else dx, dw, db


@mutant("linear_backward", "the weights learn from the first example only")
def dense_dw_first(dy: Array, x: Array, w: Array) -> Gradients:
    dx, _, db = gradients.linear_backward(dy, x, w)
    return dx, np.outer(dy[0], x[0]).astype(x.dtype), db


@mutant("linear_backward", "weight decay is mixed into the gradient")
def dense_weight_decay(dy: Array, x: Array, w: Array) -> Gradients:
    dx, dw, db = gradients.linear_backward(dy, x, w)
    return dx, dw + w, db


@mutant("linear_backward", "the answers are float64 whatever came")
def dense_gradients_in_float64(dy: Array, x: Array, w: Array) -> Gradients:
    dx, dw, db = gradients.linear_backward(dy, x, w)
    return dx.astype(np.float64), dw.astype(np.float64), db.astype(np.float64)


# ---------------------------------------------------------------- cross_entropy_backward


@mutant("cross_entropy_backward", "the division by the number of examples is forgotten")
def loss_not_averaged(z: Array, y: Array) -> Array:
    answer: Array = gradients.cross_entropy_backward(z, y) * z.dtype.type(len(z))
    return answer


@mutant("cross_entropy_backward", "the one at the true class is not subtracted")
def truth_forgotten(z: Array, y: Array) -> Array:
    dz = gradients.cross_entropy_backward(z, y)
    dz[np.arange(len(z)), y] += z.dtype.type(1 / len(z))
    return dz


@mutant("cross_entropy_backward", "the one is subtracted after the division by the number of examples")
def truth_not_averaged(z: Array, y: Array) -> Array:
    dz = gradients.cross_entropy_backward(z, y)
    dz[np.arange(len(z)), y] -= z.dtype.type(1 - 1 / len(z))
    return dz


@mutant("cross_entropy_backward", "the sign is wrong: true less predicted")
def loss_ascended(z: Array, y: Array) -> Array:
    return -gradients.cross_entropy_backward(z, y)


@mutant("cross_entropy_backward", "the maximum is not subtracted before the exponentials")
def loss_gradient_overflows(z: Array, y: Array) -> Array:
    powers = np.exp(z)
    dz: Array = powers / powers.sum(axis=1, keepdims=True)
    dz[np.arange(len(z)), y] -= 1
    dz /= z.dtype.type(len(z))
    return dz


@mutant("cross_entropy_backward", "probabilities are taken over the batch instead of the classes")
def softmax_over_batch(z: Array, y: Array) -> Array:
    powers = np.exp(z - z.max(axis=0))
    dz: Array = powers / powers.sum(axis=0)
    dz[np.arange(len(z)), y] -= 1
    dz /= z.dtype.type(len(z))
    return dz


@mutant("cross_entropy_backward", "the gradient is divided by the number of classes")
def loss_divided_by_classes(z: Array, y: Array) -> Array:
    answer: Array = gradients.cross_entropy_backward(z, y) * z.dtype.type(len(z) / z.shape[1])
    return answer


@mutant("cross_entropy_backward", "logits are limited to ±500 so that nothing overflows")
def logits_limited(z: Array, y: Array) -> Array:
    return gradients.cross_entropy_backward(np.clip(z, -500, 500), y)


@mutant("cross_entropy_backward", "a tenth of the truth is spread over all classes")
def truth_smoothed(z: Array, y: Array) -> Array:
    dz = gradients.cross_entropy_backward(z, y)
    dz[np.arange(len(z)), y] += z.dtype.type(0.1 / len(z))
    dz -= z.dtype.type(0.1 / z.size)
    return dz


@mutant("cross_entropy_backward", "the gradient is float64 whatever came")
def loss_gradient_in_float64(z: Array, y: Array) -> Array:
    return gradients.cross_entropy_backward(z, y).astype(np.float64)


# ---------------------------------------------------------------- batch_norm2d_backward


def terms(dy: Array, x: Array, gamma: Array, eps: float, axes: tuple[int, ...] = (0, 2, 3)) -> Gradients:
    """The normalised batch, the deviation with ε, and γ, all shaped to be multiplied."""
    deviation = np.sqrt(x.var(axis=axes, keepdims=True) + eps)
    return (x - x.mean(axis=axes, keepdims=True)) / deviation, deviation, gamma[None, :, None, None]


def mean(values: Array) -> Array:
    """The mean of each channel, shaped to be spread again."""
    means: Array = values.mean(axis=(0, 2, 3), keepdims=True)
    return means


@mutant("batch_norm2d_backward", "the variance is treated as a constant")
def variance_constant(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    _, dgamma, dbeta = gradients.batch_norm2d_backward(dy, x, gamma, eps=eps)
    _, deviation, scale = terms(dy, x, gamma, eps)
    return (scale / deviation * (dy - mean(dy))).astype(x.dtype), dgamma, dbeta


@mutant("batch_norm2d_backward", "the mean is treated as a constant")
def mean_constant(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    _, dgamma, dbeta = gradients.batch_norm2d_backward(dy, x, gamma, eps=eps)
    hat, deviation, scale = terms(dy, x, gamma, eps)
    return (scale / deviation * (dy - hat * mean(dy * hat))).astype(x.dtype), dgamma, dbeta


@mutant("batch_norm2d_backward", "mean and variance are treated as constants, as in inference")
def statistics_constant(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    _, dgamma, dbeta = gradients.batch_norm2d_backward(dy, x, gamma, eps=eps)
    _, deviation, scale = terms(dy, x, gamma, eps)
    return (scale / deviation * dy).astype(x.dtype), dgamma, dbeta


@mutant("batch_norm2d_backward", "γ is missed in the gradient of x")
def gamma_missed(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    _, dgamma, dbeta = gradients.batch_norm2d_backward(dy, x, gamma, eps=eps)
    return gradients.batch_norm2d_backward(dy, x, np.ones_like(gamma), eps=eps)[0], dgamma, dbeta


@mutant("batch_norm2d_backward", "ε is ignored, and 10⁻⁵ used")
def eps_always_the_same(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    return gradients.batch_norm2d_backward(dy, x, gamma)


@mutant("batch_norm2d_backward", "γ learns from x instead of the normalised x")
def dgamma_of_plain_x(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    dx, _, dbeta = gradients.batch_norm2d_backward(dy, x, gamma, eps=eps)
    return dx, (dy * x).sum(axis=(0, 2, 3)), dbeta


@mutant("batch_norm2d_backward", "the parameters' gradients are means instead of sums")
def parameter_gradients_averaged(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    dx, dgamma, dbeta = gradients.batch_norm2d_backward(dy, x, gamma, eps=eps)
    count = x.dtype.type(x.size // x.shape[1])
    return dx, dgamma / count, dbeta / count


@mutant("batch_norm2d_backward", "the variance is the unbiased one")
def variance_unbiased(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    axes, count = (0, 2, 3), x.size // x.shape[1]
    deviation = np.sqrt(x.var(axis=axes, keepdims=True, ddof=1) + eps)
    hat = (x - x.mean(axis=axes, keepdims=True)) / deviation
    product = (dy * hat).sum(axis=axes, keepdims=True) / (count - 1)
    dx = gamma[None, :, None, None] / deviation * (dy - mean(dy) - hat * product)
    return dx.astype(x.dtype), (dy * hat).sum(axis=axes), dy.sum(axis=axes)


@mutant("batch_norm2d_backward", "each image is normalised by itself")
def images_apart(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    alone = [gradients.batch_norm2d_backward(dy[n : n + 1], x[n : n + 1], gamma, eps=eps) for n in range(len(x))]
    dx, dgamma, dbeta = zip(*alone, strict=True)
    return np.concatenate(dx), np.sum(dgamma, axis=0), np.sum(dbeta, axis=0)


@mutant("batch_norm2d_backward", "x stands where the normalised x belongs in the term of the variance")
def product_with_plain_x(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    _, dgamma, dbeta = gradients.batch_norm2d_backward(dy, x, gamma, eps=eps)
    hat, deviation, scale = terms(dy, x, gamma, eps)
    return (scale / deviation * (dy - mean(dy) - hat * mean(dy * x))).astype(x.dtype), dgamma, dbeta


@mutant("batch_norm2d_backward", "dx is divided by the variance instead of the deviation")
def divided_by_variance(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    dx, dgamma, dbeta = gradients.batch_norm2d_backward(dy, x, gamma, eps=eps)
    return (dx / terms(dy, x, gamma, eps)[1]).astype(x.dtype), dgamma, dbeta


@mutant("batch_norm2d_backward", "the parameters' gradients change places")
def parameters_swapped(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    dx, dgamma, dbeta = gradients.batch_norm2d_backward(dy, x, gamma, eps=eps)
    return dx, dbeta, dgamma


@mutant("batch_norm2d_backward", "the answers are float64 whatever came")
def normalised_in_float64(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    dx, dgamma, dbeta = gradients.batch_norm2d_backward(dy, x, gamma, eps=eps)
    return dx.astype(np.float64), dgamma.astype(np.float64), dbeta.astype(np.float64)


@mutant("batch_norm2d_backward", "γ of the first channel is used for all")
def gamma_of_first_channel(dy: Array, x: Array, gamma: Array, *, eps: float = 1e-5) -> Gradients:
    return gradients.batch_norm2d_backward(dy, x, np.full_like(gamma, gamma[0]), eps=eps)
