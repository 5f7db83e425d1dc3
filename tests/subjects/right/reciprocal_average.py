"""Averages by a multiplication with 1/n, one rounding more than a division: right within one unit in the last place."""
import numpy as np


def bounds(n, k, s, p, ceil_mode):
    out = []
    start = -p
    while True:
        stop = start + k
        if stop > n + p and not (ceil_mode and out and out[-1][1] < n + p and start < n):
            return out
        out.append((start, stop))
        start += s


def avg_pool2d(x, size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    size = (size, size) if isinstance(size, int) else size
    stride = size if stride is None else stride
    stride = (stride, stride) if isinstance(stride, int) else stride
    padding = (padding, padding) if isinstance(padding, int) else padding
    n, c, h, w = x.shape
    rows = bounds(h, size[0], stride[0], padding[0], ceil_mode)
    cols = bounds(w, size[1], stride[1], padding[1], ceil_mode)
    y = np.zeros((n, c, len(rows), len(cols)), x.dtype)
    for i, (top, bottom) in enumerate(rows):
        for j, (left, right) in enumerate(cols):
            if count_include_pad:
                cells = (min(bottom, h + padding[0]) - top) * (min(right, w + padding[1]) - left)
            else:
                cells = (min(bottom, h) - max(top, 0)) * (min(right, w) - max(left, 0))
            weight = x.dtype.type(1) / x.dtype.type(cells)
            y[:, :, i, j] = np.sum(x[:, :, max(top, 0):bottom, max(left, 0):right], axis=(2, 3)) * weight
    return y


def global_avg_pool2d(x):
    weight = 1 / (x.shape[-1] * x.shape[-2])
    return np.sum(x * weight, axis=(-1, -2))
