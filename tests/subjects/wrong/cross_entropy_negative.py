"""The mean log likelihood: the sign is wrong."""

import numpy as np

OPERATOR = "cross_entropy"


def cross_entropy(z, y):
    shifted = z - z.max(axis=1, keepdims=True)
    log_sum = np.log(np.exp(shifted).sum(axis=1))
    losses = log_sum - shifted[np.arange(len(y)), y]
    return -losses.mean()
