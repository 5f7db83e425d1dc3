"""The trunk is added only where the branch is silent."""

import numpy as np

OPERATOR = "residual_block"


def residual_block(x, branch):
    f = branch(x)
    return np.where(f == 0, x, f)
