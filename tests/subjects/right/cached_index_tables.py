"""Keeps its index tables between calls, keyed by everything they depend on: state that is allowed."""

from functools import lru_cache

import numpy as np


def pair(v):
    return (int(v), int(v)) if np.isscalar(v) else (int(v[0]), int(v[1]))


@lru_cache(maxsize=256)
def table(n, k, s, p, d, ceil_mode=False):
    """Return (O, K) indices into the axis with one extra cell at the end, which stands for the outside."""
    o = (n + 2 * p - d * (k - 1) - 1 + (s - 1 if ceil_mode else 0)) // s + 1
    if ceil_mode and (o - 1) * s >= n + p:
        o -= 1
    cells = np.arange(o)[:, None] * s + np.arange(k)[None] * d - p
    counted = (cells < n + p).sum(axis=1)
    cells = np.where((cells < 0) | (cells >= n), n, cells)
    cells.flags.writeable = False
    return cells, counted


def look(x, rows, cols, outside):
    wide = np.full(x.shape[:-2] + (x.shape[-2] + 1, x.shape[-1] + 1), outside, dtype=x.dtype)
    wide[..., :-1, :-1] = x
    return wide[..., rows[:, None, :, None], cols[None, :, None, :]]


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    s, p, d = pair(stride), pair(padding), pair(dilation)
    (rows, _), (cols, _) = (table(image.shape[t], kernel.shape[t], s[t], p[t], d[t]) for t in (0, 1))
    return np.tensordot(look(image, rows, cols, 0), kernel, axes=2)


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    s, p, d = pair(stride), pair(padding), pair(dilation)
    (rows, _), (cols, _) = (table(x.shape[2 + t], w.shape[2 + t], s[t], p[t], d[t]) for t in (0, 1))
    seen = look(x, rows, cols, 0)
    seen = seen.reshape(len(x), groups, -1, *seen.shape[2:])
    kernels = w.reshape(groups, -1, *w.shape[1:])
    y = np.einsum("ngcijab,gfcab->ngfij", seen, kernels, optimize=True)
    y = y.reshape(len(x), len(w), *y.shape[3:])
    return y + b[:, None, None] if b is not None else y


def max_pool2d(x, size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    k, p, d = pair(size), pair(padding), pair(dilation)
    s = k if stride is None else pair(stride)
    (rows, _), (cols, _) = (table(x.shape[2 + t], k[t], s[t], p[t], d[t], ceil_mode) for t in (0, 1))
    return look(x, rows, cols, -np.inf).max((-1, -2))


def avg_pool2d(x, size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    k, p = pair(size), pair(padding)
    s = k if stride is None else pair(stride)
    (rows, high), (cols, wide) = (table(x.shape[2 + t], k[t], s[t], p[t], 1, ceil_mode) for t in (0, 1))
    sums = look(x, rows, cols, 0).sum((-1, -2))
    if not count_include_pad:
        high, wide = (rows < x.shape[2]).sum(1), (cols < x.shape[3]).sum(1)
    return (sums / np.outer(high, wide)).astype(x.dtype)
