r"""What holds of the loss of a linear probe, its gradient and its least value (Step 8)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from cnnspec.arguments import Array
from cnnspec.laws.compare import at_most, differs, holds
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.transfer_cases import OPTIMUM, Learning, indices, learnings, near, seeds, shuffled
from cnnspec.network import softmax
from cnnspec.transfer import probe


def loss(function: Function, case: Learning, w: Any = None, b: Any = None, *, penalty: float | None = None) -> float:
    """The loss at some weights, which are those of the case unless given."""
    weights = case.w if w is None else np.asarray(w), case.b if b is None else np.asarray(b)
    return float(function(*weights, case.x, case.y, penalty=case.penalty if penalty is None else penalty))


def fitted(function: Function, case: Learning, *, penalty: float | None = None) -> tuple[Array, Array]:
    """The best weights and biases."""
    return function(case.x, case.y, case.classes, penalty=case.penalty if penalty is None else penalty)  # type: ignore[no-any-return]


def predicted(case: Learning, w: Array, b: Array) -> Array:
    """The probabilities of all classes for the case's examples."""
    return softmax(case.x @ np.asarray(w).T + np.asarray(b))


@law("probe.definition", needs="probe_loss", oracle=True, case=learnings())
def the_loss_of_a_probe_is_the_mean_surprise_and_a_penalty(probe_loss: Function, case: Learning) -> None:
    r"""The loss is the mean of the log-sum-exps less the true logits, and half the penalty times all squared weights.

    $$ J = \frac1N \sum_n \Bigl( \log \sum_c e^{z_{nc}} - z_{n y_n} \Bigr) + \frac\lambda2 \sum_{cd} w_{cd}^2 $$

    Catches: everything that small numbers can show.
    Misses: overflow.
    """
    rows = (case.x @ case.w.T + case.b).tolist()
    terms = [math.log(math.fsum(map(math.exp, row))) - row[c] for row, c in zip(rows, case.y.tolist(), strict=True)]
    near(loss(probe_loss, case), math.fsum(terms) / len(terms) + case.penalty / 2 * float((case.w**2).sum()))


@law("probe.chance", needs="probe_loss", case=learnings())
def weights_of_zero_cost_the_logarithm_of_the_number_of_classes(probe_loss: Function, case: Learning) -> None:
    r"""Without weights and biases every class is as probable as the others, whatever the features are.

    $$ J(0, 0) = \log C $$

    Catches: sums instead of means, logarithms of another base, a penalty that is not zero at zero.
    Misses: whatever weights do.
    """
    near(loss(probe_loss, case, 0 * case.w, 0 * case.b), math.log(case.classes))


@law("probe.convex", needs="probe_loss", case=learnings(penalty=0.0), other=learnings())
def the_loss_between_two_probes_is_at_most_the_mean_of_theirs(
    probe_loss: Function, case: Learning, other: Learning
) -> None:
    r"""The loss is convex: half-way between two probes it is at most half-way between their losses.

    $$ J\bigl(\tfrac{\theta + \theta'}{2}\bigr) \le \tfrac12 J(\theta) + \tfrac12 J(\theta') $$

    So a search that goes downhill can end in one valley only.

    Catches: a wrong sign, square roots of weights, probabilities in place of their logarithms.
    Misses: wrong factors.
    Source: Boyd & Vandenberghe (2004), section 3.1.5: the log-sum-exp is convex.
    """
    w, b = np.resize(other.w, case.w.shape), np.resize(other.b, case.b.shape)
    between = loss(probe_loss, case, (case.w + w) / 2, (case.b + b) / 2)
    at_most(between, (loss(probe_loss, case) + loss(probe_loss, case, w, b)) / 2 + 1e-9)


@law("probe.bowl", needs="probe_loss", case=learnings(), other=learnings())
def a_penalty_bends_the_loss_by_at_least_its_factor(probe_loss: Function, case: Learning, other: Learning) -> None:
    r"""With a penalty the loss is strongly convex in the weights: there is one best value, not a valley of them.

    $$ \tfrac12 J(\theta) + \tfrac12 J(\theta') - J\bigl(\tfrac{\theta + \theta'}{2}\bigr)
    \ge \frac\lambda8 \lVert W - W' \rVert^2 $$

    Catches: a penalty that is forgotten, too small, linear, or falls with large weights.
    Misses: a penalty that is too large.
    Source: Boyd & Vandenberghe (2004), section 9.1.2.
    """
    w = np.resize(other.w, case.w.shape) + case.w / 2
    between = loss(probe_loss, case, (case.w + w) / 2)
    gap = (loss(probe_loss, case) + loss(probe_loss, case, w)) / 2 - between
    at_most(case.penalty / 8 * float(((case.w - w) ** 2).sum()), gap + 1e-9)


