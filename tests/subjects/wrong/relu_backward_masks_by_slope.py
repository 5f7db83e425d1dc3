"""The sign of the incoming gradient decides, not that of x."""

import numpy as np

OPERATOR = "relu_backward"


def relu_backward(dy, x):
    return np.where(dy > 0, dy, np.zeros_like(dy))
