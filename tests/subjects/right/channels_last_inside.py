"""Works in NHWC inside and hands back a transposed (non-contiguous) view of its own result."""

import numpy as np


def hw(v):
    if isinstance(v, int):
        return np.array([v, v])
    return np.array(v)


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    s, p, d = hw(stride), hw(padding), hw(dilation)
    x = np.transpose(x, (0, 2, 3, 1))
    w = np.transpose(w, (2, 3, 1, 0))  # KH, KW, C/g, F
    k = np.array(w.shape[:2])
    o = (np.array(x.shape[1:3]) + 2 * p - d * (k - 1) - 1) // s + 1
    z = np.pad(x, ((0, 0), (p[0], p[0]), (p[1], p[1]), (0, 0)))
    n, cg, f = len(x), w.shape[2], w.shape[3]
    fg = f // groups
    y = np.zeros((n, o[0], o[1], f), dtype=x.dtype)
    for i, j in np.ndindex(*k):
        part = z[:, i * d[0] : i * d[0] + (o[0] - 1) * s[0] + 1 : s[0], j * d[1] : j * d[1] + (o[1] - 1) * s[1] + 1 : s[1]]
        for g in range(groups):
            y[..., g * fg : (g + 1) * fg] += part[..., g * cg : (g + 1) * cg] @ w[i, j, :, g * fg : (g + 1) * fg]
    if b is not None:
        y += b
    return np.transpose(y, (0, 3, 1, 2))


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    # run it on the transposed problem: corr(xT, wT) = corr(x, w)T
    flip = [hw(v)[::-1] for v in (stride, padding, dilation)]
    y = conv2d(image.T[None, None], kernel.T[None, None], stride=flip[0], padding=flip[1], dilation=flip[2])
    return y[0, 0].T


def global_avg_pool2d(x):
    return x.transpose(0, 2, 3, 1).reshape(len(x), -1, x.shape[1]).mean(1)
