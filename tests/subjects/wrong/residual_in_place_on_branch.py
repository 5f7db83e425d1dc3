"""x is added into the branch's result, which may be x itself."""

import numpy as np

OPERATOR = "residual_block"


def residual_block(x, branch):
    y = branch(x)
    y += x
    return y.copy()
