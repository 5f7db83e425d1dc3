"""Generators and itertools: results stream out of a generator into np.fromiter."""

from itertools import count, product, takewhile

import numpy as np


def pair(v):
    return tuple(v) if hasattr(v, "__iter__") else (v, v)


def output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    inside = takewhile(lambda t: t * stride + dilation * (kernel - 1) < size + 2 * padding, count())
    return sum(1 for _ in inside)


def conv2d_parameters(c_in, c_out, kernel, *, groups=1, bias=True):
    weights = sum(1 for _ in product(range(c_out), range(c_in // groups), *map(range, pair(kernel))))
    return weights + sum(1 for _ in range(c_out) if bias)


def _products(image, kernels, i, j, s, p, d):
    h, w = image.shape[1:]
    for c, a, b in product(*map(range, kernels.shape)):
        r, q = i * s[0] + a * d[0] - p[0], j * s[1] + b * d[1] - p[1]
        if 0 <= r < h and 0 <= q < w:
            yield image[c, r, q] * kernels[c, a, b]


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    s, p, d = pair(stride), pair(padding), pair(dilation)
    shape = (
        len(x),
        len(w),
        *(output_size(x.shape[t], w.shape[t], stride=s[t - 2], padding=p[t - 2], dilation=d[t - 2]) for t in (2, 3)),
    )
    cg, fg = w.shape[1], len(w) // groups

    def values():
        for n, f, i, j in product(*map(range, shape)):
            first = f // fg * cg
            total = sum(_products(x[n, first : first + cg], w[f], i, j, s, p, d), start=x.dtype.type(0))
            yield total if b is None else total + b[f]

    return np.fromiter(values(), dtype=x.dtype).reshape(shape)


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    (answer,) = conv2d(image[None, None], kernel[None, None], stride=stride, padding=padding, dilation=dilation)[0]
    return answer


def global_avg_pool2d(x):
    means = (sum(plane.flat) / plane.size for image in x for plane in image)
    return np.fromiter(means, dtype=x.dtype).reshape(x.shape[:2])
