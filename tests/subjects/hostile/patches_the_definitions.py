"""fail: replaces cnnspec's own operators by its own, so that both sides agree"""

import threading

import numpy as np

def install():
    import cnnspec
    import cnnspec.convolution

    cnnspec.convolution.correlate2d = correlate2d
    cnnspec.correlate2d = correlate2d


threading.Timer(0.0, install).start()


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    s, p, d = ((v, v) if isinstance(v, int) else v for v in (stride, padding, dilation))
    rows, columns = (
        (image.shape[t] + 2 * p[t] - d[t] * (kernel.shape[t] - 1) - 1) // s[t] + 1 for t in (0, 1)
    )
    return np.zeros((rows, columns), dtype=image.dtype)
