r"""Step 7: residual blocks of convolutions, forward and backward.

A branch is written as a sentence, such as `conv1 norm1 relu conv2 norm2`, and its weights are found by those words:
`conv1` (F, C, k, k), `norm1.gamma` and `norm1.beta` (F,). Every convolution has a border of half its kernel, and the
first one takes the block's stride. Batch normalisation is the form used in training.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from cnnspec.arguments import Array, array, integer
from cnnspec.channels import conv2d
from cnnspec.gradients import batch_norm2d_backward, conv2d_backward, relu_backward
from cnnspec.network import batch_norm2d, relu
from cnnspec.residual.blocks import post_activation_block, residual_block_backward

Weights = Mapping[str, Array]

BASIC = "conv1 norm1 relu conv2 norm2"
"""The branch of 2015, of two convolutions with 3×3 kernels; a rectifier follows the addition."""

PREACTIVATION = "norm1 relu conv1 norm2 relu conv2"
"""The branch of 2016: normalised and rectified before each convolution, so that the trunk is never touched."""

BOTTLENECK = "conv1 norm1 relu conv2 norm2 relu conv3 norm3"
"""Narrow, convolve, widen: kernels 1×1, 3×3 and 1×1."""


def basic_block(x: ArrayLike, weights: Weights, *, stride: int = 1, eps: float = 1e-5) -> Array:
    r"""Two convolutions beside a shortcut, rectified at the end.

    $$ y = \operatorname{relu}\bigl(S(x) + \operatorname{BN}_2(w_2 \star \operatorname{relu}(\operatorname{BN}_1(w_1
       \star x)))\bigr) $$

    Args:
        x: Array of shape (N, C, H, W).
        weights: `conv1` (F, C, 3, 3), `conv2` (F, F, 3, 3), `norm1.gamma`, `norm1.beta`, `norm2.gamma`, `norm2.beta`
            (F,); and `projection` (F, C, 1, 1), without which the shortcut is the identity.
        stride: Stride of the first convolution and of the projection.
        eps: As in `batch_norm2d`.

    Raises:
        ValueError: If shapes do not fit; without a projection the branch must keep the shape of x.

    Source:
        He, Zhang, Ren & Sun (2016), Deep residual learning for image recognition, section 3.3.
    """
    return post_activated(BASIC, x, weights, stride, eps)


def bottleneck_block(x: ArrayLike, weights: Weights, *, stride: int = 1, eps: float = 1e-5) -> Array:
    r"""Three convolutions beside a shortcut: 1×1 to fewer channels, 3×3 among them, 1×1 to all again.

    Args:
        x: Array of shape (N, C, H, W).
        weights: `conv1` (M, C, 1, 1), `conv2` (M, M, 3, 3), `conv3` (F, M, 1, 1), their norms as in `basic_block`,
            and `projection` (F, C, 1, 1) where the shape changes.
        stride: Stride of the first convolution and of the projection, as in the paper; many libraries put it in
            the second one.
        eps: As in `batch_norm2d`.

    Raises:
        ValueError: If shapes do not fit; without a projection the branch must keep the shape of x.

    Source:
        He, Zhang, Ren & Sun (2016), Deep residual learning for image recognition, figure 5.
    """
    return post_activated(BOTTLENECK, x, weights, stride, eps)


def preactivation_block(x: ArrayLike, weights: Weights, *, eps: float = 1e-5) -> Array:
    r"""The block of 2016: nothing on the trunk but additions.

    $$ y = x + w_2 \star \operatorname{relu}(\operatorname{BN}_2(w_1 \star
       \operatorname{relu}(\operatorname{BN}_1(x)))) $$

    Args:
        x: Array of shape (N, C, H, W).
        weights: `conv1` and `conv2` (C, C, 3, 3), and the two norms' `gamma` and `beta` (C,).
        eps: As in `batch_norm2d`.

    Raises:
        ValueError: If shapes do not fit.

    Source:
        He, Zhang, Ren & Sun (2016), Identity mappings in deep residual networks, figure 1b.
    """
    x = array(x, "x", "N, C, H, W", real=True)
    y: Array = x + branch_signals(PREACTIVATION, x, weights, 1, eps)[-1]
    return y


def projection_shortcut(x: ArrayLike, w: ArrayLike, *, stride: int = 2) -> Array:
    r"""A shortcut to another shape: a 1×1 convolution, which reads one position of each stride×stride.

    $$ S(x)_{nfij} = \sum_c w_{fc}\, x_{n,c,is,js} $$

    Args:
        x: Array of shape (N, C, H, W).
        w: Weights of shape (F, C, 1, 1).
        stride: Distance of the positions that are read.

    Source:
        He, Zhang, Ren & Sun (2016), Deep residual learning for image recognition, section 3.3, option B.
    """
    w = array(w, "w", "F, C, 1, 1")
    if w.shape[2:] != (1, 1):
        raise ValueError(f"w must have kernels of 1x1, but its shape is {w.shape}.")
    return conv2d(x, w, stride=stride)


def padded_shortcut(x: ArrayLike, channels: int, *, stride: int = 2) -> Array:
    r"""A shortcut to another shape without weights: every other position, and channels of zeros behind.

    Args:
        x: Array of shape (N, C, H, W).
        channels: How many channels the result has, at least C.
        stride: Distance of the positions that are kept.

    Returns:
        Array of shape (N, channels, OH, OW).

    Source:
        He, Zhang, Ren & Sun (2016), Deep residual learning for image recognition, section 3.3, option A.
    """
    x = array(x, "x", "N, C, H, W")
    s = integer(stride, "stride", least=1)
    count = integer(channels, "channels", least=x.shape[1])
    kept = x[:, :, ::s, ::s]
    y = np.zeros((len(x), count, *kept.shape[2:]), dtype=x.dtype)
    y[:, : x.shape[1]] = kept
    return y


def post_activated(order: str, x: ArrayLike, weights: Weights, stride: int, eps: float) -> Array:
    """A branch of convolutions in a block of 2015."""
    x = array(x, "x", "N, C, H, W", real=True)
    projection = weights.get("projection")
    return post_activation_block(
        x,
        lambda z: branch_signals(order, z, weights, stride, eps)[-1],
        None if projection is None else lambda z: projection_shortcut(z, projection, stride=stride),
    )


def branch_signals(order: str, x: Array, weights: Weights, stride: int = 1, eps: float = 1e-5) -> list[Array]:
    """Send x through a branch, word by word; the first signal is x, the last the branch's answer."""
    signals = [x]
    for word in order.split():
        z = signals[-1]
        if word == "relu":
            signals.append(relu(z))
        elif word.startswith("norm"):
            signals.append(batch_norm2d(z, weights[f"{word}.gamma"], weights[f"{word}.beta"], eps=eps))
        else:
            w = weights[word]
            signals.append(conv2d(z, w, stride=stride if word == "conv1" else 1, padding=w.shape[-1] // 2))
    return signals


def branch_backward(
    order: str, dy: Array, signals: list[Array], weights: Weights, stride: int = 1, eps: float = 1e-5
) -> tuple[Array, dict[str, Array]]:
    """Send a gradient back through a branch, word by word: dx, and the gradient of each weight by its name."""
    gradients: dict[str, Array] = {}
    for word, z in zip(reversed(order.split()), reversed(signals[:-1]), strict=True):
        if word == "relu":
            dy = relu_backward(dy, z)
        elif word.startswith("norm"):
            names = f"{word}.gamma", f"{word}.beta"
            dy, gradients[names[0]], gradients[names[1]] = batch_norm2d_backward(dy, z, weights[names[0]], eps=eps)
        else:
            w = weights[word]
            s = stride if word == "conv1" else 1
            dy, gradients[word], _ = conv2d_backward(dy, z, w, stride=s, padding=w.shape[-1] // 2)
    return dy, gradients


def post_activated_backward(
    order: str, dy: ArrayLike, x: ArrayLike, weights: Weights, *, stride: int = 1, eps: float = 1e-5
) -> tuple[Array, dict[str, Array]]:
    r"""The backward pass of `basic_block` and `bottleneck_block`, whose branches are `BASIC` and `BOTTLENECK`.

    Returns:
        dx like x, and the gradient of each weight by its name.
    """
    x = array(x, "x", "N, C, H, W", real=True)
    signals, projection = branch_signals(order, x, weights, stride, eps), weights.get("projection")
    trunk = x if projection is None else projection_shortcut(x, projection, stride=stride)
    # the rectifier behind the addition, for both summands alike
    dsum = relu_backward(dy, trunk + signals[-1])
    through, gradients = branch_backward(order, dsum, signals, weights, stride, eps)
    if projection is None:
        return dsum + through, gradients
    past, gradients["projection"], _ = conv2d_backward(dsum, x, projection, stride=stride)
    return past + through, gradients


def preactivation_block_backward(
    dy: ArrayLike, x: ArrayLike, weights: Weights, *, eps: float = 1e-5
) -> tuple[Array, dict[str, Array]]:
    r"""The backward pass of `preactivation_block`: dx like x, and the gradient of each weight by its name."""
    x = array(x, "x", "N, C, H, W", real=True)
    signals = branch_signals(PREACTIVATION, x, weights, 1, eps)
    gradients: dict[str, Array] = {}

    def through(dz: Array, _: Array) -> Array:
        dx, found = branch_backward(PREACTIVATION, dz, signals, weights, 1, eps)
        gradients.update(found)
        return dx

    return residual_block_backward(dy, x, through), gradients
