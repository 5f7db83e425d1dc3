"""Other right answers to the exercises of Step 8."""

import itertools

import numpy as np


def even_prevalence(tpr, fpr):
    odds = fpr / tpr
    return odds / (1 + odds)


def rows_that_leak():
    # three features, of which only the first is of use; the test rows make it the smallest of all
    generator = np.random.default_rng(3)
    y = np.arange(60) % 2
    x = generator.standard_normal((60, 3))
    x[:, 0] = 8 * y + generator.standard_normal(60)
    x[50:, 0] += np.where(y[50:] == 1, 1e5, 0)
    return x.tolist(), y.tolist(), list(range(40))


def safe_step(x, penalty):
    # the trace is larger than the largest eigenvalue, and no matrix here has more than four
    trace = np.mean(np.sum(x**2, axis=1) + 1)
    return np.array(2 / (trace + 2 * penalty))


def recall_at(y, scores, false_alarms):
    order = np.argsort(-scores, kind="stable")
    y, scores = y[order], scores[order]
    last = np.append(scores[1:] != scores[:-1], True)  # a threshold cannot part a tie
    recalls, others = np.cumsum(y) / y.sum(), np.cumsum(1 - y) / (1 - y).sum()
    return max([0, *recalls[last & (others <= false_alarms)]])


def evade(w, b, x):
    for count in range(len(x) + 1):
        for places in map(list, itertools.combinations(range(len(x)), count)):
            changed = x.copy()
            changed[places] = w[places] < 0
            if np.sum(changed * w) + b <= 0:
                return changed.tolist()
    raise ValueError("every picture raises an alarm")


def adapted_features(maps, eps=1e-5):
    n, filters, h, w = maps.shape
    rows = maps.transpose(1, 0, 2, 3).reshape(filters, -1)
    mean, square = rows.mean(axis=1), (rows**2).mean(axis=1)
    normal = (rows - mean[:, None]) / np.sqrt(square - mean**2 + eps)[:, None]
    return (normal * (normal > 0)).reshape(filters, n, h * w).mean(axis=2).T
