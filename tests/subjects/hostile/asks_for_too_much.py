"""fail: asks for an array of a petabyte; the MemoryError is the operator's"""

import numpy as np


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    return np.ones((1 << 47,))
