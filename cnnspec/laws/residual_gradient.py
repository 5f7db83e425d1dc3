r"""How far a gradient comes in plain and residual stacks, and how it belongs to the signal (Step 7).

Exact laws hold for weights of whole numbers. Statistical ones draw normal weights from pinned seeds.
"""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st

from cnnspec.arguments import Array
from cnnspec.environment import generator
from cnnspec.laws.compare import holds, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.residual_cases import Stack, stacks
from cnnspec.laws.residual_signal import pinned_seeds, squares
from cnnspec.residual.experiment import DEPTH, WIDTH, draw, gradient_agreement


def cosine(rows: Array) -> float:
    """The cosine of the angle between two rows."""
    first, second = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return float(first @ second)


@law("signal.plain-euler", needs="plain_stack_backward plain_stack", extended=True, case=stacks())
def in_a_plain_stack_signal_times_gradient_is_one_number(
    plain_stack_backward: Function, plain_stack: Function, case: Stack
) -> None:
    r"""At every depth the product of signal and gradient is the same number: the loss, if the loss is linear.

    $$ \langle x_l, g_l \rangle = \langle x_L, g_L \rangle \qquad \text{for all } l $$

    A stack without biases is homogeneous, and this is Euler's theorem. A signal that falls towards the end goes with a
    gradient that falls towards the beginning: each tends to be small where the other is not.

    Catches: gates that are forgotten or taken from the wrong layer, weights that are not transposed, a skip.
    Misses: gradients that are wrong at right angles to the signal.
    Source: Du, Hu & Lee (2018), Algorithmic regularization in learning deep homogeneous models.
    """
    signals = np.asarray(plain_stack(case.x, case.weights))
    dy = np.arange(1.0, 1 + case.x.size).reshape(case.x.shape)
    gradients = np.asarray(plain_stack_backward(dy, case.x, case.weights))
    same(gradients.shape, signals.shape)
    same(np.sum(signals * gradients, axis=(1, 2)), np.full(len(signals), np.sum(signals[-1] * dy)))


@law(
    "signal.residual-euler",
    needs="residual_stack_backward residual_stack",
    extended=True,
    case=stacks(pairs=True),
    rectified=st.booleans(),
    shortcut=st.sampled_from((1.0, 0.5, 2.0)),
)
def in_a_residual_stack_signal_times_gradient_is_one_number(
    residual_stack_backward: Function, residual_stack: Function, case: Stack, rectified: bool, shortcut: float
) -> None:
    r"""The same of residual stacks, whatever their shortcuts are scaled with and whether their sums are rectified.

    $$ \langle x_l, g_l \rangle = \langle x_L, g_L \rangle \qquad \text{for all } l $$

    Catches: a backward pass that forgets the skip, its scale, or the rectifier behind the sum.
    Misses: gradients that are wrong at right angles to the signal.
    Source: Du, Hu & Lee (2018), for homogeneous networks.
    """
    how = {"rectified": rectified, "shortcut": shortcut, "scale": 2.0}
    signals = np.asarray(residual_stack(case.x, case.weights, **how))
    dy = np.arange(1.0, 1 + case.x.size).reshape(case.x.shape)
    gradients = np.asarray(residual_stack_backward(dy, case.x, case.weights, **how))
    same(np.sum(signals * gradients, axis=(1, 2)), np.full(len(signals), np.sum(signals[-1] * dy)))


