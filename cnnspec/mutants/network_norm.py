"""Wrong batch normalisations (Step 5)."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnspec import network
from cnnspec.arguments import Array
from cnnspec.mutants.mutant import mutant

PER_CHANNEL = (0, 2, 3)


def normalised(x: Array, gamma: Array, beta: Array, mean: Array, divisor: Array) -> Any:
    """Centre, divide, scale and move."""
    return (gamma[:, None, None] * (x - mean) / divisor + beta[:, None, None]).astype(x.dtype)


def over(x: Array, gamma: Array, beta: Array, axes: tuple[int, ...], eps: float) -> Any:
    """Normalise by the statistics over some axes."""
    mean, variance = x.mean(axis=axes, keepdims=True), x.var(axis=axes, keepdims=True)
    return normalised(x, gamma, beta, mean, np.sqrt(variance + eps))


@mutant("batch_norm2d", "the variance is the unbiased one")
def unbiased_variance(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Any:
    count = x.size // x.shape[1]
    variance = x.var(axis=PER_CHANNEL, keepdims=True) * count / (count - 1)
    return normalised(x, gamma, beta, x.mean(axis=PER_CHANNEL, keepdims=True), np.sqrt(variance + eps))


@mutant("batch_norm2d", "values are divided by the variance")
def divided_by_the_variance(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Any:
    mean, variance = (f(x, axis=PER_CHANNEL, keepdims=True) for f in (np.mean, np.var))
    return normalised(x, gamma, beta, mean, variance + eps)


@mutant("batch_norm2d", "eps is added to the deviation")
def eps_outside_the_root(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Any:
    mean, variance = (f(x, axis=PER_CHANNEL, keepdims=True) for f in (np.mean, np.var))
    return normalised(x, gamma, beta, mean, np.sqrt(variance) + eps)


@mutant("batch_norm2d", "eps is always a hundred-thousandth")
def eps_always_the_default(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Any:
    return network.batch_norm2d(x, gamma, beta)


@mutant("batch_norm2d", "eps is a thousandth unless given")
def another_default_eps(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-3) -> Any:
    return network.batch_norm2d(x, gamma, beta, eps=eps)


@mutant("batch_norm2d", "eps counts only where the variance is zero")
def eps_for_zero_variance_only(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Any:
    mean, variance = (f(x, axis=PER_CHANNEL, keepdims=True) for f in (np.mean, np.var))
    return normalised(x, gamma, beta, mean, np.sqrt(np.where(variance > 0, variance, eps)))


@mutant("batch_norm2d", "the variance is a difference of large squares")
def variance_in_one_pass(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Any:
    mean = x.mean(axis=PER_CHANNEL, keepdims=True)
    variance = np.maximum((x * x).mean(axis=PER_CHANNEL, keepdims=True) - mean * mean, 0)
    return normalised(x, gamma, beta, mean, np.sqrt(variance + eps))


@mutant("batch_norm2d", "each example has statistics of its own")
def instance_norm(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Any:
    return over(x, gamma, beta, (2, 3), eps)


@mutant("batch_norm2d", "each place has statistics of its own")
def norm_of_each_place(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Any:
    return over(x, gamma, beta, (0,), eps)


@mutant("batch_norm2d", "all channels share their statistics")
def norm_over_channels(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Any:
    return over(x, gamma, beta, (0, 1, 2, 3), eps)


@mutant("batch_norm2d", "gamma is ignored")
def norm_without_gamma(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Any:
    return network.batch_norm2d(x, np.ones_like(gamma), beta, eps=eps)


@mutant("batch_norm2d", "beta is ignored")
def norm_without_beta(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Any:
    return network.batch_norm2d(x, gamma, np.zeros_like(beta), eps=eps)


@mutant("batch_norm2d", "beta is multiplied by gamma")
def beta_times_gamma(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Any:
    return network.batch_norm2d(x, gamma, gamma * beta, eps=eps)


@mutant("batch_norm2d", "gamma runs along the width when its length fits there")
def gamma_along_the_width(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Any:
    if x.shape[3] != len(gamma):
        return network.batch_norm2d(x, gamma, beta, eps=eps)
    plain = network.batch_norm2d(x, np.ones_like(gamma), np.zeros_like(beta), eps=eps)
    return gamma * plain + beta[:, None, None]


@mutant("batch_norm2d", "magnitudes are scaled")
def norm_of_magnitudes(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Any:
    return network.batch_norm2d(x, np.abs(gamma), beta, eps=eps)


@mutant("batch_norm2d", "answers are cut off at 1.5 deviations")
def norm_cut_off(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Any:
    plain = network.batch_norm2d(x, np.ones_like(gamma), np.zeros_like(beta), eps=eps)
    return np.clip(plain, -1.5, 1.5).astype(x.dtype) * gamma[:, None, None] + beta[:, None, None]


@mutant("batch_norm2d", "the mean is not subtracted")
def norm_without_mean(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Any:
    deviation = np.sqrt(x.var(axis=PER_CHANNEL, keepdims=True) + eps)
    return normalised(x, gamma, beta, np.zeros_like(deviation), deviation)


@mutant("batch_norm2d", "a constant channel is answered by zeros")
def constant_channels_are_zero(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Any:
    return network.batch_norm2d(x, gamma, beta, eps=eps) * (x.var(axis=PER_CHANNEL) > 0)[:, None, None].astype(x.dtype)


_means: dict[int, Array] = {}


@mutant("batch_norm2d", "the mean is mixed with that of the last batch")
def norm_with_running_mean(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Any:
    mean, variance = (f(x, axis=PER_CHANNEL, keepdims=True) for f in (np.mean, np.var))
    mean = (7 * mean + _means.get(x.shape[1], mean)) / 8
    _means[x.shape[1]] = mean
    return normalised(x, gamma, beta, mean, np.sqrt(variance + eps))


@mutant("batch_norm2d", "the answer is always float64")
def norm_in_float64(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Any:
    return network.batch_norm2d(x.astype(np.float64), gamma, beta, eps=eps)


@mutant("batch_norm2d", "a negative eps is taken for a positive one")
def negative_eps_accepted(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> Any:
    return network.batch_norm2d(x, gamma, beta, eps=abs(eps))


@mutant("batch_norm2d_inference", "the statistics of the batch are used")
def inference_by_the_batch(
    x: Array, gamma: Array, beta: Array, mean: Array, variance: Array, *, eps: float = 1e-5
) -> Any:
    return network.batch_norm2d(x, gamma, beta, eps=eps)


@mutant("batch_norm2d_inference", "the variance is taken for a deviation")
def variance_for_deviation(
    x: Array, gamma: Array, beta: Array, mean: Array, variance: Array, *, eps: float = 1e-5
) -> Any:
    return network.batch_norm2d_inference(x, gamma, beta, mean, variance**2, eps=eps)


@mutant("batch_norm2d_inference", "gamma and beta are exchanged")
def gamma_and_beta_exchanged(
    x: Array, gamma: Array, beta: Array, mean: Array, variance: Array, *, eps: float = 1e-5
) -> Any:
    return network.batch_norm2d_inference(x, beta, gamma, mean, variance, eps=eps)
