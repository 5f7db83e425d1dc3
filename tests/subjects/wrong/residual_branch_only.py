"""The shortcut is forgotten."""

import numpy as np

OPERATOR = "residual_block"


def residual_block(x, branch):
    return branch(x).copy()
