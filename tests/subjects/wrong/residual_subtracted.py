"""The branch is what is taken away."""

import numpy as np

OPERATOR = "residual_block"


def residual_block(x, branch):
    return x - branch(x)