@law("probe.shared-row", needs="probe_loss", case=learnings(penalty=0.0), start=indices)
def the_same_row_added_to_every_class_costs_nothing(probe_loss: Function, case: Learning, start: int) -> None:
    r"""Without a penalty only differences count: one vector added to every row changes nothing, nor one bias to all.

    $$ J(W + \mathbf 1 v^{\mathsf T}, b + c \mathbf 1) = J(W, b) \qquad (\lambda = 0) $$

    The unpenalised optimum is therefore never a single point.

    Catches: probabilities without a sum of one, a penalty that is always there.
    Misses: wrong means.
    """
    row = (np.arange(case.w.shape[1]) + start) % 7 - 3.0
    near(loss(probe_loss, case, case.w + row, case.b + (start % 5) - 2.0), loss(probe_loss, case))


@law("probe.free-bias", needs="probe_loss", case=learnings(), start=indices)
def the_penalty_does_not_see_biases(probe_loss: Function, case: Learning, start: int) -> None:
    r"""One number added to every bias changes nothing, even with a penalty.

    $$ J(W, b + c \mathbf 1) = J(W, b) $$

    A penalised bias would pull the predicted frequencies of the classes towards each other.

    Catches: a penalty on the biases.
    Misses: everything about weights.
    """
    near(loss(probe_loss, case, None, case.b + start + 1.0), loss(probe_loss, case))


@law("probe.copies", needs="probe_loss", case=learnings(), seed=seeds)
def the_loss_knows_neither_order_nor_number_of_copies(probe_loss: Function, case: Learning, seed: int) -> None:
    r"""Examples have no order, and a set that is taken twice costs as much as once, because the loss is a mean.

    $$ J(X_\pi, y_\pi) = J(X, y) = J\bigl([X; X], [y; y]\bigr) $$

    Catches: the sum instead of the mean, the first example or the last one counted differently.
    Misses: whatever is wrong in each example alike.
    """
    order = shuffled(seed, len(case.x))
    near(loss(probe_loss, case.but(x=case.x[order], y=case.y[order])), loss(probe_loss, case))
    twice = case.but(x=np.concatenate([case.x] * 2), y=np.concatenate([case.y] * 2))
    near(loss(probe_loss, twice), loss(probe_loss, case))


@law("probe.gradient", needs="probe_gradient", oracle=True, case=learnings())
def the_gradient_is_error_times_feature(probe_gradient: Function, case: Learning) -> None:
    r"""The gradient is what is predicted less what is true, times the features, and the penalty's share.

    $$ \nabla_W J = \frac1N (P - Y)^{\mathsf T} X + \lambda W $$

    Catches: every wrong entry.
    Misses: overflow.
    """
    dw, db = probe_gradient(*case.given, penalty=case.penalty)
    error = predicted(case, case.w, case.b)
    error[np.arange(len(case.y)), case.y] -= 1
    near(dw, np.einsum("nc,nd->cd", error, case.x) / len(case.x) + case.penalty * case.w)
    near(db, error.mean(axis=0))


@law("probe.slope", needs="probe_gradient", case=learnings(), other=learnings())
def the_gradient_is_the_slope_of_the_loss(probe_gradient: Function, case: Learning, other: Learning) -> None:
    r"""Along any direction the loss rises as the gradient says.

    $$ \frac{J(\theta + h v) - J(\theta - h v)}{2h} \to \langle \nabla J(\theta), v \rangle $$

    Catches: wrong signs, missing factors, a penalised bias, transposed errors.
    Misses: what is wrong in the loss as well.
    """
    dw, db = probe_gradient(*case.given, penalty=case.penalty)
    v, u, h = np.resize(other.w, case.w.shape), np.resize(other.b, case.b.shape), 1e-4
    ahead = loss(probe.probe_loss, case, case.w + h * v, case.b + h * u)
    behind = loss(probe.probe_loss, case, case.w - h * v, case.b - h * u)
    slope = float((dw * v).sum() + (db * u).sum())
    near((ahead - behind) / (2 * h), slope, by=1e-4 * (1 + abs(slope)))


