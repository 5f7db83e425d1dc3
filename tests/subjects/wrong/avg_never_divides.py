"""The sum is never divided."""

import numpy as np

OPERATOR = "avg_pool2d"


def pair(value):
    return (value, value) if isinstance(value, int) else tuple(value)


def out_size(n, k, s, p, ceil_mode):
    room = n + 2 * p - k
    if not ceil_mode:
        return room // s + 1
    count = -(-room // s) + 1
    if (count - 1) * s >= n + p:
        count -= 1
    return count


def avg_pool2d(x, size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    k, p = pair(size), pair(padding)
    s = k if stride is None else pair(stride)
    n, c, height, width = x.shape
    rows = out_size(height, k[0], s[0], p[0], ceil_mode)
    columns = out_size(width, k[1], s[1], p[1], ceil_mode)
    y = np.empty((n, c, rows, columns), dtype=x.dtype)
    for i in range(rows):
        top = i * s[0] - p[0]
        bottom = min(top + k[0], height + p[0])
        for j in range(columns):
            left = j * s[1] - p[1]
            right = min(left + k[1], width + p[1])
            window = x[:, :, max(top, 0):bottom, max(left, 0):right]
            if count_include_pad:
                cells = (bottom - top) * (right - left)
            else:
                cells = window.shape[2] * window.shape[3]
            y[:, :, i, j] = window.sum(axis=(2, 3)) / (cells / cells)
    return y
