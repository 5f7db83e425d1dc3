r"""Step 5: the whole network, forward.

What stands between convolutions and a prediction: the rectifier, the dense layer, softmax and its loss, batch
normalisation, the first weights, and the lab's network as one composition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from cnnspec.arguments import Array, array, common_dtype, integer
from cnnspec.channels import bias, conv2d
from cnnspec.pooling import max_pool2d


def relu(x: ArrayLike) -> Array:
    r"""Keep what is positive.

    $$ y = \max(x, 0) $$

    Args:
        x: Array of any shape, real.

    Returns:
        Array of the same shape and dtype.

    Raises:
        TypeError: If the entries are not real numbers.
        ValueError: If there are none.

    Source:
        Nair & Hinton (2010); the name ReLU.
    """
    x = numbers(x, "x")
    return np.where(x > 0, x, x.dtype.type(0))


def flatten(x: ArrayLike) -> Array:
    r"""Write each image of a batch as one row: channels first, then rows, then columns.

    Args:
        x: Array of shape (N, ...), with at least two axes.

    Returns:
        A new array of shape (N, D).

    Raises:
        TypeError: If the entries are not numbers.
        ValueError: If an axis is missing or empty.
    """
    x = numbers(x, "x")
    if x.ndim < 2:
        raise ValueError(f"x must have at least two axes (N, ...), but its shape is {x.shape}.")
    return x.reshape(len(x), -1).copy()


def linear(x: ArrayLike, w: ArrayLike, b: ArrayLike | None = None) -> Array:
    r"""Weigh all inputs for each output.

    $$ y_{nf} = \sum_d x_{nd} w_{fd} + b_f $$

    Args:
        x: Array of shape (N, D).
        w: Array of shape (F, D).
        b: Array of shape (F,), or None.

    Returns:
        Array of shape (N, F). Floating inputs keep their dtype.

    Raises:
        TypeError: If entries are not numbers.
        ValueError: If shapes do not fit each other.

    Source:
        `torch.nn.functional.linear`; ONNX operator Gemm.
    """
    x, w = array(x, "x", "N, D"), array(w, "w", "F, D")
    if w.shape[1] != x.shape[1]:
        raise ValueError(
            f"w must have {x.shape[1]} weights per row, as many as x has columns, but its shape is {w.shape}."
        )
    b = bias(b, len(w))
    dtype = common_dtype(x, w, b)
    x, w = x.astype(dtype), w.astype(dtype)
    # sizes
    y = np.zeros((len(x), len(w)), dtype=dtype)
    for n, f in np.ndindex(y.shape):
        # sum
        y[n, f] = np.sum(x[n] * w[f]) + (0 if b is None else b[f])
    return y


def softmax(z: ArrayLike, axis: int = -1) -> Array:
    r"""Turn logits into probabilities.

    $$ p_c = \frac{e^{z_c - m}}{\sum_k e^{z_k - m}}, \qquad m = \max_k z_k $$

    The maximum $m$ cancels; without it the exponential of a large logit overflows.

    Args:
        z: Array of logits, floating, of any shape.
        axis: The axis along which the probabilities sum to one.

    Returns:
        Array of the same shape and dtype.

    Raises:
        TypeError: If the entries are not real numbers.
        ValueError: If there is no such axis.

    Source:
        Goodfellow, Bengio & Courville (2016), section 4.1.
    """
    z = floating(z, "z")
    if not -z.ndim <= axis < z.ndim:
        raise ValueError(f"axis must name one of the {z.ndim} axes of z, but {axis} came.")
    exponentials: Array = np.exp(z - np.max(z, axis=axis, keepdims=True))
    exponentials /= np.sum(exponentials, axis=axis, keepdims=True)
    return exponentials


def log_softmax(z: ArrayLike, axis: int = -1) -> Array:
    r"""The logarithm of `softmax`, without taking the logarithm of a number that has become zero.

    $$ \log p_c = z_c - m - \log \sum_k e^{z_k - m} $$

    Args:
        z: Array of logits, floating, of any shape.
        axis: The axis of the classes.

    Returns:
        Array of the same shape and dtype.

    Raises:
        TypeError: If the entries are not real numbers.
        ValueError: If there is no such axis.
    """
    z = floating(z, "z")
    if not -z.ndim <= axis < z.ndim:
        raise ValueError(f"axis must name one of the {z.ndim} axes of z, but {axis} came.")
    shifted: Array = z - np.max(z, axis=axis, keepdims=True)
    shifted -= np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))
    return shifted


def cross_entropy(z: ArrayLike, y: ArrayLike) -> np.floating:
    r"""The mean surprise of the true classes, in nats.

    $$ L = -\frac{1}{N} \sum_n \log \operatorname{softmax}(z_n)_{y_n} $$

    Args:
        z: Array of logits of shape (N, C).
        y: True classes, whole numbers from 0 to C - 1, of shape (N,).

    Returns:
        The mean loss, a scalar of the dtype of z.

    Raises:
        TypeError: If z does not hold real numbers or y whole ones.
        ValueError: If shapes do not fit each other, or a class is out of range.

    Source:
        `torch.nn.functional.cross_entropy`.
    """
    z = floating(array(z, "z", "N, C", real=True), "z")
    y = labels(y, z)
    return -np.mean(log_softmax(z)[np.arange(len(z)), y])


def batch_norm2d(x: ArrayLike, gamma: ArrayLike, beta: ArrayLike, *, eps: float = 1e-5) -> Array:
    r"""Normalise each channel by the mean and the variance of the batch: the form used in training.

    $$ y = \gamma_c \frac{x - \mu_c}{\sqrt{\sigma^2_c + \varepsilon}} + \beta_c $$

    The variance is the biased one, divided by the number of values and not by one less.

    Args:
        x: Array of shape (N, C, H, W).
        gamma: Scales, of shape (C,).
        beta: Shifts, of shape (C,).
        eps: A small number $\varepsilon \ge 0$ that keeps the quotient finite.

    Returns:
        Array of shape (N, C, H, W) with the dtype of x.

    Raises:
        TypeError: If entries are not numbers.
        ValueError: If shapes do not fit each other or eps is negative.

    Source:
        Ioffe & Szegedy (2015), algorithm 1.
    """
    x = floating(array(x, "x", "N, C, H, W"), "x")
    mean, variance = batch_statistics(x)
    return batch_norm2d_inference(x, gamma, beta, mean, variance, eps=eps)


def batch_statistics(x: Array) -> tuple[Array, Array]:
    """The mean and the biased variance of each channel over a batch of shape (N, C, H, W)."""
    mean = np.mean(x, axis=(0, 2, 3))
    return mean, np.mean((x - mean[:, None, None]) ** 2, axis=(0, 2, 3))


def batch_norm2d_inference(
    x: ArrayLike, gamma: ArrayLike, beta: ArrayLike, mean: ArrayLike, variance: ArrayLike, *, eps: float = 1e-5
) -> Array:
    r"""Normalise each channel by fixed statistics: the form used after training, an affine map of each channel.

    Args:
        x: Array of shape (N, C, H, W).
        gamma: Scales, of shape (C,).
        beta: Shifts, of shape (C,).
        mean: Running means, of shape (C,).
        variance: Running variances, of shape (C,).
        eps: A small number $\varepsilon \ge 0$ under the root.

    Returns:
        Array of shape (N, C, H, W) with the dtype of x.

    Raises:
        TypeError: If entries are not numbers.
        ValueError: If shapes do not fit each other or eps is negative.

    Source:
        Ioffe & Szegedy (2015), algorithm 2.
    """
    x = floating(array(x, "x", "N, C, H, W"), "x")
    if eps < 0:
        raise ValueError(f"eps must be at least 0, but {eps} came.")
    gamma, beta, mean, variance = (
        per_channel(values, name, x)
        for values, name in ((gamma, "gamma"), (beta, "beta"), (mean, "mean"), (variance, "variance"))
    )
    return ((x - mean) / np.sqrt(variance + eps) * gamma + beta).astype(x.dtype)


def he_normal(shape: Sequence[int], generator: np.random.Generator, *, dtype: DTypeLike = np.float64) -> Array:
    r"""First weights for layers followed by a rectifier: $w \sim N(0, 2/n_\text{in})$.

    The rectifier halves the second moment of a symmetric input, and the 2 makes up for it.

    Args:
        shape: Shape of the weights, (F, D) or (F, C, KH, KW); $n_\text{in}$ is the product of all but the first.
        generator: Where the random numbers come from.
        dtype: Floating dtype of the result.

    Raises:
        ValueError: If the shape has fewer than two axes.

    Source:
        He et al. (2015), Delving deep into rectifiers, section 2.2.
    """
    fan_in, _ = fans(shape)
    weights: Array = generator.standard_normal(tuple(shape)) * np.sqrt(2 / fan_in)
    return weights.astype(dtype)


def lecun_normal(shape: Sequence[int], generator: np.random.Generator, *, dtype: DTypeLike = np.float64) -> Array:
    r"""First weights for layers without a rectifier: $w \sim N(0, 1/n_\text{in})$.

    Args:
        shape: Shape of the weights, as in `he_normal`.
        generator: Where the random numbers come from.
        dtype: Floating dtype of the result.

    Raises:
        ValueError: If the shape has fewer than two axes.

    Source:
        LeCun et al. (1998), Efficient BackProp, section 4.6.
    """
    fan_in, _ = fans(shape)
    weights: Array = generator.standard_normal(tuple(shape)) * np.sqrt(1 / fan_in)
    return weights.astype(dtype)


def glorot_uniform(shape: Sequence[int], generator: np.random.Generator, *, dtype: DTypeLike = np.float64) -> Array:
    r"""First weights that weigh forward and backward alike: uniform on $\pm\sqrt{6/(n_\text{in} + n_\text{out})}$.

    Args:
        shape: Shape of the weights, as in `he_normal`; $n_\text{out}$ is the first axis times the kernel's cells.
        generator: Where the random numbers come from.
        dtype: Floating dtype of the result.

    Raises:
        ValueError: If the shape has fewer than two axes.

    Source:
        Glorot & Bengio (2010), equation 16.
    """
    limit = np.sqrt(6 / sum(fans(shape)))
    return generator.uniform(-limit, limit, tuple(shape)).astype(dtype)


def fans(shape: Sequence[int]) -> tuple[int, int]:
    """How many inputs one output sees, and how many outputs one input reaches."""
    if len(shape) < 2:
        raise ValueError(f"shape must have at least two axes (F, D, ...), but {tuple(shape)} came.")
    cells = int(np.prod(shape[2:]))
    return int(shape[1]) * cells, int(shape[0]) * cells


def lab_cnn(x: ArrayLike, weights: Mapping[str, ArrayLike]) -> Array:
    r"""The lab's network: Conv 8@3×3 → ReLU → MaxPool 2 → Flatten → FC 64 → FC 4 → softmax.

    Args:
        x: Grey images of shape (N, 1, 16, 16).
        weights: `conv.w` (8, 1, 3, 3), `conv.b` (8,), `fc1.w` (64, 392), `fc1.b` (64,), `fc2.w` (4, 64) and
            `fc2.b` (4,), as `lab_weights` draws them.

    Returns:
        Probabilities of shape (N, 4).
    """
    maps = max_pool2d(relu(conv2d(x, weights["conv.w"], weights["conv.b"])), 2)
    hidden = linear(flatten(maps), weights["fc1.w"], weights["fc1.b"])
    return softmax(linear(hidden, weights["fc2.w"], weights["fc2.b"]))


def lab_weights(generator: np.random.Generator) -> dict[str, Array]:
    """First weights for `lab_cnn`: He's, with biases of zero."""
    shapes = {"conv": (8, 1, 3, 3), "fc1": (64, 8 * 7 * 7), "fc2": (4, 64)}
    weights: dict[str, Array] = {}
    for name, shape in shapes.items():
        weights[f"{name}.w"] = he_normal(shape, generator)
        weights[f"{name}.b"] = np.zeros(shape[0])
    return weights


