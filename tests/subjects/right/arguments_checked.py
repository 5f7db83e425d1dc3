"""A careful library author's version: every argument is checked before anything is computed."""

import numpy as np


def _pair(value, name, least):
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        value = (value, value)
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise TypeError(f"{name} must be an int or a pair, got {value!r}")
    for item in value:
        if not isinstance(item, (int, np.integer)) or isinstance(item, bool):
            raise TypeError(f"{name} must hold ints, got {value!r}")
        if item < least:
            raise ValueError(f"{name} must be at least {least}, got {value!r}")
    return int(value[0]), int(value[1])


def _floats(array, name, ndim):
    if not isinstance(array, np.ndarray):
        raise TypeError(f"{name} must be a NumPy array, got {type(array).__name__}")
    if array.dtype not in (np.float32, np.float64):
        raise TypeError(f"{name} must be float32 or float64, got {array.dtype}")
    if array.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} axes, got shape {array.shape}")
    if array.size == 0:
        raise ValueError(f"{name} must not be empty, got shape {array.shape}")
    return array


def output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    for name, value, least in (("size", size, 1), ("kernel", kernel, 1), ("stride", stride, 1),
                               ("padding", padding, 0), ("dilation", dilation, 1)):
        if not isinstance(value, (int, np.integer)) or isinstance(value, bool):
            raise TypeError(f"{name} must be an int, got {value!r}")
        if value < least:
            raise ValueError(f"{name} must be at least {least}, got {value}")
    reach = dilation * (kernel - 1) + 1
    if reach > size + 2 * padding:
        raise ValueError(f"kernel reaches over {reach} cells, but the padded size is {size + 2 * padding}")
    return (size + 2 * padding - reach) // stride + 1


def conv2d_parameters(c_in, c_out, kernel, *, groups=1, bias=True):
    kh, kw = _pair(kernel, "kernel", 1)
    if c_in % groups or c_out % groups:
        raise ValueError(f"groups must divide c_in and c_out, got {groups}, {c_in}, {c_out}")
    return (c_in // groups * kh * kw + (1 if bias else 0)) * c_out


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    _floats(image, "image", 2)
    _floats(kernel, "kernel", 2)
    return conv2d(image[None, None], kernel[None, None], stride=stride, padding=padding, dilation=dilation)[0, 0]


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    _floats(x, "x", 4)
    _floats(w, "w", 4)
    if b is not None and _floats(b, "b", 1).shape != (w.shape[0],):
        raise ValueError(f"b must have shape ({w.shape[0]},), got {b.shape}")
    if x.shape[1] != w.shape[1] * groups or w.shape[0] % groups:
        raise ValueError(f"x {x.shape}, w {w.shape} and groups={groups} do not fit")
    s, p, d = _pair(stride, "stride", 1), _pair(padding, "padding", 0), _pair(dilation, "dilation", 1)
    n, _, h, wd = x.shape
    f, cg, kh, kw = w.shape
    oh = output_size(h, kh, stride=s[0], padding=p[0], dilation=d[0])
    ow = output_size(wd, kw, stride=s[1], padding=p[1], dilation=d[1])
    padded = np.pad(x, ((0, 0), (0, 0), (p[0], p[0]), (p[1], p[1])))
    y = np.empty((n, f, oh, ow), dtype=x.dtype)
    for i, j in np.ndindex(oh, ow):
        window = padded[:, :, i * s[0] : i * s[0] + d[0] * kh : d[0], j * s[1] : j * s[1] + d[1] * kw : d[1]]
        grouped = window.reshape(n, groups, 1, cg, kh, kw) * w.reshape(1, groups, f // groups, cg, kh, kw)
        y[:, :, i, j] = grouped.sum(axis=(3, 4, 5)).reshape(n, f)
    if b is not None:
        y += b[:, None, None]
    return y


def _windows(n, k, s, p, d, ceil_mode, name):
    if p > k // 2:
        raise ValueError(f"padding must be at most half the {name}, got {p} for {k}")
    if d * (k - 1) + 1 > n + 2 * p:
        raise ValueError(f"{name} {k} is larger than the padded input {n + 2 * p}")
    o = output_size(n, k, stride=s, padding=p, dilation=d)
    if ceil_mode and (n + 2 * p - d * (k - 1) - 1) % s and o * s < n + p:
        o += 1
    return [i * s - p for i in range(o)]


def max_pool2d(x, size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    _floats(x, "x", 4)
    k = _pair(size, "size", 1)
    s = k if stride is None else _pair(stride, "stride", 1)
    p, d = _pair(padding, "padding", 0), _pair(dilation, "dilation", 1)
    tops, lefts = (_windows(x.shape[2 + t], k[t], s[t], p[t], d[t], ceil_mode, "size") for t in (0, 1))
    y = np.full((*x.shape[:2], len(tops), len(lefts)), -np.inf, dtype=x.dtype)
    for (i, top), (j, left) in ((a, b) for a in enumerate(tops) for b in enumerate(lefts)):
        for r in range(top, top + k[0] * d[0], d[0]):
            for c in range(left, left + k[1] * d[1], d[1]):
                if 0 <= r < x.shape[2] and 0 <= c < x.shape[3]:
                    y[:, :, i, j] = np.maximum(y[:, :, i, j], x[:, :, r, c])
    return y


def avg_pool2d(x, size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    _floats(x, "x", 4)
    k = _pair(size, "size", 1)
    s = k if stride is None else _pair(stride, "stride", 1)
    p = _pair(padding, "padding", 0)
    tops, lefts = (_windows(x.shape[2 + t], k[t], s[t], p[t], 1, ceil_mode, "size") for t in (0, 1))
    y = np.empty((*x.shape[:2], len(tops), len(lefts)), dtype=x.dtype)
    for (i, top), (j, left) in ((a, b) for a in enumerate(tops) for b in enumerate(lefts)):
        real = x[:, :, max(top, 0) : top + k[0], max(left, 0) : left + k[1]]
        cells = real.shape[2] * real.shape[3]
        if count_include_pad:
            cells = (min(top + k[0], x.shape[2] + p[0]) - top) * (min(left + k[1], x.shape[3] + p[1]) - left)
        y[:, :, i, j] = real.sum(axis=(2, 3)) / cells
    return y


def global_avg_pool2d(x):
    _floats(x, "x", 4)
    return x.sum(axis=(2, 3)) / (x.shape[2] * x.shape[3])
