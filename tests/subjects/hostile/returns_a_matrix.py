"""fail: returns numpy.matrix, whose * is another product"""

import numpy as np


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    return np.asmatrix(image * 0)
