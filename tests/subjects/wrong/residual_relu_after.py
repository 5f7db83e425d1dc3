"""The sum is rectified, as in the block of 2015."""

import numpy as np

OPERATOR = "residual_block"


def residual_block(x, branch):
    return np.maximum(x + branch(x), 0)
