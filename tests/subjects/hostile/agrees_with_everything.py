"""fail: returns an array subclass whose == is always true"""

import numpy as np


class Agreeable(np.ndarray):
    def __eq__(self, other):
        return np.ones(self.shape, dtype=bool)

    def __ne__(self, other):
        return np.zeros(self.shape, dtype=bool)

    def __array_function__(self, function, types, args, kwargs):
        return True

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return np.ones(self.shape, dtype=bool)

    __hash__ = None


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    return np.zeros((1, 1)).view(Agreeable)
