"""One thread for each image of the batch; the order of the answers is kept."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np


def _pair(v):
    return (v, v) if isinstance(v, int) else tuple(v)


def _one(image, w, s, p, d, groups):
    z = np.pad(image, ((0, 0), (p[0], p[0]), (p[1], p[1])))
    f, cg, kh, kw = w.shape
    oh = (z.shape[1] - d[0] * (kh - 1) - 1) // s[0] + 1
    ow = (z.shape[2] - d[1] * (kw - 1) - 1) // s[1] + 1
    y = np.zeros((f, oh, ow), image.dtype)
    for q in range(f):
        g = q // (f // groups)
        for c in range(cg):
            for a in range(kh):
                for e in range(kw):
                    y[q] += w[q, c, a, e] * z[g * cg + c, a * d[0] :: s[0], e * d[1] :: s[1]][:oh, :ow]
    return y


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    s, p, d = _pair(stride), _pair(padding), _pair(dilation)
    with ThreadPoolExecutor(max_workers=2) as workers:
        maps = list(workers.map(lambda image: _one(image, w, s, p, d, groups), x))
    y = np.stack(maps)
    return y if b is None else y + b.reshape(1, len(b), 1, 1)


def global_avg_pool2d(x):
    with ThreadPoolExecutor(2) as workers:
        return np.stack(list(workers.map(lambda image: image.mean(axis=(1, 2)), x)))
