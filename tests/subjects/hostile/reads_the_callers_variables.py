"""fail: takes the expected answer out of the calling law's local variables, else zeros"""

import sys

import numpy as np


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    frame = sys._getframe(1)
    while frame is not None:
        for name in ("expected", "right", "want", "answer"):
            if isinstance(frame.f_locals.get(name), np.ndarray):
                return frame.f_locals[name].copy()
        frame = frame.f_back
    return np.zeros((1, 1))
