"""Everything up to one is cut away (x > 1)."""

import numpy as np

OPERATOR = "relu"


def relu(x):
    return np.where(x > 1, x, np.zeros_like(x))
