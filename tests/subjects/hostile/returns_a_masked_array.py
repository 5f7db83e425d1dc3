"""fail: every cell is masked, and masked cells compare as equal"""

import numpy as np


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    return np.ma.masked_all(image.shape)
