"""ceil_mode always adds a window, also without a remainder."""

import numpy as np

OPERATOR = "max_pool2d"


def pair(value):
    return (value, value) if isinstance(value, int) else tuple(value)


def out_size(n, k, s, p, d, ceil_mode):
    room = n + 2 * p - d * (k - 1) - 1
    if not ceil_mode:
        return room // s + 1
    count = room // s + 2
    if (count - 1) * s >= n + p:
        count -= 1
    return count


def max_pool2d(x, size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    k, p, d = pair(size), pair(padding), pair(dilation)
    s = k if stride is None else pair(stride)
    n, c, height, width = x.shape
    rows = out_size(height, k[0], s[0], p[0], d[0], ceil_mode)
    columns = out_size(width, k[1], s[1], p[1], d[1], ceil_mode)
    y = np.empty((n, c, rows, columns), dtype=x.dtype)
    for m in range(n):
        for e in range(c):
            for i in range(rows):
                for j in range(columns):
                    best = -np.inf
                    for a in range(k[0]):
                        for b in range(k[1]):
                            r = i * s[0] - p[0] + a * d[0]
                            q = j * s[1] - p[1] + b * d[1]
                            if 0 <= r < height and 0 <= q < width:
                                best = max(best, x[m, e, r, q])
                    y[m, e, i, j] = best
    return y
