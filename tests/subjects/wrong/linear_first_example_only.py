"""Every example gets the answer of the first."""

import numpy as np

OPERATOR = "linear"


def linear(x, w, b=None):
    y = np.repeat(x[:1], len(x), axis=0) @ w.T
    if b is not None:
        y = y + b
    return y
