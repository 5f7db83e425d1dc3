r"""Step 7: plain and residual stacks of dense layers, with the signal at every depth in both directions.

The arrays of signals have shape (L + 1, N, n): depth 0 is the input, depth $l$ the answer of layer $l$. The arrays of
gradients have the same shape: depth $L$ is what came from above, depth $l$ the gradient by the signal there. Weights
stand on the right, $xW$, as in the lab.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from cnnspec.arguments import Array, array
from cnnspec.gradients import batch_norm2d_backward, relu_backward, upstream
from cnnspec.network import batch_norm2d, relu

EPS = 1e-5


def plain_stack(x: ArrayLike, weights: ArrayLike, *, normalised: bool = False) -> Array:
    r"""Layers one behind the other.

    $$ x_{l+1} = \operatorname{relu}(x_l W_l) \qquad\text{or}\qquad
       x_{l+1} = \operatorname{relu}(\operatorname{BN}(x_l W_l)) $$

    Args:
        x: Array of shape (N, n).
        weights: Array of shape (L, n, n).
        normalised: Whether each unit is normalised over the batch before the rectifier.

    Returns:
        All signals, of shape (L + 1, N, n).

    Raises:
        TypeError: If entries are not real numbers.
        ValueError: If shapes do not fit each other.
    """
    x, weights = stack_arguments(x, weights, axes=3)
    signals = [x]
    for w in weights:
        z = signals[-1] @ w
        signals.append(relu(normalise(z) if normalised else z))
    return np.array(signals)


def plain_stack_backward(dy: ArrayLike, x: ArrayLike, weights: ArrayLike, *, normalised: bool = False) -> Array:
    r"""The gradient at every depth of `plain_stack`.

    $$ g_l = \bigl(g_{l+1} \cdot [x_l W_l > 0]\bigr) W_l^\top $$

    Args:
        dy: The gradient by the last signal, of shape (N, n).
        x: The input of the forward pass, of shape (N, n).
        weights: As in the forward pass.
        normalised: As in the forward pass.

    Returns:
        All gradients, of shape (L + 1, N, n).
    """
    x, weights = stack_arguments(x, weights, axes=3)
    signals = plain_stack(x, weights, normalised=normalised)
    gradients = [upstream(dy, x.shape).astype(x.dtype)]
    for w, signal in zip(weights[::-1], signals[-2::-1], strict=True):
        gradients.append(layer_backward(gradients[-1], signal @ w, normalised) @ w.T)
    return np.array(gradients[::-1])


def residual_stack(
    x: ArrayLike,
    weights: ArrayLike,
    *,
    normalised: bool = False,
    scale: float = 1.0,
    shortcut: float = 1.0,
    rectified: bool = False,
) -> Array:
    r"""Residual blocks one behind the other, each with a branch of two layers.

    $$ x_{l+1} = \lambda x_l + \alpha F_l(x_l), \qquad F_l(x) = \operatorname{relu}(x W_{l1})\, W_{l2} $$

    Args:
        x: Array of shape (N, n).
        weights: Array of shape (L, 2, n, n).
        normalised: Whether the branch normalises each unit over the batch, before its rectifier.
        scale: The branch's weight $\alpha$.
        shortcut: The trunk's weight $\lambda$.
        rectified: Whether a rectifier stands behind each addition, as in the lab.

    Returns:
        All signals, of shape (L + 1, N, n).

    Raises:
        TypeError: If entries are not real numbers.
        ValueError: If shapes do not fit each other.
    """
    x, weights = stack_arguments(x, weights, axes=4)
    signals = [x]
    for first, second in weights:
        z = signals[-1] @ first
        branch = relu(normalise(z) if normalised else z) @ second
        total = shortcut * signals[-1] + scale * branch
        signals.append(relu(total) if rectified else total)
    return np.array(signals)


def residual_stack_backward(
    dy: ArrayLike,
    x: ArrayLike,
    weights: ArrayLike,
    *,
    normalised: bool = False,
    scale: float = 1.0,
    shortcut: float = 1.0,
    rectified: bool = False,
) -> Array:
    r"""The gradient at every depth of `residual_stack`.

    $$ g_l = \lambda\, g_{l+1} + \alpha\, J_{F_l}^\top g_{l+1} $$

    Args:
        dy: The gradient by the last signal, of shape (N, n).
        x: The input of the forward pass, of shape (N, n).
        weights: As in the forward pass.
        normalised: As in the forward pass.
        scale: As in the forward pass.
        shortcut: As in the forward pass.
        rectified: As in the forward pass.

    Returns:
        All gradients, of shape (L + 1, N, n).
    """
    x, weights = stack_arguments(x, weights, axes=4)
    how = {"normalised": normalised, "scale": scale, "shortcut": shortcut}
    signals = residual_stack(x, weights, rectified=rectified, **how)  # type: ignore[arg-type]
    gradients = [upstream(dy, x.shape).astype(x.dtype)]
    for (first, second), signal, after in zip(weights[::-1], signals[-2::-1], signals[:0:-1], strict=True):
        # the rectifier's answer is positive where its question was
        total = relu_backward(gradients[-1], after) if rectified else gradients[-1]
        branch = layer_backward((scale * total) @ second.T, signal @ first, normalised) @ first.T
        gradients.append(shortcut * total + branch)
    return np.array(gradients[::-1])


def normalise(z: Array) -> Array:
    """Normalise each unit over the batch: `batch_norm2d` on maps of one pixel, without scale and shift."""
    units = z.shape[1]
    return batch_norm2d(z[:, :, None, None], np.ones(units), np.zeros(units), eps=EPS)[:, :, 0, 0]


def layer_backward(dy: Array, z: Array, normalised: bool) -> Array:
    """Send a gradient back through a rectifier, and the normalisation before it if there is one."""
    if not normalised:
        return relu_backward(dy, z)
    dz = relu_backward(dy, normalise(z))
    return batch_norm2d_backward(dz[:, :, None, None], z[:, :, None, None], np.ones(z.shape[1]), eps=EPS)[0][:, :, 0, 0]


def stack_arguments(x: ArrayLike, weights: ArrayLike, *, axes: int) -> tuple[Array, Array]:
    """Return a batch and a stack's weights in one floating dtype; the last two axes of the weights are square."""
    x, weights = (
        array(x, "x", "N, n", real=True),
        array(weights, "weights", "L, n, n" if axes == 3 else "L, 2, n, n", real=True),
    )
    n = x.shape[1]
    expected = (len(weights), n, n) if axes == 3 else (len(weights), 2, n, n)
    if weights.shape != expected:
        raise ValueError(f"weights must have the shape {expected} for x of {n} columns, but it is {weights.shape}.")
    dtype = np.result_type(x, weights)
    dtype = dtype if dtype.kind == "f" else np.dtype(np.float64)
    return x.astype(dtype), weights.astype(dtype)
