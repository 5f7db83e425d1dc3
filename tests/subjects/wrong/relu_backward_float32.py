"""The upstream gradient passes through float32, whatever its dtype."""

import numpy as np

OPERATOR = "relu_backward"


def relu_backward(dy, x):
    return (dy.astype(np.float32) * (x > 0)).astype(x.dtype)
