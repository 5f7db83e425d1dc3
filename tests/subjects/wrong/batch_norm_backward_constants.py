"""Mean and variance are taken for constants."""

import numpy as np

OPERATOR = "batch_norm2d_backward"


def batch_norm2d_backward(dy, x, gamma, *, eps=1e-5):
    axes = (0, 2, 3)
    mean = x.mean(axis=axes, keepdims=True)
    deviation = np.sqrt(x.var(axis=axes, keepdims=True) + eps)
    normal = (x - mean) / deviation
    dgamma = (dy * normal).sum(axis=axes)
    dbeta = dy.sum(axis=axes)
    dnormal = dy * gamma[None, :, None, None]
    mean_slope = dnormal.mean(axis=axes, keepdims=True)
    mean_product = (dnormal * normal).mean(axis=axes, keepdims=True)
    dx = dnormal / deviation
    return dx, dgamma, dbeta
