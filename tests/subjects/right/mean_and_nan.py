"""np.mean for the windows with their padding, np.nanmean where the padding must not count."""

import numpy as np


def two(value):
    return np.broadcast_to(value, (2,)).astype(int).tolist()


def windows(x, size, stride, padding, ceil_mode, fill):
    k, p = two(size), two(padding)
    s = two(size if stride is None else stride)
    z = np.pad(x, ((0, 0), (0, 0), (p[0], p[0]), (p[1], p[1])), constant_values=fill)
    tops, lefts = (
        [
            t
            for t in range(0, n + pt, st)
            if t + kt <= n + 2 * pt or (ceil_mode and (t == 0 or t - st + kt < n + 2 * pt))
        ]
        for n, kt, st, pt in zip(x.shape[2:], k, s, p)
    )
    # slices stop at the edge of the padded picture, so cells that ceil mode adds are never there
    return [[z[:, :, t : t + k[0], q : q + k[1]] for q in lefts] for t in tops]


def _table(rows):
    return np.moveaxis(np.array(rows), (0, 1), (2, 3))


def max_pool2d(x, size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    if two(dilation) == [1, 1]:
        return _table([[c.max((2, 3)) for c in r] for r in windows(x, size, stride, padding, ceil_mode, -np.inf)])
    d, k = two(dilation), two(size)
    s = size if stride is None else stride
    reach = [(a - 1) * b + 1 for a, b in zip(k, d)]
    cells = windows(x, reach, s, padding, ceil_mode, -np.inf)
    return _table([[c[:, :, :: d[0], :: d[1]].max((2, 3)) for c in r] for r in cells])


def avg_pool2d(x, size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    fill, mean = (0, np.mean) if count_include_pad else (np.nan, np.nanmean)
    return _table([[mean(c, axis=(2, 3)) for c in r] for r in windows(x, size, stride, padding, ceil_mode, fill)])


def global_avg_pool2d(x):
    return np.array([[channel.mean() for channel in image] for image in x])
