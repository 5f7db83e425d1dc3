"""Probabilities are clipped to at least 1e-4."""

import numpy as np

OPERATOR = "softmax"


def softmax(z, axis=-1):
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return np.maximum(e / e.sum(axis=axis, keepdims=True), 1e-4).astype(z.dtype)
