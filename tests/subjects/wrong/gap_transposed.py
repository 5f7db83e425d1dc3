"""The result is (C, N) when there are as many images as channels."""

import numpy as np

OPERATOR = "global_avg_pool2d"


def global_avg_pool2d(x):
    n, c, h, w = x.shape
    return x.sum(axis=(2, 3)) / (h * w) if n != c else (x.sum(axis=(2, 3)) / (h * w)).T.copy()
