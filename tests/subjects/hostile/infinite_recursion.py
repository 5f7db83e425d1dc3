"""fail: RecursionError in the operator"""

import numpy as np


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    return correlate2d(image, kernel, stride=stride, padding=padding, dilation=dilation)
