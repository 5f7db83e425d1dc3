"""fail: returns NaN everywhere, which is equal to nothing, not even itself"""

import numpy as np


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    return np.full((image.shape[0] - kernel.shape[0] + 1, image.shape[1] - kernel.shape[1] + 1), np.nan)
