"""Statistics are mixed with those of earlier calls."""

import numpy as np

OPERATOR = "batch_norm2d"


running = {}


def batch_norm2d(x, gamma, beta, *, eps=1e-5):
    mean = x.mean(axis=(0, 2, 3), keepdims=True)
    variance = x.var(axis=(0, 2, 3), keepdims=True)
    if x.shape[1] in running:
        mean = 0.9 * mean + 0.1 * running[x.shape[1]].astype(x.dtype)
    running[x.shape[1]] = mean
    normal = (x - mean) / np.sqrt(variance + eps)
    return gamma[None, :, None, None] * normal + beta[None, :, None, None]
