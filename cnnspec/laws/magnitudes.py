r"""How large the terms are whose rounding an operator's answer can show.

`compare.same` allows a right operator a small multiple of $u \cdot m$, where $u$ is the unit roundoff and $m$ the
magnitude given here. It depends on what the operator computes: sums of products, exponentials, or quotients.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from cnnspec.arguments import Array

Magnitude = Callable[[Sequence[Array], Mapping[str, Any]], float]


def products(arrays: Sequence[Array], options: Mapping[str, Any]) -> float:
    r"""For sums of products: $\max|x| \cdot \sum|w| + \max|b|$, of the first array and those after it."""
    first, *others = arrays
    scale = float(np.abs(first).max())
    for other in others:
        scale = scale * float(np.abs(other).sum()) if other.ndim > 1 else scale + float(np.abs(other).max())
    return scale


def exponents(arrays: Sequence[Array], options: Mapping[str, Any]) -> float:
    r"""For exponentials and logarithms of logits: $1 + \max|z|$.

    An exponent that is off by $u|z|$ makes its power off by the factor $e^{u|z|} \approx 1 + u|z|$, a probability by
    at most that much, and a log-sum-exp is itself as large as the logits. The 1 is for $\log C$ and for the quotient.
    """
    return 1 + float(np.abs(arrays[0]).max())


def normalised(arrays: Sequence[Array], options: Mapping[str, Any]) -> float:
    r"""For batch normalisation: the largest $|\gamma| \max|x| / \sqrt{\sigma^2 + \varepsilon} + |\beta|$ of a channel.

    A mean that is off by $u \max|x|$ is divided by the deviation, which may be small; so it is also for those who
    multiply $x$ by $\gamma / \sqrt{\sigma^2 + \varepsilon}$ first and add the rest afterwards.
    """
    x = arrays[0].astype(np.float64)
    if len(arrays) != 3 or x.ndim != 4 or any(a.shape != x.shape[1:2] for a in arrays[1:]):
        return products(arrays, options)
    gamma, beta = (np.abs(a.astype(np.float64)) for a in arrays[1:])
    deviation = np.sqrt(x.var(axis=(0, 2, 3)) + options.get("eps", 1e-5))
    largest = np.abs(x).max(axis=(0, 2, 3)) / np.where(deviation > 0, deviation, 1)
    return float(np.max(gamma * largest + beta))


def adjoints(arrays: Sequence[Array], options: Mapping[str, Any]) -> float:
    r"""For backward passes of sums of products: $\sum|dy| \cdot (1 + \sum|x| + \sum|w|)$.

    Each answer is a sum of some of the products of dy with x, with w, or with 1; a Fourier transform spreads the
    rounding of the largest over all of them. The 1 is also for those who split dy among ties.
    """
    dy, *others = (float(np.abs(a.astype(np.float64)).sum()) for a in arrays)
    return dy * (1 + sum(others))


def normalised_backward(arrays: Sequence[Array], options: Mapping[str, Any]) -> float:
    r"""For the backward pass of batch normalisation: the largest $(1 + |\gamma|/\sigma)(1 + \max|x|/\sigma) \sum|dy|$.

    A mean that is off by $u \max|x|$ puts $\hat x$ off by $u \max|x| / \sigma$. That is multiplied with dy and summed
    for $\mathrm{d}\gamma$, and divided by $\sigma$ once more for dx.
    """
    dy, x = (a.astype(np.float64) for a in arrays[:2])
    if len(arrays) != 3 or x.ndim != 4 or dy.shape != x.shape or arrays[2].shape != x.shape[1:2]:
        return adjoints(arrays, options)
    gamma, places = np.abs(arrays[2].astype(np.float64)), (0, 2, 3)
    deviation = np.sqrt(x.var(axis=places) + options.get("eps", 1e-5))
    deviation = np.where(deviation > 0, deviation, 1)
    largest = (1 + gamma / deviation) * (1 + np.abs(x).max(axis=places) / deviation) * np.abs(dy).sum(axis=places)
    return float(np.max(largest))