def receptive_field(layers: Sequence[tuple[int, int, int]]) -> int:
    r"""How many input cells along one axis an output of a stack of layers can see.

    $$ r = 1 + \sum_l d_l (k_l - 1) \prod_{j<l} s_j $$

    Args:
        layers: One (kernel, stride, dilation) for each layer, the first layer first; an empty stack sees one cell.

    Raises:
        TypeError: If a number is not whole.
        ValueError: If a number is below 1, or a layer has not three of them.

    Source:
        Araujo, Norris & Sim (2019), Computing receptive fields, equation 2.
    """
    field, jump = 1, 1
    for layer in layers:
        if len(layer) != 3:
            raise ValueError(f"layers must hold (kernel, stride, dilation), but {layer!r} came.")
        kernel, stride, dilation = (
            integer(value, name, least=1) for value, name in zip(layer, ("kernel", "stride", "dilation"), strict=True)
        )
        field += dilation * (kernel - 1) * jump
        jump *= stride
    return field


def numbers(value: ArrayLike, name: str) -> Array:
    """Return an array of real numbers of any rank, not empty."""
    try:
        rank = np.ndim(value)
    except ValueError:  # rows of different lengths, which `array` refuses in its own words
        rank = 1
    return array(value, name, ", ".join("·" * rank), real=True)


