"""Wrong softmaxes and losses (Step 5)."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnspec import network
from cnnspec.arguments import Array
from cnnspec.mutants.mutant import mutant


@mutant("softmax", "the maximum is not subtracted")
def softmax_overflows(z: Array, axis: int = -1) -> Any:
    e = np.exp(z)
    return e / e.sum(axis=axis, keepdims=True)


@mutant("softmax", "the maximum of the whole batch is subtracted")
def softmax_with_one_maximum(z: Array, axis: int = -1) -> Any:
    e = np.exp(z - z.max())
    return e / e.sum(axis=axis, keepdims=True)


@mutant("softmax", "everything together adds up to one")
def softmax_over_everything(z: Array, axis: int = -1) -> Any:
    e = np.exp(z - z.max())
    return e / e.sum()


@mutant("softmax", "the axis is ignored")
def softmax_without_axis(z: Array, axis: int = -1) -> Any:
    return network.softmax(z)


@mutant("softmax", "the first axis is the default")
def softmax_along_the_batch(z: Array, axis: int = 0) -> Any:
    return network.softmax(z, axis)


@mutant("softmax", "powers of two are taken instead of those of e")
def softmax_of_base_two(z: Array, axis: int = -1) -> Any:
    return network.softmax(z * z.dtype.type(np.log(2)), axis)


@mutant("softmax", "magnitudes are taken")
def softmax_of_magnitudes(z: Array, axis: int = -1) -> Any:
    return network.softmax(np.abs(z), axis)


@mutant("softmax", "a millionth is added to the divisor")
def softmax_with_a_millionth(z: Array, axis: int = -1) -> Any:
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / (e.sum(axis=axis, keepdims=True) + z.dtype.type(1e-6))


@mutant("softmax", "no probability is below a ten-thousandth")
def softmax_with_a_floor(z: Array, axis: int = -1) -> Any:
    return np.maximum(network.softmax(z, axis), z.dtype.type(1e-4))


@mutant("softmax", "the largest logit gets everything")
def hard_maximum(z: Array, axis: int = -1) -> Any:
    return network.softmax(z * z.dtype.type(4096), axis)


@mutant("softmax", "smaller logits are more probable")
def softmin(z: Array, axis: int = -1) -> Any:
    return network.softmax(-z, axis)


@mutant("softmax", "the logarithm is answered")
def softmax_logarithm(z: Array, axis: int = -1) -> Any:
    return network.log_softmax(z, axis)


@mutant("softmax", "the last class never gets anything")
def softmax_without_the_last_class(z: Array, axis: int = -1) -> Any:
    p = network.softmax(z, axis)
    np.moveaxis(p, axis, -1)[..., 2:][..., -1:] = 0
    return p / p.sum(axis=axis, keepdims=True)


@mutant("softmax", "the answer is always float64")
def softmax_in_float64(z: Array, axis: int = -1) -> Any:
    return network.softmax(z.astype(np.float64), axis)


@mutant("softmax", "memory is read in the order of C, however the logits lie in it")
def softmax_read_in_c_order(z: Array, axis: int = -1) -> Any:
    return network.softmax(z.ravel(order="K").reshape(z.shape), axis)


@mutant("log_softmax", "the logarithm of the finished probabilities is taken")
def logarithm_of_softmax(z: Array, axis: int = -1) -> Any:
    return np.log(network.softmax(z, axis))


@mutant("log_softmax", "the maximum is subtracted instead of the log-sum-exp")
def log_softmax_of_the_maximum(z: Array, axis: int = -1) -> Any:
    return z - z.max(axis=axis, keepdims=True)


@mutant("log_softmax", "logarithms are binary")
def log_softmax_in_bits(z: Array, axis: int = -1) -> Any:
    return network.log_softmax(z, axis) / z.dtype.type(np.log(2))


def losses(z: Array, y: Array) -> Any:
    """The loss of each example."""
    return -network.log_softmax(z)[np.arange(len(z)), y]


@mutant("cross_entropy", "the exponentials overflow")
def loss_overflows(z: Array, y: Array) -> Any:
    return np.mean(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), y])


@mutant("cross_entropy", "the logarithm of a finished probability is taken")
def loss_of_a_finished_probability(z: Array, y: Array) -> Any:
    return -np.mean(np.log(network.softmax(z)[np.arange(len(z)), y]))


@mutant("cross_entropy", "a millionth is added before the logarithm")
def loss_with_a_millionth(z: Array, y: Array) -> Any:
    return -np.mean(np.log(network.softmax(z)[np.arange(len(z)), y] + z.dtype.type(1e-6)))


@mutant("cross_entropy", "no example costs more than 27.6")
def loss_with_a_limit(z: Array, y: Array) -> Any:
    return np.mean(np.minimum(losses(z, y), z.dtype.type(27.6)))


@mutant("cross_entropy", "the batch is summed")
def summed_loss(z: Array, y: Array) -> Any:
    return np.sum(losses(z, y))


@mutant("cross_entropy", "the loss is divided by the number of classes as well")
def loss_per_class(z: Array, y: Array) -> Any:
    return np.mean(losses(z, y)) / z.shape[1]


@mutant("cross_entropy", "the loss is measured in bits")
def loss_in_bits(z: Array, y: Array) -> Any:
    return np.mean(losses(z, y)) / np.log(2)


@mutant("cross_entropy", "the sign is wrong")
def negative_loss(z: Array, y: Array) -> Any:
    return -np.mean(losses(z, y))


@mutant("cross_entropy", "labels are counted from one")
def labels_from_one(z: Array, y: Array) -> Any:
    return np.mean(losses(z, np.asarray(y) - 1))


@mutant("cross_entropy", "all examples have the first label")
def first_label_for_all(z: Array, y: Array) -> Any:
    return np.mean(losses(z, np.full_like(y, y[0])))


@mutant("cross_entropy", "one loss per example is answered")
def loss_of_each_example(z: Array, y: Array) -> Any:
    return losses(z, y)


@mutant("cross_entropy", "the maximum stands for the log-sum-exp")
def loss_of_the_maximum(z: Array, y: Array) -> Any:
    return np.mean(z.max(axis=1) - z[np.arange(len(z)), y])


@mutant("cross_entropy", "softmax is applied twice")
def loss_of_probabilities(z: Array, y: Array) -> Any:
    return network.cross_entropy(network.softmax(z), y)


@mutant("cross_entropy", "the improbability of the true class is answered")
def loss_without_logarithm(z: Array, y: Array) -> Any:
    return 1 - np.mean(network.softmax(z)[np.arange(len(z)), y])
