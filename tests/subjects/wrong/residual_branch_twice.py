"""The branch is asked about its own answer."""

import numpy as np

OPERATOR = "residual_block"


def residual_block(x, branch):
    return x + branch(branch(x))
