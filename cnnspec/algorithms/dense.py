r"""The dense layer as the matrix product that it is.

$$ Y = X W^T + b, \qquad \mathrm{dX} = \mathrm{dY}\, W, \qquad \mathrm{dW} = \mathrm{dY}^T X $$

Cost: the definition's multiplications, $N D F$, in a form that processors are best at. Memory: the answer. Exact on
whole numbers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from cnnspec.arguments import Array, array, common_dtype
from cnnspec.channels import bias
from cnnspec.gradients import upstream


def linear(x: ArrayLike, w: ArrayLike, b: ArrayLike | None = None) -> Array:
    """`network.linear` as one matrix product."""
    x, w = array(x, "x", "N, D"), array(w, "w", "F, D")
    if w.shape[1] != x.shape[1]:
        raise ValueError(
            f"w must have {x.shape[1]} weights per row, as many as x has columns, but its shape is {w.shape}."
        )
    b = bias(b, len(w))
    dtype = common_dtype(x, w, b)
    y: Array = np.matmul(x.astype(dtype, copy=False), w.astype(dtype, copy=False).T)
    if b is not None:
        y += b.astype(dtype, copy=False)
    return y


def linear_backward(dy: ArrayLike, x: ArrayLike, w: ArrayLike) -> tuple[Array, Array, Array]:
    """`gradients.linear_backward` as two matrix products and a sum."""
    x, w = array(x, "x", "N, D"), array(w, "w", "F, D")
    if w.shape[1] != x.shape[1]:
        raise ValueError(f"w must have {x.shape[1]} weights per row, as x has columns, but its shape is {w.shape}.")
    dtype = common_dtype(x, w)
    x, w = x.astype(dtype, copy=False), w.astype(dtype, copy=False)
    dy = upstream(dy, (len(x), len(w))).astype(dtype, copy=False)
    return np.matmul(dy, w), np.matmul(dy.T, x), np.sum(dy, axis=0)
