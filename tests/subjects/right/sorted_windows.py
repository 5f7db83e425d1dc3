"""The maximum is the last of the sorted window; sums are math.fsum, rounded only once."""

import heapq
import math

import numpy as np


def pair(v):
    return list(v) if isinstance(v, (list, tuple)) else [v] * 2


def _geometry(n, k, s, p, d, ceil_mode):
    reach = d * (k - 1) + 1
    count = math.floor((n + 2 * p - reach) / s) + 1
    if ceil_mode:
        count = math.ceil((n + 2 * p - reach) / s) + 1
        while (count - 1) * s >= n + p:
            count -= 1
    for i in range(count):
        first = i * s - p
        yield [r for r in range(first, first + reach, d) if 0 <= r < n], min(first + reach, n + p) - first


def _pool(x, size, stride, padding, dilation, ceil_mode, summary):
    k, p, d = pair(size), pair(padding), pair(dilation)
    s = k if stride is None else pair(stride)
    rows = list(_geometry(x.shape[2], k[0], s[0], p[0], d[0], ceil_mode))
    columns = list(_geometry(x.shape[3], k[1], s[1], p[1], d[1], ceil_mode))
    out = np.empty(x.shape[:2] + (len(rows), len(columns)), dtype=x.dtype)
    for n, c in np.ndindex(x.shape[:2]):
        for i, (rs, high) in enumerate(rows):
            for j, (cs, wide) in enumerate(columns):
                out[n, c, i, j] = summary([x[n, c, r, q] for r in rs for q in cs], high * wide)
    return out


def max_pool2d(x, size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    def largest(cells, _):
        return sorted(cells)[-1] if cells else -np.inf

    return _pool(x, size, stride, padding, dilation, ceil_mode, largest)


def avg_pool2d(x, size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    def mean(cells, with_padding):
        return math.fsum(cells) / (with_padding if count_include_pad else len(cells))

    return _pool(x, size, stride, padding, 1, ceil_mode, mean)


def global_avg_pool2d(x):
    return np.array([[math.fsum(heapq.merge(*np.sort(c))) / c.size for c in image] for image in x], dtype=x.dtype)
