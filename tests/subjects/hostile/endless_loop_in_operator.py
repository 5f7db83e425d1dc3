"""timeout: an endless loop in the operator; other laws are reported all the same"""

import numpy as np


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    while True:
        pass
