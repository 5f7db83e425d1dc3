"""A fast path for 1x1 kernels forgets the padding."""

import numpy as np

OPERATOR = "correlate2d"


def both(v):
    if isinstance(v, int):
        v = (v, v)
    return v


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    s, p, d = both(stride), both(padding), both(dilation)
    h, w = image.shape
    kh, kw = kernel.shape
    if kernel.size == 1:
        return image[::s[0], ::s[1]] * kernel[0, 0]
    x = np.zeros((h + 2 * p[0], w + 2 * p[1]), dtype=image.dtype)
    x[p[0]:p[0] + h, p[1]:p[1] + w] = image
    oh = (x.shape[0] - d[0] * (kh - 1) - 1) // s[0] + 1
    ow = (x.shape[1] - d[1] * (kw - 1) - 1) // s[1] + 1
    y = np.zeros((oh, ow), dtype=image.dtype)
    for a in range(kh):
        for b in range(kw):
            y += kernel[a, b] * x[a * d[0]:, b * d[1]:][::s[0], ::s[1]][:oh, :ow]
    return y
