"""The magnitudes of the values are used."""

import numpy as np

OPERATOR = "softmax"


def softmax(z, axis=-1):
    z = np.abs(z)
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)
