r"""What holds of the numbers by which a classifier is judged (Step 8)."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

from cnnspec.arguments import Array
from cnnspec.laws.compare import at_most, differs, holds, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import entries
from cnnspec.laws.transfer_cases import Guesses, Ranking, guesses, indices, near, rankings, seeds, shares, shuffled
from cnnspec.training.interval import NORMAL_QUANTILE
from cnnspec.transfer import metrics

LOPSIDED = np.array([[8, 0], [2, 0]])
"""A classifier that says 0 to everything, where 0 is right in eight of ten cases."""


def matrix(case: Guesses) -> Array:
    """The counts of a case."""
    return metrics.confusion_matrix(case.y, case.predicted, case.classes)


@law("confusion.definition", needs="confusion_matrix", oracle=True, case=guesses())
def each_cell_counts_one_kind_of_answer(confusion_matrix: Function, case: Guesses) -> None:
    r"""The cell in row i and column j counts the examples of class i that were taken for class j.

    $$ M_{ij} = \lvert \{ n : y_n = i,\ \hat y_n = j \} \rvert $$

    Catches: everything.
    Misses: nothing that small counts can show.
    """
    pairs = list(zip(case.y.tolist(), case.predicted.tolist(), strict=True))
    cells = [[pairs.count((i, j)) for j in range(case.classes)] for i in range(case.classes)]
    same(confusion_matrix(case.y, case.predicted, case.classes), np.array(cells))


@law("confusion.supports", needs="confusion_matrix", case=guesses())
def rows_count_what_was_there_and_columns_what_was_said(confusion_matrix: Function, case: Guesses) -> None:
    r"""A row adds up to how often its class occurred, a column to how often it was predicted.

    $$ \sum_j M_{ij} = N_i, \qquad \sum_i M_{ij} = \hat N_j $$

    Catches: rows and columns exchanged, shares in place of counts.
    Misses: hits that are counted as misses within row and column.
    """
    m = np.asarray(confusion_matrix(case.y, case.predicted, case.classes))
    same(m.sum(axis=1), np.bincount(case.y, minlength=case.classes))
    same(m.sum(axis=0), np.bincount(case.predicted, minlength=case.classes))


@law("confusion.accuracy", needs="confusion_matrix", case=guesses())
def the_diagonal_holds_what_is_right(confusion_matrix: Function, case: Guesses) -> None:
    r"""The diagonal adds up to the number of right answers, everything to the number of answers.

    $$ \frac{\operatorname{tr} M}{\sum M} = \text{accuracy} $$

    Catches: misses on the diagonal, classes counted from one.
    Misses: rows and columns exchanged.
    """
    m = np.asarray(confusion_matrix(case.y, case.predicted, case.classes))
    same(np.trace(m), np.sum(case.y == case.predicted))
    same(m.sum(), len(case.y))


@law("confusion.renamed", needs="confusion_matrix", case=guesses(), seed=seeds)
def renamed_classes_rearrange_the_matrix(confusion_matrix: Function, case: Guesses, seed: int) -> None:
    r"""Other names for the classes rearrange rows and columns alike; the order of the examples does not matter.

    $$ M(\pi(y), \pi(\hat y))_{\pi(i)\pi(j)} = M(y, \hat y)_{ij} $$

    Catches: a class that is treated differently, examples that are left out.
    Misses: rows and columns exchanged.
    """
    names, order = shuffled(seed, case.classes), shuffled(seed, len(case.y))
    renamed = confusion_matrix(names[case.y[order]], names[case.predicted[order]], case.classes)
    same(np.asarray(renamed)[np.ix_(names, names)], confusion_matrix(case.y, case.predicted, case.classes))


@law("scores.definition", needs="class_scores", oracle=True, case=guesses())
def precision_and_recall_are_shares_of_what_was_said_and_what_was_there(class_scores: Function, case: Guesses) -> None:
    r"""Precision is the share of right answers among the alarms, recall among what should have raised one.

    $$ P_c = \frac{TP}{TP + FP}, \qquad R_c = \frac{TP}{TP + FN} $$

    Catches: precision and recall exchanged, rates of nothing that are not 0.
    Misses: nothing about counts.
    """
    precision, recall, f1 = (np.asarray(part) for part in class_scores(matrix(case)))
    for c in range(case.classes):
        hits = int(((case.y == c) & (case.predicted == c)).sum())
        said, there = int((case.predicted == c).sum()), int((case.y == c).sum())
        near(precision[c], hits / said if said else 0.0)
        near(recall[c], hits / there if there else 0.0)
        near(f1[c], 2 * hits / (said + there) if said + there else 0.0)


@law("scores.transposed", needs="class_scores", case=guesses())
def precision_is_recall_seen_from_the_other_side(class_scores: Function, case: Guesses) -> None:
    r"""If truth and prediction change places, precision and recall do; F1 stays.

    $$ P_c(M^{\mathsf T}) = R_c(M), \qquad F_c(M^{\mathsf T}) = F_c(M) $$

    Catches: a rate with the wrong denominator, an F1 that prefers one side.
    Misses: precision and recall exchanged.
    """
    m = matrix(case)
    (precision, recall, f1), (other, another, f) = class_scores(m), class_scores(m.T.copy())
    near(other, recall)
    near(another, precision)
    near(f, f1)


@law("scores.recall", needs="class_scores", case=guesses(), extra=st.integers(1, 9))
def recall_does_not_see_what_the_other_classes_do(class_scores: Function, case: Guesses, extra: int) -> None:
    r"""More examples of other classes change the precision of a class at most, and never its recall.

    $$ M_{i \cdot} \text{ fixed} \implies R_i \text{ fixed} $$

    Catches: precision and recall exchanged.
    Misses: recall with a wrong numerator.
    """
    m = np.concatenate([np.asarray(matrix(case)), np.zeros((1, case.classes), dtype=np.int64)])
    m = np.concatenate([m, np.zeros((len(m), 1), dtype=np.int64)], axis=1)
    more = m.copy()
    more[-1, 0] += extra
    near(np.asarray(class_scores(more)[1])[:-1], np.asarray(class_scores(m)[1])[:-1])


@law("scores.f1-between", needs="class_scores", case=guesses())
def f1_is_the_harmonic_mean(class_scores: Function, case: Guesses) -> None:
    r"""F1 lies between the smaller of precision and recall and their mean; it is their harmonic mean.

    $$ \min(P, R) \le F = \frac{2 P R}{P + R} \le \frac{P + R}{2} $$

    Catches: arithmetic or geometric means.
    Misses: precision and recall that are both wrong.
    """
    precision, recall, f1 = (np.asarray(part) for part in class_scores(matrix(case)))
    at_most(np.minimum(precision, recall), f1 + 1e-9)
    at_most(f1, (precision + recall) / 2 + 1e-9)
    near(f1 * (precision + recall), 2 * precision * recall)


@law("f1.micro", needs="f1_score", case=guesses())
def pooled_f1_is_accuracy(f1_score: Function, case: Guesses) -> None:
    r"""With one class for each example, the F1 of the pooled counts is the accuracy, and says nothing new.

    $$ F_{\text{micro}} = \frac{\operatorname{tr} M}{\sum M} $$

    Catches: micro and macro exchanged, misses that are counted once.
    Misses: everything about the mean over classes.
    """
    m = matrix(case)
    near(f1_score(m, "micro"), np.trace(m) / m.sum())


@law("f1.macro", needs="f1_score", case=guesses())
def the_mean_f1_treats_all_classes_alike(f1_score: Function, case: Guesses) -> None:
    r"""The macro F1 is the mean over the classes, rare ones included.

    $$ F_{\text{macro}} = \frac1C \sum_c F_c $$

    Catches: means that are weighted by how often a class occurs, micro and macro exchanged.
    Misses: wrong scores of the classes.
    """
    near(f1_score(matrix(case), "macro"), np.mean(metrics.class_scores(matrix(case))[2]))


@law("f1.not-accuracy", needs="f1_score", factor=st.integers(1, 30))
def a_classifier_that_never_finds_the_rare_class_has_a_low_mean_f1(f1_score: Function, factor: int) -> None:
    r"""The macro F1 is not the accuracy: who calls everything harmless is right in 80 percent and scores 4/9.

    $$ M = \begin{pmatrix} 8 & 0 \\ 2 & 0 \end{pmatrix} \implies F_{\text{micro}} = \tfrac45, \quad
    F_{\text{macro}} = \tfrac49 $$

    Catches: micro and macro exchanged, classes without hits that are left out of the mean.
    Misses: everything else.
    """
    near(f1_score(LOPSIDED * factor, "micro"), 0.8)
    near(f1_score(LOPSIDED * factor, "macro"), 4 / 9)


# Ranks


@law("auc.definition", needs="roc_auc", oracle=True, case=rankings())
def the_area_counts_pairs(roc_auc: Function, case: Ranking) -> None:
    r"""The area under the curve is the share of pairs in which the positive example scores higher; ties count half.

    $$ \mathrm{AUC} = P(s_+ > s_-) + \tfrac12 P(s_+ = s_-) $$

    Catches: everything.
    Misses: nothing that few examples can show.
    """
    wins = [
        (p > n) + (p == n) / 2 for p in case.scores[case.y == 1].tolist() for n in case.scores[case.y == 0].tolist()
    ]
    near(roc_auc(case.y, case.scores), sum(wins) / len(wins))


@law("auc.increasing", needs="roc_auc", case=rankings())
def only_the_order_of_scores_counts(roc_auc: Function, case: Ranking) -> None:
    r"""Any strictly increasing function of the scores leaves the area.

    $$ \mathrm{AUC}(y, g(s)) = \mathrm{AUC}(y, s) $$

    So an area says nothing about probabilities: scores that are wildly overconfident have the same.

    Catches: means of scores, thresholds at one half.
    Misses: how ties count.
    """
    near(roc_auc(case.y, np.exp(case.scores / 8) * 3 - 7), roc_auc(case.y, case.scores))


@law("auc.reversed", needs="roc_auc", case=rankings())
def who_is_always_wrong_knows_everything(roc_auc: Function, case: Ranking) -> None:
    r"""Reversed scores, or exchanged labels, have the rest of the area.

    $$ \mathrm{AUC}(y, -s) = \mathrm{AUC}(1 - y, s) = 1 - \mathrm{AUC}(y, s) $$

    Catches: ties that count 0 or 1, areas that are folded at one half.
    Misses: labels that are exchanged throughout.
    """
    near(roc_auc(case.y, -case.scores), 1 - roc_auc(case.y, case.scores))
    near(roc_auc(1 - case.y, case.scores), 1 - roc_auc(case.y, case.scores))


@law("auc.perfect", needs="roc_auc", case=rankings())
def a_score_that_is_the_label_has_all_of_the_area(roc_auc: Function, case: Ranking) -> None:
    r"""The labels as scores have the area 1, and equal scores one half.

    $$ \mathrm{AUC}(y, y) = 1, \qquad \mathrm{AUC}(y, c) = \tfrac12 $$

    Catches: labels that are exchanged, ties that count 0 or 1, factors.
    Misses: wrong counts between the extremes.
    """
    near(roc_auc(case.y, case.y * 2.0 - 1), 1.0)
    near(roc_auc(case.y, 0 * case.scores + 3), 0.5)


@law("auc.prevalence", needs="roc_auc", case=rankings(), copies=st.integers(2, 4))
def the_area_does_not_depend_on_how_rare_attacks_are(roc_auc: Function, case: Ranking, copies: int) -> None:
    r"""More copies of every negative example leave the area.

    $$ \mathrm{AUC} \text{ depends on } P(s \mid +) \text{ and } P(s \mid -), \text{ not on } \pi $$

    That is its strength on paper and its weakness in use.

    Catches: denominators of all examples, accuracies.
    Misses: how ties count.
    """
    benign = case.y == 0
    y = np.concatenate([case.y, *[case.y[benign]] * copies])
    scores = np.concatenate([case.scores, *[case.scores[benign]] * copies])
    near(roc_auc(y, scores), roc_auc(case.y, case.scores))


# Base rates


@law(
    "prevalence.definition",
    needs="precision_at_prevalence",
    oracle=True,
    tpr=shares(),
    fpr=shares(),
    prevalence=shares(),
)
def precision_is_the_rule_of_bayes(
    precision_at_prevalence: Function, tpr: Array, fpr: Array, prevalence: Array
) -> None:
    r"""Of all alarms, the true ones are the positive examples that raise one.

    $$ P = \frac{\pi\,\mathrm{TPR}}{\pi\,\mathrm{TPR} + (1 - \pi)\,\mathrm{FPR}} $$

    Catches: a prevalence that is ignored or turned round.
    Misses: nothing.
    Source: Axelsson (2000), The base-rate fallacy and the difficulty of intrusion detection.
    """
    true, all_ = float(prevalence * tpr), float(prevalence * tpr + (1 - prevalence) * fpr)
    near(precision_at_prevalence(tpr, fpr, prevalence), true / all_ if all_ else 0.0)


@law("prevalence.one-in-a-thousand", needs="precision_at_prevalence", start=indices)
def a_detector_that_is_right_in_99_of_100_cases_is_wrong_in_10_of_11_alarms(
    precision_at_prevalence: Function, start: int
) -> None:
    r"""With TPR 0.99 and FPR 0.01, precision is 0.99 for one attack in two, 0.50 for one in 100, 0.09 for one in 1,000.

    $$ P(\tfrac12) = 0.99, \qquad P(\tfrac1{100}) = 0.5, \qquad P(\tfrac1{1000}) \approx 0.09 $$

    Catches: a prevalence that is ignored.
    Misses: everything else.
    Source: Axelsson (2000), The base-rate fallacy and the difficulty of intrusion detection.
    """
    rates = np.roll([0.5, 0.01, 0.001], start)
    found = np.roll(precision_at_prevalence(np.array(0.99), np.array(0.01), rates), -start)
    near(found, [0.99, 0.5, 0.000990 / 0.010980])


@law("prevalence.rare", needs="precision_at_prevalence", tpr=shares(1), fpr=shares(1), prevalence=shares(1))
def the_rarer_the_attack_the_less_an_alarm_says(
    precision_at_prevalence: Function, tpr: Array, fpr: Array, prevalence: Array
) -> None:
    r"""Precision rises with prevalence, from nothing to one.

    $$ \pi < \pi' \implies P(\pi) < P(\pi') \qquad (\mathrm{TPR}, \mathrm{FPR} > 0) $$

    Catches: a prevalence that is ignored or turned round.
    Misses: a prevalence that enters with a wrong power.
    """
    half = np.asarray(precision_at_prevalence(tpr, fpr, prevalence / 2))
    holds(half < np.asarray(precision_at_prevalence(tpr, fpr, prevalence)) - 1e-9, "a rarer attack should mean less")
    near(precision_at_prevalence(tpr, fpr, np.array(1.0)), 1.0)
    near(precision_at_prevalence(tpr, fpr, np.array(0.0)), 0.0)


@law("prevalence.useless", needs="precision_at_prevalence", rate=shares(1), prevalence=shares())
def who_does_not_look_finds_what_is_there(precision_at_prevalence: Function, rate: Array, prevalence: Array) -> None:
    r"""A detector that alarms as often for attacks as for others has the prevalence as its precision.

    $$ \mathrm{TPR} = \mathrm{FPR} \implies P = \pi $$

    Catches: every other use of the prevalence.
    Misses: rates that are exchanged.
    """
    near(precision_at_prevalence(rate, rate, prevalence), prevalence)


@law("prevalence.counts", needs="precision_at_prevalence", hits=st.integers(0, 9), misses=st.integers(1, 9),
     alarms=st.integers(1, 9), quiet=st.integers(0, 9))  # fmt: skip
def at_the_prevalence_of_the_test_set_it_is_the_precision(
    precision_at_prevalence: Function, hits: int, misses: int, alarms: int, quiet: int
) -> None:
    r"""With the prevalence of the test set, the formula gives the precision that was counted.

    $$ \pi = \frac{TP + FN}{N} \implies P = \frac{TP}{TP + FP} $$

    Catches: rates that are exchanged, a prevalence that is turned round.
    Misses: other prevalences.
    """
    attacks, others = hits + misses, alarms + quiet
    rates = np.array(hits / attacks), np.array(alarms / others), np.array(attacks / (attacks + others))
    near(precision_at_prevalence(*rates), hits / (hits + alarms))


# Calibration and other shares


@law("calibration.bounds", needs="calibration_error", scores=entries((5, 3)), seed=seeds)
def miscalibration_is_a_share(calibration_error: Function, scores: Array, seed: int) -> None:
    r"""The error is between 0 and 1, and at least the gap between mean confidence and accuracy.

    $$ \lvert \mathrm{acc} - \mathrm{conf} \rvert \le \mathrm{ECE} \le 1 $$

    Catches: gaps that cancel between bins, sums in place of means.
    Misses: wrong bins.
    """
    p, y = probabilities(scores), shuffled(seed, 5) % 3
    error = calibration_error(p, y)
    gap = abs(float((p.argmax(axis=1) == y).mean() - p.max(axis=1).mean()))
    at_most(gap, error + 1e-9)
    at_most(error, 1.0)


def probabilities(scores: Array) -> Array:
    """Rows that add up to one, without ties for the largest."""
    from cnnspec.network import softmax

    return softmax(scores / 4 + np.arange(scores.shape[1]) / 64)


@law("calibration.one-bin", needs="calibration_error", scores=entries((5, 3)), seed=seeds)
def with_one_bin_it_is_the_gap_between_confidence_and_accuracy(
    calibration_error: Function, scores: Array, seed: int
) -> None:
    r"""If all examples are in one bin, the error is the gap between their mean confidence and their accuracy.

    $$ B = 1 \implies \mathrm{ECE} = \lvert \mathrm{acc} - \mathrm{conf} \rvert $$

    Catches: bins that are ignored, squares in place of magnitudes, wrong weights of bins.
    Misses: the edges of bins.
    """
    p, y = probabilities(scores), shuffled(seed, 5) % 3
    near(calibration_error(p, y, 1), abs(float((p.argmax(axis=1) == y).mean() - p.max(axis=1).mean())))


@law("calibration.opposites", needs="calibration_error", right=st.integers(1, 5), wrong=st.integers(1, 5))
def overconfidence_and_underconfidence_do_not_cancel(calibration_error: Function, right: int, wrong: int) -> None:
    r"""Some who are too sure and some who are not sure enough do not make a calibrated crowd.

    $$ \mathrm{ECE} = \frac{0.45\, r + 0.95\, w}{r + w} $$

    for r right answers at 0.55 and w wrong ones at 0.95. With one bin, most of it would cancel.

    Catches: one bin for all, signed gaps, weights that forget how full a bin is.
    Misses: the edges of bins.
    """
    p = np.array([[0.55, 0.45]] * right + [[0.05, 0.95]] * wrong)
    near(calibration_error(p, np.zeros(right + wrong, dtype=np.int64)), (0.45 * right + 0.95 * wrong) / (right + wrong))


@law("calibration.sure", needs="calibration_error", scores=entries((5, 3)), seed=seeds)
def full_confidence_is_wrong_as_often_as_its_answers(calibration_error: Function, scores: Array, seed: int) -> None:
    r"""Of answers that are given with probability 1, the error is the share of wrong ones.

    $$ p \in \{0, 1\} \implies \mathrm{ECE} = 1 - \mathrm{acc} $$

    Catches: a last bin that leaves out 1, bins that are counted from elsewhere.
    Misses: everything between.
    """
    p, y = np.eye(3)[probabilities(scores).argmax(axis=1)], shuffled(seed, 5) % 3
    near(calibration_error(p, y), 1 - float((p.argmax(axis=1) == y).mean()))


@law("topk.accuracy", needs="top_k_accuracy", scores=entries((5, 4)), seed=seeds)
def one_guess_is_the_accuracy_and_all_guesses_are_enough(top_k_accuracy: Function, scores: Array, seed: int) -> None:
    r"""One guess gives the accuracy, as many as classes always suffice, and one guess more never hurts.

    $$ \mathrm{acc}_1 = \mathrm{acc}, \qquad \mathrm{acc}_k \le \mathrm{acc}_{k+1}, \qquad \mathrm{acc}_C = 1 $$

    Catches: guesses counted from zero, the least probable classes in place of the most probable.
    Misses: ties, which were broken by an eighth.
    """
    z, y = scores + np.arange(4) / 8, shuffled(seed, 5) % 4
    found = [top_k_accuracy(z, y, k) for k in range(1, 5)]
    near(found[0], float((z.argmax(axis=1) == y).mean()))
    near(found[3], 1.0)
    for fewer, more in pairwise(found):
        at_most(fewer, more)


@law("interval.contains", needs="wilson_interval", count=st.integers(1, 400), part=shares())
def the_interval_holds_what_was_counted(wilson_interval: Function, count: int, part: Array) -> None:
    r"""The interval lies between 0 and 1 and holds the counted rate, strictly inside unless all or none were right.

    $$ 0 \le l \le \hat p \le u \le 1 $$

    Catches: the textbook's interval, which leaves [0, 1] and is empty at 0 and 1.
    Misses: widths.
    """
    hits = round(count * float(part))
    low, high = wilson_interval(hits, count)
    at_most(-1e-12, low)
    at_most(high, 1 + 1e-12)
    at_most(low, hits / count + 1e-12)
    at_most(hits / count, high + 1e-12)
    holds(high - low > 1e-3, "an interval should never be empty")


@law("interval.mirror", needs="wilson_interval", count=st.integers(1, 400), part=shares())
def errors_have_the_mirrored_interval(wilson_interval: Function, count: int, part: Array) -> None:
    r"""The interval of the errors is that of the hits, seen from 1.

    $$ l(n - k, n) = 1 - u(k, n) $$

    Catches: ends that are clipped or shifted to one side.
    Misses: widths.
    """
    hits = round(count * float(part))
    (low, high), (other, another) = wilson_interval(hits, count), wilson_interval(count - hits, count)
    near([other, another], [1 - high, 1 - low])


@law("interval.solves", needs="wilson_interval", count=st.integers(1, 400), part=shares())
def at_the_ends_the_count_is_just_believable(wilson_interval: Function, count: int, part: Array) -> None:
    r"""Were the true rate an end of the interval, what was counted would lie 1.96 standard deviations from it.

    $$ (\hat p - p)^2 = z^2\, \frac{p (1 - p)}{n} \quad \text{at } p = l, u $$

    So the width shrinks with the square root of the number of examples.

    Catches: every other interval.
    Misses: nothing.
    Source: Wilson (1927).
    """
    hits = round(count * float(part))
    for end in wilson_interval(hits, count):
        near((hits / count - end) ** 2, NORMAL_QUANTILE**2 * end * (1 - end) / count)


@law("accuracy.prevalence", needs="f1_score", factor=st.integers(2, 20))
def accuracy_depends_on_how_rare_attacks_are(f1_score: Function, factor: int) -> None:
    r"""The same rates give another accuracy when benign cases are more frequent.

    $$ \exists\, M, a: \quad F_{\text{micro}}(\operatorname{diag}(a, 1) M) \ne F_{\text{micro}}(M) $$

    Catches: means over classes in place of pooled counts.
    Misses: everything else.
    """
    m = np.array([[9, 1], [4, 6]])
    more = m * np.array([[factor], [1]])
    differs(f1_score(more, "micro"), f1_score(m, "micro"), "accuracy should depend on prevalence")
