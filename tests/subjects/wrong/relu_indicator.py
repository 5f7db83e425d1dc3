"""The sign pattern instead of the values."""

import numpy as np

OPERATOR = "relu"


def relu(x):
    return (x > 0).astype(x.dtype)
