"""The slope of relu at zero is one, which is a subgradient as good as zero; nothing else is unusual."""

import numpy as np


def relu(x):
    y = np.zeros_like(x)
    np.copyto(y, x, where=x >= 0)
    return y


def relu_backward(dy, x):
    return np.where(x >= 0, dy, x.dtype.type(0))
