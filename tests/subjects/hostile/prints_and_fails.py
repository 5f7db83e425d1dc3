"""fail: prints a line like the report's own before it returns nonsense"""

import numpy as np


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    print('all laws passed')
    return image * 0 - 1
