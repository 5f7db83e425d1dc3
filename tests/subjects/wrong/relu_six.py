"""Cut off at six."""

import numpy as np

OPERATOR = "relu"


def relu(x):
    return np.clip(x, 0, 6)
