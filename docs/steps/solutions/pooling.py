"""Step 4, solved: max, average and global average pooling in NumPy."""

import numpy as np


def pair(value):
    """One number stands for two: (vertical, horizontal)."""
    return (value, value) if isinstance(value, int) else tuple(value)


def starts(length, span, stride, padding, ceil_mode):
    """The cells at which windows start, counted from the first cell of the map, so that the border is negative."""
    if ceil_mode:
        count = -(-(length + 2 * padding - span) // stride) + 1
        if (count - 1) * stride >= length + padding:
            count -= 1  # this window would start behind the map
    else:
        count = (length + 2 * padding - span) // stride + 1
    return [i * stride - padding for i in range(count)]


def max_pool2d(x, size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Keep the largest entry of each window. Cells beyond the map are not looked at, so no border is needed."""
    k, p, d = pair(size), pair(padding), pair(dilation)
    s = k if stride is None else pair(stride)
    height, width = x.shape[2:]
    rows = starts(height, d[0] * (k[0] - 1) + 1, s[0], p[0], ceil_mode)
    columns = starts(width, d[1] * (k[1] - 1) + 1, s[1], p[1], ceil_mode)
    y = np.full((*x.shape[:2], len(rows), len(columns)), -np.inf, dtype=x.dtype)
    for i, top in enumerate(rows):
        for j, left in enumerate(columns):
            down = [r for r in range(top, top + d[0] * k[0], d[0]) if 0 <= r < height]
            right = [c for c in range(left, left + d[1] * k[1], d[1]) if 0 <= c < width]
            if down and right:
                y[:, :, i, j] = x[:, :, down][:, :, :, right].max(axis=(2, 3))
    return y


def avg_pool2d(x, size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """Average each window. The divisor counts cells of the padded map, or of the map alone."""
    k, p = pair(size), pair(padding)
    s = k if stride is None else pair(stride)
    height, width = x.shape[2:]
    rows = starts(height, k[0], s[0], p[0], ceil_mode)
    columns = starts(width, k[1], s[1], p[1], ceil_mode)
    y = np.zeros((*x.shape[:2], len(rows), len(columns)), dtype=x.dtype)
    for i, top in enumerate(rows):
        for j, left in enumerate(columns):
            bottom, right = top + k[0], left + k[1]
            window = x[:, :, max(top, 0) : bottom, max(left, 0) : right]
            if count_include_pad:
                cells = (min(bottom, height + p[0]) - top) * (min(right, width + p[1]) - left)
            else:
                cells = window.shape[2] * window.shape[3]
            y[:, :, i, j] = window.sum(axis=(2, 3)) / cells
    return y


def global_avg_pool2d(x):
    """Average each channel over all its places."""
    return x.mean(axis=(2, 3), dtype=x.dtype)
