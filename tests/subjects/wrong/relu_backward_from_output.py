"""Cells above one only pass."""

import numpy as np

OPERATOR = "relu_backward"


def relu_backward(dy, x):
    return np.where(x > 1, dy, np.zeros_like(dy))
