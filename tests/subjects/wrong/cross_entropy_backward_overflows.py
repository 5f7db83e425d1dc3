"""No maximum is subtracted."""

import numpy as np

OPERATOR = "cross_entropy_backward"


def cross_entropy_backward(z, y):
    e = np.exp(z)
    dz = e / e.sum(axis=1, keepdims=True)
    dz[np.arange(len(y)), y] -= 1
    return dz / len(y)
