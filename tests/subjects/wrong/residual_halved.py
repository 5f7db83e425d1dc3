"""The mean of shortcut and branch."""

import numpy as np

OPERATOR = "residual_block"


def residual_block(x, branch):
    return (x + branch(x)) / 2
