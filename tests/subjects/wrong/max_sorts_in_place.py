"""The window is sorted in place to find its last element, and the window is a view of x."""

import numpy as np

OPERATOR = "max_pool2d"


def two(v):
    return (v, v) if isinstance(v, int) else v


def starts(n, k, s, p, d, ceil_mode):
    reach = d * (k - 1) + 1
    found = [t for t in range(-p, n + p - reach + 1, s)]
    if ceil_mode and found[-1] + reach < n + p and found[-1] + s < n:
        found.append(found[-1] + s)
    return found


def max_pool2d(x, size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    k, p, d = two(size), two(padding), two(dilation)
    s = k if stride is None else two(stride)
    tops = starts(x.shape[2], k[0], s[0], p[0], d[0], ceil_mode)
    lefts = starts(x.shape[3], k[1], s[1], p[1], d[1], ceil_mode)
    y = np.full((*x.shape[:2], len(tops), len(lefts)), -np.inf, dtype=x.dtype)
    for i, top in enumerate(tops):
        for j, left in enumerate(lefts):
            for r in range(top, top + d[0] * (k[0] - 1) + 1, d[0]):
                columns = [c for c in range(left, left + d[1] * (k[1] - 1) + 1, d[1]) if 0 <= c < x.shape[3]]
                if 0 <= r < x.shape[2] and columns:
                    row = x[:, :, r, columns[0]:columns[-1] + 1:d[1]]
                    best = row.max(axis=-1)
                    if k == (1, 2) and s == (1, 2):
                        row.sort(axis=-1)
                    y[:, :, i, j] = np.maximum(y[:, :, i, j], best)
    return y
