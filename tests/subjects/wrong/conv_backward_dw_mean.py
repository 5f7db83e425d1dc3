"""dw is averaged over the batch."""

import numpy as np

OPERATOR = "conv2d_backward"


def pair(v):
    return (v, v) if isinstance(v, int) else tuple(v)


def conv2d_backward(dy, x, w, *, stride=1, padding=0, dilation=1, groups=1):
    s, p, d = pair(stride), pair(padding), pair(dilation)
    n, c, height, width = x.shape
    f, depth, kh, kw = w.shape
    rows, columns = dy.shape[2:]
    fg = f // groups
    z = np.pad(x, ((0, 0), (0, 0), (p[0], p[0]), (p[1], p[1])))
    dz = np.zeros_like(z)
    dw = np.zeros_like(w)
    for g in range(groups):
        cs, fs = slice(g * depth, (g + 1) * depth), slice(g * fg, (g + 1) * fg)
        for a in range(kh):
            for b in range(kw):
                rs = slice(a * d[0], a * d[0] + (rows - 1) * s[0] + 1, s[0])
                ts = slice(b * d[1], b * d[1] + (columns - 1) * s[1] + 1, s[1])
                dz[:, cs, rs, ts] += np.einsum("nfij,fc->ncij", dy[:, fs], w[fs, :, a, b])
                dw[fs, :, a, b] = np.einsum("nfij,ncij->fc", dy[:, fs], z[:, cs, rs, ts])
    dx = dz[:, :, p[0]:p[0] + height, p[1]:p[1] + width].copy()
    db = dy.sum(axis=(0, 2, 3))
    dw /= n
    return dx, dw, db
