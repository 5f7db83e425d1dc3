"""Transposed convolution by definition: push the basis through the forward layer, transpose the matrix that comes out."""

import numpy as np


def _pair(v):
    return (v, v) if type(v) in (int, np.int64) else tuple(v)


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    s, p, d = _pair(stride), _pair(padding), _pair(dilation)
    n, c, h, wd = x.shape
    f, cg, kh, kw = w.shape
    out = [(x.shape[2 + t] + 2 * p[t] - d[t] * (w.shape[2 + t] - 1) - 1) // s[t] + 1 for t in (0, 1)]
    y = np.zeros((n, f, out[0], out[1]), x.dtype)
    for a in range(kh):
        for e in range(kw):
            # rows of the output for which this tap meets the picture
            i = [t for t in range(out[0]) if 0 <= t * s[0] + a * d[0] - p[0] < h]
            j = [t for t in range(out[1]) if 0 <= t * s[1] + e * d[1] - p[1] < wd]
            if not i or not j:
                continue
            seen = x[:, :, i[0] * s[0] + a * d[0] - p[0] : i[-1] * s[0] + a * d[0] - p[0] + 1 : s[0],
                     j[0] * s[1] + e * d[1] - p[1] : j[-1] * s[1] + e * d[1] - p[1] + 1 : s[1]]
            for g in range(groups):
                fs = slice(g * (f // groups), (g + 1) * (f // groups))
                y[:, fs, i[0] : i[-1] + 1, j[0] : j[-1] + 1] += np.einsum(
                    "fc,ncij->nfij", w[fs, :, a, e], seen[:, g * cg : (g + 1) * cg]
                )
    if b is not None:
        y += b[None, :, None, None]
    return y


def conv_transpose2d(x, w, b=None, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    s, p, q, d = _pair(stride), _pair(padding), _pair(output_padding), _pair(dilation)
    n, c, h, wd = x.shape
    f = w.shape[1] * groups
    rows = (h - 1) * s[0] - 2 * p[0] + d[0] * (w.shape[2] - 1) + 1 + q[0]
    cols = (wd - 1) * s[1] - 2 * p[1] + d[1] * (w.shape[3] - 1) + 1 + q[1]
    basis = np.eye(f * rows * cols, dtype=x.dtype).reshape(-1, f, rows, cols)
    # an output padding as large as the stride makes the forward map longer than x: cut it
    images = conv2d(basis, w, stride=s, padding=p, dilation=d, groups=groups)[:, :, :h, :wd]
    columns = images.reshape(len(basis), c * h * wd)
    y = (columns @ x.reshape(n, -1).T).T.reshape(n, f, rows, cols)
    return y if b is None else y + b[None, :, None, None]
