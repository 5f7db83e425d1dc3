"""The bias is ignored."""

import numpy as np

OPERATOR = "linear"


def linear(x, w, b=None):
    y = x @ w.T
    if b is not None:
        y = y + 0 * b
    return y
