"""fail: returns no array but an object that claims to be equal to everything"""

import numpy as np


class Yes:
    shape, dtype, ndim, size = (1, 1), np.dtype("float64"), 2, 1

    def __eq__(self, other):
        return True

    def __array__(self, dtype=None, copy=None):
        return np.zeros((1, 1))

    def __getattr__(self, name):
        return lambda *args, **kwargs: Yes()


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    return Yes()
