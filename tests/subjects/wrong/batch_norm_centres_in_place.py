"""The mean is subtracted from x itself."""

import numpy as np

OPERATOR = "batch_norm2d"


def batch_norm2d(x, gamma, beta, *, eps=1e-5):
    mean = x.mean(axis=(0, 2, 3), keepdims=True)
    variance = x.var(axis=(0, 2, 3), keepdims=True)
    x -= mean
    normal = x / np.sqrt(variance + eps)
    return gamma[None, :, None, None] * normal + beta[None, :, None, None]
