r"""What a classifier may see: units of measurement and folds that know nothing of the test.

Two leaks are common. A scaler that is fitted on all rows has seen the test rows; near-duplicates on both sides of a
split let the classifier recognise what it should judge.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from cnnspec.arguments import Array, array, integer
from cnnspec.environment import generator


def standardise(x: ArrayLike, train: ArrayLike) -> Array:
    r"""Measure every feature in the units of the training rows: their mean is 0, their standard deviation 1.

    $$ z_{nd} = \frac{x_{nd} - \mu_d}{\sigma_d}, \qquad \mu_d, \sigma_d \text{ of the training rows} $$

    Args:
        x: Features of shape (N, D), of training and test rows.
        train: The places of the training rows, of shape (T,).

    Returns:
        Array of shape (N, D), float64. A feature that is constant in training is only shifted.

    Raises:
        TypeError: If entries are not numbers, or places not whole ones.
        ValueError: If a place is out of range.
    """
    x, train = array(x, "x", "N, D", real=True).astype(np.float64), array(train, "train", "T", real=True)
    if train.dtype.kind == "f":
        raise TypeError(f"train must hold whole numbers, but its dtype is {train.dtype}.")
    if train.min() < 0 or train.max() >= len(x):
        raise ValueError(f"train must lie between 0 and {len(x) - 1}, but {train.min()} to {train.max()} came.")
    mean, deviation = x[train].mean(axis=0), x[train].std(axis=0)
    # rounding can leave a constant feature a deviation just above zero
    constant = np.ptp(x[train], axis=0) == 0
    z: Array = (x - np.where(constant, x[train[0]], mean)) / np.where(constant, 1, deviation)
    return z


def group_folds(groups: ArrayLike, folds: int, seed: int = 0) -> Array:
    r"""Deal groups out to folds, each as a whole: near-duplicates never part.

    $$ g_m = g_n \implies f_m = f_n $$

    The groups are shuffled, and each in turn goes to the fold that has the fewest examples so far.

    Args:
        groups: A whole number for each example, of shape (N,).
        folds: The number of folds.
        seed: Fixes the shuffling.

    Returns:
        The fold of each example, from 0 to `folds` - 1, of shape (N,).

    Raises:
        TypeError: If groups are not whole numbers.
        ValueError: If there are fewer groups than folds.
    """
    groups, folds = array(groups, "groups", "N", real=True), integer(folds, "folds", least=2)
    if groups.dtype.kind == "f":
        raise TypeError(f"groups must hold whole numbers, but its dtype is {groups.dtype}.")
    names, places = np.unique(groups, return_inverse=True)
    if len(names) < folds:
        raise ValueError(f"folds must be at most the number of groups, but {folds} folds came for {len(names)} groups.")
    sizes, filled, fold_of = np.bincount(places), np.zeros(folds, dtype=np.int64), np.zeros(len(names), dtype=np.int64)
    for name in generator(seed).permutation(len(names)):
        fold_of[name] = filled.argmin()
        filled[fold_of[name]] += sizes[name]
    return fold_of[places]
