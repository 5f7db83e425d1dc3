"""Sums in float64 whatever comes in, then casts back to the caller's dtype."""

import numpy as np


def _pair(v):
    return [int(t) for t in (v if np.size(v) == 2 else (v, v))]


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    dtype = x.dtype
    x, w = x.astype("float64"), w.astype("float64")
    (s0, s1), (p0, p1), (d0, d1) = _pair(stride), _pair(padding), _pair(dilation)
    x = np.pad(x, ((0, 0), (0, 0), (p0, p0), (p1, p1)))
    kh, kw = w.shape[2:]
    oh = (x.shape[2] - d0 * (kh - 1) - 1) // s0 + 1
    ow = (x.shape[3] - d1 * (kw - 1) - 1) // s1 + 1
    y = np.zeros((x.shape[0], w.shape[0], oh, ow))
    xs, ws = np.array_split(x, groups, axis=1), np.array_split(w, groups, axis=0)
    fg = w.shape[0] // groups
    for i in range(oh):
        for j in range(ow):
            r, c = slice(i * s0, i * s0 + d0 * (kh - 1) + 1, d0), slice(j * s1, j * s1 + d1 * (kw - 1) + 1, d1)
            for g in range(groups):
                y[:, g * fg:(g + 1) * fg, i, j] = np.einsum(
                    "ncab,fcab->nf", xs[g][:, :, r, c], ws[g]
                )
    if b is not None:
        y += np.asarray(b, dtype="float64")[None, :, None, None]
    return y.astype(dtype)


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    y = conv2d(image[None, None], kernel[None, None], stride=stride, padding=padding, dilation=dilation)
    return y[0, 0]


def conv_transpose2d(x, w, b=None, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    dtype = x.dtype
    (s0, s1), (p0, p1), (q0, q1), (d0, d1) = (_pair(v) for v in (stride, padding, output_padding, dilation))
    n, c, h, wd = x.shape
    fg, kh, kw = w.shape[1:]
    reach0, reach1 = d0 * (kh - 1) + 1, d1 * (kw - 1) + 1
    canvas = np.zeros((n, fg * groups, (h - 1) * s0 + reach0 + q0, (wd - 1) * s1 + reach1 + q1))
    stamp = w.astype("float64")
    for k in range(c):
        g = k * groups // c
        for i in range(h):
            for j in range(wd):
                canvas[:, g * fg:(g + 1) * fg, i * s0:i * s0 + reach0:d0, j * s1:j * s1 + reach1:d1] += (
                    x[:, k, i, j].astype("float64")[:, None, None, None] * stamp[k][None]
                )
    y = canvas[:, :, p0:canvas.shape[2] - p0, p1:canvas.shape[3] - p1]
    if b is not None:
        y = y + b.astype("float64")[:, None, None]
    return y.astype(dtype)


def global_avg_pool2d(x):
    return np.mean(x, axis=(2, 3), dtype=np.float64).astype(x.dtype)
