"""The shape (N, C, 1, 1) is kept."""

import numpy as np

OPERATOR = "global_avg_pool2d"


def global_avg_pool2d(x):
    n, c, h, w = x.shape
    return x.sum(axis=(2, 3), keepdims=True) / (h * w)
