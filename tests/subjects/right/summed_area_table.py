"""Average pooling and box sums from a summed-area table (two running sums, four look-ups a window)."""

import numpy as np


def pair(v):
    return v if isinstance(v, tuple) else (v, v) if np.isscalar(v) else tuple(v)


def edges(n, k, s, p, ceil_mode):
    """Return clipped starts, clipped stops, and the number of cells with padding, for each window."""
    room = n + 2 * p - k
    o = -(-room // s) + 1 if ceil_mode else room // s + 1
    if ceil_mode and (o - 1) * s >= n + p:
        o -= 1
    starts = np.arange(o) * s - p
    stops = np.minimum(starts + k, n + p)
    return np.clip(starts, 0, n), np.clip(stops, 0, n), stops - starts


def avg_pool2d(x, size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    k, p = pair(size), pair(padding)
    s = k if stride is None else pair(stride)
    r0, r1, padded_rows = edges(x.shape[2], k[0], s[0], p[0], ceil_mode)
    c0, c1, padded_cols = edges(x.shape[3], k[1], s[1], p[1], ceil_mode)
    table = np.zeros((x.shape[0], x.shape[1], x.shape[2] + 1, x.shape[3] + 1), dtype=np.float64)
    table[:, :, 1:, 1:] = x.astype(np.float64).cumsum(axis=2).cumsum(axis=3)

    def at(rows, cols):
        return table[:, :, rows[:, None], cols[None, :]]

    sums = at(r1, c1) - at(r0, c1) - at(r1, c0) + at(r0, c0)
    if count_include_pad:
        cells = padded_rows[:, None] * padded_cols[None, :]
    else:
        cells = (r1 - r0)[:, None] * (c1 - c0)[None, :]
    return (sums / cells).astype(x.dtype)


def global_avg_pool2d(x):
    corner = x.astype(np.float64).cumsum(axis=2).cumsum(axis=3)[:, :, -1, -1]
    return (corner / (x.shape[2] * x.shape[3])).astype(x.dtype)
