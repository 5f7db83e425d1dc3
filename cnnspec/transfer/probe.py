r"""A linear probe: softmax regression on features that do not change.

The loss is convex, so there is one best value, and what is best has properties that can be tested. `fit_probe` finds
it with Newton's method, which is exact enough to state them; it is for small problems, and scikit-learn is for large.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from cnnspec.arguments import Array, array, integer
from cnnspec.network import log_softmax, softmax
from cnnspec.transfer.metrics import labels

STEPS = 100
ENOUGH = 1e-11


def probe_loss(w: ArrayLike, b: ArrayLike, x: ArrayLike, y: ArrayLike, *, penalty: float = 0.0) -> float:
    r"""The mean cross-entropy of a linear classifier, and a penalty for large weights; the bias is free.

    $$ J(W, b) = \frac1N \sum_n -\log \operatorname{softmax}(W x_n + b)_{y_n} + \frac{\lambda}{2} \lVert W \rVert^2 $$

    Args:
        w: Weights of shape (C, D).
        b: Biases of shape (C,).
        x: Features of shape (N, D).
        y: True classes, of shape (N,).
        penalty: The factor $\lambda \ge 0$.

    Returns:
        The loss in nats.

    Raises:
        TypeError: If entries are not numbers.
        ValueError: If shapes do not fit each other.
    """
    w, b, x, y = _arguments(w, b, x, y)
    surprise = -log_softmax(x @ w.T + b)[np.arange(len(x)), y]
    return float(np.mean(surprise) + penalty / 2 * np.sum(w**2))


def probe_gradient(
    w: ArrayLike, b: ArrayLike, x: ArrayLike, y: ArrayLike, *, penalty: float = 0.0
) -> tuple[Array, Array]:
    r"""Where the loss of a probe rises.

    $$ \frac{\partial J}{\partial W} = \frac1N (P - Y)^{\mathsf T} X + \lambda W, \qquad
    \frac{\partial J}{\partial b} = \frac1N (P - Y)^{\mathsf T} \mathbf 1 $$

    Args:
        w: Weights of shape (C, D).
        b: Biases of shape (C,).
        x: Features of shape (N, D).
        y: True classes, of shape (N,).
        penalty: The factor $\lambda \ge 0$.

    Returns:
        Two arrays with the shapes of w and b.

    Raises:
        TypeError: If entries are not numbers.
        ValueError: If shapes do not fit each other.
    """
    w, b, x, y = _arguments(w, b, x, y)
    error = (softmax(x @ w.T + b) - np.eye(len(w))[y]) / len(x)
    return error.T @ x + penalty * w, error.sum(axis=0)


def fit_probe(x: ArrayLike, y: ArrayLike, classes: int, *, penalty: float = 1.0) -> tuple[Array, Array]:
    r"""The weights and biases at which the loss of a probe is least.

    Newton's method from $W = 0$, with steps halved until the loss falls. Only differences of biases matter, so they
    are given with the sum zero.

    Args:
        x: Features of shape (N, D).
        y: True classes, of shape (N,); each class occurs.
        classes: The number of classes C.
        penalty: The factor $\lambda \ge 0$; with 0 there need not be a least loss.

    Returns:
        Weights of shape (C, D) and biases of shape (C,).

    Raises:
        TypeError: If entries are not numbers.
        ValueError: If a class does not occur, or nothing is least within 100 steps.
    """
    classes, x = integer(classes, "classes", least=2), array(x, "x", "N, D", real=True).astype(np.float64)
    y = labels(y, "y", classes, len(x))
    counts = np.bincount(y, minlength=classes)
    if not counts.all():
        raise ValueError(f"y must have every class, but class {int(counts.argmin())} does not occur.")
    w, b = np.zeros((classes, x.shape[1])), np.log(counts / len(y))
    for _ in range(STEPS):
        dw, db = probe_gradient(w, b, x, y, penalty=penalty)
        if max(np.abs(dw).max(), np.abs(db).max()) < ENOUGH:
            return w, b - b.mean()
        slope = np.append(dw, db[:, None], axis=1).ravel()
        step = np.linalg.lstsq(_curvature(w, b, x, penalty), slope, rcond=1e-10)[0]
        step = step.reshape(classes, -1)
        # near the optimum the loss rises and falls by its rounding, and the whole step is the right one
        bound, length = probe_loss(w, b, x, y, penalty=penalty) + 1e-13, 1.0
        while probe_loss(w - length * step[:, :-1], b - length * step[:, -1], x, y, penalty=penalty) > bound:
            length /= 2
        w, b = w - length * step[:, :-1], b - length * step[:, -1]
    raise ValueError(f"penalty must be positive for these features, but {penalty} came and no weights are best.")


def _curvature(w: Array, b: Array, x: Array, penalty: float) -> Array:
    """The second derivatives of the loss, for all rows of W with b as a last column."""
    p, ones = softmax(x @ w.T + b), np.append(x, np.ones((len(x), 1)), axis=1)
    classes, width = len(w), ones.shape[1]
    blocks = np.einsum("nc,ck->nck", p, np.eye(classes)) - p[:, :, None] * p[:, None, :]
    curvature = np.einsum("nck,nd,ne->cdke", blocks, ones, ones) / len(x)
    free = np.append(np.ones(width - 1), 0)
    # What is added to every class alike changes no prediction; a bend in these directions makes the step unique.
    shared = np.kron(np.full((classes, classes), 1 / classes), np.eye(width))
    bend: Array = curvature.reshape(classes * width, -1) + penalty * np.diag(np.tile(free, classes)) + shared
    return bend


def ridge(x: ArrayLike, y: ArrayLike, penalty: float = 1.0) -> Array:
    r"""The weights of ridge regression, by as many equations as there are features.

    $$ w = (X^{\mathsf T} X + \lambda I)^{-1} X^{\mathsf T} y $$

    Args:
        x: Features of shape (N, D).
        y: Targets of shape (N,).
        penalty: The factor $\lambda > 0$.

    Returns:
        Weights of shape (D,).

    Raises:
        TypeError: If entries are not numbers.
        ValueError: If shapes do not fit each other or the penalty is not positive.
    """
    x, y = _regression(x, y, penalty)
    return np.linalg.solve(x.T @ x + penalty * np.eye(x.shape[1]), x.T @ y)


def ridge_dual(x: ArrayLike, y: ArrayLike, penalty: float = 1.0) -> Array:
    r"""The weights of ridge regression, by as many equations as there are examples.

    $$ w = X^{\mathsf T} (X X^{\mathsf T} + \lambda I)^{-1} y $$

    With few pictures and many features this is the smaller system.

    Args:
        x: Features of shape (N, D).
        y: Targets of shape (N,).
        penalty: The factor $\lambda > 0$.

    Returns:
        Weights of shape (D,).

    Raises:
        TypeError: If entries are not numbers.
        ValueError: If shapes do not fit each other or the penalty is not positive.

    Source:
        Saunders, Gammerman & Vovk (1998), Ridge regression learning algorithm in dual variables.
    """
    x, y = _regression(x, y, penalty)
    w: Array = x.T @ np.linalg.solve(x @ x.T + penalty * np.eye(len(x)), y)
    return w


def _arguments(w: ArrayLike, b: ArrayLike, x: ArrayLike, y: ArrayLike) -> tuple[Array, Array, Array, Array]:
    w, b, x = (array(a, n, s, real=True) for a, n, s in ((w, "w", "C, D"), (b, "b", "C"), (x, "x", "N, D")))
    w, b, x = w.astype(np.float64), b.astype(np.float64), x.astype(np.float64)
    if x.shape[1] != w.shape[1]:
        raise ValueError(f"w must have {x.shape[1]} weights per row, one for each feature, but its shape is {w.shape}.")
    if len(b) != len(w):
        raise ValueError(f"b must have {len(w)} numbers, one for each class, but {len(b)} came.")
    return w, b, x, labels(y, "y", len(w), len(x))


def _regression(x: ArrayLike, y: ArrayLike, penalty: float) -> tuple[Array, Array]:
    x, y = (array(a, n, s, real=True).astype(np.float64) for a, n, s in ((x, "x", "N, D"), (y, "y", "N")))
    if len(x) != len(y):
        raise ValueError(f"y must have one target for each of {len(x)} examples, but {len(y)} came.")
    if not penalty > 0:
        raise ValueError(f"penalty must be positive, but {penalty} came.")
    return x, y
