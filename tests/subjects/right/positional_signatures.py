"""Positional-or-keyword parameters, in PyTorch's order; extra keywords for the curious."""

import numpy as np


def output_size(size, kernel, stride=1, padding=0, dilation=1):
    return int((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1


def conv2d_parameters(c_in, c_out, kernel, groups=1, bias=True):
    kh, kw = np.broadcast_to(kernel, (2,))
    n = c_out * (c_in // groups) * int(kh) * int(kw)
    if bias:
        n = n + c_out
    return n


def ntuple(v, n=2):
    if isinstance(v, (list, tuple)):
        return tuple(v)
    return (v,) * n


def correlate2d(image, kernel, stride=1, padding=0, dilation=1):
    return conv2d(image[None, None], kernel[None, None], None, stride, padding, dilation)[0, 0]


def conv2d(x, w, b=None, stride=1, padding=0, dilation=1, groups=1, verbose=False):
    (sh, sw), (ph, pw), (dh, dw) = ntuple(stride), ntuple(padding), ntuple(dilation)
    N, C, H, W = x.shape
    F, Cg, KH, KW = w.shape
    OH = output_size(H, KH, sh, ph, dh)
    OW = output_size(W, KW, sw, pw, dw)
    if verbose:
        print(f"conv2d: {x.shape} * {w.shape} -> {(N, F, OH, OW)}")
    xp = np.zeros((N, C, H + 2 * ph, W + 2 * pw), dtype=x.dtype)
    xp[:, :, ph:ph + H, pw:pw + W] = x
    y = np.zeros((N, F, OH, OW), dtype=x.dtype)
    for n in range(N):
        for f in range(F):
            g = f // (F // groups)
            for i in range(OH):
                for j in range(OW):
                    win = xp[n, g * Cg:(g + 1) * Cg, i * sh:i * sh + dh * (KH - 1) + 1:dh,
                             j * sw:j * sw + dw * (KW - 1) + 1:dw]
                    y[n, f, i, j] = np.sum(win * w[f])
            if b is not None:
                y[n, f] += b[f]
    return y


def conv_transpose2d(x, w, b=None, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    (sh, sw), (ph, pw), (qh, qw), (dh, dw) = map(ntuple, (stride, padding, output_padding, dilation))
    N, C, H, W = x.shape
    _, Fg, KH, KW = w.shape
    F = Fg * groups
    Cg = C // groups
    OH = (H - 1) * sh - 2 * ph + dh * (KH - 1) + qh + 1
    OW = (W - 1) * sw - 2 * pw + dw * (KW - 1) + qw + 1
    # every output pixel asks which input pixels reached it
    y = np.zeros((N, F, OH, OW), dtype=x.dtype)
    for i in range(OH):
        for j in range(OW):
            for a in range(KH):
                for c in range(KW):
                    u, r1 = divmod(i + ph - a * dh, sh)
                    v, r2 = divmod(j + pw - c * dw, sw)
                    if r1 == 0 and r2 == 0 and 0 <= u < H and 0 <= v < W:
                        for g in range(groups):
                            y[:, g * Fg:(g + 1) * Fg, i, j] += x[:, g * Cg:(g + 1) * Cg, u, v] @ w[g * Cg:(g + 1) * Cg, :, a, c]
    if b is not None:
        y += b.reshape(1, F, 1, 1)
    return y


def _out(n, k, s, p, d, ceil_mode):
    o = n + 2 * p - d * (k - 1) - 1
    o = (o + (s - 1 if ceil_mode else 0)) // s + 1
    if ceil_mode and (o - 1) * s >= n + p:
        o -= 1
    return o


def max_pool2d(x, size, stride=None, padding=0, dilation=1, ceil_mode=False):
    (kh, kw), (ph, pw), (dh, dw) = ntuple(size), ntuple(padding), ntuple(dilation)
    sh, sw = ntuple(stride if stride is not None else size)
    N, C, H, W = x.shape
    OH, OW = _out(H, kh, sh, ph, dh, ceil_mode), _out(W, kw, sw, pw, dw, ceil_mode)
    y = np.empty((N, C, OH, OW), dtype=x.dtype)
    for i in range(OH):
        r0 = i * sh - ph
        while r0 < 0:
            r0 += dh
        r1 = min(i * sh - ph + dh * (kh - 1) + 1, H)
        for j in range(OW):
            c0 = j * sw - pw
            while c0 < 0:
                c0 += dw
            c1 = min(j * sw - pw + dw * (kw - 1) + 1, W)
            y[:, :, i, j] = x[:, :, r0:r1:dh, c0:c1:dw].max(axis=(2, 3), initial=-np.inf)
    return y


def avg_pool2d(x, size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    (kh, kw), (ph, pw) = ntuple(size), ntuple(padding)
    sh, sw = ntuple(stride if stride is not None else size)
    N, C, H, W = x.shape
    OH, OW = _out(H, kh, sh, ph, 1, ceil_mode), _out(W, kw, sw, pw, 1, ceil_mode)
    y = np.empty((N, C, OH, OW), dtype=x.dtype)
    for i in range(OH):
        for j in range(OW):
            hs, ws = i * sh - ph, j * sw - pw
            he, we = min(hs + kh, H + ph), min(ws + kw, W + pw)
            pool_size = (he - hs) * (we - ws)
            hs, ws, he, we = max(hs, 0), max(ws, 0), min(he, H), min(we, W)
            if not count_include_pad:
                pool_size = (he - hs) * (we - ws)
            y[:, :, i, j] = x[:, :, hs:he, ws:we].sum(axis=(2, 3)) / pool_size
    return y


def global_avg_pool2d(x, keepdims=False):
    return x.mean(axis=(2, 3), keepdims=keepdims)
