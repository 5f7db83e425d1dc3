"""Max pooling as np.maximum.reduce over shifted pictures; conv as np.add.reduce over the same."""

import numpy as np


def _pair(v):
    return (v[0], v[1]) if np.iterable(v) else (v, v)


def _shifts(x, k, o, s, d):
    for i in range(k[0]):
        for j in range(k[1]):
            yield x[..., i * d[0] :, j * d[1] :][..., :: s[0], :: s[1]][..., : o[0], : o[1]]


def max_pool2d(x, size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    k, p, d = map(_pair, (size, padding, dilation))
    s = _pair(size) if stride is None else _pair(stride)
    o, after = [], []
    for t in range(2):
        n = x.shape[t + 2]
        reach = d[t] * (k[t] - 1) + 1
        whole, rest = divmod(n + 2 * p[t] - reach, s[t])
        if ceil_mode and rest > 0:
            whole += 1
        if ceil_mode and whole * s[t] >= n + p[t]:
            whole -= 1
        o.append(whole + 1)
        after.append(max(whole * s[t] + reach - n - p[t], p[t]))
    z = np.pad(x, [(0, 0), (0, 0), (p[0], after[0]), (p[1], after[1])], constant_values=float("-inf"))
    return np.maximum.reduce(list(_shifts(z, k, o, s, d)))


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    s, p, d = map(_pair, (stride, padding, dilation))
    z = np.pad(image, [(p[0], p[0]), (p[1], p[1])])
    k = kernel.shape
    o = [(z.shape[t] - d[t] * (k[t] - 1) - 1) // s[t] + 1 for t in range(2)]
    return np.add.reduce([tap * v for tap, v in zip(kernel.ravel(), _shifts(z, k, o, s, d))])


def global_avg_pool2d(x):
    return np.true_divide(np.add.reduce(np.add.reduce(x, axis=-1), axis=-1), x.shape[-1] * x.shape[-2])
