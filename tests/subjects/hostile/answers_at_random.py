"""fail: random numbers of the right shape; the report must not flicker between fail and error"""

import numpy as np


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    rows, columns = image.shape[0] - kernel.shape[0] + 1, image.shape[1] - kernel.shape[1] + 1
    return np.random.random((max(rows, 1), max(columns, 1)))
