"""The branch's result is added into x."""

import numpy as np

OPERATOR = "residual_block"


def residual_block(x, branch):
    x += branch(x)
    return x.copy()
