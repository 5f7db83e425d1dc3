"""sliding_window_view makes the windows, einsum says the sum."""

from __future__ import annotations

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

Pair = "int | tuple[int, int]"


def pair(value: Pair) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (value[0], value[1])


def output_size(size: int, kernel: int, *, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    return math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1)


def conv2d_parameters(c_in: int, c_out: int, kernel: Pair, *, groups: int = 1, bias: bool = True) -> int:
    weights = math.prod((c_out, c_in // groups, *pair(kernel)))
    return weights + c_out if bias else weights


def windows(x: np.ndarray, kernel, stride, dilation) -> np.ndarray:
    """Return (..., OH, OW, KH, KW)."""
    reach = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation))
    view = sliding_window_view(x, reach, axis=(-2, -1))
    return view[..., :: stride[0], :: stride[1], :: dilation[0], :: dilation[1]]


def pad(x: np.ndarray, before, after, value: float = 0.0) -> np.ndarray:
    widths = [(0, 0)] * (x.ndim - 2) + [(before[0], after[0]), (before[1], after[1])]
    return np.pad(x, widths, constant_values=value)


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    p = pair(padding)
    view = windows(pad(image, p, p), kernel.shape, pair(stride), pair(dilation))
    return np.einsum("ijab,ab->ij", view, kernel)


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    p = pair(padding)
    view = windows(pad(x, p, p), w.shape[2:], pair(stride), pair(dilation))
    n, c, oh, ow, kh, kw = view.shape
    view = view.reshape(n, groups, c // groups, oh, ow, kh, kw)
    weight = w.reshape(groups, w.shape[0] // groups, *w.shape[1:])
    y = np.einsum("ngcijab,gfcab->ngfij", view, weight).reshape(n, w.shape[0], oh, ow)
    return y if b is None else y + b.reshape(1, -1, 1, 1)


def pool_geometry(x, size, stride, padding, dilation, ceil_mode):
    out, after = [], []
    for n, k, s, p, d in zip(x.shape[2:], size, stride, padding, dilation):
        rest = n + 2 * p - d * (k - 1) - 1
        o = (math.ceil(rest / s) if ceil_mode else rest // s) + 1
        if (o - 1) * s >= n + p:
            o -= 1
        out.append(o)
        after.append(p + max(0, (o - 1) * s + d * (k - 1) + 1 - n - 2 * p))
    return out, after


def max_pool2d(x, size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    k, p, d = pair(size), pair(padding), pair(dilation)
    s = k if stride is None else pair(stride)
    out, after = pool_geometry(x, k, s, p, d, ceil_mode)
    view = windows(pad(x, p, after, -np.inf), k, s, d)
    return view.max(axis=(-2, -1))[:, :, : out[0], : out[1]]


def avg_pool2d(x, size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    k, p = pair(size), pair(padding)
    s = k if stride is None else pair(stride)
    out, after = pool_geometry(x, k, s, p, (1, 1), ceil_mode)
    sums = np.einsum("ncijab->ncij", windows(pad(x, p, after), k, s, (1, 1)))
    real = pad(np.ones(x.shape[2:], x.dtype), p, p, 1.0 if count_include_pad else 0.0)
    real = pad(real, (0, 0), (after[0] - p[0], after[1] - p[1]))
    counts = np.einsum("ijab->ij", windows(real, k, s, (1, 1)))
    return (sums / counts)[:, :, : out[0], : out[1]]


def global_avg_pool2d(x):
    return np.einsum("nchw->nc", x) / (x.shape[2] * x.shape[3])
