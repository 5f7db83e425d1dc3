"""Batch norm by Welford's running update; residual and linear through generators."""

import numpy as np


def _welford(values):
    count, mean, squares = 0, 0.0, 0.0
    for v in values:
        count += 1
        step = v - mean
        mean += step / count
        squares += step * (v - mean)
    return mean, squares / count


def batch_norm2d(x, gamma, beta, *, eps=1e-5):
    y = np.empty_like(x)
    for c in range(x.shape[1]):
        mean, variance = _welford(float(v) for v in x[:, c].flat)
        slope = float(gamma[c]) / np.sqrt(variance + eps)
        y[:, c] = (x[:, c].astype(np.float64) - mean) * slope + float(beta[c])
    return y


def linear(x, w, b=None):
    y = np.fromiter((float(np.dot(row, unit)) for row in x for unit in w), dtype=x.dtype).reshape(len(x), len(w))
    return y if b is None else (y + b).astype(x.dtype)


def receptive_field(layers):
    # walk one output pixel back through the layers and count what it touches
    first = last = 0
    for kernel, stride, dilation in layers[::-1]:
        first, last = first * stride, last * stride + dilation * (kernel - 1)
    return last - first + 1


def residual_block(x, branch):
    return np.fromiter((a + b for a, b in zip(x.flat, branch(x).flat)), dtype=x.dtype).reshape(x.shape)
