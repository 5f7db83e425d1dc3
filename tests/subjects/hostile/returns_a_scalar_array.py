"""fail: returns an array without axes, which broadcasts against everything"""

import numpy as np


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    return np.zeros(())
