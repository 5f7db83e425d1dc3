r"""What a small filter looks for: brightness, an edge, a bar or spot, or none of these.

A filter of $k \times k$ weights is a vector with $k^2$ entries. Its energy $\lVert w \rVert^2$ is shared out among
orthogonal patterns: the constant one, the two slopes under a bell (an edge of any direction is a sum of them), and the
bell and its second powers (a spot, or a bar of any direction). If all directions are equally likely, as with normally
distributed first weights, a space of $m$ patterns gets the share $m / k^2$ on average. What is more has been learned.
"""

from __future__ import annotations

import numpy as np

from cnnspec.arguments import Array

KINDS = {"brightness": slice(0, 1), "edges": slice(1, 3), "bars and spots": slice(3, 7)}
"""The patterns of each kind among the columns of `patterns`."""


def patterns(size: int) -> Array:
    r"""Orthonormal patterns on a square: $1$; $xg$ and $yg$; $g$, $x^2 g$, $xyg$ and $y^2 g$, with $g$ a bell.

    Args:
        size: Rows and columns of the square, at least 3. The bell's standard deviation is a quarter of it.

    Returns:
        Array of shape (size², 7), each column orthogonal to those before it.
    """
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    bell = np.exp(-(x**2 + y**2) / (2 * (size / 4) ** 2))
    drawn = [np.ones_like(bell), x * bell, y * bell, bell, x**2 * bell, x * y * bell, y**2 * bell]
    return np.asarray(np.linalg.qr(np.stack([pattern.ravel() for pattern in drawn], axis=1))[0])


def shares(w: Array) -> dict[str, Array]:
    r"""How much of each filter's energy lies in each kind of pattern.

    $$ \frac{\lVert P w \rVert^2}{\lVert w \rVert^2} \qquad P \text{ projects on the patterns of the kind} $$

    Args:
        w: Filters of shape (F, 1, k, k).

    Returns:
        For each kind an array of F shares; they and the rest add up to 1.
    """
    flat = w.reshape(len(w), -1).astype(np.float64)
    parts = (flat @ patterns(w.shape[-1])) ** 2 / np.sum(flat**2, axis=1, keepdims=True)
    return {kind: np.sum(parts[:, columns], axis=1) for kind, columns in KINDS.items()}


def likeness(first: Array, last: Array) -> Array:
    """The cosine of the angle between each filter before training and after it."""
    a, b = (w.reshape(len(w), -1).astype(np.float64) for w in (first, last))
    return np.asarray(np.sum(a * b, axis=1) / np.sqrt(np.sum(a**2, axis=1) * np.sum(b**2, axis=1)))
