"""fail: raises GeneratorExit"""

import numpy as np


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    raise GeneratorExit
