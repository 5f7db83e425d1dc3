r"""What a classifier is worth: counts, rates, ranks, and what becomes of them when attacks are rare.

Everything starts from counts, so that every number can be checked by hand. Rates whose denominator is zero are 0, as
in scikit-learn.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from cnnspec.arguments import Array, array, integer


def confusion_matrix(y: ArrayLike, predicted: ArrayLike, classes: int) -> Array:
    r"""Count how often each class was taken for each class.

    $$ M_{ij} = \lvert \{ n : y_n = i,\ \hat y_n = j \} \rvert $$

    Args:
        y: True classes, whole numbers from 0 to C - 1, of shape (N,).
        predicted: Predicted classes, of shape (N,).
        classes: The number of classes C.

    Returns:
        Counts of shape (C, C): rows are true classes, columns predicted ones.

    Raises:
        TypeError: If the labels are not whole numbers.
        ValueError: If the shapes differ or a label is out of range.
    """
    classes = integer(classes, "classes", least=1)
    y, predicted = labels(y, "y", classes), labels(predicted, "predicted", classes)
    if y.shape != predicted.shape:
        raise ValueError(f"predicted must have one class for each of {len(y)} examples, but {len(predicted)} came.")
    counts = np.zeros((classes, classes), dtype=np.int64)
    for true, guess in zip(y, predicted, strict=True):
        counts[true, guess] += 1
    return counts


def class_scores(confusion: ArrayLike) -> tuple[Array, Array, Array]:
    r"""Precision, recall and F1 of every class.

    $$ P_c = \frac{TP_c}{TP_c + FP_c}, \qquad R_c = \frac{TP_c}{TP_c + FN_c}, \qquad
    F_c = \frac{2\,TP_c}{2\,TP_c + FP_c + FN_c} $$

    Args:
        confusion: Counts of shape (C, C), rows true.

    Returns:
        Three arrays of shape (C,).

    Raises:
        TypeError: If the counts are not numbers.
        ValueError: If the matrix is not square or a count is negative.
    """
    m = square(confusion)
    hits, true, guessed = np.diag(m), m.sum(axis=1), m.sum(axis=0)
    return share(hits, guessed), share(hits, true), share(2 * hits, true + guessed)


def f1_score(confusion: ArrayLike, average: str = "macro") -> float:
    r"""One F1 for all classes: of the pooled counts ("micro"), or the mean over the classes ("macro").

    Args:
        confusion: Counts of shape (C, C), rows true.
        average: `"micro"` or `"macro"`.

    Returns:
        A number from 0 to 1.

    Raises:
        TypeError: If the counts are not numbers.
        ValueError: If the matrix is not square, a count is negative, or the word is another one.
    """
    m = square(confusion)
    if average == "macro":
        return float(np.mean(class_scores(m)[2]))
    if average == "micro":
        hits, misses = np.trace(m), m.sum() - np.trace(m)
        # every miss is one class's false alarm and another's false negative
        return float(share(2 * hits, 2 * hits + 2 * misses))
    raise ValueError(f'average must be "micro" or "macro", but {average!r} came.')


def roc_auc(y: ArrayLike, scores: ArrayLike) -> float:
    r"""The probability that a positive example scores above a negative one; a tie counts one half.

    $$ \mathrm{AUC} = \frac{R_+ - n_+ (n_+ + 1)/2}{n_+ n_-} $$

    where $R_+$ is the sum of the ranks of the positive examples, and equal scores share their mean rank.

    Args:
        y: 1 for positive examples and 0 for negative ones, of shape (N,).
        scores: A number for each example, of shape (N,).

    Returns:
        A number from 0 to 1.

    Raises:
        TypeError: If entries are not numbers.
        ValueError: If the shapes differ, or there are only positive or only negative examples.

    Source:
        Hanley & McNeil (1982), The meaning and use of the area under a receiver operating characteristic curve.
    """
    y, scores = labels(y, "y", 2), array(scores, "scores", "N", real=True)
    if y.shape != scores.shape:
        raise ValueError(f"scores must have one number for each of {len(y)} examples, but {len(scores)} came.")
    positive = int(y.sum())
    negative = len(y) - positive
    if not positive or not negative:
        raise ValueError("y must have positive and negative examples, but only one kind came.")
    ranks = np.array([(scores < s).sum() + ((scores == s).sum() + 1) / 2 for s in scores])
    return float((ranks[y == 1].sum() - positive * (positive + 1) / 2) / (positive * negative))


def precision_at_prevalence(tpr: ArrayLike, fpr: ArrayLike, prevalence: ArrayLike) -> Array:
    r"""How many of the alarms are true when a share $\pi$ of all examples is positive.

    $$ P(\pi) = \frac{\pi \cdot \mathrm{TPR}}{\pi \cdot \mathrm{TPR} + (1 - \pi) \cdot \mathrm{FPR}} $$

    Args:
        tpr: The share of positive examples that raise an alarm.
        fpr: The share of negative examples that do.
        prevalence: The share of positive examples; all three broadcast.

    Returns:
        Precisions; 0 where nothing raises an alarm.

    Raises:
        TypeError: If they are not numbers.
        ValueError: If a share is not between 0 and 1.

    Source:
        Axelsson (2000), The base-rate fallacy and the difficulty of intrusion detection.
    """
    tpr, fpr, prevalence = rate(tpr, "tpr"), rate(fpr, "fpr"), rate(prevalence, "prevalence")
    true, false = prevalence * tpr, (1 - prevalence) * fpr
    return share(true, true + false)


def calibration_error(probabilities: ArrayLike, y: ArrayLike, bins: int = 10) -> float:
    r"""The expected calibration error: how far confidence is from accuracy, on average over bins of confidence.

    $$ \mathrm{ECE} = \sum_b \frac{n_b}{N} \left\lvert \mathrm{acc}_b - \mathrm{conf}_b \right\rvert $$

    A confidence $p$ falls into bin $\lceil p B \rceil$ of $B$.

    Args:
        probabilities: Of shape (N, C); the largest of a row is its confidence and its prediction.
        y: True classes, of shape (N,).
        bins: The number of bins B.

    Returns:
        A number from 0 to 1.

    Raises:
        TypeError: If entries are not numbers.
        ValueError: If shapes do not fit each other.

    Source:
        Guo, Pleiss, Sun & Weinberger (2017), On calibration of modern neural networks, section 2.
    """
    bins = integer(bins, "bins", least=1)
    p = array(probabilities, "probabilities", "N, C", real=True)
    hits, confidence = p.argmax(axis=1) == labels(y, "y", p.shape[1], len(p)), p.max(axis=1)
    place = np.clip(np.ceil(confidence * bins), 1, bins)
    gaps = [abs(hits[place == b].sum() - confidence[place == b].sum()) for b in range(1, bins + 1)]
    return float(sum(gaps) / len(p))


def top_k_accuracy(z: ArrayLike, y: ArrayLike, k: int = 1) -> float:
    r"""How often fewer than k classes score above the true one.

    Args:
        z: Scores of shape (N, C).
        y: True classes, of shape (N,).
        k: How many guesses are allowed.

    Returns:
        A share from 0 to 1.

    Raises:
        TypeError: If entries are not numbers.
        ValueError: If shapes do not fit each other or k is below 1.
    """
    k, z = integer(k, "k", least=1), array(z, "z", "N, C", real=True)
    true = z[np.arange(len(z)), labels(y, "y", z.shape[1], len(z))]
    return float(np.mean((z > true[:, None]).sum(axis=1) < k))


def labels(value: ArrayLike, name: str, classes: int, count: int | None = None) -> Array:
    """Return class labels as an array of whole numbers from 0 to `classes` - 1.

    Raises:
        TypeError: If they are not whole numbers.
        ValueError: If one is out of range, or there are not `count` of them.
    """
    y = array(value, name, "N", real=True)
    if y.dtype.kind == "f":
        raise TypeError(f"{name} must hold whole numbers, but its dtype is {y.dtype}.")
    if count is not None and len(y) != count:
        raise ValueError(f"{name} must have one class for each of {count} examples, but {len(y)} came.")
    if y.min() < 0 or y.max() >= classes:
        raise ValueError(f"{name} must lie between 0 and {classes - 1}, but {y.min()} to {y.max()} came.")
    return y


def rate(value: ArrayLike, name: str) -> Array:
    """Return shares as an array.

    Raises:
        TypeError: If they are not numbers.
        ValueError: If one is not between 0 and 1.
    """
    found = np.asarray(value)
    if found.dtype.kind not in "iuf":
        raise TypeError(f"{name} must hold numbers, but its dtype is {found.dtype}.")
    if not ((found >= 0) & (found <= 1)).all():
        raise ValueError(f"{name} must lie between 0 and 1, but {found.min()} to {found.max()} came.")
    return found.astype(np.float64)


def square(confusion: ArrayLike) -> Array:
    """Return a confusion matrix as an array.

    Raises:
        TypeError: If the counts are not numbers.
        ValueError: If it is not square or a count is negative.
    """
    m = array(confusion, "confusion", "C, C", real=True)
    if m.shape[0] != m.shape[1] or (m < 0).any():
        raise ValueError(f"confusion must be a square matrix of counts, but one of shape {m.shape} came.")
    return m


def share(part: ArrayLike, whole: ArrayLike) -> Array:
    """Divide, and answer 0 where there is nothing to divide by."""
    part, whole = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    quotient: Array = np.divide(
        part, whole, out=np.zeros(np.broadcast_shapes(part.shape, whole.shape)), where=whole > 0
    )
    return quotient
