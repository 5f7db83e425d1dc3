"""Step 7: the block as an object, as in a framework."""

import numpy as np


class Residual:
    def __init__(self, branch):
        self.branch = branch

    def forward(self, x):
        shortcut = x
        return sum([self.branch(x), shortcut], start=np.zeros_like(x))

    __call__ = forward


def residual_block(x, branch):
    return Residual(branch)(x)
