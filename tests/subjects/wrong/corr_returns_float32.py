"""The result is float32 whatever came in."""

import numpy as np

OPERATOR = "correlate2d"


def pair(value):
    return (value, value) if isinstance(value, int) else tuple(value)


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    sv, sh = pair(stride)
    pv, ph = pair(padding)
    dv, dh = pair(dilation)
    height, width = image.shape
    kh, kw = kernel.shape
    padded = np.pad(image, ((pv, pv), (ph, ph)))
    rows = (height + 2 * pv - dv * (kh - 1) - 1) // sv + 1
    columns = (width + 2 * ph - dh * (kw - 1) - 1) // sh + 1
    out = np.zeros((rows, columns), dtype=np.float32)
    for i in range(rows):
        for j in range(columns):
            top, left = i * sv, j * sh
            window = padded[top:top + dv * (kh - 1) + 1:dv, left:left + dh * (kw - 1) + 1:dh]
            out[i, j] = (window * kernel).sum()
    return out
