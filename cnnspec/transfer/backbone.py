r"""The smallest frozen network: one convolution, one normalisation, a rectifier, an average."""

from __future__ import annotations

from numpy.typing import ArrayLike

from cnnspec.algorithms import best
from cnnspec.arguments import Array


def frozen_features(
    x: ArrayLike,
    w: ArrayLike,
    gamma: ArrayLike,
    beta: ArrayLike,
    mean: ArrayLike,
    variance: ArrayLike,
    *,
    training: bool = False,
    eps: float = 1e-5,
) -> Array:
    r"""What a network has seen, as one number for each filter.

    $$ f = \operatorname{GAP}\bigl(\operatorname{ReLU}(\operatorname{BN}(x \star w))\bigr) $$

    *Frozen* means more than that no weight learns. In training mode the normalisation takes the statistics of the
    batch, and a picture's features depend on its neighbours; a frozen network takes the moving statistics.

    Args:
        x: Pictures of shape (N, C, H, W).
        w: Filters of shape (F, C, KH, KW).
        gamma: Scales of shape (F,).
        beta: Shifts of shape (F,).
        mean: Moving means of shape (F,).
        variance: Moving variances of shape (F,).
        training: Whether the normalisation takes the statistics of the batch.
        eps: What is added to the variance.

    Returns:
        Features of shape (N, F).

    Raises:
        TypeError: If entries are not numbers.
        ValueError: If shapes do not fit each other.
    """
    y = best["conv2d"](x, w)
    if training:
        y = best["batch_norm2d"](y, gamma, beta, eps=eps)
    else:
        y = best["batch_norm2d_inference"](y, gamma, beta, mean, variance, eps=eps)
    features: Array = best["global_avg_pool2d"](best["relu"](y))
    return features
