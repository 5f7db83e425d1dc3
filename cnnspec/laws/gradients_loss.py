r"""What holds of the gradient of the loss (Step 5): predicted less true, shared by the batch."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from cnnspec import network
from cnnspec.arguments import Array
from cnnspec.environment import unit_roundoff
from cnnspec.laws.compare import Mismatch, at_most, same
from cnnspec.laws.gradients_cases import habits
from cnnspec.laws.law import law
from cnnspec.laws.network_cases import Labelled, indices, labelled
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import entries

DOUBLE = labelled(dtypes=(np.float64,))


def truth(case: Labelled) -> Array:
    """A one at each true class."""
    ones: Array = (np.arange(case.z.shape[1]) == case.y[:, None]).astype(np.float64)
    return ones


@law("grad.entropy.definition", needs="cross_entropy_backward", oracle=True, case=labelled())
def the_gradient_is_what_was_predicted_less_what_is_true(cross_entropy_backward: Function, case: Labelled) -> None:
    r"""The gradient is the probabilities less a one at the true class, divided by the number of examples.

    $$ \mathrm{dz}_{nc} = \frac{p_{nc} - [c = y_n]}{N} $$

    Catches: everything that the inputs can show.
    Misses: nothing; but it only repeats the definition.
    """
    expected = (network.softmax(case.z.astype(np.float64)) - truth(case)) / len(case.z)
    same(cross_entropy_backward(case.z, case.y), expected)


@law("grad.entropy.rows", needs="cross_entropy_backward", case=labelled())
def what_the_true_class_gains_the_others_lose(cross_entropy_backward: Function, case: Labelled) -> None:
    r"""Each row adds up to zero; only the true class is pushed up, by at most 1/N.

    $$ \sum_c \mathrm{dz}_{nc} = 0, \qquad
       -\frac1N \le \mathrm{dz}_{n y_n} \le 0 \le \mathrm{dz}_{nc} \quad (c \ne y_n) $$

    It follows that the bias gradients of a last layer add up to zero.

    Catches: the true class missed or counted twice, wrong signs, probabilities over the batch instead of the classes.
    Misses: errors that are shared evenly.
    """
    dz = np.asarray(cross_entropy_backward(case.z, case.y), dtype=np.float64)
    same(dz.shape, case.z.shape)
    same(dz.sum(axis=1), np.zeros(len(dz)), "each row should add up to zero")
    true = truth(case)
    at_most(dz * true, 0 * dz, "the true class should not be pushed down")
    at_most(-true / len(dz), dz * true, "the true class should be pushed up by at most 1/N")
    at_most(0 * dz, dz * (1 - true), "no other class should be pushed up")


@law(
    "grad.entropy.shift", needs="cross_entropy_backward", case=labelled(), shift=st.sampled_from([1000, -1000, 1, 512])
)
def adding_one_number_to_a_row_changes_no_gradient(
    cross_entropy_backward: Function, case: Labelled, shift: int
) -> None:
    r"""Adding a number to all logits of a row changes nothing, also where their exponentials would overflow.

    $$ \mathrm{dz}(z_n + c_n) = \mathrm{dz}(z_n) $$

    Catches: exponentials without the shift by the maximum, logits used as if they were probabilities.
    Misses: factors.
    """
    steps = (shift * (1 + np.arange(len(case.z)) % 2)).astype(case.z.dtype)[:, None]
    same(cross_entropy_backward(case.z + steps, case.y), cross_entropy_backward(case.z, case.y))


@law("grad.entropy.extremes", needs="cross_entropy_backward", case=labelled(), size=st.sampled_from([1e4, 2e4]))
def huge_logits_have_plain_gradients(cross_entropy_backward: Function, case: Labelled, size: float) -> None:
    r"""With logits of ±10⁴ the largest share all probability, and the gradient is finite and simple.

    $$ z_{nc} \in \{-10^4, 0, 10^4\} \quad\Longrightarrow\quad
       \mathrm{dz}_{nc} = \frac1N \left( \frac{[z_{nc} = \max]}{\#\max} - [c = y_n] \right) $$

    Catches: overflow, limits of the logits or the probabilities, the sum over the batch.
    Misses: rows whose logits are close together.
    """
    z = (np.sign(case.z) * size).astype(case.z.dtype)
    largest = (z == z.max(axis=1, keepdims=True)).astype(np.float64)
    expected = (largest / largest.sum(axis=1, keepdims=True) - truth(case)) / len(z)
    same(cross_entropy_backward(z, case.y), expected)


@law("grad.entropy.quotient", needs="cross_entropy_backward", case=DOUBLE, place=indices)
def the_loss_changes_as_its_gradient_says(cross_entropy_backward: Function, case: Labelled, place: int) -> None:
    r"""A central difference of the loss is the gradient, up to an error that has a bound.

    $$ \left| \frac{L(z + h e) - L(z - h e)}{2h} - \mathrm{dz}_e \right|
       \le \frac{1}{36 \sqrt 3}\, \frac{h^2}{N} + \frac{c\, u\, (1 + \max|z|)}{h} $$

    The first term is $h^2/6$ times the third derivative, $p(1-p)(1-2p)/N$, which is never more than
    $1/(6\sqrt3 N)$. The second is the rounding of two losses, each of size $\log C + 2\max|z|$ at most and off by a
    small multiple of $u$ times that, divided by $2h$; with $c = 256$ as everywhere, and $h = 2^{-12}$ so that the
    terms are alike.

    Catches: wrong signs and factors, the sum instead of the mean, a label that is missed.
    Misses: errors below a millionth of a percent.
    """
    at, h = np.unravel_index(place % case.z.size, case.z.shape), 2.0**-12
    step = np.zeros_like(case.z)
    step[at] = h
    quotient = (network.cross_entropy(case.z + step, case.y) - network.cross_entropy(case.z - step, case.y)) / (2 * h)
    rounding = 256 * unit_roundoff(np.float64) * (1 + np.abs(case.z).max()) / h
    bound = h**2 / (36 * np.sqrt(3) * len(case.z)) + rounding
    dz = np.asarray(cross_entropy_backward(case.z, case.y))
    same(dz.shape, case.z.shape)
    if not abs(quotient - dz[at]) <= bound:
        raise Mismatch(f"the quotient should be the gradient up to {bound:.1e}", dz[at], quotient)


@law("grad.entropy.batch", needs="cross_entropy_backward", case=labelled(), times=st.integers(1, 3))
def a_batch_shares_one_loss(cross_entropy_backward: Function, case: Labelled, times: int) -> None:
    r"""Each row has the gradient that it has alone, divided by the number of rows, since the loss is a mean.

    $$ \mathrm{dz}(z_1, \dots, z_N)_n = \frac1N\, \mathrm{dz}(z_n) $$

    Catches: the sum instead of the mean, division by the number of classes, probabilities over the batch.
    Misses: whatever is wrong for a single row.
    """
    z, y = np.concatenate([case.z] * times), np.concatenate([case.y] * times)
    alone = [np.asarray(cross_entropy_backward(z[n : n + 1], y[n : n + 1]), dtype=np.float64) for n in range(len(z))]
    same(cross_entropy_backward(z, y), np.concatenate(alone) / len(z))


@law("grad.entropy.labels", needs="cross_entropy_backward", z=entries((1, 4), palette="fractions"), y=st.integers(0, 3))
def another_truth_moves_two_entries(cross_entropy_backward: Function, z: Array, y: int) -> None:
    r"""If another class were true, only its entry and that of the former would change, by one.

    $$ \mathrm{dz}(z, y) - \mathrm{dz}(z, y') = e_{y'} - e_y $$

    Catches: labels counted from one, labels that weigh too much or too little, smoothed labels.
    Misses: wrong probabilities.
    """
    one, other = (np.asarray(cross_entropy_backward(z, np.array([k % 4]))) for k in (y, y + 1))
    expected = np.zeros((1, 4))
    expected[0, (y + 1) % 4] = 1
    expected[0, y] = -1
    same(one - other, expected)


@law("grad.entropy.contract", needs="cross_entropy_backward", case=labelled())
def the_gradient_of_the_loss_is_a_good_neighbour(cross_entropy_backward: Function, case: Labelled) -> None:
    r"""The gradient has the shape and the dtype of the logits, and depends on nothing but the question.

    Catches: float64 in answers, logits that are overwritten, arrays that are kept or read in memory order.
    Misses: wrong numbers.
    """
    habits(cross_entropy_backward, (case.z, case.y), (case.z.shape,))
