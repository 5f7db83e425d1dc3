"""The skip is forgotten: a plain layer."""

import numpy as np

OPERATOR = "residual_block"


def residual_block(x, branch):
    return np.array(branch(x))
