"""Powers of two instead of e."""

import numpy as np

OPERATOR = "softmax"


def softmax(z, axis=-1):
    e = np.exp2(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)
