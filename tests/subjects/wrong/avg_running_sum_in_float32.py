"""A summed-area table in float32: large images and large values lose their digits."""

import numpy as np

OPERATOR = "avg_pool2d"


def pair(v):
    return (v, v) if isinstance(v, int) else tuple(v)


def avg_pool2d(x, size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    k, p = pair(size), pair(padding)
    s = k if stride is None else pair(stride)
    table = np.zeros((*x.shape[:2], x.shape[2] + 1, x.shape[3] + 1), dtype=np.float32)
    table[:, :, 1:, 1:] = x.cumsum(axis=2).cumsum(axis=3)
    spans = []
    for t in (0, 1):
        n = x.shape[2 + t]
        room = n + 2 * p[t] - k[t]
        count = room // s[t] + 1
        if ceil_mode and room % s[t] and count * s[t] < n + p[t]:
            count += 1
        starts = [i * s[t] - p[t] for i in range(count)]
        spans.append([(max(a, 0), min(a + k[t], n), min(a + k[t], n + p[t]) - a) for a in starts])
    y = np.empty((*x.shape[:2], len(spans[0]), len(spans[1])), dtype=x.dtype)
    for i, (top, bottom, high) in enumerate(spans[0]):
        for j, (left, right, wide) in enumerate(spans[1]):
            total = table[:, :, bottom, right] - table[:, :, top, right] - table[:, :, bottom, left] + table[:, :, top, left]
            cells = high * wide if count_include_pad else (bottom - top) * (right - left)
            y[:, :, i, j] = total / cells
    return y
