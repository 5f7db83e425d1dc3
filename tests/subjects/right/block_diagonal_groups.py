"""Groups turned into one dense layer whose kernel is zero outside the blocks."""

import numpy as np


def pair(v):
    return (v, v) if isinstance(v, int) else tuple(v)


def blocks(w, groups):
    """(F, C/g, KH, KW) -> (F, C, KH, KW), zeros off the blocks."""
    f, cg = w.shape[:2]
    dense = np.zeros((f, cg * groups) + w.shape[2:], dtype=w.dtype)
    for q in range(f):
        g = q * groups // f
        dense[q, g * cg : (g + 1) * cg] = w[q]
    return dense


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    s, p, d = pair(stride), pair(padding), pair(dilation)
    w = blocks(w, groups)
    f, c, kh, kw = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (p[0], p[0]), (p[1], p[1])), mode="constant")
    oh = (xp.shape[2] - d[0] * (kh - 1) - 1) // s[0] + 1
    ow = (xp.shape[3] - d[1] * (kw - 1) - 1) // s[1] + 1
    cols = np.stack(
        [
            xp[:, :, a * d[0] : a * d[0] + (oh - 1) * s[0] + 1 : s[0], e * d[1] : e * d[1] + (ow - 1) * s[1] + 1 : s[1]]
            for a in range(kh)
            for e in range(kw)
        ],
        axis=2,
    )
    y = np.dot(w.reshape(f, -1), cols.transpose(1, 2, 0, 3, 4).reshape(c * kh * kw, -1))
    y = y.reshape(f, len(x), oh, ow).swapaxes(0, 1)
    return np.ascontiguousarray(y if b is None else y + b[:, None, None])


def conv_transpose2d(x, w, b=None, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    s, p, q, d = pair(stride), pair(padding), pair(output_padding), pair(dilation)
    n, c, h, wd = x.shape
    fg, kh, kw = w.shape[1:]
    dense = np.zeros((c, fg * groups, kh, kw), dtype=w.dtype)
    for e in range(c):
        g = e * groups // c
        dense[e, g * fg : (g + 1) * fg] = w[e]
    y = np.zeros((n, fg * groups, (h - 1) * s[0] + d[0] * (kh - 1) + 1 + q[0], (wd - 1) * s[1] + d[1] * (kw - 1) + 1 + q[1]), x.dtype)
    for a, e in np.ndindex(kh, kw):
        spread = np.tensordot(x, dense[:, :, a, e], axes=(1, 0)).transpose(0, 3, 1, 2)
        y[:, :, a * d[0] : a * d[0] + (h - 1) * s[0] + 1 : s[0], e * d[1] : e * d[1] + (wd - 1) * s[1] + 1 : s[1]] += spread
    y = y[:, :, p[0] : y.shape[2] - p[0], p[1] : y.shape[3] - p[1]]
    return y.copy() if b is None else y + b[:, None, None]
