"""Wrong counts, rates, ranks and calibrations (Step 8)."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnspec.arguments import Array
from cnnspec.mutants.mutant import mutant
from cnnspec.training.interval import wilson_interval
from cnnspec.transfer import metrics


@mutant("confusion_matrix", "rows and columns are exchanged")
def confusion_transposed(y: Array, predicted: Array, classes: int) -> Any:
    return metrics.confusion_matrix(predicted, y, classes)


@mutant("confusion_matrix", "each row is divided by its sum")
def confusion_of_shares(y: Array, predicted: Array, classes: int) -> Any:
    m = metrics.confusion_matrix(y, predicted, classes)
    return m / np.maximum(m.sum(axis=1, keepdims=True), 1)


@mutant("confusion_matrix", "an example that repeats the last one is not counted")
def confusion_without_repeats(y: Array, predicted: Array, classes: int) -> Any:
    counts = np.zeros((classes, classes), dtype=np.int64)
    counts[y, predicted] += 1
    return counts


@mutant("confusion_matrix", "the diagonal is counted for the predicted class only if it is not the last one")
def confusion_without_last_class(y: Array, predicted: Array, classes: int) -> Any:
    m = metrics.confusion_matrix(y, predicted, classes)
    m[-1, -1] = 0
    return m


@mutant("class_scores", "precision and recall are exchanged")
def scores_exchanged(confusion: Array) -> Any:
    precision, recall, f1 = metrics.class_scores(confusion)
    return recall, precision, f1


@mutant("class_scores", "F1 is the arithmetic mean")
def scores_with_arithmetic_mean(confusion: Array) -> Any:
    precision, recall, _ = metrics.class_scores(confusion)
    return precision, recall, (precision + recall) / 2


@mutant("class_scores", "precision is divided by all predictions")
def scores_of_everything(confusion: Array) -> Any:
    _, recall, f1 = metrics.class_scores(confusion)
    return np.diag(confusion) / max(int(np.sum(confusion)), 1), recall, f1


@mutant("f1_score", "micro and macro are exchanged")
def f1_exchanged(confusion: Array, average: str = "macro") -> Any:
    return metrics.f1_score(confusion, "micro" if average == "macro" else "macro")


@mutant("f1_score", "the mean is weighted by how often a class occurs")
def f1_weighted(confusion: Array, average: str = "macro") -> Any:
    if average == "micro":
        return metrics.f1_score(confusion, average)
    return np.average(metrics.class_scores(confusion)[2], weights=confusion.sum(axis=1))


@mutant("f1_score", "classes without hits are left out of the mean")
def f1_of_the_found(confusion: Array, average: str = "macro") -> Any:
    scores = metrics.class_scores(confusion)[2]
    found = scores[scores > 0]
    return metrics.f1_score(confusion, average) if average == "micro" or not len(found) else found.mean()


@mutant("f1_score", "a miss is counted once, though it is false for two classes")
def f1_with_half_misses(confusion: Array, average: str = "macro") -> Any:
    hits, everything = np.trace(confusion), confusion.sum()
    return metrics.f1_score(confusion) if average == "macro" else 2 * hits / (hits + everything)


@mutant("f1_score", "pooled counts are means over the classes")
def f1_balanced(confusion: Array, average: str = "macro") -> Any:
    return metrics.f1_score(confusion) if average == "macro" else metrics.class_scores(confusion)[1].mean()


def pairs(y: Array, scores: Array) -> tuple[Array, Array]:
    """How often positive examples score higher, and how often the same."""
    more = scores[y == 1][:, None] - scores[y == 0][None]
    return np.mean(more > 0), np.mean(more == 0)


@mutant("roc_auc", "ties count nothing")
def auc_without_ties(y: Array, scores: Array) -> Any:
    return pairs(y, scores)[0]


@mutant("roc_auc", "ties count as won")
def auc_with_ties_won(y: Array, scores: Array) -> Any:
    return sum(pairs(y, scores))


@mutant("roc_auc", "the labels are exchanged")
def auc_of_the_others(y: Array, scores: Array) -> Any:
    return metrics.roc_auc(1 - y, scores)


@mutant("roc_auc", "an area below one half is turned round")
def auc_folded(y: Array, scores: Array) -> Any:
    return max(metrics.roc_auc(y, scores), 1 - metrics.roc_auc(y, scores))


@mutant("roc_auc", "it is the accuracy at the threshold zero")
def auc_that_is_accuracy(y: Array, scores: Array) -> Any:
    return np.mean((scores > 0) == (y == 1))


@mutant("roc_auc", "it is the accuracy at the mean score")
def auc_at_the_mean(y: Array, scores: Array) -> Any:
    return np.mean(np.where(scores == scores.mean(), 0.5, (scores > scores.mean()) == (y == 1)))


@mutant("precision_at_prevalence", "the prevalence is ignored")
def precision_of_balanced(tpr: Array, fpr: Array, prevalence: Array) -> Any:
    return metrics.precision_at_prevalence(tpr, fpr, 0 * np.asarray(prevalence) + 0.5)


@mutant("precision_at_prevalence", "the prevalence is that of the benign")
def precision_of_the_benign(tpr: Array, fpr: Array, prevalence: Array) -> Any:
    return metrics.precision_at_prevalence(tpr, fpr, 1 - np.asarray(prevalence))


@mutant("precision_at_prevalence", "the two rates are exchanged")
def precision_exchanged(tpr: Array, fpr: Array, prevalence: Array) -> Any:
    return metrics.precision_at_prevalence(fpr, tpr, prevalence)


@mutant("precision_at_prevalence", "false alarms are not weighted with the share of the benign")
def precision_without_weight(tpr: Array, fpr: Array, prevalence: Array) -> Any:
    return metrics.share(np.asarray(prevalence) * tpr, np.asarray(prevalence) * tpr + fpr)


@mutant("calibration_error", "all examples are in one bin")
def calibration_in_one_bin(probabilities: Array, y: Array, bins: int = 10) -> Any:
    return metrics.calibration_error(probabilities, y, 1)


@mutant("calibration_error", "gaps are squared")
def calibration_of_squares(probabilities: Array, y: Array, bins: int = 10) -> Any:
    return metrics.calibration_error(probabilities, y, bins) ** 2


@mutant("calibration_error", "all bins count alike, however full they are")
def calibration_of_bins(probabilities: Array, y: Array, bins: int = 10) -> Any:
    place = np.clip(np.ceil(probabilities.max(axis=1) * bins), 1, bins)
    errors = [metrics.calibration_error(probabilities[place == b], y[place == b], bins) for b in np.unique(place)]
    return np.mean(errors)


@mutant("calibration_error", "a confidence of one falls into no bin")
def calibration_without_the_sure(probabilities: Array, y: Array, bins: int = 10) -> Any:
    unsure = probabilities.max(axis=1) < 1
    if not unsure.any():
        return 0.0
    return metrics.calibration_error(probabilities[unsure], y[unsure], bins) * unsure.mean()


@mutant("calibration_error", "the losses of all examples are added up")
def calibration_summed(probabilities: Array, y: Array, bins: int = 10) -> Any:
    return metrics.calibration_error(probabilities, y, bins) * len(y)


@mutant("top_k_accuracy", "guesses are counted from zero")
def top_k_from_zero(z: Array, y: Array, k: int = 1) -> Any:
    return metrics.top_k_accuracy(z, y, k + 1)


@mutant("top_k_accuracy", "the least probable classes are guessed")
def top_k_of_the_least(z: Array, y: Array, k: int = 1) -> Any:
    return metrics.top_k_accuracy(-z, y, k)


@mutant("wilson_interval", "it is the textbook's interval, which is empty at 0 and 1")
def interval_of_wald(hits: int, count: int, z: float = 1.96) -> Any:
    p = hits / count
    reach = z * np.sqrt(p * (1 - p) / count)
    return p - reach, p + reach


@mutant("wilson_interval", "the middle is the counted rate")
def interval_around_the_rate(hits: int, count: int, z: float = 1.96) -> Any:
    low, high = wilson_interval(hits, count, z)
    return hits / count - (high - low) / 2, hits / count + (high - low) / 2


@mutant("wilson_interval", "the upper end is cut off one hundredth early")
def interval_cut_short(hits: int, count: int, z: float = 1.96) -> Any:
    low, high = wilson_interval(hits, count, z)
    return low, high - 0.01
