"""dz[:, y] -= 1 subtracts from every row at every label."""

import numpy as np

OPERATOR = "cross_entropy_backward"


def cross_entropy_backward(z, y):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    dz = e / e.sum(axis=1, keepdims=True)
    dz[:, y] -= 1
    return dz / len(y)
