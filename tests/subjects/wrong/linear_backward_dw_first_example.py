"""The weight's gradient looks at the first example only."""

import numpy as np

OPERATOR = "linear_backward"


def linear_backward(dy, x, w):
    dx = dy @ w
    dw = dy[:1].T @ x[:1]
    db = dy.sum(axis=0)
    return dx, dw, db
