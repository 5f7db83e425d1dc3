"""Only the first input channel of each group is summed."""

import numpy as np

OPERATOR = "conv2d"


def pair(value):
    return (value, value) if isinstance(value, int) else tuple(value)


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    s, p, d = pair(stride), pair(padding), pair(dilation)
    n, c, height, width = x.shape
    f, depth, kh, kw = w.shape
    padded = np.pad(x, ((0, 0), (0, 0), (p[0], p[0]), (p[1], p[1])))
    rows = (height + 2 * p[0] - d[0] * (kh - 1) - 1) // s[0] + 1
    columns = (width + 2 * p[1] - d[1] * (kw - 1) - 1) // s[1] + 1
    y = np.zeros((n, f, rows, columns), dtype=x.dtype)
    for m in range(n):
        for q in range(f):
            g = q // (f // groups)
            image = padded[m, g * depth:(g + 1) * depth]
            for i in range(rows):
                for j in range(columns):
                    window = image[:, i * s[0]:i * s[0] + d[0] * (kh - 1) + 1:d[0],
                                   j * s[1]:j * s[1] + d[1] * (kw - 1) + 1:d[1]]
                    y[m, q, i, j] = np.sum(window[0] * w[q, 0])
            if b is not None:
                y[m, q] += b[q]
    return y
