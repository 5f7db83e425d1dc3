r"""Step 7: the lab's experiment, its variants, and what theory predicts of them.

The *power* of a signal is its mean square $\overline{x^2}$. A layer of weights with mean 0 and variance $v$ multiplies
it on average by $n v$, and a rectifier behind it halves that.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from cnnspec.arguments import Array
from cnnspec.residual.stacks import plain_stack, plain_stack_backward, residual_stack, residual_stack_backward

WIDTH, DEPTH, DEVIATION, SEED = 64, 20, 0.1, 42
"""The lab's stack: units, layers, the standard deviation of a weight, and the seed."""

PRINTED_LAYERS = (1, 5, 10, 15, 20)

VARIANCES = {
    "He": 2 / WIDTH,
    "Xavier": 2 / (WIDTH + WIDTH),
    "LeCun": 1 / WIDTH,
    "the lab's 0.1": DEVIATION**2,
    "0.01": 0.01**2,
}
"""Variances of first weights for 64 units; Xavier's and LeCun's are equal where a layer keeps its width."""


def lab_experiment(seed: int = SEED) -> tuple[Array, Array]:
    """The lab's two stacks on one random input: all signals of the plain one and of the residual one.

    NumPy's old random numbers are used, and in the lab's order: the input, then two matrices for each layer. The
    plain stack uses the first of the two, the residual one both.
    """
    numbers = np.random.RandomState(seed)
    x = numbers.standard_normal((1, WIDTH))
    weights = np.array([numbers.standard_normal((2, WIDTH, WIDTH)) * DEVIATION for _ in range(DEPTH)])
    return plain_stack(x, weights[:, 0]), residual_stack(x, weights, rectified=True)


def spread(signals: Array) -> Array:
    """The standard deviation of each signal over all its entries: what the lab prints."""
    deviations: Array = signals.std(axis=(1, 2))
    return deviations


def power(signals: Array) -> Array:
    """The mean square of each signal, as a multiple of the first one."""
    squares: Array = np.mean(np.square(signals), axis=(1, 2))
    ratios: Array = squares / squares[0]
    return ratios


def plain_factor(inputs: int, variance: float) -> float:
    r"""By how much one rectified layer multiplies the power, on average: $\tfrac12 n v$.

    Source:
        He et al. (2015), Delving deep into rectifiers, section 2.2.
    """
    return inputs * variance / 2


def residual_factor(inputs: int, first: float, second: float, *, scale: float = 1.0, shortcut: float = 1.0) -> float:
    r"""By how much one block of `residual_stack` multiplies the power, on average.

    $$ \lambda^2 + \alpha^2\, \tfrac12 n^2 v_1 v_2 $$

    The weights of the branch's last layer have mean zero, so the branch is on average at a right angle to the trunk,
    and powers add.
    """
    return shortcut**2 + scale**2 * (inputs * first / 2) * (inputs * second)


def normalised_slope() -> float:
    r"""By how much the variance over the batch grows in a block whose branch is normalised: $1 - 1/\pi$.

    What the rectifier makes of a standard normal number has the second moment ½ and the mean $1/\sqrt{2\pi}$; He's
    weights double its variance of $\tfrac12 (1 - 1/\pi)$. The slope is a number: the growth is linear.

    Source:
        De & Smith (2020), Batch normalization biases residual blocks towards the identity function.
    """
    return 1 - 1 / np.pi


def gradient_agreement(depth: int, *, branch: float | None = None, angle: float = np.pi / 2) -> float:
    r"""The cosine of two inputs' gradients at the foot of a very wide stack, if both get the same from above.

    $$ \prod_{l < L} \Bigl(1 - \frac{\theta_l}{\pi}\Bigr) \qquad\text{or}\qquad
       \prod_{l < L} \frac{1 + \beta\,(1 - \theta_l / \pi)}{1 + \beta} $$

    Two signals at the angle $\theta$ have a share of $1 - \theta/\pi$ of their open gates in common, and what comes
    through the others has nothing in common. A rectified layer of normal weights brings the signals nearer, to the
    cosine $(\sin\theta + (\pi - \theta)\cos\theta)/\pi$.

    Args:
        depth: The number L of layers or blocks.
        branch: The power $\beta$ of a branch as a multiple of its trunk's; None for a plain stack.
        angle: The angle between the two inputs.

    Source:
        Cho & Saul (2009), Kernel methods for deep learning, for the cosine; Balduzzi et al. (2017), The shattered
        gradients problem, for the question.
    """
    agreement, cosine = 1.0, np.cos(angle)
    for _ in range(depth):
        theta = np.arccos(min(cosine, 1.0))
        gates, rectified = 1 - theta / np.pi, (np.sin(theta) + (np.pi - theta) * cosine) / np.pi
        trunk, beta = (0.0, 1.0) if branch is None else (1.0, branch)
        agreement *= (trunk + beta * gates) / (trunk + beta)
        cosine = (trunk * cosine + beta * rectified) / (trunk + beta)
    return float(agreement)


