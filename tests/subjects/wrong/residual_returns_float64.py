"""The answer is float64, whatever came."""

import numpy as np

OPERATOR = "residual_block"


def residual_block(x, branch):
    return x.astype(np.float64) + branch(x)
