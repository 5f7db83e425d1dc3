"""fail: replaces numpy.all, numpy.any and numpy.max so that no difference is found"""

import numpy as np

np.all = lambda *args, **kwargs: True
np.any = lambda *args, **kwargs: False
np.max = np.amax = lambda a, *args, **kwargs: 0.0
np.argwhere = np.nonzero = lambda a: np.empty((0, np.ndim(a)), dtype=int)
np.testing.assert_array_equal = lambda *args, **kwargs: None


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    s, p, d = ((v, v) if isinstance(v, int) else v for v in (stride, padding, dilation))
    rows, columns = (
        (image.shape[t] + 2 * p[t] - d[t] * (kernel.shape[t] - 1) - 1) // s[t] + 1 for t in (0, 1)
    )
    return np.zeros((rows, columns), dtype=image.dtype)
