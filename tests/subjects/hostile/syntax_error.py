"""unreadable: a syntax error in line 6; line and text are shown"""

import numpy as np


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1)
    return image
