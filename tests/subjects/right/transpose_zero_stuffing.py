"""Transposed convolution as an ordinary one: stretch by the stride, pad by k - 1 - p, rotate the kernel, swap channels."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def pair(v):
    return (v, v) if np.isscalar(v) else (v[0], v[1])


def stuff(a, by):
    h, w = a.shape[-2:]
    out = np.zeros(a.shape[:-2] + ((h - 1) * by[0] + 1, (w - 1) * by[1] + 1), a.dtype)
    out[..., :: by[0], :: by[1]] = a
    return out


def pad_or_crop(a, axis, before, after):
    widths = [(0, 0)] * a.ndim
    widths[axis] = (max(before, 0), max(after, 0))
    a = np.pad(a, widths)
    stop = a.shape[axis] + min(after, 0)
    return np.take(a, range(-min(before, 0), stop), axis=axis)


def conv_transpose2d(x, w, b=None, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    s, p, q, d = map(pair, (stride, padding, output_padding, dilation))
    kernel = stuff(w, d)[:, :, ::-1, ::-1]
    kh, kw = kernel.shape[2:]
    z = stuff(x, s)
    z = pad_or_crop(z, 2, kh - 1 - p[0], kh - 1 - p[0] + q[0])
    z = pad_or_crop(z, 3, kw - 1 - p[1], kw - 1 - p[1] + q[1])
    view = sliding_window_view(z, (kh, kw), axis=(2, 3))
    cg = x.shape[1] // groups
    parts = [
        np.einsum("ncijab,cfab->nfij", view[:, g * cg : (g + 1) * cg], kernel[g * cg : (g + 1) * cg])
        for g in range(groups)
    ]
    y = np.concatenate(parts, axis=1)
    if b is not None:
        y += b[:, None, None]
    return y
