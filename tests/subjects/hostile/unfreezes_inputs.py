"""fail: makes read-only inputs writeable and writes into them"""

import numpy as np


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    image.flags.writeable = True
    image[0, 0] = 7
    return image.copy()
