r"""What holds of the cross-entropy (Step 5)."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st

from cnnspec.arguments import Array
from cnnspec.laws.compare import at_most, holds, same
from cnnspec.laws.law import law
from cnnspec.laws.network_cases import Labelled, floats, indices, labelled, logits
from cnnspec.laws.network_softmax import shifts
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import entries


def every_label(cross_entropy: Function, row: Array) -> Array:
    """The losses of one row of logits, of shape (1, C), for each class that could be the true one."""
    return np.array([cross_entropy(row, np.array([c])) for c in range(row.shape[1])], dtype=np.float64)


@law("entropy.definition", needs="cross_entropy", oracle=True, case=labelled())
def the_loss_is_the_log_sum_less_the_true_logit(cross_entropy: Function, case: Labelled) -> None:
    r"""The loss of an example is the log-sum-exp of its logits less the logit of its true class; a batch has the mean.

    $$ L = \frac1N \sum_n \Bigl( \log \sum_k e^{z_{nk}} - z_{n y_n} \Bigr) $$

    Catches: everything that small logits can show.
    Misses: overflow.
    """
    rows = case.z.astype(np.float64).tolist()
    losses = [math.log(math.fsum(map(math.exp, row))) - row[c] for row, c in zip(rows, case.y.tolist(), strict=True)]
    same(cross_entropy(case.z, case.y), math.fsum(losses) / len(losses))


@law("entropy.normalised", needs="cross_entropy", z=logits(batch=1))
def the_likelihoods_of_all_labels_add_up_to_one(cross_entropy: Function, z: Array) -> None:
    r"""No loss is negative, and the exponentials of the negative losses of all labels add up to one.

    $$ L(z, y) \ge 0, \qquad \sum_y e^{-L(z, y)} = 1 $$

    Catches: bits instead of nats, the maximum instead of the log-sum-exp, wrong signs, factors.
    Misses: labels that are mixed up.
    """
    losses = every_label(cross_entropy, z)
    at_most(0, losses, "no loss should be negative")
    same(np.exp(-losses).sum(), 1.0)


@law("entropy.difference", needs="cross_entropy", z=logits(batch=1), factor=st.sampled_from([1, 16, 1024]))
def two_labels_differ_in_loss_as_their_logits_do(cross_entropy: Function, z: Array, factor: int) -> None:
    r"""Another true class changes the loss by the difference of the two logits, however far apart they are.

    $$ L(z, i) - L(z, k) = z_k - z_i $$

    Catches: limits and small numbers before the logarithm, labels counted from one, bits instead of nats.
    Misses: a constant added to every loss.
    """
    z = z * z.dtype.type(factor)
    losses = every_label(cross_entropy, z)
    same(losses - losses[0], z[0, 0] - z[0].astype(np.float64))


@law(
    "entropy.confident",
    needs="cross_entropy",
    gaps=st.lists(st.sampled_from([0.25, 40, 200, 5000, 20000]), min_size=1, max_size=3),
    dtype=floats,
)
def being_surely_wrong_costs_the_gap(cross_entropy: Function, gaps: list[float], dtype: type) -> None:
    r"""Of two classes, a true one that is behind by a large G costs nearly G, and one ahead by G nearly nothing.

    $$ L\bigl((\tfrac G2, -\tfrac G2),\, 2\bigr) = G + \log(1 + e^{-G}), \qquad
       L\bigl((\tfrac G2, -\tfrac G2),\, 1\bigr) = \log(1 + e^{-G}) $$

    Gaps run from a quarter to 20,000.

    Catches: exponentials that overflow, logarithms of 0, limits before the logarithm, the sum over the batch.
    Misses: more than two classes.
    """
    z: Array = np.array([[gap / 2, -gap / 2] for gap in gaps], dtype=dtype)
    rest = [math.log1p(math.exp(-gap)) for gap in gaps]
    wrong, right = np.ones(len(gaps), dtype=np.int64), np.zeros(len(gaps), dtype=np.int64)
    same(cross_entropy(z, wrong), (math.fsum(gaps) + math.fsum(rest)) / len(gaps))
    same(cross_entropy(z, right), math.fsum(rest) / len(gaps))


@law("entropy.equal-logits", needs="cross_entropy", classes=st.integers(1, 6), level=shifts, y=indices, dtype=floats)
def knowing_nothing_costs_the_logarithm_of_the_number_of_classes(
    cross_entropy: Function, classes: int, level: int, y: int, dtype: type
) -> None:
    r"""If all logits are equal, the loss is log C, whatever the labels are and at whatever level.

    $$ L\bigl((c, \dots, c),\, y\bigr) = \log C $$

    Catches: bits instead of nats, overflow, sums over the batch, division by the number of classes.
    Misses: labels that are mixed up.
    """
    true = np.array([y, y + 1, y // 2]) % classes
    same(cross_entropy(np.full((3, classes), level, dtype=dtype), true), math.log(classes))


@law("entropy.uniform", needs="cross_entropy", z=logits(batch=1))
def on_average_over_all_labels_nothing_beats_equal_logits(cross_entropy: Function, z: Array) -> None:
    r"""The loss, averaged over all labels, is at least log C, and equals it only if all logits are equal.

    $$ \frac1C \sum_y L(z, y) \ge \log C $$

    An untrained network knows nothing of the labels. So its loss is not log C, as is often said, but more, unless
    its logits are all equal.

    Catches: bits instead of nats, small numbers before the logarithm, the maximum instead of the log-sum-exp.
    Misses: labels that are mixed up.
    """
    mean, least = every_label(cross_entropy, z).mean(), math.log(z.shape[1])
    at_most(least, mean)
    if z.max() == z.min():
        same(mean, least)
    else:
        holds(mean > least + 0.001, "unequal logits should cost more than log C")


@law("entropy.shift", needs="cross_entropy", case=labelled(), shift=shifts)
def adding_one_number_to_the_logits_of_a_row_costs_nothing(cross_entropy: Function, case: Labelled, shift: int) -> None:
    r"""Only differences of logits cost something: each row may be shifted, even by 1000 or 10,000.

    $$ L(z + c \mathbf 1^{\mathsf T}, y) = L(z, y) $$

    Catches: exponentials that overflow, one maximum for the whole batch.
    Misses: factors.
    """
    steps = (shift * (np.arange(len(case.z)) % 2 * 2 - 1)).astype(case.z.dtype)
    same(cross_entropy(case.z + steps[:, None], case.y), cross_entropy(case.z, case.y))


@law("entropy.mean", needs="cross_entropy", case=labelled())
def the_loss_of_a_batch_is_the_mean_of_its_examples(cross_entropy: Function, case: Labelled) -> None:
    r"""A batch costs the mean of what its examples cost alone; so the same batch twice costs no more.

    $$ L(z, y) = \frac1N \sum_n L(z_n, y_n) $$

    Catches: the sum instead of the mean, division by the classes as well, one label for all, one loss per example.
    Misses: whatever is wrong in each example alike.
    """
    alone = [float(cross_entropy(case.z[n : n + 1], case.y[n : n + 1])) for n in range(len(case.z))]
    same(cross_entropy(case.z, case.y), np.mean(alone))
    same(cross_entropy(np.concatenate([case.z] * 2), np.concatenate([case.y] * 2)), np.mean(alone))


@law("entropy.rearranged", needs="cross_entropy", case=labelled(), seed=indices)
def neither_examples_nor_classes_have_an_order(cross_entropy: Function, case: Labelled, seed: int) -> None:
    r"""Rearranged examples cost the same, and so do rearranged classes if the labels follow them.

    $$ L(z_{\pi\rho}, \rho^{-1}(y_\pi)) = L(z, y) $$

    Catches: the first label for all, classes that are left out.
    Misses: factors.
    """
    dice = np.random.Generator(np.random.PCG64(seed))
    examples, classes = dice.permutation(len(case.z)), dice.permutation(case.z.shape[1])
    expected = cross_entropy(case.z, case.y)
    same(cross_entropy(case.z[examples], case.y[examples]), expected)
    same(cross_entropy(case.z[:, classes], np.argsort(classes)[case.y]), expected)


@law(
    "entropy.convex",
    needs="cross_entropy",
    case=labelled(batch=2),
    other=entries((2, 5)),
    factor=st.sampled_from([2, 32, 1024]),
)
def halfway_between_two_answers_the_loss_is_at_most_halfway(
    cross_entropy: Function, case: Labelled, other: Array, factor: int
) -> None:
    r"""The loss is convex in the logits: it has no hollow in which learning could be caught.

    $$ L\bigl(\tfrac12 (z + z'),\, y\bigr) \le \tfrac12 L(z, y) + \tfrac12 L(z', y) $$

    It is not convex in the weights of a network.

    Catches: limits of the loss, squares of it, losses of probabilities without the logarithm.
    Misses: factors.
    """
    scale = case.z.dtype.type(factor)
    z, far = case.z * scale, other[: len(case.z), : case.z.shape[1]].astype(case.z.dtype) * scale
    ends = float(cross_entropy(z, case.y)) + float(cross_entropy(far, case.y))
    at_most(cross_entropy((z + far) / 2, case.y), ends / 2, "the loss should be at most halfway")


@law("entropy.softmax", needs="cross_entropy softmax", z=logits(batch=1))
def the_loss_is_the_surprise_at_the_true_class(cross_entropy: Function, softmax: Function, z: Array) -> None:
    r"""The loss is the negative logarithm of the probability that softmax gives the true class.

    $$ e^{-L(z, y)} = \operatorname{softmax}(z)_y $$

    Catches: bits instead of nats, labels counted from one, a second softmax before the loss.
    Misses: what is wrong in both operators alike.
    """
    same(np.exp(-every_label(cross_entropy, z)), np.asarray(softmax(z))[0])


@law("entropy.contract", needs="cross_entropy", case=labelled())
def the_loss_is_one_number_and_depends_on_nothing_else(cross_entropy: Function, case: Labelled) -> None:
    r"""The answer is a single number, the same for the same question, however the arrays lie in memory.

    Catches: one loss per example, answers kept from the last call, labels that are sorted.
    Misses: wrong numbers.
    """
    first = cross_entropy(case.z, case.y)
    same(np.shape(first), (), "the answer should be one number")
    cross_entropy(-case.z - 1, case.y)
    cross_entropy(np.concatenate([case.z] * 2), np.concatenate([case.y] * 2))
    same(cross_entropy(np.asfortranarray(case.z), case.y), first)
    same(cross_entropy(np.repeat(case.z, 2, axis=0)[::2], np.repeat(case.y, 2)[::2]), first)
