"""Pools the rows, then the columns; both the maximum and the mean allow it."""

import numpy as np


def _pair(v):
    return (v, v) if isinstance(v, (int, np.integer)) else v


def _line(x, axis, k, s, p, d, ceil_mode, how, include_pad=True):
    """Pool one axis of x."""
    x = np.moveaxis(x, axis, 0)
    n = x.shape[0]
    room = n + 2 * p - d * (k - 1) - 1
    o = room // s + 1
    if ceil_mode and room % s and o * s < n + p:
        o += 1
    lines = []
    for i in range(o):
        first = i * s - p
        taken = [x[r] for r in range(first, first + d * (k - 1) + 1, d) if 0 <= r < n]
        if how == "max":
            lines.append(np.maximum.reduce(taken) if taken else np.full(x.shape[1:], -np.inf, x.dtype))
        else:
            cells = min(k, n + p - first) if include_pad else len(taken)
            lines.append(sum(taken) / cells)
    return np.moveaxis(np.stack(lines), 0, axis)


def max_pool2d(x, size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    k, p, d = _pair(size), _pair(padding), _pair(dilation)
    s = k if stride is None else _pair(stride)
    for t, axis in enumerate((2, 3)):
        x = _line(x, axis, k[t], s[t], p[t], d[t], ceil_mode, "max")
    return x


def avg_pool2d(x, size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    k, p = _pair(size), _pair(padding)
    s = k if stride is None else _pair(stride)
    for t, axis in ((1, 3), (0, 2)):
        x = _line(x, axis, k[t], s[t], p[t], 1, ceil_mode, "mean", count_include_pad)
    return x


def global_avg_pool2d(x):
    return x.mean(axis=3).mean(axis=2)
