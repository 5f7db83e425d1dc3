"""One scalar formula per output pixel, spread over the output by np.vectorize and np.fromfunction."""

import numpy as np


def pair(v):
    return (v, v) if np.ndim(v) == 0 else tuple(v)


def output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    return int(np.floor_divide(size + 2 * padding - dilation * (kernel - 1) - 1, stride) + 1)


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    s, p, d = pair(stride), pair(padding), pair(dilation)
    z = np.pad(image, [(p[0], p[0]), (p[1], p[1])])
    shape = tuple(
        output_size(image.shape[t], kernel.shape[t], stride=s[t], padding=p[t], dilation=d[t]) for t in (0, 1)
    )
    a, b = np.indices(kernel.shape)

    def pixel(i, j):
        return np.vdot(z[i * s[0] + a * d[0], j * s[1] + b * d[1]], kernel)

    return np.fromfunction(np.vectorize(pixel, otypes=[image.dtype]), shape, dtype=int)


def max_pool2d(x, size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    k, p, d = pair(size), pair(padding), pair(dilation)
    s = k if stride is None else pair(stride)
    shape = list(x.shape)
    for t in (0, 1):
        free = x.shape[2 + t] + 2 * p[t] - d[t] * (k[t] - 1) - 1
        shape[2 + t] = free // s[t] + 1
        if ceil_mode and free % s[t] > 0 and shape[2 + t] * s[t] < x.shape[2 + t] + p[t]:
            shape[2 + t] += 1
    far = [(o - 1) * st + (kt - 1) * dt + 1 for o, st, kt, dt in zip(shape[2:], s, k, d)]
    z = np.full((*x.shape[:2], max(far[0], x.shape[2] + p[0]), max(far[1], x.shape[3] + p[1])), -np.inf, x.dtype)
    z[:, :, p[0] : p[0] + x.shape[2], p[1] : p[1] + x.shape[3]] = x
    a, b = np.ogrid[: k[0], : k[1]]

    @np.vectorize
    def pixel(n, c, i, j):
        return z[n, c][i * s[0] + a * d[0], j * s[1] + b * d[1]].max()

    return np.fromfunction(pixel, tuple(shape), dtype=int).astype(x.dtype)


def global_avg_pool2d(x):
    return np.apply_over_axes(np.mean, x, (2, 3))[:, :, 0, 0]
