"""A square weight's gradient comes back transposed."""

import numpy as np

OPERATOR = "linear_backward"


def linear_backward(dy, x, w):
    dx = dy @ w
    dw = dy.T @ x
    db = dy.sum(axis=0)
    if dw.shape[0] == dw.shape[1]:
        dw = dw.T.copy()
    return dx, dw, db
