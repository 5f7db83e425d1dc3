"""The gradients come back as (dw, dx, db)."""

import numpy as np

OPERATOR = "linear_backward"


def linear_backward(dy, x, w):
    dx = dy @ w
    dw = dy.T @ x
    db = dy.sum(axis=0)
    return dw, dx, db
