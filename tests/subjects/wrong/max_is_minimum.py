"""The minimum of each window."""

import numpy as np

OPERATOR = "max_pool2d"


def two(v):
    return (v, v) if isinstance(v, int) else v


def length(n, k, s, p, d, ceil_mode):
    span = n + 2 * p - d * (k - 1) - 1
    o = (span + s - 1) // s + 1 if ceil_mode else span // s + 1
    if ceil_mode and (o - 1) * s >= n + p:
        o -= 1
    return o


def max_pool2d(x, size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    k, p, d = two(size), two(padding), two(dilation)
    s = two(stride) if stride is not None else k
    n, c, h, w = x.shape
    oh = length(h, k[0], s[0], p[0], d[0], ceil_mode)
    ow = length(w, k[1], s[1], p[1], d[1], ceil_mode)
    tall = max(h + 2 * p[0], (oh - 1) * s[0] + d[0] * (k[0] - 1) + 1)
    wide = max(w + 2 * p[1], (ow - 1) * s[1] + d[1] * (k[1] - 1) + 1)
    xp = np.full((n, c, tall, wide), np.inf, dtype=x.dtype)
    xp[:, :, p[0]:p[0] + h, p[1]:p[1] + w] = x
    taps = []
    for a in range(k[0]):
        for b in range(k[1]):
            taps.append(xp[:, :, a * d[0]:a * d[0] + (oh - 1) * s[0] + 1:s[0], b * d[1]:b * d[1] + (ow - 1) * s[1] + 1:s[1]])
    return np.stack(taps).min(axis=0)
