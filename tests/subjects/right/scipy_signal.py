"""SciPy does the sliding: correlate2d for the forward pass, convolve2d for its transpose, then subsampling."""

import numpy as np
from scipy import ndimage, signal

REQUIRES = ["scipy"]


def _both(v):
    return (v, v) if isinstance(v, (int, np.integer)) else tuple(v)


def _holes(kernel, dilation):
    d = _both(dilation)
    big = np.zeros([(k - 1) * e + 1 for k, e in zip(kernel.shape, d)], dtype=kernel.dtype)
    big[:: d[0], :: d[1]] = kernel
    return big


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    pv, ph = _both(padding)
    sv, sh = _both(stride)
    padded = np.pad(image, [(pv, pv), (ph, ph)])
    # scipy's "valid" swaps its arguments when the kernel is larger, which here cannot be
    dense = signal.convolve2d(padded, _holes(kernel, dilation)[::-1, ::-1], mode="valid")
    return dense[::sv, ::sh].astype(image.dtype)


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    filters, depth = w.shape[:2]
    answer = []
    for image in x:
        maps = []
        for q in range(filters):
            start = (q * groups // filters) * depth
            plane = sum(
                correlate2d(image[start + e], w[q, e], stride=stride, padding=padding, dilation=dilation)
                for e in range(depth)
            )
            maps.append(plane if b is None else plane + b[q])
        answer.append(maps)
    return np.array(answer, dtype=x.dtype)


def conv_transpose2d(x, w, b=None, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    (pv, ph), (qv, qh) = _both(padding), _both(output_padding)
    n, c = x.shape[:2]
    fg = w.shape[1]
    cg = c // groups
    answer = []
    for image in x:
        maps = []
        for q in range(fg * groups):
            g, r = divmod(q, fg)
            full = sum(
                signal.convolve2d(_holes(image[e], stride), _holes(w[e, r], dilation), mode="full")
                for e in range(g * cg, (g + 1) * cg)
            )
            full = np.pad(full, [(0, qv), (0, qh)])
            plane = full[pv : full.shape[0] - pv, ph : full.shape[1] - ph]
            maps.append(plane + (0 if b is None else b[q]))
        answer.append(maps)
    return np.array(answer, dtype=x.dtype)


def max_pool2d(x, size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    k, p, d = _both(size), _both(padding), _both(dilation)
    s = k if stride is None else _both(stride)
    starts = []
    for n, kt, st, pt, dt in zip(x.shape[2:], k, s, p, d):
        last = n + pt - dt * (kt - 1) - 1
        starts.append([i for i in range(-pt, n, st) if i <= last or (ceil_mode and i - st < last)])
    footprint = _holes(np.ones(k), d) > 0
    half = [m // 2 for m in footprint.shape]
    margin = [m + q for m, q in zip(footprint.shape, p)]
    wide = np.pad(x, [(0, 0), (0, 0), (margin[0],) * 2, (margin[1],) * 2], constant_values=-np.inf)
    best = ndimage.maximum_filter(wide, footprint=footprint[None, None], mode="nearest")
    rows = np.array(starts[0]) + margin[0] + half[0]
    cols = np.array(starts[1]) + margin[1] + half[1]
    return best[:, :, rows[:, None], cols[None, :]]


def global_avg_pool2d(x):
    return ndimage.mean(x.reshape(-1), np.repeat(np.arange(x[..., 0, 0].size), x[0, 0].size),
                        np.arange(x[..., 0, 0].size)).reshape(x.shape[:2]).astype(x.dtype)
