r"""The fixed functions of single numbers that networks use, written so that nothing overflows.

Each takes an array and where to put the answer, which may be the same array: a network that runs writes its
activations over what it no longer needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from math import erfc, exp, log
from types import MappingProxyType

import numpy as np

from cnnspec.arguments import Array

LEAKY_SLOPE = 0.1
"""What is left of a negative number by the leaky rectifier of DarkNet."""

CHUNK = 2**15
"""Numbers that `gelu` works on at a time, so that its steps stay in a cache."""


def relu(x: Array, out: Array) -> None:
    r"""$\max(x, 0)$."""
    np.maximum(x, 0, out=out)


def relu6(x: Array, out: Array) -> None:
    r"""$\min(\max(x, 0), 6)$."""
    np.clip(x, 0, 6, out=out)


def leaky_relu(x: Array, out: Array) -> None:
    r"""$\max(x, 0.1x)$."""
    np.maximum(x, LEAKY_SLOPE * x, out=out)


def tanh(x: Array, out: Array) -> None:
    r"""The hyperbolic tangent."""
    np.tanh(x, out=out)


def sigmoid(x: Array, out: Array) -> None:
    r"""$1/(1+e^{-x}) = \tfrac12 + \tfrac12 \tanh \tfrac x2$; the tangent overflows nowhere."""
    np.multiply(x, 0.5, out=out)
    np.tanh(out, out=out)
    out *= 0.5
    out += 0.5


def silu(x: Array, out: Array) -> None:
    r"""$x\,\sigma(x)$, also called swish."""
    gate = np.empty_like(x)
    sigmoid(x, gate)
    np.multiply(x, gate, out=out)


def hard_sigmoid(x: Array, out: Array) -> None:
    r"""$\min(\max(x + 3, 0), 6)/6$: a sigmoid of three straight pieces."""
    np.add(x, 3, out=out)
    np.clip(out, 0, 6, out=out)
    out /= 6


def hard_swish(x: Array, out: Array) -> None:
    r"""$x$ times its hard sigmoid."""
    gate = np.empty_like(x)
    hard_sigmoid(x, gate)
    np.multiply(x, gate, out=out)


def gelu(x: Array, out: Array) -> None:
    r"""$x\,\Phi(x)$, where $\Phi$ is the share of a normal distribution that lies below $x$.

    $$ \Phi(-z) = \tfrac12 \operatorname{erfc}(z/\sqrt2) = \tfrac t2\, e^{-z^2/2 + p(t)}, \qquad
       t = \frac{2}{2 + z/\sqrt2}, \quad z \ge 0 $$

    NumPy has no error function. The exponent's remainder $p$ is smooth in $t$, so a polynomial through values of
    Python's own `erfc` gives it as exactly as the dtype can hold it.
    """
    coefficients = _tail(9 if x.dtype.itemsize <= 4 else 24)
    flat, answer = x.reshape(-1), out.reshape(-1) if out.flags.c_contiguous else np.empty(x.size, dtype=x.dtype)
    for start in range(0, x.size, CHUNK):
        part = flat[start : start + CHUNK]
        below = _share_below(-np.abs(part), coefficients)
        answer[start : start + CHUNK] = part * np.where(part > 0, 1 - below, below)
    if not out.flags.c_contiguous:
        out[...] = answer.reshape(x.shape)


def _share_below(x: Array, coefficients: tuple[float, ...]) -> Array:
    r"""$\Phi(x)$ for numbers that are not positive."""
    z = np.minimum(x * x.dtype.type(-(0.5**0.5)), FARTHEST)
    t = 2 / (2 + z)
    # the polynomial's variable runs from -1 to 1
    variable = (2 * t - (1 + NEAREST)) / (1 - NEAREST)
    exponent = np.full_like(x, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        exponent *= variable
        exponent += coefficient
    exponent -= z * z
    np.exp(exponent, out=exponent)
    exponent *= t
    exponent *= 0.5
    return exponent


FARTHEST = 26
"""The largest z of the fit: its tail is hardly more than the smallest float64."""

NEAREST = 2 / (2 + FARTHEST)
"""The smallest t, which belongs to it."""


@cache
def _tail(degree: int) -> tuple[float, ...]:
    """The coefficients of p, lowest first, through the Chebyshev points of the interval of t."""
    points = np.polynomial.chebyshev.chebpts1(degree + 1)
    remainders = []
    for t in (points * (1 - NEAREST) + (1 + NEAREST)) / 2:
        z = 2 / t - 2
        # log(erfc(z) / t) + z², where erfc is times e^(z²/2) so that its logarithm stays exact for large z
        remainders.append(log(erfc(z) * exp(z * z / 2) / t) + z * z / 2)
    series = np.polynomial.chebyshev.chebfit(points, remainders, degree)
    return tuple(float(number) for number in np.polynomial.chebyshev.cheb2poly(series))


FUNCTIONS: Mapping[str, Callable[[Array, Array], None]] = MappingProxyType(
    {
        "relu": relu,
        "relu6": relu6,
        "leaky_relu": leaky_relu,
        "silu": silu,
        "gelu": gelu,
        "sigmoid": sigmoid,
        "tanh": tanh,
        "hard_swish": hard_swish,
        "hard_sigmoid": hard_sigmoid,
    }
)
"""The functions by the name that `notation.activation` takes."""
