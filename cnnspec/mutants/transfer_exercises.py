"""Wrong answers to the exercises of Step 8."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from cnnspec.arguments import Array
from cnnspec.exercises import transfer as right
from cnnspec.mutants.mutant import mutant


@mutant("even_prevalence", "the rates are exchanged")
def even_with_rates_exchanged(tpr: float, fpr: float) -> float:
    return tpr / (tpr + fpr)


@mutant("even_prevalence", "the odds are answered in place of a share")
def even_odds(tpr: float, fpr: float) -> float:
    return fpr / tpr


@mutant("even_prevalence", "the detector is taken to find everything")
def even_for_perfect_recall(tpr: float, fpr: float) -> float:
    return fpr / (1 + fpr)


@mutant("rows_that_leak", "the test rows are like the training rows")
def rows_without_a_far_one() -> tuple[Any, ...]:
    x, y, train = right.rows_that_leak()
    return x[:-1], y[:-1], train


@mutant("rows_that_leak", "only one class is trained")
def rows_of_one_class() -> tuple[Any, ...]:
    x, y, _ = right.rows_that_leak()
    return x, y, np.arange(2)


@mutant("rows_that_leak", "every row is a training row")
def rows_without_a_test() -> tuple[Any, ...]:
    x, y, _ = right.rows_that_leak()
    return x, y, np.arange(len(x))


@mutant("safe_step", "the penalty is forgotten")
def step_without_penalty(x: Array, penalty: float) -> float:
    return right.safe_step(x, 0.0)


@mutant("safe_step", "the bias has no column")
def step_without_bias(x: Array, penalty: float) -> float:
    return 1 / (np.linalg.eigvalsh(x.T @ x / len(x))[-1] / 2 + penalty)


@mutant("safe_step", "the sum over the examples stands for their mean")
def step_of_a_sum(x: Array, penalty: float) -> float:
    wide = np.append(x, np.ones((len(x), 1)), axis=1)
    return 1 / (np.linalg.eigvalsh(wide.T @ wide)[-1] / 2 + penalty)


@mutant("safe_step", "it is eight times as long")
def step_too_long(x: Array, penalty: float) -> float:
    return 8 * right.safe_step(x, penalty)


@mutant("recall_at", "false alarms are counted among all examples")
def recall_with_all_examples(y: Array, scores: Array, false_alarms: float) -> float:
    return right.recall_at(y, scores, min(1.0, false_alarms / np.mean(y == 0)))


@mutant("recall_at", "false alarms must stay below the limit")
def recall_below_the_limit(y: Array, scores: Array, false_alarms: float) -> float:
    kept = [(scores >= t)[y == 1].mean() for t in scores if (scores >= t)[y == 0].mean() < false_alarms]
    return max(kept, default=0.0)


@mutant("recall_at", "ties are broken in favour of the attacks")
def recall_with_broken_ties(y: Array, scores: Array, false_alarms: float) -> float:
    return right.recall_at(y, scores + 1e-6 * y, false_alarms)


def evading(order: Iterable[int], w: Array, b: float, x: Array) -> Array:
    """Change one pixel after another, in an order, until the detector is silent."""
    changed, best = x.copy(), np.where(w > 0, 0.0, 1.0)
    for place in order:
        if changed @ w + b <= 0:
            break
        changed[place] = best[place]
    return changed


@mutant("evade", "the pixels are changed one after the other")
def evading_by_place(w: Array, b: float, x: Array) -> Array:
    return evading(range(len(x)), w, b, x)


@mutant("evade", "the largest weights come first, whatever the pixels are")
def evading_by_weight(w: Array, b: float, x: Array) -> Array:
    return evading(np.argsort(-np.abs(w)), w, b, x)


@mutant("evade", "pixels may only become darker")
def evading_in_the_dark(w: Array, b: float, x: Array) -> Array:
    return np.where(w > 0, 0.0, x)


@mutant("evade", "every pixel moves along the weights, beyond black and white if need be")
def evading_everywhere(w: Array, b: float, x: Array) -> Array:
    score = x @ w + b
    return x - w * max(score, 0) / max(w @ w, 1e-9)


@mutant("adapted_features", "every picture has its own statistics")
def adapted_alone(maps: Array, eps: float = 1e-5) -> Array:
    centred = maps - maps.mean(axis=(2, 3), keepdims=True)
    return np.maximum(centred / np.sqrt(maps.var(axis=(2, 3), keepdims=True) + eps), 0).mean(axis=(2, 3))


@mutant("adapted_features", "the maps are not centred")
def adapted_uncentred(maps: Array, eps: float = 1e-5) -> Array:
    return np.maximum(maps / np.sqrt(maps.var(axis=(0, 2, 3), keepdims=True) + eps), 0).mean(axis=(2, 3))


@mutant("adapted_features", "nothing is divided by the deviation")
def adapted_undivided(maps: Array, eps: float = 1e-5) -> Array:
    return np.maximum(maps - maps.mean(axis=(0, 2, 3), keepdims=True), 0).mean(axis=(2, 3))


@mutant("adapted_features", "nothing is rectified")
def adapted_linear(maps: Array, eps: float = 1e-5) -> Array:
    centred = maps - maps.mean(axis=(0, 2, 3), keepdims=True)
    return (centred / np.sqrt(maps.var(axis=(0, 2, 3), keepdims=True) + eps)).mean(axis=(2, 3))
