"""For 1x1 maps a view of x comes back."""

import numpy as np

OPERATOR = "global_avg_pool2d"


def global_avg_pool2d(x):
    n, c, h, w = x.shape
    if (h, w) == (1, 1):
        return x[:, :, 0, 0]
    return x.sum(axis=(2, 3)) / (h * w)
