"""Negative cells of x itself are set to zero; a copy is returned."""

import numpy as np

OPERATOR = "relu"


def relu(x):
    x[x < 0] = 0
    return x.copy()
