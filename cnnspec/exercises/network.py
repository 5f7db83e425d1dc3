r"""Solutions of the exercises of Step 5: the layers around the convolution, and what scales and sizes do to them."""

import math

import numpy as np


def relu(x):
    """Keep what is positive."""
    return np.maximum(x, x.dtype.type(0))


def linear(x, w, b=None):
    """Weigh all inputs for each output: one row of weights per output, so the matrix is transposed."""
    y = x @ w.T
    return y if b is None else y + b


def softmax(z, axis=-1):
    """Without the largest logit subtracted, which changes nothing else, the exponential would overflow."""
    exponentials = np.exp(z - z.max(axis=axis, keepdims=True))
    return exponentials / exponentials.sum(axis=axis, keepdims=True)


def batch_where_a_sum_would_do():
    r"""Find a batch whose loss would be the same if `cross_entropy` added up and did not average.

    Returns:
        Logits of shape (N, C) with at least two classes, and true classes of shape (N,).
    """
    # a batch of one; only `entropy.mean` and the laws that draw larger batches see the difference
    return np.array([[0.0, 1.0]]), np.array([0])


def cross_entropy(z, y):
    """The log-sum-exp less the true logit, both counted from the largest; no probability is ever computed."""
    shifted = z - z.max(axis=1, keepdims=True)
    log_sums = np.log(np.exp(shifted).sum(axis=1))
    return np.mean(log_sums - shifted[np.arange(len(y)), y])


def batch_norm2d(x, gamma, beta, *, eps=1e-05):
    """Centre each channel over batch, rows and columns, and divide by the deviation; `var` is the biased variance."""
    over = (0, 2, 3)
    centred = x - x.mean(axis=over, keepdims=True)
    normal = centred / np.sqrt(x.var(axis=over, keepdims=True) + eps)
    return (gamma[:, None, None] * normal + beta[:, None, None]).astype(x.dtype)


def missing_variance(variance, gamma, eps):
    r"""Find by how much the variance of a normalised channel falls short of $\gamma^2$.

    Args:
        variance: The channel's variance $\sigma^2$ before the normalisation.
        gamma: Its scale.
        eps: What is added to the variance, $\varepsilon$.

    Returns:
        The difference between $\gamma^2$ and the variance of the answer.
    """
    # the answer has the variance gamma^2 * variance / (variance + eps); 0.01 and 1e-5 leave a thousandth missing
    return gamma**2 * eps / (variance + eps)


def receptive_field(layers):
    """Walk back from one output: what it sees grows by the stride, and by the reach of the dilated kernel."""
    # this line is `field.first-layer`; from the first layer on, one would add reach times the strides so far,
    # which is `field.last-layer`
    field = 1
    for kernel, stride, dilation in reversed(layers):
        field = (field - 1) * stride + dilation * (kernel - 1) + 1
    return field


def pictures_to_tell_apart(rate, other, z):
    r"""Find how many test pictures are needed to tell two accuracies apart.

    The interval for a rate $p$ of $n$ pictures is Wilson's: its ends are the two numbers $q$ for which

    $$ (p - q)^2 = z^2\, \frac{q (1 - q)}{n} . $$

    Args:
        rate: The one accuracy, between 0 and 1.
        other: Another accuracy, between 0 and 1.
        z: How many standard deviations an interval reaches; 1.96 for 95 percent.

    Returns:
        The smallest n for which the intervals of the two rates do not overlap.
    """
    # More pictures never widen an interval: so double until they are apart, then halve the gap. Three runs measure
    # something else: how much the training scatters, which no number of test pictures shows.
    least, enough = 0, 1
    while not apart(rate, other, z, enough):
        least, enough = enough, 2 * enough
    while enough - least > 1:
        middle = (least + enough) // 2
        least, enough = (least, middle) if apart(rate, other, z, middle) else (middle, enough)
    return enough


def apart(rate, other, z, n):
    """Whether the intervals of two rates of n pictures do not overlap."""
    low, high = sorted((rate, other))
    return wilson_interval(low * n, n, z)[1] < wilson_interval(high * n, n, z)[0]


def wilson_interval(hits, count, z=1.959963984540054):
    """Solve for the true rates from which the counted one is just z standard deviations away."""
    p = hits / count
    middle, reach = p + z**2 / (2 * count), z * math.sqrt(p * (1 - p) / count + z**2 / (4 * count**2))
    return (middle - reach) / (1 + z**2 / count), (middle + reach) / (1 + z**2 / count)


def contrast_seen(contrast, variance, eps):
    r"""Find how much of a change of contrast passes a batch normalisation.

    A batch normalisation without scale and shift answers x with y. If the contrast of x is multiplied by c, the answer
    becomes a multiple of y.

    Args:
        contrast: The factor c, above zero.
        variance: The variance of x, above zero.
        eps: What is added to the variance, $\varepsilon$.

    Returns:
        The factor by which y is multiplied.
    """
    # It lies between 1, for eps = 0 or a large variance, and the contrast itself, for a channel that is nearly
    # constant: more than was put in never passes.
    return contrast * math.sqrt((variance + eps) / (contrast**2 * variance + eps))


def gradient_factors(factors):
    r"""Find what becomes of the gradients when the first weights of a network are off by factors.

    The network has linear layers without biases, one behind the other, and a rectifier between each two of them. The
    weights of layer l are multiplied by $c_l > 0$, and the gradient that comes from above stays as it is.

    Args:
        factors: The numbers $c_1, c_2, \dots$, one for each layer.

    Returns:
        For each layer, the factor by which the gradient of its weights is multiplied.
    """
    # A gradient is the product of what comes from below, times the factors of the layers there, and what comes from
    # above, times those. So a first layer of a tenth learns at the old pace, and all others at a tenth of it: compared
    # with its weights, it is the first layer that moves ten times as far.
    return [math.prod(factors) / own for own in factors]
