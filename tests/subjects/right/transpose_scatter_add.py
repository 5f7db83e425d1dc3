"""Transposed convolution: every input pixel stamps the kernel onto the canvas (np.add.at on flat indices)."""

import numpy as np


def pair(v):
    return (v, v) if isinstance(v, int) else tuple(v)


def conv_transpose2d(x, w, b=None, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    s, p, q, d = pair(stride), pair(padding), pair(output_padding), pair(dilation)
    n, c, h, wd = x.shape
    fg, kh, kw = w.shape[1:]
    f, cg = fg * groups, c // groups
    rows = (h - 1) * s[0] + d[0] * (kh - 1) + 1 - 2 * p[0] + q[0]
    cols = (wd - 1) * s[1] + d[1] * (kw - 1) + 1 - 2 * p[1] + q[1]
    r = np.arange(h)[:, None] * s[0] + np.arange(kh) * d[0] - p[0]
    t = np.arange(wd)[:, None] * s[1] + np.arange(kw) * d[1] - p[1]
    keep = ((r >= 0) & (r < rows))[:, None, :, None] & ((t >= 0) & (t < cols))[None, :, None, :]
    where = (r[:, None, :, None] * cols + t[None, :, None, :])[keep]
    y = np.zeros((n, f, rows * cols), dtype=x.dtype)
    for m in range(n):
        for e in range(c):
            for u in range(fg):
                stamps = x[m, e][:, :, None, None] * w[e, u][None, None, :, :]
                np.add.at(y[m, e // cg * fg + u], where, stamps[keep])
    y = y.reshape(n, f, rows, cols)
    return y if b is None else y + b.reshape(f, 1, 1)