def floating(value: ArrayLike, name: str) -> Array:
    """Return an array of floating-point numbers; whole numbers become float64."""
    values = numbers(value, name)
    return values if values.dtype.kind == "f" else values.astype(np.float64)


def labels(y: ArrayLike, z: Array) -> Array:
    """Return the true classes of a batch as integers from 0 to C - 1, one for each row of z."""
    classes = array(y, "y", "N", real=True)
    if classes.dtype.kind not in "iu":
        raise TypeError(f"y must hold whole numbers, but its dtype is {classes.dtype}.")
    if len(classes) != len(z):
        raise ValueError(f"y must have one class for each of the {len(z)} rows of z, but its shape is {classes.shape}.")
    if classes.min() < 0 or classes.max() >= z.shape[1]:
        raise ValueError(
            f"y must hold classes from 0 to {z.shape[1] - 1}, but {classes.min()} to {classes.max()} came."
        )
    return classes


def per_channel(values: ArrayLike, name: str, x: Array) -> Array:
    """Return one number for each channel of x, shaped to be spread over its maps."""
    numbers_ = array(values, name, "C", real=True)
    if len(numbers_) != x.shape[1]:
        raise ValueError(
            f"{name} must have one number for each of the {x.shape[1]} channels, but its shape is {numbers_.shape}."
        )
    return numbers_.astype(x.dtype)[:, None, None]
