"""The branch is asked about the rectified input."""

import numpy as np

OPERATOR = "residual_block"


def residual_block(x, branch):
    return x + branch(np.maximum(x, 0))
