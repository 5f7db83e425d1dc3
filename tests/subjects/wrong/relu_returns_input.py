"""When nothing is negative, x itself comes back."""

import numpy as np

OPERATOR = "relu"


def relu(x):
    if (x >= 0).all():
        return x
    return np.maximum(x, 0)
