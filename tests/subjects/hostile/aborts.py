"""crash: os.abort()"""

import os


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    os.abort()
