"""A strided correlation as a sum of dense ones on the phases of image and kernel; a dilated one as phases put back."""

import itertools

import numpy as np


def both(v):
    return list(v) if isinstance(v, (list, tuple)) else [v, v]


def dense(x, w):
    """Stride 1, no padding, no dilation; x (N, C, H, W), w (F, C, KH, KW)."""
    oh, ow = x.shape[2] - w.shape[2] + 1, x.shape[3] - w.shape[3] + 1
    total = np.zeros((x.shape[0], w.shape[0], oh, ow), x.dtype)
    for a, b in itertools.product(range(w.shape[2]), range(w.shape[3])):
        total += np.tensordot(w[:, :, a, b], x[:, :, a : a + oh, b : b + ow], (1, 1)).swapaxes(0, 1)
    return total


def strided(x, w, s):
    """Any stride, by s[0] * s[1] phases."""
    oh, ow = (x.shape[2] - w.shape[2]) // s[0] + 1, (x.shape[3] - w.shape[3]) // s[1] + 1
    total = 0
    for a, b in itertools.product(range(min(s[0], w.shape[2])), range(min(s[1], w.shape[3]))):
        total = total + dense(x[:, :, a :: s[0], b :: s[1]], w[:, :, a :: s[0], b :: s[1]])[:, :, :oh, :ow]
    return total


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    s, p, d = both(stride), both(padding), both(dilation)
    x = np.pad(x, [(0, 0), (0, 0), (p[0], p[0]), (p[1], p[1])])
    stuffed = np.zeros((*w.shape[:2], d[0] * (w.shape[2] - 1) + 1, d[1] * (w.shape[3] - 1) + 1), w.dtype)
    stuffed[:, :, :: d[0], :: d[1]] = w
    cg, fg = x.shape[1] // groups, w.shape[0] // groups
    maps = [strided(x[:, g * cg : g * cg + cg], stuffed[g * fg : g * fg + fg], s) for g in range(groups)]
    y = np.concatenate(maps, axis=1)
    if b is not None:
        y = y + np.expand_dims(b, (0, 2, 3))
    return y


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    s, p, d = both(stride), both(padding), both(dilation)
    if d == [1, 1]:
        padded = np.pad(image, [(p[0],) * 2, (p[1],) * 2])
        return strided(padded[None, None], kernel[None, None], s)[0, 0]
    # dilation d: d * d interleaved ordinary correlations on the phases
    padded = np.pad(image, [(p[0],) * 2, (p[1],) * 2])
    oh, ow = padded.shape[0] - d[0] * (kernel.shape[0] - 1), padded.shape[1] - d[1] * (kernel.shape[1] - 1)
    out = np.empty((oh, ow), image.dtype)
    for a, b in itertools.product(range(min(d[0], oh)), range(min(d[1], ow))):
        phase = padded[a :: d[0], b :: d[1]]
        out[a :: d[0], b :: d[1]] = dense(phase[None, None], kernel[None, None])[0, 0]
    return out[:: s[0], :: s[1]].copy()
