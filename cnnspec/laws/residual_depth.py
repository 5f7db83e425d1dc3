r"""What depth alone does to a plain stack (Step 7): it may do nothing at all, and it need not end the gradient."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from cnnspec.environment import generator
from cnnspec.laws.compare import holds, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.residual_cases import Stack, stacks
from cnnspec.laws.residual_signal import squares
from cnnspec.residual.experiment import draw


@law("signal.identity-layers", needs="plain_stack", extended=True, case=stacks(), more=st.integers(1, 6))
def further_plain_layers_may_hand_on_the_signal(plain_stack: Function, case: Stack, more: int) -> None:
    r"""A plain stack with further layers, whose weights are the identity, answers as it did without them.

    $$ W_{L+1} = \dots = W_{L+m} = I \quad\Longrightarrow\quad x_{L+m} = x_L $$

    Behind a rectifier nothing is negative, so the next one changes nothing. A deeper plain network can therefore be
    what a shallower one is, and its best training error is no higher. If training ends with a higher one, it has not
    found what is there: that is not overfitting, which would be a low training error.

    Catches: a skip, normalisation, biases, a rectifier with a threshold, layers in the wrong order.
    Misses: a missing rectifier.
    Source: He, Zhang, Ren & Sun (2016), Deep residual learning for image recognition, section 1.
    """
    signals = np.asarray(plain_stack(case.x, case.weights))
    units = case.weights.shape[-1]
    identities = np.broadcast_to(np.eye(units, dtype=case.weights.dtype), (more, units, units))
    longer = np.asarray(plain_stack(case.x, np.concatenate([case.weights, identities])))
    same(longer[: len(signals)], signals)
    same(longer[len(signals) :], np.broadcast_to(signals[-1], (more, *signals[-1].shape)))


@law(
    "signal.deep-gradient",
    needs="plain_stack_backward",
    extended=True,
    case=st.sampled_from(((1, 50), (2, 100), (3, 150))),
)
def a_plain_stack_of_150_layers_keeps_its_gradient(plain_stack_backward: Function, case: tuple[int, int]) -> None:
    r"""With He's weights the gradient's power stays within a factor of a thousand over 50, 100 and 150 plain layers.

    $$ v = 2/n,\; n = 128: \qquad 10^{-3} < \frac{\lVert g_0 \rVert^2}{\lVert g_L \rVert^2} < 10^3 $$

    Its mean is kept at every depth and width. What is seen here is chance, which grows with depth and falls with width.
    With the lab's factor of 0.32 a layer, 50 layers would leave $10^{-25}$, and 150 layers $10^{-74}$.

    Means over eight inputs at once. The seeds are pinned: no false alarm on the same random stream.

    Catches: gates that are forgotten, a skip, weights that are not transposed.
    Misses: factors near 1.
    Source: He et al. (2015), Delving deep into rectifiers, section 2.2, on backward propagation.
    """
    seed, depth = case
    numbers = generator(seed)
    x, dy = numbers.standard_normal((2, 8, 128))
    power = squares(np.asarray(plain_stack_backward(dy, x, draw(depth, 128, 2 / 128, numbers))))
    holds(1e-3 < power[0] / power[-1] < 1e3, "He's weights should keep the gradient")
