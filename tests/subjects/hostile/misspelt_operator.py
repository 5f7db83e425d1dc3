"""nothing to check: con2d is no operator; conv2d is suggested"""

import numpy as np


def con2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    return x


def maxpool2d(x, size):
    return x
