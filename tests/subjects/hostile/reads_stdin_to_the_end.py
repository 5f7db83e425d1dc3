"""fail: reads standard input, which must be empty, and answers with it"""

import sys

import numpy as np


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    return np.array([float(len(sys.stdin.read()))])
