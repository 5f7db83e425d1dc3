"""fail: takes strides and pad instead of stride and padding; the message names them"""

import numpy as np


def correlate2d(img, filt, strides=1, pad=0):
    return img * 0
