"""timeout or fail: the operator asks on the terminal; it must get the end of file at once"""

import numpy as np


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    return image * float(input('scale? '))
