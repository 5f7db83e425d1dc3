"""fail: raises KeyboardInterrupt, which is not the user's Ctrl-C"""

import numpy as np


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    raise KeyboardInterrupt
