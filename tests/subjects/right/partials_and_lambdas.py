"""No plain function among the exports: lambdas, functools.partial and a decorator that hides the signature."""

import time
from functools import partial, reduce
from operator import mul

import numpy as np

spent = {}


def timed(function):
    def inner(*args, **kwargs):
        begin = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            spent[function.__name__] = spent.get(function.__name__, 0.0) + time.perf_counter() - begin

    return inner


pair = lambda v: v if isinstance(v, tuple) else (tuple(v) if isinstance(v, list) else (v, v))  # noqa: E731
output_size = lambda size, kernel, *, stride=1, padding=0, dilation=1: (  # noqa: E731
    (size + padding + padding - (kernel * dilation - dilation + 1)) // stride + 1
)
conv2d_parameters = lambda c_in, c_out, kernel, *, groups=1, bias=True: (  # noqa: E731
    reduce(mul, pair(kernel), c_out) * c_in // groups + (c_out if bias else 0)
)


def _conv(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1, plane=False):
    if plane:
        x, w = x[None, None], w[None, None]
    s, p, d = map(pair, (stride, padding, dilation))
    x = np.pad(x, ((0, 0), (0, 0), (p[0], p[0]), (p[1], p[1])))
    kh, kw = w.shape[2:]
    oh, ow = (
        output_size(x.shape[2 + t], w.shape[2 + t], stride=s[t], dilation=d[t]) for t in (0, 1)
    )
    y = np.empty((len(x), len(w), oh, ow), dtype=x.dtype)
    size_in, size_out = x.shape[1] // groups, len(w) // groups
    for i in range(oh):
        for j in range(ow):
            patch = x[:, :, i * s[0] : i * s[0] + d[0] * kh : d[0], j * s[1] : j * s[1] + d[1] * kw : d[1]]
            for g in range(groups):
                block = patch[:, g * size_in : (g + 1) * size_in].reshape(len(x), -1)
                rows = w[g * size_out : (g + 1) * size_out].reshape(size_out, -1)
                y[:, g * size_out : (g + 1) * size_out, i, j] = block @ rows.T
    if b is not None:
        y += b[:, np.newaxis, np.newaxis]
    return y[0, 0] if plane else y


correlate2d = partial(_conv, plane=True)
conv2d = timed(_conv)


def _pool(reduction, x, size, *, stride=None, padding=0, dilation=1, ceil_mode=False, count_include_pad=True):
    k, p, d = pair(size), pair(padding), pair(dilation)
    s = k if stride is None else pair(stride)
    starts = []
    for n, kt, st, pt, dt in zip(x.shape[2:], k, s, p, d):
        ok = [0]
        while ok[-1] + st + dt * (kt - 1) < n + 2 * pt:
            ok.append(ok[-1] + st)
        if ceil_mode and ok[-1] + dt * (kt - 1) < n + 2 * pt - 1 and ok[-1] + st < n + pt:
            ok.append(ok[-1] + st)
        starts.append(ok)
    padded = np.ma.masked_all(x.shape[:2] + (x.shape[2] + 2 * p[0], x.shape[3] + 2 * p[1]), dtype=x.dtype)
    padded[:, :, p[0] : p[0] + x.shape[2], p[1] : p[1] + x.shape[3]] = x
    y = np.empty(x.shape[:2] + (len(starts[0]), len(starts[1])), dtype=x.dtype)
    for i, top in enumerate(starts[0]):
        for j, left in enumerate(starts[1]):
            window = padded[:, :, top : top + d[0] * k[0] : d[0], left : left + d[1] * k[1] : d[1]]
            y[:, :, i, j] = reduction(window.reshape(*x.shape[:2], -1), count_include_pad)
    return y


max_pool2d = partial(_pool, lambda window, _: window.filled(-np.inf).max(axis=-1))
avg_pool2d = partial(
    _pool,
    lambda window, everything: window.filled(0).sum(axis=-1)
    / (window.shape[-1] if everything else window.count(axis=-1)),
)
global_avg_pool2d = timed(lambda x: np.mean(x, axis=(-2, -1)))
