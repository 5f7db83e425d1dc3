r"""Step 5: the backward pass of every operator.

Let $L$ be a loss that depends on an operator's output $y$. Each function here takes $\partial L / \partial y$,
written `dy`, and returns $\partial L$ by each input. That is the transposed Jacobian applied to `dy`; for a
linear operator it is its adjoint, and no derivative has to be taken at all.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from cnnspec.arguments import Array, IntOrPair, Padding, Pair, array, common_dtype, pair, reach, sides
from cnnspec.channels import divisor
from cnnspec.convolution import pad2d, places
from cnnspec.network import batch_statistics, floating, labels, numbers, per_channel, softmax
from cnnspec.pooling import window_border, window_places


def conv2d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    w: ArrayLike,
    *,
    stride: IntOrPair = 1,
    padding: Padding = 0,
    dilation: IntOrPair = 1,
    groups: int = 1,
) -> tuple[Array, Array, Array]:
    r"""The backward pass of `conv2d`.

    Each output is $y_{nfij} = b_f + \sum x_{n,\,c_0+c,\,is+ad,\,js+bd}\, w_{fcab}$, a sum of products. So a weight's
    derivative is what it was multiplied with, and an input's is the weight it met; both are weighed with the
    output's own `dy` and summed over all outputs in which they meet:

    $$ \frac{\partial L}{\partial w_{fcab}} = \sum_{n,i,j} \mathrm{dy}_{nfij}\; x_{n,\,c_0+c,\,is+ad,\,js+bd},
       \qquad
       \frac{\partial L}{\partial x_{n,\,c_0+c,\,is+ad,\,js+bd}} \mathrel{+}= \mathrm{dy}_{nfij}\; w_{fcab},
       \qquad
       \frac{\partial L}{\partial b_f} = \sum_{n,i,j} \mathrm{dy}_{nfij} $$

    The second is `conv_transpose2d`; nothing is turned in the first.

    Args:
        dy: Array of shape (N, F, OH, OW), as the output of `conv2d`.
        x: The input of the forward pass, (N, C, H, W).
        w: The weights of the forward pass, (F, C // groups, KH, KW).
        stride: As in the forward pass.
        padding: As in the forward pass.
        dilation: As in the forward pass.
        groups: As in the forward pass.

    Returns:
        dx like x, dw like w, and db of shape (F,).

    Raises:
        TypeError: If entries are not numbers or an option not a whole number.
        ValueError: If the shape of dy is not that of the output, or `conv2d` would refuse the other arguments.

    Source:
        Dumoulin & Visin (2016), section 4.1.
    """
    x, w = array(x, "x", "N, C, H, W"), array(w, "w", "F, C // groups, KH, KW")
    s, d, g = pair(stride, "stride", least=1), pair(dilation, "dilation", least=1), divisor(groups, x, w)
    dtype = common_dtype(x, w)
    # sizes
    height, width = x.shape[2:]
    filters, depth = w.shape[:2]
    span = reach(Pair(*w.shape[2:]), d)
    border = sides(padding, size=Pair(height, width), span=span, stride=s)
    x = pad2d(x.astype(dtype), ((border.top, border.bottom), (border.left, border.right)))
    dy = upstream(dy, (len(x), filters, *places(x.shape, span, s))).astype(dtype)
    dx, dw = np.zeros_like(x), np.zeros(w.shape, dtype=dtype)
    for n, f, i, j in np.ndindex(dy.shape):
        # window
        first = f // (filters // g) * depth
        top, left = i * s.v, j * s.h
        window = np.s_[n, first : first + depth, top : top + span.v : d.v, left : left + span.h : d.h]
        # sum
        dx[window] += dy[n, f, i, j] * w[f]
        dw[f] += dy[n, f, i, j] * x[window]
    inside = dx[:, :, border.top : border.top + height, border.left : border.left + width]
    return inside.copy(), dw, np.sum(dy, axis=(0, 2, 3))


def max_pool2d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    size: IntOrPair,
    *,
    stride: IntOrPair | None = None,
    padding: Padding = 0,
    dilation: IntOrPair = 1,
    ceil_mode: bool = False,
) -> Array:
    r"""The backward pass of `max_pool2d`: each window sends its `dy` to the entry that won.

    $$ \mathrm{dx}_{nc,\,a^*,\,b^*} \mathrel{+}= \mathrm{dy}_{ncij},
       \qquad (a^*, b^*) = \arg\max \text{ of the window of } (i, j) $$

    Where two entries tie, the maximum has a kink and any way to share `dy` among the winners is a subgradient;
    this definition gives it to the first in reading order, as PyTorch does. Overlapping windows add up.

    Args:
        dy: Array of shape (N, C, OH, OW), as the output of `max_pool2d`.
        x: The input of the forward pass, (N, C, H, W).
        size: As in the forward pass.
        stride: As in the forward pass.
        padding: As in the forward pass.
        dilation: As in the forward pass.
        ceil_mode: As in the forward pass.

    Returns:
        dx like x.

    Raises:
        TypeError: If entries are not real numbers or an option not a whole number.
        ValueError: If the shape of dy is not that of the output, or `max_pool2d` would refuse the other arguments.
    """
    x = floating(array(x, "x", "N, C, H, W", real=True), "x")
    k, d = pair(size, "size", least=1), pair(dilation, "dilation", least=1)
    s = k if stride is None else pair(stride, "stride", least=1)
    # sizes
    height, width = x.shape[2:]
    span = reach(k, d)
    border = window_border(padding, x, k, span, s)
    dy = upstream(dy, (*x.shape[:2], *window_places(x, span, s, border, ceil_mode)))
    x = pad2d(x, ((border.top, border.bottom), (border.left, border.right)), value=-np.inf)
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(dy.shape):
        # window
        top, left = i * s.v, j * s.h
        window = np.s_[n, c, top : top + span.v : d.v, left : left + span.h : d.h]
        # winner
        a, b = np.unravel_index(np.argmax(x[window]), x[window].shape)
        dx[window][a, b] += dy[n, c, i, j]
    return dx[:, :, border.top : border.top + height, border.left : border.left + width].copy()


def avg_pool2d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    size: IntOrPair,
    *,
    stride: IntOrPair | None = None,
    padding: Padding = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Array:
    r"""The backward pass of `avg_pool2d`: each window spreads its `dy` evenly over its cells.

    $$ \mathrm{dx}_{nc,\,is+a,\,js+b} \mathrel{+}= \frac{\mathrm{dy}_{ncij}}{m_{ij}} $$

    Averaging is linear, and this is its adjoint; x is needed only for its shape.

    Args:
        dy: Array of shape (N, C, OH, OW), as the output of `avg_pool2d`.
        x: The input of the forward pass, (N, C, H, W).
        size: As in the forward pass.
        stride: As in the forward pass.
        padding: As in the forward pass.
        ceil_mode: As in the forward pass.
        count_include_pad: As in the forward pass.

    Returns:
        dx like x.

    Raises:
        TypeError: If entries are not numbers or an option not a whole number.
        ValueError: If the shape of dy is not that of the output, or `avg_pool2d` would refuse the other arguments.
    """
    x = floating(array(x, "x", "N, C, H, W", real=True), "x")
    k, s = pair(size, "size", least=1), pair(size if stride is None else stride, "stride", least=1)
    # sizes
    height, width = x.shape[2:]
    border = window_border(padding, x, k, k, s)
    dy = upstream(dy, (*x.shape[:2], *window_places(x, k, s, border, ceil_mode)))
    around = ((border.top, border.bottom), (border.left, border.right))
    counts = pad2d(np.ones((height, width)), around, value=1 if count_include_pad else 0)
    dx = np.zeros_like(pad2d(x, around))
    for n, c, i, j in np.ndindex(dy.shape):
        # window
        top, left = i * s.v, j * s.h
        window = np.s_[top : top + k.v, left : left + k.h]
        # share
        dx[n, c][window] += dy[n, c, i, j] / np.sum(counts[window])
    return dx[:, :, border.top : border.top + height, border.left : border.left + width].copy()


def global_avg_pool2d_backward(dy: ArrayLike, x: ArrayLike) -> Array:
    r"""The backward pass of `global_avg_pool2d`: every place gets an equal share.

    $$ \mathrm{dx}_{ncij} = \frac{\mathrm{dy}_{nc}}{HW} $$

    Args:
        dy: Array of shape (N, C).
        x: The input of the forward pass, (N, C, H, W).

    Returns:
        dx like x.

    Raises:
        TypeError: If entries are not numbers.
        ValueError: If shapes do not fit each other.
    """
    x = floating(array(x, "x", "N, C, H, W", real=True), "x")
    dy = upstream(dy, x.shape[:2])
    share = dy[:, :, None, None] / (x.shape[2] * x.shape[3])
    return np.broadcast_to(share, x.shape).astype(x.dtype)


def relu_backward(dy: ArrayLike, x: ArrayLike) -> Array:
    r"""The backward pass of `relu`: `dy` passes where x is positive.

    $$ \mathrm{dx} = \mathrm{dy} \cdot [x > 0] $$

    At zero the rectifier has a kink and any slope from 0 to 1 is a subgradient; this definition takes 0, as
    PyTorch does.

    Args:
        dy: Array of the shape of x.
        x: The input of the forward pass, of any shape.

    Returns:
        dx like x.

    Raises:
        TypeError: If entries are not real numbers.
        ValueError: If shapes differ.
    """
    x = floating(x, "x")
    return np.where(x > 0, upstream(dy, x.shape), 0).astype(x.dtype)


def linear_backward(dy: ArrayLike, x: ArrayLike, w: ArrayLike) -> tuple[Array, Array, Array]:
    r"""The backward pass of `linear`.

    From $y_{nf} = \sum_d x_{nd} w_{fd} + b_f$, each derivative is the other factor, summed over what is shared:

    $$ \mathrm{dx}_{nd} = \sum_f \mathrm{dy}_{nf} w_{fd}, \qquad
       \mathrm{dw}_{fd} = \sum_n \mathrm{dy}_{nf} x_{nd}, \qquad
       \mathrm{db}_f = \sum_n \mathrm{dy}_{nf} $$

    Args:
        dy: Array of shape (N, F).
        x: The input of the forward pass, (N, D).
        w: The weights of the forward pass, (F, D).

    Returns:
        dx like x, dw like w, and db of shape (F,).

    Raises:
        TypeError: If entries are not numbers.
        ValueError: If shapes do not fit each other.
    """
    x, w = array(x, "x", "N, D"), array(w, "w", "F, D")
    if w.shape[1] != x.shape[1]:
        raise ValueError(f"w must have {x.shape[1]} weights per row, as x has columns, but its shape is {w.shape}.")
    dtype = common_dtype(x, w)
    x, w, dy = x.astype(dtype), w.astype(dtype), upstream(dy, (len(x), len(w))).astype(dtype)
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for n, f in np.ndindex(dy.shape):
        # sum
        dx[n] += dy[n, f] * w[f]
        dw[f] += dy[n, f] * x[n]
    return dx, dw, np.sum(dy, axis=0)


def cross_entropy_backward(z: ArrayLike, y: ArrayLike) -> Array:
    r"""The gradient of `cross_entropy`, softmax included: what was predicted less what is true.

    With $L_n = \log \sum_k e^{z_{nk}} - z_{n y_n}$, the derivative of the first term is the softmax and that of the
    second a one at the true class:

    $$ \mathrm{dz}_{nc} = \frac{p_{nc} - [c = y_n]}{N} $$

    Args:
        z: Array of logits of shape (N, C).
        y: True classes of shape (N,).

    Returns:
        dz like z; each row sums to zero.

    Raises:
        TypeError: If z does not hold real numbers or y whole ones.
        ValueError: If shapes do not fit each other, or a class is out of range.
    """
    z = floating(array(z, "z", "N, C", real=True), "z")
    y = labels(y, z)
    dz = softmax(z)
    dz[np.arange(len(z)), y] -= 1
    dz /= len(z)
    return dz


def batch_norm2d_backward(
    dy: ArrayLike, x: ArrayLike, gamma: ArrayLike, *, eps: float = 1e-5
) -> tuple[Array, Array, Array]:
    r"""The backward pass of `batch_norm2d`.

    Write $\hat x = (x - \mu)/\sigma$ with $\sigma = \sqrt{\sigma^2_c + \varepsilon}$ and $m = NHW$ values a channel. A
    value moves its own $\hat x$, and all others of its channel through the mean and the variance. The derivative
    of $\hat x_i$ by $x_k$ is $\frac{1}{\sigma}([i = k] - \frac1m - \frac1m \hat x_i \hat x_k)$, which gives

    $$ \mathrm{dx} = \frac{\gamma}{\sigma} \Bigl( \mathrm{dy} - \operatorname{mean}(\mathrm{dy})
       - \hat x \operatorname{mean}(\mathrm{dy}\, \hat x) \Bigr), \qquad
       \mathrm{d}\gamma = \sum \mathrm{dy}\, \hat x, \qquad \mathrm{d}\beta = \sum \mathrm{dy} $$

    Args:
        dy: Array of shape (N, C, H, W).
        x: The input of the forward pass, (N, C, H, W).
        gamma: The scales of the forward pass, (C,).
        eps: As in the forward pass.

    Returns:
        dx like x, dgamma and dbeta of shape (C,).

    Raises:
        TypeError: If entries are not numbers.
        ValueError: If shapes do not fit each other or eps is negative.

    Source:
        Ioffe & Szegedy (2015), section 3, with the sums gathered.
    """
    x = floating(array(x, "x", "N, C, H, W", real=True), "x")
    if eps < 0:
        raise ValueError(f"eps must be at least 0, but {eps} came.")
    dy = upstream(dy, x.shape).astype(x.dtype)
    mean, variance = batch_statistics(x)
    deviation = np.sqrt(variance + eps)[:, None, None]
    normal = (x - mean[:, None, None]) / deviation
    # the two ways in which a value moves all others: through the mean, and through the variance
    batch = (0, 2, 3)
    mean_dy = np.mean(dy, axis=batch, keepdims=True)
    mean_product = np.mean(dy * normal, axis=batch, keepdims=True)
    dx: Array = per_channel(gamma, "gamma", x) / deviation * (dy - mean_dy - normal * mean_product)
    return dx.astype(x.dtype), np.sum(dy * normal, axis=batch), np.sum(dy, axis=batch)


def upstream(dy: ArrayLike, shape: tuple[int, ...]) -> Array:
    """Return the upstream gradient as an array of the output's shape."""
    gradient = numbers(dy, "dy")
    if gradient.shape != shape:
        raise ValueError(f"dy must have the output's shape {shape}, but its shape is {gradient.shape}.")
    return gradient
