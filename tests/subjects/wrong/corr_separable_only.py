"""The kernel is replaced by its best separable approximation: exact for rank one only."""

import numpy as np

OPERATOR = "correlate2d"


def both(v):
    return (v, v) if isinstance(v, int) else v


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    s, p, d = both(stride), both(padding), both(dilation)
    u, sigma, vt = np.linalg.svd(kernel.astype(np.float64))
    column, row = u[:, 0] * sigma[0], vt[0]
    x = np.pad(image.astype(np.float64), ((p[0], p[0]), (p[1], p[1])))
    oh = (x.shape[0] - d[0] * (kernel.shape[0] - 1) - 1) // s[0] + 1
    ow = (x.shape[1] - d[1] * (kernel.shape[1] - 1) - 1) // s[1] + 1
    tall = sum(row[b] * x[:, b * d[1]::s[1]][:, :ow] for b in range(len(row)))
    return sum(column[a] * tall[a * d[0]::s[0]][:oh] for a in range(len(column))).astype(image.dtype)
