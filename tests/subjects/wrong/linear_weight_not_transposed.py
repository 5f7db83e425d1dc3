"""A square weight is used without its transpose."""

import numpy as np

OPERATOR = "linear"


def linear(x, w, b=None):
    y = x @ (w if w.shape[0] == w.shape[1] else w.T)
    if b is not None:
        y = y + b
    return y
