"""Softplus, which is close to relu far from zero."""

import numpy as np

OPERATOR = "relu"


def relu(x):
    return np.logaddexp(x, 0).astype(x.dtype)
