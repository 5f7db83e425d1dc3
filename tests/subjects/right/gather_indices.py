"""Windows gathered with integer index arrays (fancy indexing); pooling masks what lies outside."""

import numpy as np


def duo(v):
    return np.full(2, v) if np.ndim(v) == 0 else np.asarray(v)


def output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    # a NumPy integer comes back, which equals the Python one
    return np.int64(size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def indices(o, k, s, p, d):
    return np.arange(o)[:, None] * s - p + np.arange(k)[None, :] * d


def gather(x, rows, cols, fill):
    """Return (N, C, OH, OW, KH, KW), and where the cells lie inside the picture."""
    ok_r = (rows >= 0) & (rows < x.shape[2])
    ok_c = (cols >= 0) & (cols < x.shape[3])
    safe_r, safe_c = np.where(ok_r, rows, 0), np.where(ok_c, cols, 0)
    cells = x[:, :, safe_r[:, None, :, None], safe_c[None, :, None, :]]
    inside = ok_r[:, None, :, None] & ok_c[None, :, None, :]
    return np.where(inside, cells, x.dtype.type(fill)), inside


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    s, p, d = duo(stride), duo(padding), duo(dilation)
    k = w.shape[2:]
    o = [output_size(x.shape[2 + t], k[t], stride=s[t], padding=p[t], dilation=d[t]) for t in (0, 1)]
    cells, _ = gather(x, indices(o[0], k[0], s[0], p[0], d[0]), indices(o[1], k[1], s[1], p[1], d[1]), 0)
    f, cg = w.shape[:2]
    # for each filter the channels of its own group
    channels = (np.arange(f) // (f // groups) * cg)[:, None] + np.arange(cg)
    y = (cells[:, channels] * w[None, :, :, None, None]).sum(axis=(2, 5, 6))
    return y if b is None else y + b[:, None, None]


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    return conv2d(image[None, None], kernel[None, None], stride=stride, padding=padding, dilation=dilation)[0, 0]


def pool_count(n, k, s, p, d, ceil_mode):
    starts = np.arange(-p, n + p, s)
    ends = starts + d * (k - 1)
    fits = ends < n + p
    if ceil_mode:
        # a window that runs over is kept when it is the first to do so and begins in the data or left of it
        over = np.cumsum(~fits) == 1
        fits = fits | (over & (starts < n) & (np.concatenate(([0], ends[:-1])) < n + p - 1))
    return int(fits.sum())


def max_pool2d(x, size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    k, p, d = duo(size), duo(padding), duo(dilation)
    s = k if stride is None else duo(stride)
    o = [pool_count(x.shape[2 + t], k[t], s[t], p[t], d[t], ceil_mode) for t in (0, 1)]
    rows, cols = (indices(o[t], k[t], s[t], p[t], d[t]) for t in (0, 1))
    return gather(x, rows, cols, -np.inf)[0].max(axis=(4, 5))


def avg_pool2d(x, size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    k, p = duo(size), duo(padding)
    s = k if stride is None else duo(stride)
    o = [pool_count(x.shape[2 + t], k[t], s[t], p[t], 1, ceil_mode) for t in (0, 1)]
    rows, cols = (indices(o[t], k[t], s[t], p[t], 1) for t in (0, 1))
    cells, inside = gather(x, rows, cols, 0)
    if count_include_pad:
        inside = (rows < x.shape[2] + p[0])[:, None, :, None] & (cols < x.shape[3] + p[1])[None, :, None, :]
    return cells.sum(axis=(4, 5)) / inside.sum(axis=(2, 3)).astype(x.dtype)


def global_avg_pool2d(x):
    return np.average(x, axis=(2, 3)).astype(x.dtype)
