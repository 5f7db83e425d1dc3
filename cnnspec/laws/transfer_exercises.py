r"""What marks the answers to the exercises of Step 8."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, composite

from cnnspec import network
from cnnspec.arguments import Array
from cnnspec.laws.answers import close, number, numbers, parts
from cnnspec.laws.compare import at_most, holds, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import entries
from cnnspec.laws.transfer_cases import Learning, Ranking, learnings, rankings, shares
from cnnspec.transfer import metrics, probe, splits


@law("answer.even-half", needs="even_prevalence", tpr=shares(1), fpr=shares(1))
def at_this_prevalence_half_of_the_alarms_are_true(even_prevalence: Function, tpr: Array, fpr: Array) -> None:
    r"""The precision at the answered prevalence is one half.

    $$ P(\pi) = \tfrac12 $$

    Catches: rates that are exchanged, the ratio of the rates in place of a share.
    Misses: nothing.
    """
    share = number(even_prevalence(float(tpr), float(fpr)))
    holds(0 <= share <= 1, "the answer should be a share")
    close(metrics.precision_at_prevalence(tpr, fpr, share), 0.5, "half of the alarms should be true")


@law("answer.even-mirrored", needs="even_prevalence", tpr=shares(1), fpr=shares(1))
def who_calls_attacks_harmless_needs_the_rest(even_prevalence: Function, tpr: Array, fpr: Array) -> None:
    r"""If attacks and other examples change places, so do the two rates, and the answer becomes the rest.

    $$ \pi(\mathrm{TPR}, \mathrm{FPR}) + \pi(\mathrm{FPR}, \mathrm{TPR}) = 1 $$

    Catches: answers that hold for good detectors only.
    Misses: rates that are exchanged.
    """
    other = number(even_prevalence(float(fpr), float(tpr)))
    close(number(even_prevalence(float(tpr), float(fpr))) + other, 1.0)


# The scaler


@dataclass(frozen=True, eq=False)
class Rows:
    """Features, classes and the places of the training rows."""

    x: Array
    y: Array
    train: Array

    @property
    def test(self) -> Array:
        """The places of the other rows."""
        return np.setdiff1d(np.arange(len(self.x)), self.train)

    def accuracy(self, fitted: Array) -> float:
        """How often the nearer mean is right in the test, in units that were fitted on some rows."""
        z = splits.standardise(self.x, fitted)
        means = np.array([z[self.train][self.y[self.train] == c].mean(axis=0) for c in (0, 1)])
        distances = ((z[self.test][:, None] - means) ** 2).sum(axis=2)
        return float((distances.argmin(axis=1) == self.y[self.test]).mean())


def rows_of(answer: Any) -> Rows:
    """The rows that were answered.

    Raises:
        Mismatch: If they are no features, classes and places.
    """
    x, y, train = parts(answer, 3)
    x = numbers(x, None, None, what="the features")
    y = numbers(y, len(x), what="the classes")
    train = numbers(train, None, what="the training rows")
    holds(np.isin(y, (0, 1)).all(), "the classes should be 0 and 1")
    holds(np.isin(train, np.arange(len(x))).all(), "the training rows should be places of rows")
    return Rows(x, y.astype(np.int64), np.unique(train.astype(np.int64)))


@law("answer.leak-rows", needs="rows_that_leak")
def both_classes_are_trained_and_something_is_left_to_test(rows_that_leak: Function) -> None:
    r"""Both classes occur in the training rows, and at least one row is no training row.

    Catches: data that nothing can be learnt from, or asked of.
    Misses: whether the scaler's mistake costs anything.
    """
    rows = rows_of(rows_that_leak())
    same(np.unique(rows.y[rows.train]), [0, 1], "both classes should occur in training")
    at_most(1, len(rows.test), "at least one row should be left for the test")


@law("answer.leak-costs", needs="rows_that_leak")
def a_scaler_that_saw_the_test_costs_ten_points(rows_that_leak: Function) -> None:
    r"""In units of the training rows the nearer mean is right more often, by ten points, than in units of all rows.

    $$ a_{\text{training}} - a_{\text{all}} \ge 0.1 $$

    Catches: test rows like the training rows, and units that do not matter.
    Misses: nothing.
    """
    rows = rows_of(rows_that_leak())
    holds(len(rows.test) and len(np.unique(rows.y[rows.train])) == 2, "there should be rows to learn from and to test")
    honest, leaking = rows.accuracy(rows.train), rows.accuracy(np.arange(len(rows.x)))
    at_most(
        leaking + 0.1 - 1e-9, honest, f"the accuracies are {honest:.3f} and {leaking:.3f}: ten points should be lost"
    )


# Descent


def curvature(case: Learning) -> float:
    """A bound on the curvature of the loss."""
    wide = np.append(case.x, np.ones((len(case.x), 1)), axis=1)
    return float(np.linalg.eigvalsh(wide.T @ wide / len(wide))[-1]) / 2 + case.penalty


@law("answer.step-descends", needs="safe_step", case=learnings())
def a_safe_step_never_goes_uphill(safe_step: Function, case: Learning) -> None:
    r"""One step against the gradient does not raise the loss, nor does a second one.

    $$ J\bigl(\theta - t \nabla J(\theta)\bigr) \le J(\theta) $$

    Catches: steps beyond twice the inverse of the curvature, penalties or biases that are forgotten.
    Misses: steps that are too short.
    """
    step = number(safe_step(case.x, case.penalty))
    w, b = case.w, case.b
    before = probe.probe_loss(w, b, case.x, case.y, penalty=case.penalty)
    for _ in range(2):
        dw, db = probe.probe_gradient(w, b, case.x, case.y, penalty=case.penalty)
        w, b = w - step * dw, b - step * db
        after = probe.probe_loss(w, b, case.x, case.y, penalty=case.penalty)
        at_most(after, before + 1e-9, "the loss should not rise")
        before = after


@law("answer.step-bound", needs="safe_step", case=learnings(), faintness=st.sampled_from([1, 8, 64]))
def a_safe_step_is_neither_timid_nor_bold(safe_step: Function, case: Learning, faintness: int) -> None:
    r"""The step is at least a fourth of the curvature's inverse, and at most twice that.

    $$ \frac{1}{4L} \le t \le \frac2L $$

    Catches: steps that are safe because nothing moves, and steps that are safe by luck, as without a bias.
    Misses: nothing.
    """
    case = case.but(x=case.x / faintness)
    step = number(safe_step(case.x, case.penalty)) * curvature(case)
    at_most(0.25 - 1e-9, step, "the step should be at least a fourth of 1 / L")
    at_most(step, 2 + 1e-9, "the step should be at most 2 / L")


# A threshold


@law("answer.recall-thresholds", needs="recall_at", case=rankings(), false_alarms=shares())
def no_threshold_finds_more(recall_at: Function, case: Ranking, false_alarms: Array) -> None:
    r"""Of all thresholds that leave few enough false alarms, one finds the answered share of attacks, and none more.

    $$ \max_{t:\ \mathrm{FPR}(t) \le f} \mathrm{TPR}(t) $$

    Catches: false alarms that are counted among all examples, ties that are broken in the detector's favour, limits
    that may not be reached.
    Misses: nothing.
    """
    limit, best = float(false_alarms), 0.0
    for threshold in [*case.scores.tolist(), np.inf]:
        alarms = case.scores >= threshold
        if alarms[case.y == 0].mean() <= limit:
            best = max(best, float(alarms[case.y == 1].mean()))
    close(number(recall_at(case.y, case.scores, limit)), best, "this share of the attacks can be found, and no more")


@law("answer.recall-extremes", needs="recall_at", case=rankings())
def who_may_always_alarm_finds_everything(recall_at: Function, case: Ranking) -> None:
    r"""If every false alarm is allowed all attacks are found, and so they are by a score that is the label.

    A score that is the same for all finds nothing unless everything may alarm.

    Catches: false alarms that have to stay below the limit, thresholds at which nothing can be found.
    Misses: everything between.
    """
    close(number(recall_at(case.y, case.scores, 1.0)), 1.0)
    close(number(recall_at(case.y, case.y * 2.0 - 1, 0.0)), 1.0)
    close(number(recall_at(case.y, 0 * case.scores, 0.5)), 0.0)


# Few pixels


@dataclass(frozen=True, eq=False)
class Alarm:
    """A linear detector and a picture; some picture raises no alarm."""

    w: Array
    b: float
    x: Array

    @property
    def gains(self) -> Array:
        """By how much each pixel can lower the score."""
        gains: Array = self.w * (self.x - (self.w <= 0))
        return gains

    @property
    def tags(self) -> tuple[str, ...]:
        """The properties worth counting."""
        return ("an alarm",) if self.x @ self.w + self.b > 0 else ("no alarm",)


@composite
def alarms(draw: DrawFn, /) -> Alarm:
    """Detectors with weights of both signs, and pictures in quarters; all sums are exact."""
    size = draw(st.integers(1, 7))
    w = draw(entries((size,), palette="fractions"))
    x = np.abs(draw(entries((size,)))) % 5 / 4
    slack = draw(st.integers(0, 12)) / 4
    return Alarm(w, float(-np.minimum(w, 0).sum() - slack), x)


@law("answer.evade-silent", needs="evade", case=alarms())
def the_changed_picture_raises_no_alarm(evade: Function, case: Alarm) -> None:
    r"""What comes back is a picture, with pixels from 0 to 1, and raises no alarm.

    $$ \langle w, x' \rangle + b \le 0, \qquad 0 \le x' \le 1 $$

    Catches: changes that stop too early or go the wrong way, pixels beyond black and white.
    Misses: changes that were not needed.
    """
    changed = numbers(evade(case.w, case.b, case.x), len(case.x), what="the picture")
    holds((changed >= 0).all() and (changed <= 1).all(), "every pixel should lie between 0 and 1")
    at_most(float(changed @ case.w + case.b), 1e-9, "the picture should raise no alarm")


@law("answer.evade-fewest", needs="evade", case=alarms())
def no_picture_with_fewer_changes_raises_none(evade: Function, case: Alarm) -> None:
    r"""As many pixels differ as must: the largest gains, taken together, are the first that are enough.

    $$ \min \Bigl\{ m : \sum_{k \le m} g_{(k)} \ge \langle w, x \rangle + b \Bigr\}, \qquad
    g_{(1)} \ge g_{(2)} \ge \dots $$

    Catches: changes of every pixel, in the order of the weights or of the places, or in a picture that raises no alarm.
    Misses: pictures that still raise one.
    """
    changed = numbers(evade(case.w, case.b, case.x), len(case.x), what="the picture")
    needed = case.x @ case.w + case.b - np.append(0, np.cumsum(np.sort(case.gains)[::-1]))
    fewest = int((needed > 1e-9).sum())
    at_most(int((changed != case.x).sum()), fewest, f"{fewest} pixels are enough")


# A random network's statistics


adapting = entries((3, 2, 2, 3))


@law("answer.adapted-parts", needs="adapted_features", maps=adapting)
def adapted_features_are_normalised_then_rectified_then_averaged(adapted_features: Function, maps: Array) -> None:
    r"""They are what batch normalisation, a rectifier and a global average make of the maps.

    $$ \operatorname{mean}\, \operatorname{relu}\, \operatorname{BN}(x) $$

    Catches: statistics of each picture or of all channels together, another order of the three.
    Misses: nothing.
    """
    normal = network.batch_norm2d(maps, np.ones(2), np.zeros(2))
    close(numbers(adapted_features(maps), 3, 2), np.maximum(normal, 0).mean(axis=(2, 3)))


@law("answer.adapted-brightness", needs="adapted_features", maps=adapting, by=entries((2,)))
def adapted_features_do_not_see_brightness(adapted_features: Function, maps: Array, by: Array) -> None:
    r"""What is added to every place of a channel, in all pictures, changes nothing.

    $$ \phi(x + c) = \phi(x) $$

    Catches: maps that are not centred, rectifiers before the normalisation.
    Misses: statistics of each picture.
    """
    close(numbers(adapted_features(maps + by[:, None, None]), 3, 2), numbers(adapted_features(maps), 3, 2))


@law("answer.adapted-half", needs="adapted_features", maps=adapting)
def adapted_features_are_a_half_at_most(adapted_features: Function, maps: Array) -> None:
    r"""The mean of a feature over the pictures is between 0 and one half: half the mean distance from the mean.

    $$ \operatorname{E} \max(z, 0) = \tfrac12 \operatorname{E} \lvert z \rvert \le \tfrac12 $$

    Catches: normalisations without a division, rectifiers that are forgotten.
    Misses: statistics of each picture.
    """
    found = numbers(adapted_features(maps), 3, 2)
    at_most(0, found, "a feature should not be negative")
    at_most(found.mean(axis=0), 0.5 + 1e-9, "the mean should be at most one half")


@law("answer.adapted-together", needs="adapted_features", maps=adapting)
def adapted_features_depend_on_the_other_pictures(adapted_features: Function, maps: Array) -> None:
    r"""A much brighter picture beside it silences a picture, and a copy of the whole batch changes nothing.

    $$ \phi(x)_n \text{ depends on all of } x, \qquad \phi([x; x]) = [\phi(x); \phi(x)] $$

    Catches: statistics of each picture alone, variances with another denominator.
    Misses: maps that are not centred.
    """
    beside = np.concatenate([maps, np.full((1, 2, 2, 3), 1000.0)])
    same(numbers(adapted_features(beside), 4, 2)[:3], np.zeros((3, 2)), "dark pictures should be silent")
    once = numbers(adapted_features(maps), 3, 2)
    close(numbers(adapted_features(np.concatenate([maps, maps])), 6, 2), np.concatenate([once, once]))
