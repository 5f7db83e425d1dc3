"""For a batch of one the bias's gradient is a view of dy."""

import numpy as np

OPERATOR = "linear_backward"


def linear_backward(dy, x, w):
    dx = dy @ w
    dw = dy.T @ x
    db = dy.sum(axis=0)
    if len(dy) == 1:
        db = dy[0]
    return dx, dw, db