@law(
    "signal.difference",
    needs="residual_stack_backward plain_stack_backward residual_stack",
    extended=True,
    seed=pinned_seeds,
    normalised=st.booleans(),
)
def a_small_step_moves_the_loss_as_the_gradient_says(
    residual_stack_backward: Function,
    plain_stack_backward: Function,
    residual_stack: Function,
    seed: int,
    normalised: bool,
) -> None:
    r"""The quotient of a small step agrees with the gradient, through normalised branches as well.

    $$ \frac{L(x + hv) - L(x - hv)}{2h} \approx \langle g_0, v \rangle $$

    A stack whose branches are silent sends back what it was sent, and the gates of a plain stack are 0 or 1.

    The seeds are pinned: there is no kink within the step, so no false alarm on the same random stream.

    Catches: a normalisation or a skip that the backward pass forgets.
    Misses: errors below a part in a hundred thousand.
    """
    numbers = generator(seed)
    x, v, dy = numbers.standard_normal((3, 5, 4))
    weights, h = draw(3, 4, (0.5, 0.5), numbers), 1e-6
    ends = [np.sum(np.asarray(residual_stack(x + s * h * v, weights, normalised=normalised))[-1] * dy) for s in (1, -1)]
    gradient = np.asarray(residual_stack_backward(dy, x, weights, normalised=normalised))[0]
    slope = float(np.sum(gradient * v))
    holds(abs((ends[0] - ends[1]) / (2 * h) - slope) < 1e-5 * (1 + abs(slope)), "the quotient should be the gradient")
    same(residual_stack_backward(dy, x, 0 * weights)[0], dy)
    gates = np.asarray(plain_stack_backward(np.ones((5, 4)), x, np.eye(4)[None]))[0]
    same(gates, (x > 0).astype(np.float64))


@law("signal.he-gradient", needs="plain_stack_backward", extended=True, seed=pinned_seeds)
def a_plain_stack_of_he_s_weights_keeps_its_gradient(plain_stack_backward: Function, seed: int) -> None:
    r"""With He's weights and neither skips nor normalisation, 20 layers keep a gradient's power within a factor of ten.

    $$ v = 2/n: \qquad 0.1 < \frac{\lVert g_0 \rVert^2}{\lVert g_{20} \rVert^2} < 10 $$

    So skips cannot have been what solved vanishing gradients: first weights had. The paper of 2015 finds the gradients
    of its plain networks healthy too; these were normalised besides.

    Means over eight inputs at once. The seeds are pinned: no false alarm on the same random stream.

    Catches: gates that are forgotten, a skip, weights that are not transposed.
    Misses: factors near 1.
    Source: He, Zhang, Ren & Sun (2016), Deep residual learning for image recognition, section 4.1.
    """
    numbers = generator(seed)
    x, dy = numbers.standard_normal((2, 8, 128))
    power = squares(np.asarray(plain_stack_backward(dy, x, draw(DEPTH, 128, 2 / 128, numbers))))
    holds(0.1 < power[0] / power[-1] < 10, "He's weights should keep the gradient")


@law("signal.shattered", needs="plain_stack_backward residual_stack_backward", extended=True, seed=pinned_seeds)
def plain_layers_shatter_the_gradient(
    plain_stack_backward: Function, residual_stack_backward: Function, seed: int
) -> None:
    r"""Twenty plain layers leave the gradients of two unlike inputs little in common, blocks over √L most of it.

    $$ \prod_{l < L} \Bigl(1 - \frac{\theta_l}{\pi}\Bigr) = 0.008, \qquad
       \prod_{l < L} \frac{1 + \tfrac1L (1 - \theta_l / \pi)}{1 + \tfrac1L} = 0.64 $$

    The inputs are at right angles on the average, and both get the same gradient from above. The products are cosines
    in very wide stacks of He's weights, where $\theta_l$ is the angle of the two signals at depth l.

    Means over eight networks of 64 units. The seeds are pinned: no false alarm on the same random stream.

    Catches: gates that are forgotten, or a skip.
    Misses: factors common to both gradients.
    Source: Balduzzi et al. (2017), The shattered gradients problem.
    """
    numbers = generator(seed)
    plain, residual = [], []
    for _ in range(8):
        x, dy = numbers.standard_normal((2, WIDTH)), np.tile(numbers.standard_normal(WIDTH), (2, 1))
        weights = draw(DEPTH, WIDTH, (2 / WIDTH, 1 / WIDTH), numbers)
        plain.append(cosine(np.asarray(plain_stack_backward(dy, x, weights[:, 0]))[0]))
        residual.append(cosine(np.asarray(residual_stack_backward(dy, x, weights, scale=DEPTH**-0.5))[0]))
    expected = gradient_agreement(DEPTH), gradient_agreement(DEPTH, branch=1 / DEPTH)
    holds(abs(np.mean(plain) - expected[0]) < 0.3, f"the cosine should be about 0.01, but it is {np.mean(plain):.2f}")
    holds(abs(np.mean(residual) - expected[1]) < 0.1, f"it should be about 0.64, but it is {np.mean(residual):.2f}")


