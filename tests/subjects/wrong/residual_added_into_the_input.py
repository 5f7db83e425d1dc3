"""The branch is added into the input."""

import numpy as np

OPERATOR = "residual_block"


def residual_block(x, branch):
    x += branch(x)
    return x
