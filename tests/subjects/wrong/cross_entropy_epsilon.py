"""log(p + 1e-6)."""

import numpy as np

OPERATOR = "cross_entropy"


def cross_entropy(z, y):
    shifted = z - z.max(axis=1, keepdims=True)
    log_sum = np.log(np.exp(shifted).sum(axis=1))
    losses = -np.log(np.exp(shifted[np.arange(len(y)), y] - log_sum) + 1e-6)
    return losses.mean()