@law("probe.balance", needs="probe_gradient", case=learnings())
def what_one_class_gains_the_others_lose(probe_gradient: Function, case: Learning) -> None:
    r"""Over the classes, the gradient of the biases adds up to zero, and that of the weights to the penalty's share.

    $$ \sum_c \frac{\partial J}{\partial b_c} = 0, \qquad \sum_c \frac{\partial J}{\partial W_c} = \lambda \sum_c W_c $$

    Catches: one-hot rows that are wrong, a penalised bias, a penalty with a wrong factor.
    Misses: a factor on everything that comes from the examples.
    """
    dw, db = probe_gradient(*case.given, penalty=case.penalty)
    near(db.sum(), 0.0)
    near(dw.sum(axis=0), case.penalty * case.w.sum(axis=0))


@law("probe.descent", needs="probe_gradient", case=learnings())
def a_step_that_is_short_enough_goes_down(probe_gradient: Function, case: Learning) -> None:
    r"""A step against the gradient, as long as the curvature allows, lowers the loss by at least so much.

    $$ J\bigl(\theta - \tfrac1L \nabla J\bigr) \le J(\theta) - \frac{1}{2L} \lVert \nabla J \rVert^2, \qquad
    L = \tfrac12 \lambda_{\max}\bigl(\tfrac1N \tilde X^{\mathsf T} \tilde X\bigr) + \lambda $$

    Catches: wrong signs, gradients that are too large or point elsewhere.
    Misses: gradients that are too small.
    Source: Böhning (1992), Multinomial logistic regression algorithm, which bounds the curvature of the softmax by one
    half; the step is the textbook's.
    """
    dw, db = probe_gradient(*case.given, penalty=case.penalty)
    ones = np.append(case.x, np.ones((len(case.x), 1)), axis=1)
    bound = float(np.linalg.eigvalsh(ones.T @ ones / len(ones))[-1]) / 2 + case.penalty
    after = loss(probe.probe_loss, case, case.w - dw / bound, case.b - db / bound)
    fall = float((dw**2).sum() + (db**2).sum()) / (2 * bound)
    at_most(after, loss(probe.probe_loss, case) - fall + 1e-9)


@law("probe.best", needs="fit_probe", case=learnings())
def no_other_weights_cost_less(fit_probe: Function, case: Learning) -> None:
    r"""What is fitted costs no more than any other weights.

    $$ J(W^*, b^*) \le J(W, b) $$

    Catches: searches that stop early, a penalty that is forgotten, doubled or divided by the number of examples.
    Misses: weights that are only nearly best.
    """
    w, b = fitted(fit_probe, case)
    best = loss(probe.probe_loss, case, w, b)
    for by in (1.0, 0.1, 1e-3):
        at_most(best, loss(probe.probe_loss, case, w + by * case.w, b + by * case.b) + 1e-9)
    at_most(best, loss(probe.probe_loss, case) + 1e-9)


@law("probe.optimum", needs="fit_probe", case=learnings())
def at_the_best_weights_nothing_rises_or_falls(fit_probe: Function, case: Learning) -> None:
    r"""At the optimum the gradient is zero.

    $$ \frac1N (P - Y)^{\mathsf T} X + \lambda W^* = 0 $$

    Catches: searches that stop early, another penalty, a penalised bias, features that were rescaled in silence.
    Misses: nothing about where the optimum is.
    """
    dw, db = probe.probe_gradient(*fitted(fit_probe, case), case.x, case.y, penalty=case.penalty)
    near(dw, 0 * dw, "the gradient should be zero", OPTIMUM)
    near(db, 0 * db, "the gradient should be zero", OPTIMUM)


@law("probe.centred", needs="fit_probe", case=learnings())
def the_rows_of_the_best_weights_add_up_to_zero(fit_probe: Function, case: Learning) -> None:
    r"""The penalty chooses, among all weights that predict the same, those whose rows add up to zero.

    $$ \sum_c W^*_c = 0 $$

    Catches: one class whose weights are fixed at zero, searches that stop early from an unbalanced start.
    Misses: wrong penalties.
    """
    near(fitted(fit_probe, case)[0].sum(axis=0), 0.0, by=OPTIMUM)


@law("probe.frequencies", needs="fit_probe", case=learnings())
def the_mean_prediction_is_the_frequency_of_the_class(fit_probe: Function, case: Learning) -> None:
    r"""Because the bias is free, the predicted probabilities of each class average to how often it occurred.

    $$ \frac1N \sum_n p_{nc} = \frac{N_c}{N} $$

    Whoever trains on equal classes is told equal classes; how rare attacks are the classifier cannot know.

    Catches: a penalised bias, no bias, biases that are left at zero.
    Misses: wrong weights with right biases.
    """
    mean = predicted(case, *fitted(fit_probe, case)).mean(axis=0)
    near(mean, np.bincount(case.y, minlength=case.classes) / len(case.y), by=OPTIMUM)


