"""The mean runs over the channels as well."""

import numpy as np

OPERATOR = "global_avg_pool2d"


def global_avg_pool2d(x):
    out = np.zeros(x.shape[:2], dtype=x.dtype)
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            out[n, c] = np.mean(x[n])
    return out
