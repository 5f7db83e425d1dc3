"""The groups come out in reverse order."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

OPERATOR = "conv_transpose2d"


def two(v):
    return (v, v) if isinstance(v, int) else tuple(v)


def stretch(a, steps):
    """Put steps - 1 zeros between neighbours."""
    h, w = a.shape[2:]
    out = np.zeros((*a.shape[:2], (h - 1) * steps[0] + 1, (w - 1) * steps[1] + 1), dtype=a.dtype)
    out[:, :, ::steps[0], ::steps[1]] = a
    return out


def conv_transpose2d(x, w, b=None, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    s, p, o, d = two(stride), two(padding), two(output_padding), two(dilation)
    kernel = stretch(w, d)
    kernel = kernel[:, :, ::-1, ::-1]
    kh, kw = kernel.shape[2:]
    z = stretch(x, s)
    z = np.pad(z, [(0, 0), (0, 0), (kh - 1, kh - 1 + o[0]), (kw - 1, kw - 1 + o[1])])
    windows = sliding_window_view(z, (kh, kw), axis=(2, 3))
    cg = x.shape[1] // groups
    maps = []
    for g in range(groups):
        mine = slice(g * cg, (g + 1) * cg)
        maps.append(np.einsum("ncijab,cfab->nfij", windows[:, mine], kernel[mine]))
    y = np.concatenate(maps[::-1], axis=1)
    if b is not None:
        y = y + b.reshape(1, -1, 1, 1)
    return y[:, :, p[0]:y.shape[2] - p[0], p[1]:y.shape[3] - p[1]].copy()
