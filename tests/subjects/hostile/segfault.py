"""crash: reads address zero"""

import ctypes


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    return ctypes.string_at(0)
