"""Loops over the kernel's taps only: every tap adds one shifted picture."""

import numpy as np


def _two(v):
    return tuple(v) if np.ndim(v) else (v, v)


def output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def conv2d_parameters(c_in, c_out, kernel, *, groups=1, bias=True):
    k = _two(kernel)
    return c_out * (c_in // groups) * k[0] * k[1] + bool(bias) * c_out


def _slices(a, out, stride, dilation):
    return slice(a * dilation, a * dilation + (out - 1) * stride + 1, stride)


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    return conv2d(
        image[None, None], kernel[None, None], stride=stride, padding=padding, dilation=dilation
    )[0, 0]


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    s, p, d = _two(stride), _two(padding), _two(dilation)
    n, c, h, wd = x.shape
    f, cg, kh, kw = w.shape
    padded = np.pad(x, ((0, 0), (0, 0), (p[0], p[0]), (p[1], p[1])))
    rows = output_size(h, kh, stride=s[0], padding=p[0], dilation=d[0])
    cols = output_size(wd, kw, stride=s[1], padding=p[1], dilation=d[1])
    out = np.zeros((n, f, rows, cols), dtype=x.dtype)
    fg = f // groups
    for g in range(groups):
        for i in range(kh):
            for j in range(kw):
                shifted = padded[
                    :, g * cg : (g + 1) * cg, _slices(i, rows, s[0], d[0]), _slices(j, cols, s[1], d[1])
                ]
                weights = w[g * fg : (g + 1) * fg, :, i, j]
                out[:, g * fg : (g + 1) * fg] += np.einsum("nchw,fc->nfhw", shifted, weights)
    if b is not None:
        out += b[None, :, None, None]
    return out


def conv_transpose2d(x, w, b=None, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    s, p, q, d = _two(stride), _two(padding), _two(output_padding), _two(dilation)
    n, c, h, wd = x.shape
    _, fg, kh, kw = w.shape
    cg = c // groups
    rows = (h - 1) * s[0] + d[0] * (kh - 1) + 1 + q[0]
    cols = (wd - 1) * s[1] + d[1] * (kw - 1) + 1 + q[1]
    full = np.zeros((n, fg * groups, rows, cols), dtype=x.dtype)
    for g in range(groups):
        for i in range(kh):
            for j in range(kw):
                full[
                    :, g * fg : (g + 1) * fg, _slices(i, h, s[0], d[0]), _slices(j, wd, s[1], d[1])
                ] += np.einsum("nchw,cf->nfhw", x[:, g * cg : (g + 1) * cg], w[g * cg : (g + 1) * cg, :, i, j])
    out = full[:, :, p[0] : rows - p[0], p[1] : cols - p[1]].copy()
    if b is not None:
        out += b.reshape(1, -1, 1, 1)
    return out


def _pooled(n, k, s, p, d, ceil):
    free = n + 2 * p - d * (k - 1) - 1
    o = (free + s - 1 if ceil else free) // s + 1
    if ceil and (o - 1) * s >= n + p:
        o -= 1
    return o


def _padded_for_pool(x, o, k, s, p, d, value):
    reach = [(o[t] - 1) * s[t] + d[t] * (k[t] - 1) + 1 for t in (0, 1)]
    after = [max(p[t], reach[t] - x.shape[2 + t] - p[t]) for t in (0, 1)]
    return np.pad(x, ((0, 0), (0, 0), (p[0], after[0]), (p[1], after[1])), constant_values=value)


def max_pool2d(x, size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    k, p, d = _two(size), _two(padding), _two(dilation)
    s = k if stride is None else _two(stride)
    o = [_pooled(x.shape[2 + t], k[t], s[t], p[t], d[t], ceil_mode) for t in (0, 1)]
    padded = _padded_for_pool(x, o, k, s, p, d, -np.inf)
    out = np.full(x.shape[:2] + tuple(o), -np.inf, dtype=x.dtype)
    for i in range(k[0]):
        for j in range(k[1]):
            np.maximum(out, padded[:, :, _slices(i, o[0], s[0], d[0]), _slices(j, o[1], s[1], d[1])], out=out)
    return out


def avg_pool2d(x, size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    k, p = _two(size), _two(padding)
    s = k if stride is None else _two(stride)
    o = [_pooled(x.shape[2 + t], k[t], s[t], p[t], 1, ceil_mode) for t in (0, 1)]
    ones = np.ones((1, 1) + x.shape[2:], dtype=x.dtype)
    if count_include_pad:
        ones = np.pad(ones, ((0, 0), (0, 0), (p[0], p[0]), (p[1], p[1])), constant_values=1)
        counted = _padded_for_pool(ones, o, k, s, (0, 0), (1, 1), 0)
    else:
        counted = _padded_for_pool(ones, o, k, s, p, (1, 1), 0)
    padded = _padded_for_pool(x, o, k, s, p, (1, 1), 0)
    out = np.zeros(x.shape[:2] + tuple(o), dtype=x.dtype)
    count = np.zeros((1, 1) + tuple(o), dtype=x.dtype)
    for i in range(k[0]):
        for j in range(k[1]):
            where = (slice(None), slice(None), _slices(i, o[0], s[0], 1), _slices(j, o[1], s[1], 1))
            out += padded[where]
            count += counted[where]
    return out / count


def global_avg_pool2d(x):
    return x.sum(axis=(2, 3)) / x.dtype.type(x.shape[2] * x.shape[3])
