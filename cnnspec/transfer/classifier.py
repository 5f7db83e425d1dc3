r"""The classifier on frozen features: a scaler and a softmax regression in one pipeline, judged on unseen campaigns.

scikit-learn finds the weights; what it finds is what `probe.fit_probe` finds, which a test holds. Its strength C is the
inverse of the penalty on the sum of the losses: $\lambda = 1/(CN)$.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from cnnspec.arguments import Array
from cnnspec.training.interval import wilson_interval
from cnnspec.transfer import metrics
from cnnspec.transfer.features import Features, kept
from cnnspec.transfer.screenshots import CLASSES

STRENGTH = 0.01
"""The C of scikit-learn, chosen once and for everything: nothing is tuned on what is tested."""


def classifier(strength: float = STRENGTH) -> Any:
    """A pipeline of scikit-learn: the scaler is part of it, so that it is fitted on training rows only."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=2000, tol=1e-4))


def inputs(found: Features) -> Mapping[str, Array]:
    """What a classifier can be given, by name."""
    return {
        "pretrained features": found.pretrained,
        "random-weight features": found.untrained,
        "raw pixels": found.pixels.astype(np.float64) / 255,
    }


def out_of_fold(x: Array, y: Array, groups: Array, *, folds: int = 5, seed: int = 0) -> Array:
    """The probabilities for every picture, by a classifier that saw no picture of its group.

    Args:
        x: Features of shape (N, D).
        y: Classes, of shape (N,).
        groups: Groups, of shape (N,): all pictures of a group are tested together.
        folds: The number of folds.
        seed: Fixes the folds.

    Returns:
        Probabilities of shape (N, C).
    """
    from sklearn.model_selection import StratifiedGroupKFold

    answers = np.zeros((len(x), int(y.max()) + 1))
    deal = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    for train, test in deal.split(x, y, groups):
        answers[test] = classifier().fit(x[train], y[train]).predict_proba(x[test])
    return answers


@dataclass(frozen=True)
class Report:
    """What is to be said of a classifier.

    Attributes:
        confusion: Counts, rows true.
        accuracy: The share of right answers.
        interval: Where the accuracy may lie, by Wilson's interval.
        precision: Of each class.
        recall: Of each class.
        f1: Of each class.
        auc: Of each class against all others.
        calibration: The expected calibration error.
        detection: The shares of malicious and of benign pictures that are called malicious, of whatever kind.
    """

    confusion: Array
    accuracy: float
    interval: tuple[float, float]
    precision: Array
    recall: Array
    f1: Array
    auc: Sequence[float]
    calibration: float
    detection: tuple[float, float]


def report(probabilities: Array, y: Array) -> Report:
    """Judge probabilities of shape (N, C) by the true classes."""
    predicted = probabilities.argmax(axis=1)
    confusion = metrics.confusion_matrix(y, predicted, probabilities.shape[1])
    hits = int(np.trace(confusion))
    return Report(
        confusion,
        hits / len(y),
        wilson_interval(hits, len(y)),
        *metrics.class_scores(confusion),
        [metrics.roc_auc((y == c).astype(int), probabilities[:, c]) for c in range(probabilities.shape[1])],
        metrics.calibration_error(probabilities, y),
        (float(np.mean(predicted[y > 0] > 0)), float(np.mean(predicted[y == 0] > 0))),
    )


def roc_curve(y: Array, scores: Array) -> tuple[Array, Array]:
    """The shares of negative and of positive examples above each threshold, from (0, 0) to (1, 1)."""
    thresholds = np.append(np.inf, np.unique(scores)[::-1])
    negative, positive = scores[y == 0], scores[y == 1]
    return (
        np.array([np.mean(negative >= t) for t in thresholds]),
        np.array([np.mean(positive >= t) for t in thresholds]),
    )


def reliability(probabilities: Array, y: Array, bins: int = 10) -> list[tuple[float, float, int]]:
    """For each bin of confidence that is used: the mean confidence, the accuracy, and how many answers it holds."""
    confidence, hits = probabilities.max(axis=1), probabilities.argmax(axis=1) == y
    place = np.clip(np.ceil(confidence * bins), 1, bins)
    used = [place == b for b in range(1, bins + 1) if (place == b).any()]
    return [(float(confidence[here].mean()), float(hits[here].mean()), int(here.sum())) for here in used]


@cache
def trained() -> Any:
    """The classifier that `cnnspec classify` asks: it has learned from all screenshots of the book."""
    found = kept()
    return classifier().fit(found.pretrained, found.labels)


def probabilities(features: Array) -> list[dict[str, float]]:
    """For each row of pretrained features, the probability of each class by name."""
    return [dict(zip(CLASSES, map(float, row), strict=True)) for row in trained().predict_proba(features)]
