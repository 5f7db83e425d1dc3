"""= instead of += where windows overlap."""

import numpy as np

OPERATOR = "avg_pool2d_backward"


def pair(v):
    return (v, v) if isinstance(v, int) else tuple(v)


def avg_pool2d_backward(dy, x, size, *, stride=None, padding=0, count_include_pad=True):
    k, p = pair(size), pair(padding)
    s = k if stride is None else pair(stride)
    dx = np.zeros_like(x)
    for i in range(dy.shape[2]):
        for j in range(dy.shape[3]):
            top, left = i * s[0] - p[0], j * s[1] - p[1]
            window = dx[:, :, max(top, 0):top + k[0], max(left, 0):left + k[1]]
            cells = k[0] * k[1]
            if not count_include_pad:
                cells = window.shape[2] * window.shape[3]
            window[...] = (dy[:, :, i, j] / cells)[:, :, None, None]
    return dx
