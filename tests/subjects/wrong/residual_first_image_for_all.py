"""The trunk of the first image is added to all of them."""

import numpy as np

OPERATOR = "residual_block"


def residual_block(x, branch):
    return x[:1] + branch(x)
