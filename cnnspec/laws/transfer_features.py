r"""What holds of features from a frozen network (Step 8)."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from cnnspec import channels, network, pooling
from cnnspec.arguments import Array
from cnnspec.laws.compare import differs, same, unchanged
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.transfer_cases import frozen, indices, near, seeds, shuffled

Network = tuple[Array, ...]


@law("features.definition", needs="frozen_features", oracle=True, case=frozen())
def features_are_the_averages_of_a_rectified_map(frozen_features: Function, case: Network) -> None:
    r"""Convolve, normalise by the moving statistics, rectify, average over all places.

    $$ f = \operatorname{GAP}\bigl(\operatorname{ReLU}(\operatorname{BN}(x \star w))\bigr) $$

    Catches: every other order or part.
    Misses: what only the mode for training does.
    """
    x, w, *norm = case
    y = network.relu(network.batch_norm2d_inference(channels.conv2d(x, w), *norm))
    near(frozen_features(*case), pooling.global_avg_pool2d(y), by=1e-7)


@law("features.batch", needs="frozen_features", case=frozen())
def a_picture_does_not_see_its_neighbours(frozen_features: Function, case: Network) -> None:
    r"""In use, the features of a picture are the same in every batch.

    $$ f(x)_n = f(x_n) $$

    So they can be computed once, one picture at a time, and kept.

    Catches: statistics of the batch, averages over the batch.
    Misses: whatever is wrong in each picture alike.
    """
    x, *rest = case
    alone = np.concatenate([frozen_features(x[n : n + 1], *rest) for n in range(len(x))])
    near(frozen_features(x, *rest), alone)


@law("features.order", needs="frozen_features", case=frozen(), seed=seeds)
def rearranged_pictures_give_rearranged_features(frozen_features: Function, case: Network, seed: int) -> None:
    r"""The features follow their pictures.

    $$ f(x_\pi) = f(x)_\pi $$

    Catches: features that are sorted or mixed up.
    Misses: statistics of the batch, which have no order.
    """
    x, *rest = case
    order = np.roll(np.arange(len(x)), 1 + seed % (len(x) - 1))
    near(frozen_features(x[order], *rest), np.asarray(frozen_features(x, *rest))[order])


@law("features.training-mode", needs="frozen_features", start=indices)
def in_training_mode_the_features_depend_on_the_batch(frozen_features: Function, start: int) -> None:
    r"""Frozen weights are not enough: with the statistics of the batch, a picture's features change with its company.

    $$ \exists\, x, x': \quad f_{\text{train}}([x, x'])_1 \ne f_{\text{train}}([x])_1 $$

    Catches: a mode that does nothing.
    Misses: everything about use.
    Source: PyTorch's documentation of `Module.eval`; the mistake is common in tutorials on transfer.
    """
    ones = np.ones(1)
    bright = np.array([[[[1.0, 2.0]]], [[[40.0 + start, 90.0]]]])
    rest = np.ones((1, 1, 1, 1)), ones, ones, ones, ones
    together, alone = (np.asarray(frozen_features(x, *rest, training=True))[0] for x in (bright, bright[:1]))
    differs(together, alone, "company should change the features in training mode")


@law("features.training-shift", needs="frozen_features", case=frozen(), shift=st.integers(1, 9))
def in_training_mode_a_brighter_batch_looks_the_same(frozen_features: Function, case: Network, shift: int) -> None:
    r"""In training mode the moving statistics do not count, and a shift of the whole batch is normalised away.

    $$ f_{\text{train}}(x + c) = f_{\text{train}}(x) $$

    Catches: moving statistics in training mode.
    Misses: everything about use.
    """
    near(frozen_features(case[0] + shift, *case[1:], training=True), frozen_features(*case, training=True), by=1e-6)


@law("features.frozen", needs="frozen_features", case=frozen(), other=frozen())
def looking_at_pictures_changes_nothing(frozen_features: Function, case: Network, other: Network) -> None:
    r"""A frozen network answers the same after it has seen other pictures, in either mode, bit for bit.

    $$ f(x) \text{ before} = f(x) \text{ after} $$

    That kept features are those one would compute again rests on this.

    Catches: moving statistics that move, caches that mix up pictures.
    Misses: everything that is wrong each time alike.
    """
    kept = [part.copy() for part in case]
    before = np.asarray(frozen_features(*case)).copy()
    frozen_features(*other)
    frozen_features(*case, training=True)
    unchanged(frozen_features(*case), before, "the features should be the same again")
    for part, copy in zip(case, kept, strict=True):
        unchanged(part, copy, "the weights should be the same again")


@law("features.shuffled-cells", needs="frozen_features", case=frozen(kernel=1), seed=seeds)
def the_average_does_not_know_where_anything_was(frozen_features: Function, case: Network, seed: int) -> None:
    r"""Rearranging the cells of the last map changes nothing; with kernels of 1×1 the pixels are these cells.

    $$ f(x_{\pi}) = f(x) \qquad (1 \times 1 \text{ kernels}) $$

    Catches: maxima of rows, corners that count more, flattening in place of averaging.
    Misses: other averages that know no place, such as the maximum.
    """
    x, *rest = case
    n, c, h, w = x.shape
    mixed = x.reshape(n, c, h * w)[:, :, shuffled(seed, h * w)].reshape(x.shape)
    near(frozen_features(mixed, *rest), frozen_features(x, *rest))


@law("features.shuffled-pixels", needs="frozen_features", start=indices)
def shuffled_pixels_are_another_picture(frozen_features: Function, start: int) -> None:
    r"""With kernels larger than a pixel, shuffling the pixels changes the features: an edge is gone.

    $$ \exists\, x, \pi: \quad f(x_\pi) \ne f(x) \qquad (3 \times 3 \text{ kernels}) $$

    "Global average pooling ignores the arrangement" is true of the cells of the last map, and false of the picture.

    Catches: features of colours alone.
    Misses: everything else.
    """
    halves = np.zeros((1, 1, 4, 4))
    halves[..., 2:] = 1.0 + start % 4
    edge, ones, zeros = np.array([[[[-1.0, 0, 1]] * 3]]), np.ones(1), np.zeros(1)
    stripes = halves[..., [0, 2, 1, 3]]
    seen, shuffled_ = (frozen_features(x, edge, ones, zeros, zeros, ones) for x in (halves, stripes))
    differs(seen, shuffled_, "shuffled pixels should have other features")


@law("features.brightness", needs="frozen_features", case=frozen(kernel=1), factor=st.sampled_from([2, 4]))
def without_shift_features_grow_with_the_picture(frozen_features: Function, case: Network, factor: int) -> None:
    r"""Where the normalisation shifts nothing, a picture with twice the contrast has twice the features.

    $$ f(a x) = a f(x) \qquad (\beta = 0,\ \mu = 0,\ a > 0) $$

    Catches: squares, saturation, averages of something else.
    Misses: wrong signs of the rectifier's input.
    """
    x, w, gamma, beta, mean, variance = case
    rest = w, gamma, 0 * beta, 0 * mean, variance
    same(frozen_features(factor * x, *rest), factor * np.asarray(frozen_features(x, *rest)))


@law("features.silent", needs="frozen_features", case=frozen(), shift=st.integers(-4, 4))
def a_scale_of_zero_leaves_the_shift(frozen_features: Function, case: Network, shift: int) -> None:
    r"""A filter whose scale is zero says the same of every picture: its shift, if that is positive.

    $$ \gamma = 0 \implies f = \max(\beta, 0) $$

    Catches: a rectifier that is missing or comes after the average, scale and shift mixed up.
    Misses: everything about filters.
    """
    x, w, gamma, beta, mean, variance = case
    answer = frozen_features(x, w, 0 * gamma, 0 * beta + shift, mean, variance)
    near(answer, np.full((len(x), len(w)), max(shift, 0)))
