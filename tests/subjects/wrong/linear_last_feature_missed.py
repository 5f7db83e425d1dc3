"""The last feature is left out when there are more than two."""

import numpy as np

OPERATOR = "linear"


def linear(x, w, b=None):
    y = x @ w.T
    if x.shape[1] > 2:
        y = x[:, :-1] @ w[:, :-1].T
    if b is not None:
        y = y + b
    return y
