"""Recursion everywhere: sums and maxima by divide and conquer, sizes by a memoised recurrence."""
import functools

import numpy as np


@functools.lru_cache(maxsize=None)
def _count(room, stride):
    if room < 0:
        return 0
    return 1 + _count(room - stride, stride)


def output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    return _count(size + 2 * padding - (kernel - 1) * dilation - 1, stride)


def conv2d_parameters(c_in, c_out, kernel, *, groups=1, bias=True):
    if c_out == 0:
        return 0
    if isinstance(kernel, int):
        kernel = (kernel, kernel)
    one_filter = (c_in // groups) * kernel[0] * kernel[1] + (1 if bias else 0)
    return one_filter + conv2d_parameters(c_in, c_out - 1, kernel, groups=groups, bias=bias)


def _fold(items, combine):
    """Combine a non-empty list, left half with right half."""
    if len(items) == 1:
        return items[0]
    middle = len(items) // 2
    return combine(_fold(items[:middle], combine), _fold(items[middle:], combine))


def _two(v):
    return (v, v) if type(v) is int else (v[0], v[1])


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    if groups > 1:
        cut, keep = x.shape[1] // groups, w.shape[0] // groups
        options = dict(stride=stride, padding=padding, dilation=dilation)
        head = conv2d(x[:, :cut], w[:keep], None if b is None else b[:keep], **options)
        tail = conv2d(x[:, cut:], w[keep:], None if b is None else b[keep:], groups=groups - 1, **options)
        return np.concatenate([head, tail], axis=1)
    (sv, sh), (pv, ph), (dv, dh) = _two(stride), _two(padding), _two(dilation)
    kh, kw = w.shape[2:]
    rows = output_size(x.shape[2], kh, stride=sv, padding=pv, dilation=dv)
    cols = output_size(x.shape[3], kw, stride=sh, padding=ph, dilation=dh)
    z = np.pad(x, ((0, 0), (0, 0), (pv, pv), (ph, ph)))
    products = []
    for c in range(x.shape[1]):
        for i in range(kh):
            for j in range(kw):
                window = z[:, c, i * dv :: sv, j * dh :: sh][:, :rows, :cols]
                products.append(window[:, None] * w[None, :, c, i, j, None, None])
    y = _fold(products, np.add)
    return y if b is None else y + b[None, :, None, None]


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    y = conv2d(image[None, None, :, :], kernel[None, None, :, :], stride=stride, padding=padding, dilation=dilation)
    return y[0, 0, :, :]


def max_pool2d(x, size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    (kv, kh), (pv, ph), (dv, dh) = _two(size), _two(padding), _two(dilation)
    sv, sh = (kv, kh) if stride is None else _two(stride)

    def along(n, k, s, p, d):
        o = output_size(n, k, stride=s, padding=p, dilation=d)
        ragged = (n + 2 * p - d * (k - 1) - 1) % s != 0
        return o + 1 if ceil_mode and ragged and o * s - p < n else o

    rows, cols = along(x.shape[2], kv, sv, pv, dv), along(x.shape[3], kh, sh, ph, dh)
    big = np.full((*x.shape[:2], x.shape[2] + 2 * pv + sv + kv * dv, x.shape[3] + 2 * ph + sh + kh * dh), -np.inf, x.dtype)
    big[:, :, pv : pv + x.shape[2], ph : ph + x.shape[3]] = x
    shifted = [
        big[:, :, i * dv : i * dv + (rows - 1) * sv + 1 : sv, j * dh : j * dh + (cols - 1) * sh + 1 : sh]
        for i in range(kv)
        for j in range(kh)
    ]
    return np.array(_fold(shifted, np.maximum))


def global_avg_pool2d(x):
    pixels = [x[:, :, i, j] for i in range(x.shape[2]) for j in range(x.shape[3])]
    return _fold(pixels, np.add) / len(pixels)
