"""Trunk and branch are averaged."""

import numpy as np

OPERATOR = "residual_block"


def residual_block(x, branch):
    return (x + branch(x)) / x.dtype.type(2)
