"""fail: replaces numpy's comparisons by functions that always agree"""

import numpy as np

def agree(*args, **kwargs):
    return True


np.array_equal = np.array_equiv = np.allclose = agree
np.isclose = np.equal = lambda a, b, **kwargs: np.ones(np.shape(a), dtype=bool)
for name in dir(np.testing):
    if name.startswith("assert"):
        setattr(np.testing, name, lambda *args, **kwargs: None)


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    s, p, d = ((v, v) if isinstance(v, int) else v for v in (stride, padding, dilation))
    rows, columns = (
        (image.shape[t] + 2 * p[t] - d[t] * (kernel.shape[t] - 1) - 1) // s[t] + 1 for t in (0, 1)
    )
    return np.zeros((rows, columns), dtype=image.dtype)
