"""E[x^2] - E[x]^2 loses all digits when the mean is large."""

import numpy as np

OPERATOR = "batch_norm2d"


def batch_norm2d(x, gamma, beta, *, eps=1e-5):
    mean = x.mean(axis=(0, 2, 3), keepdims=True)
    variance = np.maximum((x * x).mean(axis=(0, 2, 3), keepdims=True) - mean * mean, 0)
    normal = (x - mean) / np.sqrt(variance + eps)
    return gamma[None, :, None, None] * normal + beta[None, :, None, None]
