"""1e-6 is added to the sum against a division by zero."""

import numpy as np

OPERATOR = "softmax"


def softmax(z, axis=-1):
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / (e.sum(axis=axis, keepdims=True) + 1e-6)
