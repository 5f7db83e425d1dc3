r"""What a fitted probe, a ridge, a scaler and a split do not depend on, and what they do (Step 8)."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from cnnspec.arguments import Array
from cnnspec.laws.compare import at_most, differs, holds, same, unchanged
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import entries
from cnnspec.laws.transfer import fitted, predicted
from cnnspec.laws.transfer_cases import (
    OPTIMUM,
    Learning,
    indices,
    learnings,
    near,
    penalties,
    regressions,
    seeds,
    shuffled,
)
from cnnspec.transfer import probe


def turned(width: int, seed: int) -> Array:
    """An orthogonal map: a turn by the angle of the triangle 3, 4, 5 in one plane, and a rearrangement."""
    turn = np.eye(width)
    if width > 1:
        turn[:2, :2] = np.array([[3, -4], [4, 3]]) / 5
    return turn[shuffled(seed, width)]


@law("probe.rotation", needs="fit_probe", case=learnings(), seed=seeds)
def a_rotation_of_the_features_changes_no_prediction(fit_probe: Function, case: Learning, seed: int) -> None:
    r"""Rotated features give rotated weights and the same predictions.

    $$ W^*(X Q^{\mathsf T}) = W^*(X)\, Q^{\mathsf T} \qquad (Q^{\mathsf T} Q = I) $$

    With the penalty on squares, no feature is anything by itself: only lengths and angles count.

    Catches: penalties on magnitudes, features that are scaled or dropped one by one.
    Misses: wrong factors.
    """
    q, (w, b) = turned(case.x.shape[1], seed), fitted(fit_probe, case)
    other, bias = fitted(fit_probe, case.but(x=case.x @ q.T))
    near(other, w @ q.T, by=OPTIMUM)
    near(bias, b, by=OPTIMUM)


@law("probe.scale-matters", needs="fit_probe", factor=st.sampled_from([10.0, 100.0, 0.1]), start=indices)
def another_unit_for_one_feature_changes_the_prediction(fit_probe: Function, factor: float, start: int) -> None:
    r"""With a penalty the units matter: the same data in other units are predicted differently.

    $$ \exists\, X, y, D \text{ diagonal}: \quad P(X D) \ne P(X) $$

    A feature in small units needs large weights, and is punished for it. So features are standardised, and that this
    was done belongs to the result.

    Catches: a scaler that is hidden in the fit, a penalty that is ignored.
    Misses: everything else.
    """
    x = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0], [2.0 + start % 3, 1.0]])
    y, units = np.array([0, 1, 1, 0, 0]), np.array([factor, 1.0])
    before, after = (softly(fit_probe(data, y, 2, penalty=0.5), data) for data in (x, x * units))
    differs(np.rint(before * 1e4), np.rint(after * 1e4), "another unit should change the prediction")


def softly(fit: tuple[Array, Array], x: Array) -> Array:
    """The probabilities that a fit gives."""
    from cnnspec.network import softmax

    return softmax(x @ np.asarray(fit[0]).T + np.asarray(fit[1]))


@law("probe.affine", needs="fit_probe", case=learnings(penalty=0.0, everywhere=True), start=indices)
def without_a_penalty_units_do_not_matter(fit_probe: Function, case: Learning, start: int) -> None:
    r"""Without a penalty, and if the classes overlap, any invertible map of the features leaves the predictions.

    $$ P(X A + \mathbf 1 c^{\mathsf T}) = P(X) \qquad (\lambda = 0,\ A \text{ invertible}) $$

    Hence "standardisation never matters for logistic regression" is true of textbooks, which leave the penalty out,
    and false of every library, which puts one in.

    Here A is other units for each feature and then a rotation.

    Catches: a penalty that is always there.
    Misses: everything about penalties.
    """
    units = 2.0 ** ((np.arange(case.x.shape[1]) + start) % 4 - 1)
    moved = case.but(x=(case.x * units) @ turned(case.x.shape[1], start).T + start % 3)
    near(predicted(moved, *fitted(fit_probe, moved)), predicted(case, *fitted(fit_probe, case)), by=1e-5)


@law("probe.names", needs="fit_probe", case=learnings(), seed=seeds)
def classes_features_and_examples_have_no_order(fit_probe: Function, case: Learning, seed: int) -> None:
    r"""Renamed classes and rearranged features give rearranged weights; rearranged or doubled examples the same.

    $$ W^*_{\pi(c), \rho(d)}(X_\rho, \pi(y)) = W^*_{cd}(X, y) $$

    Catches: a class that is treated as the reference, sums instead of means, the order of the examples.
    Misses: wrong penalties.
    """
    (w, b), classes, columns = fitted(fit_probe, case), shuffled(seed, case.classes), shuffled(seed, case.x.shape[1])
    other, bias = fitted(fit_probe, case.but(x=case.x[:, columns], y=classes[case.y]))
    near(other[classes], w[:, columns], by=OPTIMUM)
    near(bias[classes], b, by=OPTIMUM)
    rows = np.append(shuffled(seed, len(case.x)), np.arange(len(case.x)))
    near(fitted(fit_probe, case.but(x=case.x[rows], y=case.y[rows]))[0], w, by=OPTIMUM)


@law("probe.more-features", needs="fit_probe", case=learnings(penalty=0.0, everywhere=True), start=indices)
def more_features_never_fit_worse(fit_probe: Function, case: Learning, start: int) -> None:
    r"""One feature more cannot raise the best loss in training, whatever it is, since its weight may be zero.

    $$ \min J(X') \le \min J(X) \qquad (\lambda = 0,\ X' = [X, v]) $$

    In training; it is the test set that says whether the feature was worth its place.

    Catches: searches that stop early, features that are dropped.
    Misses: wrong penalties.
    """
    more = (case.x[:, 0] + start) ** 2 % 5
    wide = case.but(x=np.append(case.x, more[:, None], axis=1))
    few, many = fitted(fit_probe, case), fitted(fit_probe, wide)
    at_most(
        probe.probe_loss(*many, wide.x, wide.y),
        probe.probe_loss(*few, case.x, case.y) + 1e-7,
        "one feature more should not raise the best loss",
    )


@law("ridge.normal-equations", needs="ridge", case=regressions(), penalty=penalties)
def what_ridge_leaves_over_is_the_penalty_of_its_weights(
    ridge: Function, case: tuple[Array, Array], penalty: float
) -> None:
    r"""The features, weighed by what was not explained, are the weights times the penalty.

    $$ X^{\mathsf T} (y - X w) = \lambda w $$

    Catches: every other solution.
    Misses: nothing: there is one solution.
    """
    x, y = case
    w = ridge(x, y, penalty)
    near(x.T @ (y - x @ w), penalty * w, by=OPTIMUM)


@law("ridge.primal-dual", needs="ridge_dual", case=regressions(), penalty=penalties)
def as_many_equations_as_pictures_give_the_same_weights(
    ridge_dual: Function, case: tuple[Array, Array], penalty: float
) -> None:
    r"""Whether one solves for features or for examples, the weights are the same.

    $$ X^{\mathsf T} (X X^{\mathsf T} + \lambda I)^{-1} y = (X^{\mathsf T} X + \lambda I)^{-1} X^{\mathsf T} y $$

    Catches: wrong penalties, features and examples mixed up.
    Misses: what is wrong in both.
    """
    x, y = case
    near(ridge_dual(x, y, penalty), np.linalg.solve(x.T @ x + penalty * np.eye(x.shape[1]), x.T @ y), by=OPTIMUM)


@law("ridge.single", needs="ridge_dual", x=entries((4,)), start=indices, penalty=penalties)
def one_example_gives_weights_along_itself(ridge_dual: Function, x: Array, start: int, penalty: float) -> None:
    r"""From one example with target y, the weights are the example itself, shrunk.

    $$ w = \frac{y}{\lVert x \rVert^2 + \lambda}\, x $$

    Catches: penalties with a wrong factor, weights that leave the span of the examples.
    Misses: whatever needs two examples.
    """
    target = np.array([start % 9 - 4.0])
    near(ridge_dual(x[None], target, penalty), x * target[0] / (float(x @ x) + penalty), by=1e-9)


# The scaler


@law(
    "scaler.blind",
    needs="standardise",
    x=entries((6, 2)),
    other=entries((6, 2), palette="fractions"),
    count=st.integers(1, 5),
)
def a_scaler_does_not_see_the_test(standardise: Function, x: Array, other: Array, count: int) -> None:
    r"""Whatever stands in the test rows, the training rows come out the same, bit for bit.

    $$ x_{1..t} = x'_{1..t} \implies z_{1..t} = z'_{1..t} $$

    Catches: a mean or a deviation of all rows: the lab's mistake.
    Misses: wrong statistics of the right rows.
    """
    train = np.arange(count)
    edited = np.concatenate([x[:count], other[count:] * 3 + 1])
    unchanged(standardise(x, train)[:count], standardise(edited, train)[:count], "training rows should stay the same")


@law(
    "scaler.row",
    needs="standardise",
    x=entries((6, 2)),
    other=entries((6, 2), palette="fractions"),
    count=st.integers(1, 4),
)
def a_test_row_does_not_see_another(standardise: Function, x: Array, other: Array, count: int) -> None:
    r"""How a test row is measured does not depend on the other test rows.

    $$ z_m = \frac{x_m - \mu}{\sigma} \text{ whatever the other test rows are} $$

    Catches: test rows that are standardised by themselves, as a batch normalisation in training mode would.
    Misses: statistics of all rows that happen to agree.
    """
    train, edited = np.arange(count), x.copy()
    edited[count:-1] = other[count:-1] * 3 + 1
    same(standardise(x, train)[-1], standardise(edited, train)[-1])


@law("scaler.unit", needs="standardise", x=entries((6, 2)), seed=seeds)
def training_rows_have_mean_zero_and_deviation_one(standardise: Function, x: Array, seed: int) -> None:
    r"""In training, every feature has mean 0 and standard deviation 1; a constant one is 0.

    $$ \frac1T \sum_t z_{td} = 0, \qquad \frac1T \sum_t z_{td}^2 = 1 \text{ or } 0 $$

    Catches: one mean for all features, variances for deviations, the divisor T − 1, division by zero.
    Misses: what happens to test rows.
    """
    train = shuffled(seed, 6)[: 2 + seed % 4]
    z = standardise(x, train)[train]
    near(z.mean(axis=0), 0.0)
    near((z**2).mean(axis=0), (np.ptp(x[train], axis=0) > 0).astype(float))


@law("scaler.units", needs="standardise", x=entries((5, 3)), start=indices)
def standardised_features_have_no_units(standardise: Function, x: Array, start: int) -> None:
    r"""Other units and another zero for a feature that varies in training change nothing.

    $$ z(a x + c) = z(x) \qquad (a > 0) $$

    Catches: deviations that are missing, one deviation for all features, small numbers added to the deviation.
    Misses: statistics of the wrong rows.
    """
    units, varied = np.array([2.0, 64.0, 2.0**-10]) * (1 + start % 2), np.ptp(x[:4], axis=0) > 0
    there, here = (np.asarray(standardise(data, np.arange(4))) for data in (x * units + start, x))
    near(there[:, varied], here[:, varied], by=1e-7)


# Splits


groups_of = st.lists(st.integers(0, 7), min_size=6, max_size=14).map(
    lambda drawn: np.array([0, 1, 2, *drawn], dtype=np.int64)
)


@law("folds.group", needs="group_folds", groups=groups_of, folds=st.integers(2, 3), seed=seeds)
def near_duplicates_stay_on_one_side(group_folds: Function, groups: Array, folds: int, seed: int) -> None:
    r"""Examples of one group are in one fold: what is tested has no near-duplicate in training.

    $$ g_m = g_n \implies f_m = f_n $$

    Catches: examples that are dealt one by one.
    Misses: folds that are empty or full.
    """
    fold = group_folds(groups, folds, seed)
    for group in np.unique(groups):
        holds(len(set(np.asarray(fold)[groups == group].tolist())) == 1, "a group should be in one fold")


@law("folds.all", needs="group_folds", groups=groups_of, folds=st.integers(2, 3), seed=seeds)
def every_fold_is_used_and_none_is_overfull(group_folds: Function, groups: Array, folds: int, seed: int) -> None:
    r"""No fold is empty, and the fullest has at most one group more than the emptiest.

    $$ 0 < \min_f n_f, \qquad \max_f n_f - \min_f n_f \le \max_g n_g $$

    Catches: folds that stay empty, groups that all go to one.
    Misses: examples of one group in two folds.
    """
    sizes = np.bincount(group_folds(groups, folds, seed), minlength=folds)
    holds(len(sizes) == folds and sizes.min() > 0, "every fold should be used")
    at_most(int(sizes.max() - sizes.min()), int(np.bincount(groups).max()))


@law("folds.names", needs="group_folds", groups=groups_of, folds=st.integers(2, 3), seed=seeds, by=st.integers(1, 50))
def the_numbers_of_the_groups_do_not_matter(
    group_folds: Function, groups: Array, folds: int, seed: int, by: int
) -> None:
    r"""Groups with other numbers in the same order are dealt alike, and so is the same question again.

    $$ f(a g + c) = f(g) \qquad (a > 0) $$

    Catches: folds by remainders of the group's number, dice without a seed.
    Misses: unfair dealing.
    """
    fold = group_folds(groups, folds, seed)
    same(group_folds(groups * by + by, folds, seed), fold)


@law("folds.seed", needs="group_folds", size=st.integers(8, 10))
def another_seed_deals_differently(group_folds: Function, size: int) -> None:
    r"""Over some seeds, not all deals are the same.

    $$ \exists\, s, s': \quad f_s \ne f_{s'} $$

    Catches: a seed that is ignored, groups that are not shuffled.
    Misses: everything else.
    """
    deals = {tuple(np.asarray(group_folds(np.arange(size), 2, seed)).tolist()) for seed in range(6)}
    holds(len(deals) > 1, "six seeds should not all deal alike")
