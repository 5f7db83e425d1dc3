"""Wrong first weights and wrong versions of the lab's network (Step 5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from cnnspec import network
from cnnspec.arguments import Array
from cnnspec.channels import conv2d
from cnnspec.mutants.mutant import mutant
from cnnspec.pooling import avg_pool2d, max_pool2d

Stream = np.random.Generator


@mutant("he_normal", "the number of outputs is taken for that of inputs")
def he_by_outputs(shape: Sequence[int], generator: Stream, *, dtype: Any = np.float64) -> Any:
    return network.he_normal(shape, generator, dtype=dtype) * np.sqrt(np.prod(shape[1:]) / shape[0]).astype(dtype)


@mutant("he_normal", "the cells of the kernel are not counted")
def he_by_channels(shape: Sequence[int], generator: Stream, *, dtype: Any = np.float64) -> Any:
    return network.he_normal(shape, generator, dtype=dtype) * np.sqrt(np.prod(shape[2:])).astype(dtype)


@mutant("he_normal", "the factor 2 for the rectifier is missing")
def he_without_two(shape: Sequence[int], generator: Stream, *, dtype: Any = np.float64) -> Array:
    return network.lecun_normal(shape, generator, dtype=dtype)


@mutant("he_normal", "weights are uniform")
def he_uniform(shape: Sequence[int], generator: Stream, *, dtype: Any = np.float64) -> Array:
    limit = np.sqrt(6 / network.fans(shape)[0])
    return generator.uniform(-limit, limit, tuple(shape)).astype(dtype)


@mutant("he_normal", "weights come from a stream of their own")
def he_from_another_stream(shape: Sequence[int], generator: Stream, *, dtype: Any = np.float64) -> Array:
    return network.he_normal(shape, np.random.Generator(np.random.PCG64(0)), dtype=dtype)


@mutant("lecun_normal", "the variance is He's")
def lecun_with_two(shape: Sequence[int], generator: Stream, *, dtype: Any = np.float64) -> Array:
    return network.he_normal(shape, generator, dtype=dtype)


@mutant("lecun_normal", "all weights of an output are equal")
def lecun_one_weight_per_output(shape: Sequence[int], generator: Stream, *, dtype: Any = np.float64) -> Array:
    return np.broadcast_to(network.lecun_normal(shape, generator, dtype=dtype)[:, :1], shape).copy()


@mutant("glorot_uniform", "only inputs are counted")
def glorot_by_inputs(shape: Sequence[int], generator: Stream, *, dtype: Any = np.float64) -> Array:
    limit = np.sqrt(3 / network.fans(shape)[0])
    return generator.uniform(-limit, limit, tuple(shape)).astype(dtype)


@mutant("glorot_uniform", "weights are normal")
def glorot_normal(shape: Sequence[int], generator: Stream, *, dtype: Any = np.float64) -> Any:
    return (generator.standard_normal(tuple(shape)) * np.sqrt(2 / sum(network.fans(shape)))).astype(dtype)


@mutant("glorot_uniform", "weights are never negative")
def glorot_positive(shape: Sequence[int], generator: Stream, *, dtype: Any = np.float64) -> Any:
    return np.abs(network.glorot_uniform(shape, generator, dtype=dtype))


def lab_network(
    x: Array,
    weights: Mapping[str, Array],
    *,
    rectify: Callable[[Array], Array] = network.relu,
    pool: Callable[..., Array] = max_pool2d,
    flat: Callable[[Array], Array] = network.flatten,
    between: Callable[[Array], Array] = np.copy,
    after: Callable[[Array], Array] = network.softmax,
) -> Array:
    """The lab's network with one of its parts exchanged."""
    maps = pool(rectify(conv2d(x, weights["conv.w"], weights["conv.b"])), 2)
    hidden = between(network.linear(flat(maps), weights["fc1.w"], weights["fc1.b"]))
    return after(network.linear(hidden, weights["fc2.w"], weights["fc2.b"]))


@mutant("lab_cnn", "the rectifier is missing")
def lab_without_rectifier(x: Array, weights: Mapping[str, Array]) -> Array:
    return lab_network(x, weights, rectify=np.copy)


@mutant("lab_cnn", "averages are taken instead of maxima")
def lab_with_averages(x: Array, weights: Mapping[str, Array]) -> Array:
    return lab_network(x, weights, pool=avg_pool2d)


@mutant("lab_cnn", "channels come last in the flattened maps")
def lab_flattened_channels_last(x: Array, weights: Mapping[str, Array]) -> Array:
    return lab_network(x, weights, flat=lambda maps: np.moveaxis(maps, 1, -1).reshape(len(maps), -1))


@mutant("lab_cnn", "a rectifier stands between the dense layers")
def lab_with_a_second_rectifier(x: Array, weights: Mapping[str, Array]) -> Array:
    return lab_network(x, weights, between=network.relu)


@mutant("lab_cnn", "a squashing function stands for the rectifier")
def lab_with_tanh(x: Array, weights: Mapping[str, Array]) -> Array:
    return lab_network(x, weights, rectify=lambda maps: np.maximum(np.tanh(maps), 0))


@mutant("lab_cnn", "softmax runs over the batch")
def lab_with_softmax_over_the_batch(x: Array, weights: Mapping[str, Array]) -> Array:
    return lab_network(x, weights, after=lambda z: network.softmax(z, axis=0))


@mutant("lab_cnn", "softmax is missing")
def lab_without_softmax(x: Array, weights: Mapping[str, Array]) -> Array:
    return lab_network(x, weights, after=np.copy)


@mutant("lab_cnn", "logits are divided by a hundred, so that every class gets about a quarter")
def lab_at_high_temperature(x: Array, weights: Mapping[str, Array]) -> Array:
    return lab_network(x, weights, after=lambda z: network.softmax(z / 100))


@mutant("lab_cnn", "the first class is favoured a little")
def lab_with_a_favourite(x: Array, weights: Mapping[str, Array]) -> Array:
    return lab_network(x, weights, after=lambda z: network.softmax(z + np.array([0.01, 0, 0, 0])))


@mutant("lab_cnn", "the picture is made to have mean zero")
def lab_centred(x: Array, weights: Mapping[str, Array]) -> Array:
    return lab_network(x - x.mean(), weights)
