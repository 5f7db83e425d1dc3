"""The sum is divided by the square root of two."""

import numpy as np

OPERATOR = "residual_block"


def residual_block(x, branch):
    return ((x + branch(x)) / np.sqrt(2)).astype(x.dtype)
