"""The logarithm of the softmax."""

import numpy as np

OPERATOR = "softmax"


def softmax(z, axis=-1):
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return np.log(np.maximum(e / e.sum(axis=axis, keepdims=True), 1e-300))
