"""as_strided on the padded copy, then tensordot: no Python loop over pixels at all."""

import numpy as np
from numpy.lib.stride_tricks import as_strided


def _p(v):
    return (v, v) if not hasattr(v, "__len__") else (v[0], v[1])


def output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    return divmod(size + 2 * padding - dilation * (kernel - 1) - 1, stride)[0] + 1


def _view(x, k, s, d, o):
    n, c, sr, sc = x.strides
    return as_strided(
        x,
        shape=(x.shape[0], x.shape[1], o[0], o[1], k[0], k[1]),
        strides=(n, c, sr * s[0], sc * s[1], sr * d[0], sc * d[1]),
        writeable=False,
    )


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    s, p, d = _p(stride), _p(padding), _p(dilation)
    k = w.shape[2:]
    o = tuple(
        output_size(x.shape[2 + t], k[t], stride=s[t], padding=p[t], dilation=d[t]) for t in range(2)
    )
    padded = np.zeros((x.shape[0], x.shape[1], x.shape[2] + 2 * p[0], x.shape[3] + 2 * p[1]), x.dtype)
    padded[:, :, p[0] : p[0] + x.shape[2], p[1] : p[1] + x.shape[3]] = x
    view = _view(padded, k, s, d, o)
    parts = [
        np.tensordot(vs, ws, axes=((1, 4, 5), (1, 2, 3)))
        for vs, ws in zip(np.split(view, groups, axis=1), np.split(w, groups, axis=0))
    ]
    y = np.concatenate(parts, axis=-1)
    if b is not None:
        y += b
    return np.moveaxis(y, -1, 1)


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    return conv2d(image[None, None], kernel[None, None], None, stride=stride, padding=padding, dilation=dilation)[0][0]


def _pool(x, size, stride, padding, dilation, ceil_mode, fill):
    k = _p(size)
    s = k if stride is None else _p(stride)
    p, d = _p(padding), _p(dilation)
    o, total = [], []
    for t in range(2):
        n = x.shape[2 + t]
        room = n + 2 * p[t] - (d[t] * (k[t] - 1) + 1)
        count = room // s[t] + 1
        # one more window when something is left over, unless it would begin past the data
        if ceil_mode and room % s[t] and count * s[t] < n + p[t]:
            count += 1
        o.append(count)
        total.append(max(n + 2 * p[t], (count - 1) * s[t] + d[t] * (k[t] - 1) + 1))
    padded = np.full(x.shape[:2] + tuple(total), fill, x.dtype)
    padded[:, :, p[0] : p[0] + x.shape[2], p[1] : p[1] + x.shape[3]] = x
    return _view(padded, k, s, d, o)


def max_pool2d(x, size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    return np.amax(_pool(x, size, stride, padding, dilation, ceil_mode, -np.inf), axis=(4, 5))


def avg_pool2d(x, size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    ones = np.ones_like(x[:1, :1])
    if count_include_pad:
        p = _p(padding)
        ones = np.ones((1, 1, x.shape[2] + 2 * p[0], x.shape[3] + 2 * p[1]), x.dtype)
    sums = _pool(x, size, stride, padding, 1, ceil_mode, 0).sum(axis=(4, 5))
    wide = np.zeros((1, 1, sums.shape[2], sums.shape[3]), x.dtype)
    if not count_include_pad:
        wide += _pool(ones, size, stride, padding, 1, ceil_mode, 0).sum(axis=(4, 5))
    else:
        k = _p(size)
        s = k if stride is None else _p(stride)
        for i in range(sums.shape[2]):
            for j in range(sums.shape[3]):
                wide[0, 0, i, j] = ones[0, 0, i * s[0] : i * s[0] + k[0], j * s[1] : j * s[1] + k[1]].size
    return sums / wide


def global_avg_pool2d(x):
    return np.add.reduce(x, axis=(-1, -2)) / x[0, 0].size