@law("probe.entropy", needs="fit_probe", case=learnings())
def learning_costs_no_more_than_knowing_the_frequencies(fit_probe: Function, case: Learning) -> None:
    r"""In training, the best probe is at least as good as one that knows only how often each class occurs.

    $$ J(W^*, b^*) \le -\sum_c \frac{N_c}{N} \log \frac{N_c}{N} $$

    Catches: a bias that is missing or penalised, searches that lose their way.
    Misses: probes that learn nothing else.
    """
    share = np.bincount(case.y, minlength=case.classes) / len(case.y)
    at_most(loss(probe.probe_loss, case, *fitted(fit_probe, case)), -float((share * np.log(share)).sum()) + 1e-9)


@law("probe.span", needs="fit_probe", case=learnings())
def the_best_weights_are_made_of_the_features_of_examples(fit_probe: Function, case: Learning) -> None:
    r"""Every row of the weights is a combination of training features; in other directions there is nothing.

    $$ W^* = A X \quad \text{for some } A $$

    So with ten pictures, at most ten of 1,280 directions are used.

    Catches: weights that were started at random, noise.
    Misses: combinations that are wrong.
    Source: the representer theorem, Kimeldorf & Wahba (1971), Some results on Tchebycheffian spline functions.
    """
    w, b = fitted(fit_probe, case)
    zeros = np.zeros((len(case.x), 2))
    wide = fitted(fit_probe, case.but(x=np.concatenate([zeros[:, :1], case.x, zeros[:, :1]], axis=1)))[0]
    near(wide[:, [0, -1]], 0.0, "an always-zero feature should have no weight", OPTIMUM)
    near(w @ np.linalg.pinv(case.x) @ case.x, w, by=OPTIMUM)
    holds(np.isfinite(b).all(), "biases should be finite")


@law("probe.norm", needs="fit_probe", case=learnings())
def a_larger_penalty_makes_smaller_weights_and_a_worse_fit(fit_probe: Function, case: Learning) -> None:
    r"""With a larger penalty the best weights are no longer, and their loss without the penalty no lower.

    $$ \lambda < \lambda' \implies \lVert W^*_\lambda \rVert \ge \lVert W^*_{\lambda'} \rVert, \quad
    J_0(\theta^*_\lambda) \le J_0(\theta^*_{\lambda'}) $$

    Catches: a penalty that is ignored or turned round.
    Misses: a penalty with a wrong factor.
    """
    small, large = (fitted(fit_probe, case, penalty=case.penalty * factor) for factor in (1, 4))
    at_most(float((large[0] ** 2).sum()), float((small[0] ** 2).sum()) + 1e-9)
    fit = [loss(probe.probe_loss, case, *weights, penalty=0.0) for weights in (small, large)]
    at_most(fit[0], fit[1] + 1e-9)
    if (small[0] ** 2).sum() > 1e-6:
        holds((large[0] ** 2).sum() < (small[0] ** 2).sum() - 1e-9, "a larger penalty should shorten the weights")


@law("probe.separable", needs="fit_probe", scale=indices)
def without_a_penalty_nothing_is_best_where_a_line_separates(fit_probe: Function, scale: int) -> None:
    r"""Where a line separates the classes, the loss tends to zero and the weights to infinity as the penalty vanishes.

    $$ \lambda \to 0 \implies J(\theta^*_\lambda) \to 0, \quad \lVert W^*_\lambda \rVert \to \infty $$

    "It converged" is then a statement about the rule for stopping, and not about the data.

    Catches: a smallest penalty that is added in silence, weights that are limited.
    Misses: everything about classes that overlap.
    Source: Rosset, Zhu & Hastie (2003), Margin maximizing loss functions; for descent without a penalty, Soudry,
    Hoffer, Nacson, Gunasekar & Srebro (2018), The implicit bias of gradient descent on separable data.
    """
    x, y = np.array([[-2.0], [-1.0], [1.0], [2.0 + scale % 5]]), np.array([0, 0, 1, 1])
    sizes, losses = [], []
    for penalty in (1e-1, 1e-2, 1e-3):
        w, b = fit_probe(x, y, 2, penalty=penalty)
        sizes.append(float(np.abs(w).max()))
        losses.append(probe.probe_loss(w, b, x, y))
    holds(sizes[0] * 1.5 < sizes[1] < sizes[2] / 1.2, "the weights should grow without end")
    at_most(losses[2], losses[1] / 2)
    differs(losses[0], 0.0)
