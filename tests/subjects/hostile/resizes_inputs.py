"""fail: changes the shape of its input in place"""

import numpy as np


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    answer = image.copy()
    image.shape = (image.size, 1)
    return answer
