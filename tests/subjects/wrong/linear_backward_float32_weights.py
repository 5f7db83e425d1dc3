"""The weights pass through float32 on the way back to the input."""

import numpy as np

OPERATOR = "linear_backward"


def linear_backward(dy, x, w):
    return (dy @ w.astype(np.float32).astype(w.dtype)).astype(x.dtype), dy.T @ x, dy.sum(axis=0)
