"""The result is float32."""

import numpy as np

OPERATOR = "global_avg_pool2d"


def global_avg_pool2d(x):
    out = np.zeros(x.shape[:2], dtype=np.float32)
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            out[n, c] = np.mean(x[n, c])
    return out
