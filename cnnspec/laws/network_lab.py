r"""What holds of the lab's network as a whole (Step 5), and what it predicts before it has learnt anything.

The network is the book's own operator, so these laws are not put to a reader's file. Weights are in steps of 1/1024
and pixels in quarters, so that every logit is exact in any order of summation.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from hypothesis import strategies as st

from cnnspec import network
from cnnspec.arguments import Array
from cnnspec.environment import gamma, generator
from cnnspec.laws.compare import at_most, differs, holds, same, unchanged
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function

few = st.integers(0, 3)
"""A few seeds: as a definition the network is slow."""

Weights = Mapping[str, Array]


def coarse(seed: int, batch: int = 1) -> tuple[Array, dict[str, Array]]:
    """Pictures, and first weights in steps of 1/1024."""
    dice = generator(seed)
    weights = {name: np.round(w * 1024) / 1024 for name, w in network.lab_weights(dice).items()}
    weights["conv.b"] = dice.integers(-2, 3, 8) / 4
    weights["fc1.b"], weights["fc2.b"] = dice.integers(-2, 3, 64) / 4, dice.integers(-2, 3, 4) / 4
    return dice.integers(-4, 5, (batch, 1, 16, 16)) / 4, weights


def without_biases(weights: Weights) -> dict[str, Array]:
    """The same weights with biases of zero."""
    return {name: np.zeros_like(w) if name.endswith(".b") else w for name, w in weights.items()}


@law("lab.composition", needs="lab_cnn", extended=True, oracle=True, seed=few)
def the_network_is_the_sentence_that_describes_it(lab_cnn: Function, seed: int) -> None:
    r"""Convolution, rectifier, pooling, two dense layers and softmax, written once more with array operations.

    Catches: layers that are left out or exchanged.
    Misses: nothing; but it only repeats the definition.
    """
    x, w = coarse(seed, batch=2)
    windows = np.lib.stride_tricks.sliding_window_view(x[:, 0], (3, 3), axis=(1, 2))
    maps = np.maximum(np.einsum("nijab,fab->nfij", windows, w["conv.w"][:, 0]) + w["conv.b"][:, None, None], 0)
    pooled = maps.reshape(2, 8, 7, 2, 7, 2).max(axis=(3, 5)).reshape(2, 392)
    z = (pooled @ w["fc1.w"].T + w["fc1.b"]) @ w["fc2.w"].T + w["fc2.b"]
    exponentials = np.exp(z - z.max(axis=1, keepdims=True))
    same(lab_cnn(x, w), exponentials / exponentials.sum(axis=1, keepdims=True))


@law("lab.rows", needs="lab_cnn", extended=True, seed=few)
def each_picture_gets_a_distribution_of_its_own(lab_cnn: Function, seed: int) -> None:
    r"""Each picture has four probabilities that add up to one, and they are the same in any company.

    $$ f(x)_n = f(x_n), \qquad \sum_c f(x)_{nc} = 1 $$

    Catches: softmax over the batch or left out, statistics of the batch.
    Misses: whatever is wrong for each picture alike.
    """
    x, weights = coarse(seed, batch=2)
    p = lab_cnn(x, weights)
    same(p.shape, (2, 4))
    same(p.sum(axis=1), np.ones(2))
    for n in range(2):
        unchanged(lab_cnn(x[n : n + 1], weights), p[n : n + 1], "a picture should be answered alike in any company")


@law("lab.silent", needs="lab_cnn", extended=True, seed=few)
def filters_that_never_fire_leave_the_biases_alone(lab_cnn: Function, seed: int) -> None:
    r"""If every filter's bias is far below zero, the rectifier silences the maps, and no picture matters any more.

    $$ b \ll 0 \implies f(x) = \operatorname{softmax}(w_2 b_1 + b_2) $$

    Catches: a rectifier that is left out, leaky, or behind the wrong layer; biases that are dropped.
    Misses: everything about the weights of the convolution.
    """
    x, weights = coarse(seed)
    weights["conv.b"] = np.full(8, -1000.0)
    expected = network.softmax((weights["fc2.w"] @ weights["fc1.b"] + weights["fc2.b"])[None])
    same(lab_cnn(x, weights), expected)


@law("lab.pooling", needs="lab_cnn", extended=True, seed=few)
def only_the_largest_of_four_pixels_counts(lab_cnn: Function, seed: int) -> None:
    r"""With filters that pass pixels on, darkening one that is not the brightest of its window changes nothing.

    Removing the rectifier would therefore not make this network linear, as is often said of networks without one:
    the maximum bends it as well. What collapses into one linear map is a stack of convolutions and dense layers.

    Catches: averages or strides instead of the maximum, pooling before the convolution.
    Misses: everything about other filters.
    """
    x, weights = coarse(seed)
    weights["conv.w"] = np.zeros((8, 1, 3, 3))
    weights["conv.w"][:, 0, 1, 1] = 1 + np.arange(8) / 4
    inside = x[0, 0, 1:15, 1:15].reshape(7, 2, 7, 2)
    bright = np.broadcast_to(inside.max(axis=(1, 3), keepdims=True), inside.shape)
    darker = x.copy()
    darker[0, 0, 1:15, 1:15] = np.where(inside < bright, inside - 1, inside).reshape(14, 14)
    unchanged(lab_cnn(darker, weights), lab_cnn(x, weights), "a darker pixel beside a bright one should not matter")
    brighter = x.copy()
    brighter[0, 0, 1:15, 1:15] += 4
    differs(lab_cnn(brighter, weights), lab_cnn(x, weights))


@law("lab.homogeneous", needs="lab_cnn", extended=True, seed=few)
def without_biases_twice_the_contrast_is_twice_the_logits(lab_cnn: Function, seed: int) -> None:
    r"""Without biases, all layers before the softmax pass a positive factor on; so a sharper picture makes it surer.

    $$ z(ax) = a\, z(x), \quad a \ge 0 \qquad\text{so}\qquad f(2x)_c \propto f(x)_c^2 $$

    Factors of two round nothing. Only softmax rounds, in both answers, and squaring doubles its relative error:
    $\gamma_{40}$ is more than the 5 roundings and 4 exponentials on either side make.

    Catches: biases out of nowhere, statistics of the batch, a missing rectifier's opposite: squashing functions.
    Misses: a rectifier that is left out, averages instead of maxima.
    """
    x, weights = coarse(seed)
    weights = without_biases(weights)
    weights["fc2.w"] = weights["fc2.w"] / 8
    once, twice = lab_cnn(x, weights)[0], lab_cnn(2 * x, weights)[0]
    squares = once**2 / np.sum(once**2)
    at_most(np.abs(squares - twice), gamma(40, np.float64) * (squares + twice), "the logits should have doubled")
    same(lab_cnn(0 * x, weights), np.full((1, 4), 0.25), "a black picture should be answered by equal probabilities")


@law("lab.rescaled", needs="lab_cnn", extended=True, seed=few, power=st.sampled_from([1, -2, 5]))
def a_factor_can_move_from_one_layer_to_the_next(lab_cnn: Function, seed: int, power: int) -> None:
    r"""Filters multiplied by a positive number and the next weights divided by it make the same network.

    $$ f(w_1, b_1, w_2) = f(a w_1,\; a b_1,\; w_2 / a) \qquad a > 0 $$

    Catches: normalised weights, squashing functions.
    Misses: a rectifier that is left out.
    """
    x, weights = coarse(seed)
    a = 2.0**power
    other = {**weights, "conv.w": weights["conv.w"] * a, "conv.b": weights["conv.b"] * a, "fc1.w": weights["fc1.w"] / a}
    unchanged(lab_cnn(x, other), lab_cnn(x, weights), "the factor should cancel")


@law("lab.hidden-order", needs="lab_cnn", extended=True, seed=few)
def hidden_channels_have_no_order(lab_cnn: Function, seed: int) -> None:
    r"""Rearranging the filters together with the blocks of weights that read them leaves the function as it was.

    $$ f(w_{1,\pi}, b_{1,\pi}, w_{2,\cdot\pi}) = f(w_1, b_1, w_2) $$

    With 8 filters and 64 hidden units, each function of this network has at least 8! · 64! descriptions.

    Catches: flattening with the channels last, filters that are left out or mixed.
    Misses: whatever is wrong for each channel alike.
    """
    x, weights = coarse(seed)
    dice = generator(seed)
    filters, units = dice.permutation(8), dice.permutation(64)
    columns = weights["fc1.w"].reshape(64, 8, 49)[:, filters].reshape(64, 392)
    other = {
        "conv.w": weights["conv.w"][filters],
        "conv.b": weights["conv.b"][filters],
        "fc1.w": columns[units],
        "fc1.b": weights["fc1.b"][units],
        "fc2.w": weights["fc2.w"][:, units],
        "fc2.b": weights["fc2.b"],
    }
    unchanged(lab_cnn(x, other), lab_cnn(x, weights), "the order of hidden channels should not matter")


@law("lab.dense-collapse", needs="lab_cnn", extended=True, seed=few)
def its_two_dense_layers_are_one(lab_cnn: Function, seed: int) -> None:
    r"""With no rectifier between them, as in the lab's description, two dense layers do nothing that one could not.

    $$ w_2 (w_1 x + b_1) + b_2 = (w_2 w_1)\, x + (w_2 b_1 + b_2) $$

    Here the first layer is replaced by one that hands the product's four numbers on.

    Catches: a rectifier between the dense layers.
    Misses: everything before them.
    """
    x, weights = coarse(seed)
    first, second = weights["fc1.w"], weights["fc2.w"]
    one, pass_on = np.zeros((64, 392)), np.zeros((4, 64))
    one[:4], pass_on[:, :4] = second @ first, np.eye(4)
    b = np.zeros(64)
    b[:4] = second @ weights["fc1.b"]
    other = {**weights, "fc1.w": one, "fc1.b": b, "fc2.w": pass_on}
    same(lab_cnn(x, other), lab_cnn(x, weights))


@law("lab.equal-chances", needs="lab_cnn", extended=True, seed=few)
def averaged_over_first_weights_each_class_has_a_quarter(lab_cnn: Function, seed: int) -> None:
    r"""Classes have no order, so averaged over all first weights each has the probability 1/4, for every picture.

    $$ \operatorname{E}_w f(x)_c = \tfrac14 $$

    First weights are as likely as the same weights with the rows of the last layer rotated. The four rotations have
    the same four probabilities in rotated order, so they average to exactly 1/4.

    Catches: a class that is treated in another way, softmax over the batch or left out.
    Misses: what is wrong for all classes alike.
    """
    x, weights = coarse(seed)
    answers = [
        lab_cnn(x, {**weights, "fc2.w": np.roll(weights["fc2.w"], k, axis=0), "fc2.b": np.roll(weights["fc2.b"], k)})
        for k in range(4)
    ]
    for k in range(4):
        same(answers[k], np.roll(answers[0], k, axis=1))
    same(np.mean(answers, axis=0), np.full((1, 4), 0.25))


@law("lab.untrained", needs="lab_cnn", extended=True)
def an_untrained_network_does_not_predict_a_quarter(lab_cnn: Function) -> None:
    r"""A network with He's first weights is far from 1/4 for each class, and its loss over all labels is above log 4.

    $$ \max_c f(x)_c > \tfrac14, \qquad \frac14 \sum_y -\log f(x)_y > \log 4 $$

    The popular claim is true of the average over networks (`lab.equal-chances`), and of a network whose last weights
    are all zero (`lab.zero-head`). Of five networks with He's weights, on a picture of noise, each prefers a class
    with more than 0.3, and they do not agree on which.

    Catches: weights that are divided by something, softmax left out, last layers that are ignored.
    Misses: whatever leaves some class preferred.
    """
    favourites, x = set(), generator(0).standard_normal((1, 1, 16, 16)) * 0.3
    for seed in range(5):
        p = lab_cnn(x, network.lab_weights(generator(seed)))
        same(p.sum(), 1.0)
        holds(p.max() > 0.3, f"network {seed} should prefer a class")
        holds(-np.log(p).mean() > math.log(4) + 0.01, f"the loss of network {seed} should be more than log 4")
        favourites.add(int(p.argmax()))
    holds(len(favourites) > 1, "the networks should not agree on their favourite class")


@law("lab.zero-head", needs="lab_cnn", extended=True, seed=few)
def with_a_last_layer_of_zeros_every_class_has_a_quarter(lab_cnn: Function, seed: int) -> None:
    r"""If the last layer is zero, the logits are equal, and every class has exactly 1/4 for every picture.

    $$ w_2 = 0,\; b_2 = 0 \implies f(x) = \left(\tfrac14, \tfrac14, \tfrac14, \tfrac14\right) $$

    Catches: biases or residues out of nowhere, softmax left out or over the batch.
    Misses: everything before the last layer.
    """
    x, weights = coarse(seed, batch=2)
    other = {**weights, "fc2.w": np.zeros((4, 64)), "fc2.b": np.zeros(4)}
    unchanged(lab_cnn(x, other), np.full((2, 4), 0.25), "each class should have a quarter")
