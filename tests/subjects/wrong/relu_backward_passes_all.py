"""The gradient passes everywhere."""

import numpy as np

OPERATOR = "relu_backward"


def relu_backward(dy, x):
    return dy.copy()