def cosine_of_gradients(depth: int, numbers: np.random.Generator, *, scale: float | None = None) -> float:
    """The cosine of two random inputs' gradients, measured: of a plain stack, or of a residual one with this scale."""
    x, dy = numbers.standard_normal((2, WIDTH)), np.tile(numbers.standard_normal(WIDTH), (2, 1))
    if scale is None:
        gradients = plain_stack_backward(dy, x, draw(depth, WIDTH, 2 / WIDTH, numbers))[0]
    else:
        weights = draw(depth, WIDTH, (2 / WIDTH, 1 / WIDTH), numbers)
        gradients = residual_stack_backward(dy, x, weights, scale=scale)[0]
    first, second = gradients / np.linalg.norm(gradients, axis=1, keepdims=True)
    return float(first @ second)


def draw(depth: int, width: int, variances: float | Sequence[float], generator: np.random.Generator) -> Array:
    """Normal weights for a plain stack, of shape (L, n, n), or for the two layers of each branch, (L, 2, n, n)."""
    deviations = np.sqrt(np.asarray(variances))
    shape = (depth, *deviations.shape, width, width)
    weights: Array = generator.standard_normal(shape) * deviations[..., None, None]
    return weights


def bands(runs: ArrayLike) -> tuple[Array, Array, Array]:
    """The tenth, the half and the nine tenths of several runs at each depth."""
    low, middle, high = np.quantile(np.asarray(runs), (0.1, 0.5, 0.9), axis=0)
    return low, middle, high


def plain_powers(variance: float, generators: Sequence[np.random.Generator], *, normalised: bool = False) -> Array:
    """Powers of the lab's plain stack with other weights, one row for each stream; a batch if it is normalised."""
    rows = WIDTH if normalised else 1
    return np.array(
        [
            power(plain_stack(g.standard_normal((rows, WIDTH)), draw(DEPTH, WIDTH, variance, g), normalised=normalised))
            for g in generators
        ]
    )


def gradient_powers(variance: float, generators: Sequence[np.random.Generator], *, normalised: bool = False) -> Array:
    """Powers of the gradient of the lab's plain stack at each depth, as multiples of that at the top."""
    rows = WIDTH if normalised else 1
    found = []
    for g in generators:
        x, dy = g.standard_normal((2, rows, WIDTH))
        gradients = plain_stack_backward(dy, x, draw(DEPTH, WIDTH, variance, g), normalised=normalised)
        found.append(power(gradients[::-1])[::-1])
    return np.array(found)


def residual_powers(
    variances: Sequence[float],
    generators: Sequence[np.random.Generator],
    *,
    backward: bool = False,
    normalised: bool = False,
    scale: float = 1.0,
    shortcut: float = 1.0,
    rectified: bool = False,
) -> Array:
    """Powers of a residual stack, or of its gradient, at each depth; one row for each stream.

    The power of a signal is a multiple of that of the input. The power of a gradient is a multiple of that at the top.
    """
    rows = WIDTH if normalised else 1
    found = []
    for g in generators:
        x, dy = g.standard_normal((2, rows, WIDTH))
        weights = draw(DEPTH, WIDTH, variances, g)
        if backward:
            gradients = residual_stack_backward(
                dy, x, weights, normalised=normalised, scale=scale, shortcut=shortcut, rectified=rectified
            )
            found.append(power(gradients[::-1])[::-1])
        else:
            signals = residual_stack(
                x, weights, normalised=normalised, scale=scale, shortcut=shortcut, rectified=rectified
            )
            found.append(power(signals))
    return np.array(found)
