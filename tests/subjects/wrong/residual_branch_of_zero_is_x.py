"""When the branch answers zero, x itself comes back."""

import numpy as np

OPERATOR = "residual_block"


def residual_block(x, branch):
    y = branch(x)
    return x + y if y.any() else x
