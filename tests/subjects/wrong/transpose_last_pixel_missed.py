"""The last column of the input is never stamped when there is more than one."""

import numpy as np

OPERATOR = "conv_transpose2d"


def pair(value):
    return (value, value) if isinstance(value, int) else tuple(value)


def conv_transpose2d(x, w, b=None, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    s, p, o, d = pair(stride), pair(padding), pair(output_padding), pair(dilation)
    n, c, h, wid = x.shape
    fg, kh, kw = w.shape[1:]
    f, cg = fg * groups, c // groups
    rows = (h - 1) * s[0] + d[0] * (kh - 1) + 1 + o[0]
    columns = (wid - 1) * s[1] + d[1] * (kw - 1) + 1 + o[1]
    full = np.zeros((n, f, rows, columns), dtype=x.dtype)
    for e in range(c):
        first = (e // cg) * fg
        for i in range(h):
            for j in range(max(wid - 1, 1)):
                stamp = x[:, e, i, j][:, None, None, None] * w[e]
                top, left = i * s[0], j * s[1]
                full[:, first:first + fg, top:top + d[0] * (kh - 1) + 1:d[0],
                     left:left + d[1] * (kw - 1) + 1:d[1]] += stamp
    y = full[:, :, p[0]:rows - p[0], p[1]:columns - p[1]].copy()
    if b is not None:
        y += b[:, None, None]
    return y
