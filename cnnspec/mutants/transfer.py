"""Wrong probes, ridges, scalers, splits and frozen networks (Step 8)."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnspec import channels, network, pooling
from cnnspec.arguments import Array
from cnnspec.mutants.mutant import mutant
from cnnspec.network import log_softmax, softmax
from cnnspec.transfer import backbone, probe, splits

LOSS, GRADIENT, FIT = probe.probe_loss, probe.probe_gradient, probe.fit_probe


@mutant("probe_loss", "the losses are added up and not averaged")
def probe_loss_summed(w: Array, b: Array, x: Array, y: Array, *, penalty: float = 0.0) -> Any:
    return LOSS(w, b, x, y) * len(x) + penalty / 2 * (w**2).sum()


@mutant("probe_loss", "the penalty sees the biases too")
def probe_loss_with_penalised_bias(w: Array, b: Array, x: Array, y: Array, *, penalty: float = 0.0) -> Any:
    return LOSS(w, b, x, y, penalty=penalty) + penalty / 2 * (b**2).sum()


@mutant("probe_loss", "the penalty is forgotten")
def probe_loss_without_penalty(w: Array, b: Array, x: Array, y: Array, *, penalty: float = 0.0) -> Any:
    return LOSS(w, b, x, y)


@mutant("probe_loss", "the penalty rewards large weights")
def probe_loss_with_reward(w: Array, b: Array, x: Array, y: Array, *, penalty: float = 0.0) -> Any:
    return LOSS(w, b, x, y, penalty=-penalty)


@mutant("probe_loss", "a small penalty is always there")
def probe_loss_never_free(w: Array, b: Array, x: Array, y: Array, *, penalty: float = 0.0) -> Any:
    return LOSS(w, b, x, y, penalty=penalty + 0.1)


@mutant("probe_loss", "the penalty is on magnitudes")
def probe_loss_of_magnitudes(w: Array, b: Array, x: Array, y: Array, *, penalty: float = 0.0) -> Any:
    return LOSS(w, b, x, y) + penalty * np.abs(w).sum()


@mutant("probe_loss", "probabilities stand in place of their logarithms")
def probe_loss_of_probabilities(w: Array, b: Array, x: Array, y: Array, *, penalty: float = 0.0) -> Any:
    p = softmax(x @ w.T + b)[np.arange(len(x)), y]
    return np.mean(np.log(w.shape[0]) * (1 - p) / (1 - 1 / w.shape[0])) + penalty / 2 * (w**2).sum()


@mutant("probe_loss", "the last example is left out")
def probe_loss_without_last(w: Array, b: Array, x: Array, y: Array, *, penalty: float = 0.0) -> Any:
    surprise = -log_softmax(x @ w.T + b)[np.arange(len(x)), y]
    return surprise[: max(1, len(x) - 1)].mean() + penalty / 2 * (w**2).sum()


@mutant("probe_gradient", "its sign is that of the error turned round")
def probe_gradient_uphill(w: Array, b: Array, x: Array, y: Array, *, penalty: float = 0.0) -> Any:
    dw, db = GRADIENT(w, b, x, y, penalty=penalty)
    return -dw, -db


@mutant("probe_gradient", "the sum over the examples is not divided by their number")
def probe_gradient_summed(w: Array, b: Array, x: Array, y: Array, *, penalty: float = 0.0) -> Any:
    dw, db = GRADIENT(w, b, x, y)
    return dw * len(x) + penalty * w, db * len(x)


@mutant("probe_gradient", "the penalty's share is half as large")
def probe_gradient_half_penalty(w: Array, b: Array, x: Array, y: Array, *, penalty: float = 0.0) -> Any:
    return GRADIENT(w, b, x, y, penalty=penalty / 2)


@mutant("probe_gradient", "the penalty pulls at the biases")
def probe_gradient_with_penalised_bias(w: Array, b: Array, x: Array, y: Array, *, penalty: float = 0.0) -> Any:
    dw, db = GRADIENT(w, b, x, y, penalty=penalty)
    return dw, db + penalty * b


@mutant("fit_probe", "the bias is penalised like a weight")
def fit_with_penalised_bias(x: Array, y: Array, classes: int, *, penalty: float = 1.0) -> Any:
    w, b = np.zeros((classes, x.shape[1])), np.zeros(classes)
    bound = float((x**2).sum(axis=1).max() + 1) / 2 + penalty
    for _ in range(60):
        dw, db = GRADIENT(w, b, x, y, penalty=penalty)
        w, b = w - dw / bound, b - (db + penalty * b) / bound
    return w, b


@mutant("fit_probe", "there is no bias")
def fit_without_bias(x: Array, y: Array, classes: int, *, penalty: float = 1.0) -> Any:
    w, b = FIT(x, y, classes, penalty=penalty)
    return w, 0 * b


@mutant("fit_probe", "the search stops after three steps")
def fit_stopped_early(x: Array, y: Array, classes: int, *, penalty: float = 1.0) -> Any:
    w, b = np.zeros((classes, x.shape[1])), np.zeros(classes)
    for _ in range(3):
        dw, db = GRADIENT(w, b, x, y, penalty=penalty)
        w, b = w - dw / 4, b - db / 4
    return w, b


@mutant("fit_probe", "the penalty is divided by the number of examples")
def fit_with_shared_penalty(x: Array, y: Array, classes: int, *, penalty: float = 1.0) -> Any:
    return FIT(x, y, classes, penalty=penalty / len(x))


@mutant("fit_probe", "the penalty is turned round, as scikit-learn's C is")
def fit_with_inverse_penalty(x: Array, y: Array, classes: int, *, penalty: float = 1.0) -> Any:
    return FIT(x, y, classes, penalty=1 / penalty if penalty else 0)


@mutant("fit_probe", "a penalty of one tenth is the least")
def fit_with_least_penalty(x: Array, y: Array, classes: int, *, penalty: float = 1.0) -> Any:
    return FIT(x, y, classes, penalty=max(penalty, 0.1))


@mutant("fit_probe", "the features are standardised in silence")
def fit_of_standardised(x: Array, y: Array, classes: int, *, penalty: float = 1.0) -> Any:
    deviation = np.where(np.ptp(x, axis=0) > 0, x.std(axis=0), 1)
    w, b = FIT((x - x.mean(axis=0)) / deviation, y, classes, penalty=penalty)
    return w / deviation, b - (w / deviation) @ x.mean(axis=0)


@mutant("fit_probe", "the first class is the reference, with weights of zero")
def fit_with_reference(x: Array, y: Array, classes: int, *, penalty: float = 1.0) -> Any:
    w, b = FIT(x, y, classes, penalty=penalty)
    return w - w[0], b - b[0]


@mutant("fit_probe", "an example counts more the later it comes")
def fit_of_ordered(x: Array, y: Array, classes: int, *, penalty: float = 1.0) -> Any:
    return FIT(np.concatenate([x, x[-1:]]), np.append(y, y[-1]), classes, penalty=penalty)


@mutant("fit_probe", "weights that no example needs keep the values they were started with")
def fit_from_random_start(x: Array, y: Array, classes: int, *, penalty: float = 1.0) -> Any:
    w, b = FIT(x, y, classes, penalty=penalty)
    start = np.cos(np.arange(w.size, dtype=np.float64)).reshape(w.shape)
    return w + start - start @ np.linalg.pinv(x) @ x, b


@mutant("ridge", "the penalty is forgotten where there are few features")
def ridge_without_penalty(x: Array, y: Array, penalty: float = 1.0) -> Any:
    return probe.ridge(x, y, penalty) if x.shape[1] > 2 else np.linalg.pinv(x) @ y


@mutant("ridge", "the penalty is squared")
def ridge_with_squared_penalty(x: Array, y: Array, penalty: float = 1.0) -> Any:
    return probe.ridge(x, y, penalty**2)


@mutant("ridge_dual", "the penalty is multiplied with the number of examples")
def ridge_dual_of_mean(x: Array, y: Array, penalty: float = 1.0) -> Any:
    return probe.ridge_dual(x, y, penalty * len(x))


@mutant("ridge_dual", "the penalty is counted twice")
def ridge_dual_twice(x: Array, y: Array, penalty: float = 1.0) -> Any:
    return probe.ridge_dual(x, y, 2 * penalty)


@mutant("standardise", "the scaler is fitted on all rows, as in the lab")
def scaler_that_saw_the_test(x: Array, train: Array) -> Any:
    return splits.standardise(x, np.arange(len(x)))


@mutant("standardise", "the test rows are standardised by themselves")
def scaler_for_each_side(x: Array, train: Array) -> Any:
    z, test = splits.standardise(x, train), np.setdiff1d(np.arange(len(x)), train)
    if len(test):
        z[test] = splits.standardise(x[test], np.arange(len(test)))
    return z


@mutant("standardise", "the deviation has the divisor T − 1")
def scaler_of_samples(x: Array, train: Array) -> Any:
    count = len(train)
    return splits.standardise(x, train) * np.sqrt(max(count - 1, 1) / count)


@mutant("standardise", "a hundredth is added to the deviation")
def scaler_with_a_hundredth(x: Array, train: Array) -> Any:
    return (x - x[train].mean(axis=0)) / (x[train].std(axis=0) + 0.01)


@mutant("standardise", "the means are taken away and the deviations stay")
def scaler_of_means(x: Array, train: Array) -> Any:
    return x - x[train].mean(axis=0)


@mutant("standardise", "all features share one deviation")
def scaler_with_one_deviation(x: Array, train: Array) -> Any:
    return (x - x[train].mean(axis=0)) / (x[train].std() or 1)


@mutant("group_folds", "examples are dealt one by one")
def folds_of_examples(groups: Array, folds: int, seed: int = 0) -> Any:
    return splits.group_folds(np.arange(len(groups)), folds, seed)


@mutant("group_folds", "the remainder of the group's number is its fold")
def folds_by_remainder(groups: Array, folds: int, seed: int = 0) -> Any:
    return groups % folds


@mutant("group_folds", "the seed is ignored")
def folds_without_seed(groups: Array, folds: int, seed: int = 0) -> Any:
    return splits.group_folds(groups, folds, 0)


@mutant("group_folds", "all groups but one go to the first fold")
def folds_that_are_unfair(groups: Array, folds: int, seed: int = 0) -> Any:
    return np.where(groups == groups.max(), folds - 1, 0)


FROZEN = backbone.frozen_features


@mutant("frozen_features", "the normalisation stays in training mode")
def features_in_training_mode(x: Array, *rest: Array, training: bool = False, eps: float = 1e-5) -> Any:
    return FROZEN(x, *rest, training=True, eps=eps)


@mutant("frozen_features", "training mode is never entered")
def features_never_training(x: Array, *rest: Array, training: bool = False, eps: float = 1e-5) -> Any:
    return FROZEN(x, *rest, eps=eps)


@mutant("frozen_features", "the moving means move along, though nothing is trained")
def features_that_move_the_means(x: Array, *rest: Array, training: bool = False, eps: float = 1e-5) -> Any:
    answer = FROZEN(x, *rest, training=training, eps=eps)
    rest[3][...] = 0.9 * rest[3] + 0.1 * channels.conv2d(x, rest[0]).mean(axis=(0, 2, 3))
    return answer


@mutant("frozen_features", "the rectifier is left out")
def features_without_rectifier(x: Array, *rest: Array, training: bool = False, eps: float = 1e-5) -> Any:
    y = channels.conv2d(x, rest[0])
    norm = network.batch_norm2d(y, *rest[1:3], eps=eps) if training else None
    y = network.batch_norm2d_inference(y, *rest[1:], eps=eps) if norm is None else norm
    return pooling.global_avg_pool2d(y)


@mutant("frozen_features", "the largest cell stands for the average")
def features_of_maxima(x: Array, *rest: Array, training: bool = False, eps: float = 1e-5) -> Any:
    y = network.batch_norm2d_inference(channels.conv2d(x, rest[0]), *rest[1:], eps=eps)
    return network.relu(y).max(axis=(2, 3))


@mutant("frozen_features", "cells count more the further right they are")
def features_of_the_right(x: Array, *rest: Array, training: bool = False, eps: float = 1e-5) -> Any:
    y = network.batch_norm2d_inference(channels.conv2d(x, rest[0]), *rest[1:], eps=eps)
    weights = np.arange(1, y.shape[3] + 1)
    return (network.relu(y) * weights).mean(axis=(2, 3)) / weights.mean()


@mutant("frozen_features", "pictures are answered in the order of their brightness")
def features_sorted(x: Array, *rest: Array, training: bool = False, eps: float = 1e-5) -> Any:
    return FROZEN(x[np.argsort(x.sum(axis=(1, 2, 3)), kind="stable")], *rest, training=training, eps=eps)


@mutant("frozen_features", "only the mean colour is seen")
def features_of_colour(x: Array, *rest: Array, training: bool = False, eps: float = 1e-5) -> Any:
    grey = x.mean(axis=(2, 3), keepdims=True) + 0 * x
    return FROZEN(grey, *rest, training=training, eps=eps)