@law(
    "signal.fixup",
    needs="residual_stack residual_stack_backward",
    extended=True,
    case=stacks(pairs=True, most=1),
    depth=st.sampled_from((1, 4, 16)),
)
def a_first_step_from_silent_branches_is_as_long_at_any_depth(
    residual_stack: Function, residual_stack_backward: Function, case: Stack, depth: int
) -> None:
    r"""If branches end in zeros and begin with weights over √L, their gradient is as long at any depth.

    $$ W_{l2} = 0, \quad W_{l1} = \tfrac{1}{\sqrt L} W: \qquad
       \sum_{l=1}^{L} \lVert \mathrm{d}W_{l2} \rVert^2 = \lVert \operatorname{relu}(xW)^\top \mathrm{dy} \rVert^2 $$

    All branches have the same W here. Without the root the sum has L times the size, so that a step of a fixed rate
    would move the answer L times as far; it takes no normalisation to avoid that.

    Catches: a skip that is forgotten or scaled, a missing rectifier, in either direction.
    Misses: what the last layer of a branch does once it is awake.
    Source: Zhang, Dauphin & Ma (2019), Fixup initialization, for branches of two layers.
    """
    x, first = case.x, case.weights[0, 0]
    weights = np.array([[first / math.sqrt(depth), 0 * first]] * depth)
    dy = np.arange(1.0, 1 + x.size).reshape(x.shape)
    signals = np.asarray(residual_stack(x, weights))
    gradients = np.asarray(residual_stack_backward(dy, x, weights))
    steps = [
        np.maximum(signal @ w, 0).T @ after
        for signal, w, after in zip(signals[:-1], weights[:, 0], gradients[1:], strict=True)
    ]
    same(sum(np.sum(step**2) for step in steps), np.sum((np.maximum(x @ first, 0).T @ dy) ** 2))


@law("signal.normalised-explodes", needs="plain_stack_backward", extended=True, seed=pinned_seeds)
def a_normalised_plain_stack_makes_its_gradient_explode(plain_stack_backward: Function, seed: int) -> None:
    r"""Between two rectifiers, batch normalisation without skips multiplies the gradient's power by about π/(π − 1).

    $$ \frac{\lVert g_l \rVert^2}{\lVert g_{l+1} \rVert^2} \approx \frac{\pi}{\pi - 1} = 1.47 \quad (l \ge 1), \qquad
       \frac{\lVert g_0 \rVert^2}{\lVert g_1 \rVert^2} \approx \frac12 \quad (\operatorname{Var} x_0 = 1) $$

    Half of the units pass the gradient on, and normalisation divides by the variance of what came in: the factor of a
    layer is ½ over that variance. What comes from a rectifier has the variance ½ (1 − 1/π); the input of the stack
    comes from none, and has 1 here. What is small in deep normalised networks without skips is not the gradient.

    Measured are means over 11 of the 12 layers of 64 units, with a batch of 64: between 1.4 and 1.6, and between 0.4
    and 0.6 at the input. The seeds are pinned: no false alarm on the same random stream.

    Catches: a normalisation that the backward pass leaves out, gates that are forgotten.
    Misses: factors that are off by less than a tenth.
    Source: Yang et al. (2019), A mean field theory of batch normalization.
    """
    numbers = generator(seed)
    x, dy = numbers.standard_normal((2, 64, 64))
    power = squares(np.asarray(plain_stack_backward(dy, x, draw(12, 64, 2 / 64, numbers), normalised=True)))
    factor, first = (power[1] / power[-1]) ** (1 / 11), power[0] / power[1]
    holds(1.4 < factor < 1.6, f"the factor should be about 1.47, but it is {factor:.2f}")
    holds(0.4 < first < 0.6, f"the factor of the first layer should be about 0.5, but it is {first:.2f}")
