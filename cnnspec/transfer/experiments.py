r"""The experiments of the chapter: how much data, how much leaks, and what invented features can prove."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnspec.arguments import Array
from cnnspec.transfer.classifier import classifier

SIZES = (1, 2, 5, 10, 25, 50)
SEEDS = 20


def held_out(y: Array, groups: Array, seed: int, share: float = 0.3) -> tuple[Array, Array]:
    """The places of training pool and test: of every class some groups are held out as a whole."""
    dice = np.random.default_rng(seed)
    tested: list[int] = []
    for label in np.unique(y):
        names = dice.permutation(np.unique(groups[y == label]))
        tested.extend(names[: max(1, round(share * len(names)))])
    test = np.isin(groups, tested)
    return np.flatnonzero(~test), np.flatnonzero(test)


def pictures_per_class(y: Array, pool: Array, count: int, seed: int) -> Array:
    """So many pictures of each class, chosen at random from a pool; the choices for one seed contain each other."""
    dice = np.random.default_rng([seed, 1])
    return np.concatenate([dice.permutation(pool[y[pool] == label])[:count] for label in np.unique(y)])


def learning_curve(x: Array, y: Array, groups: Array, *, sizes: Sequence[int] = SIZES, seeds: int = SEEDS) -> Array:
    """Accuracy on campaigns that were held out, by the number of labelled pictures of each class.

    The test rows are reduced with the training rows to the span of the latter, which changes no prediction (the laws
    `probe.span` and `probe.rotation`) and makes hundreds of fits a matter of seconds.

    Args:
        x: Features of shape (N, D).
        y: Classes, of shape (N,).
        groups: Campaigns, of shape (N,).
        sizes: Labelled pictures of each class.
        seeds: How many splits are tried.

    Returns:
        Accuracies of shape (seeds, len(sizes)).
    """
    accuracies = np.zeros((seeds, len(sizes)))
    for seed in range(seeds):
        pool, test = held_out(y, groups, seed)
        for place, count in enumerate(sizes):
            train = pictures_per_class(y, pool, count, seed)
            scaler, regression = (step for _, step in classifier().steps)
            known, unknown = scaler.fit_transform(x[train]), scaler.transform(x[test])
            basis = np.linalg.qr(known.T)[0]
            regression.fit(known @ basis, y[train])
            accuracies[seed, place] = np.mean(regression.predict(unknown @ basis) == y[test])
    return accuracies


def interval(accuracies: Array) -> tuple[Array, Array, Array]:
    """For each column the mean, and the ends of the interval that holds 95 percent of the seeds."""
    low, high = np.percentile(accuracies, [2.5, 97.5], axis=0)
    return accuracies.mean(axis=0), low, high


def blobs(
    distance: float, *, classes: int = 4, count: int = 200, width: int = 64, seed: int = 0
) -> tuple[Array, Array]:
    """Features after the lab's idea: a cloud of random numbers for each class, around a centre chosen at random.

    Args:
        distance: The standard deviation of the centres; that of the clouds is 1.
        classes: The number of classes.
        count: Points of each class.
        width: The number of features.
        seed: Fixes the points.

    Returns:
        Features of shape (N, D) and classes of shape (N,).
    """
    dice = np.random.default_rng(seed)
    centres = distance * dice.standard_normal((classes, width))
    y = np.repeat(np.arange(classes), count)
    return centres[y] + dice.standard_normal((len(y), width)), y


def scaler_leak(x: Array, y: Array, groups: Array, *, folds: int = 5, seed: int = 0) -> tuple[float, float, int]:
    """The lab's way of scaling, tried on any features: accuracy with it, without, and how many answers differ."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold
    from sklearn.preprocessing import StandardScaler

    seen, answers = StandardScaler().fit_transform(x), np.zeros((2, len(y)), dtype=np.int64)
    for train, test in StratifiedGroupKFold(folds, shuffle=True, random_state=seed).split(x, y, groups):
        settings = classifier().steps[1][1].get_params()
        answers[0, test] = LogisticRegression(**settings).fit(seen[train], y[train]).predict(seen[test])
        answers[1, test] = classifier().fit(x[train], y[train]).predict(x[test])
    leaky, clean = np.mean(answers == y, axis=1)
    return float(leaky), float(clean), int(np.sum(answers[0] != answers[1]))
