"""gamma is ignored."""

import numpy as np

OPERATOR = "batch_norm2d"


def batch_norm2d(x, gamma, beta, *, eps=1e-5):
    mean = x.mean(axis=(0, 2, 3), keepdims=True)
    variance = x.var(axis=(0, 2, 3), keepdims=True)
    normal = (x - mean) / np.sqrt(variance + eps)
    return normal + beta[None, :, None, None]
