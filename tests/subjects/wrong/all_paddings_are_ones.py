"""Both correlations pad with one."""

import numpy as np

OPERATOR = "conv2d"

ALSO = ["correlate2d"]


def pair(v):
    return (v, v) if isinstance(v, int) else tuple(v)


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    s, p, d = pair(stride), pair(padding), pair(dilation)
    n, c, height, width = x.shape
    f, depth, kh, kw = w.shape
    z = np.pad(x, ((0, 0), (0, 0), (p[0], p[0]), (p[1], p[1])), constant_values=1)
    rows = (z.shape[2] - d[0] * (kh - 1) - 1) // s[0] + 1
    columns = (z.shape[3] - d[1] * (kw - 1) - 1) // s[1] + 1
    y = np.zeros((n, f, rows, columns), dtype=x.dtype)
    for q in range(f):
        group = q // (f // groups)
        for e in range(depth):
            for i in range(kh):
                for j in range(kw):
                    seen = z[:, group * depth + e, i * d[0]::s[0], j * d[1]::s[1]][:, :rows, :columns]
                    y[:, q] += w[q, e, i, j] * seen
        if b is not None:
            y[:, q] += b[q]
    return y


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    return conv2d(image[None, None], kernel[None, None], stride=stride, padding=padding, dilation=dilation)[0, 0]
