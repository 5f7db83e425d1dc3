"""dy itself is masked."""

import numpy as np

OPERATOR = "relu_backward"


def relu_backward(dy, x):
    dy *= x > 0
    return dy.copy()
