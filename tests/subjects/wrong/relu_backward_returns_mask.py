"""The mask alone, without the incoming gradient."""

import numpy as np

OPERATOR = "relu_backward"


def relu_backward(dy, x):
    return np.where(x > 0, np.ones_like(dy), np.zeros_like(dy))
