"""Exact rational arithmetic; the only rounding is the last one, into the caller's dtype. Slow on purpose."""

from fractions import Fraction

import numpy as np


def pair(v):
    return (v, v) if isinstance(v, int) else (int(v[0]), int(v[1]))


def output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    return Fraction(size + 2 * padding - dilation * (kernel - 1) - 1, stride).__floor__() + 1


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    s, p, d = pair(stride), pair(padding), pair(dilation)
    exact = [[Fraction(float(v)) for v in row] for row in image]
    taps = {(a, b): Fraction(float(v)) for (a, b), v in np.ndenumerate(kernel)}
    o = [output_size(image.shape[t], kernel.shape[t], stride=s[t], padding=p[t], dilation=d[t]) for t in (0, 1)]
    y = np.empty(o, dtype=image.dtype)
    for i, j in np.ndindex(*o):
        total = Fraction(0)
        for (a, b), tap in taps.items():
            r, c = i * s[0] + a * d[0] - p[0], j * s[1] + b * d[1] - p[1]
            if r in range(image.shape[0]) and c in range(image.shape[1]):
                total += exact[r][c] * tap
        y[i, j] = float(total)
    return y


def avg_pool2d(x, size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    k, p = pair(size), pair(padding)
    s = k if stride is None else pair(stride)
    spans = []
    for t in (0, 1):
        n = x.shape[2 + t]
        steps = Fraction(n + 2 * p[t] - k[t], s[t])
        o = (steps.__ceil__() if ceil_mode else steps.__floor__()) + 1
        starts = [i * s[t] - p[t] for i in range(o)]
        if ceil_mode and starts[-1] >= n:
            starts.pop()
        spans.append([(range(max(a, 0), min(a + k[t], n)), min(a + k[t], n + p[t]) - a) for a in starts])
    y = np.empty((*x.shape[:2], len(spans[0]), len(spans[1])), dtype=x.dtype)
    for n, c in np.ndindex(*x.shape[:2]):
        for i, (rows, high) in enumerate(spans[0]):
            for j, (columns, wide) in enumerate(spans[1]):
                total = sum(Fraction(float(x[n, c, r, q])) for r in rows for q in columns)
                y[n, c, i, j] = float(total / (high * wide if count_include_pad else len(rows) * len(columns)))
    return y


def global_avg_pool2d(x):
    y = np.zeros(x.shape[:2], dtype=x.dtype)
    for n, c in np.ndindex(*y.shape):
        y[n, c] = float(sum(map(Fraction, x[n, c].ravel().tolist())) / x[n, c].size)
    return y
