"""Large logits overflow."""

import numpy as np

OPERATOR = "cross_entropy"


def cross_entropy(z, y):
    shifted = z
    log_sum = np.log(np.exp(shifted).sum(axis=1))
    losses = log_sum - shifted[np.arange(len(y)), y]
    return losses.mean()
