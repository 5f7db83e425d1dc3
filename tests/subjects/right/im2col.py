"""im2col and one matrix product; the transposed convolution is the same table run backwards (col2im)."""
import numpy as np


def as_pair(v):
    try:
        a, b = v
    except TypeError:
        a = b = v
    return a, b


def output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    effective = (kernel - 1) * dilation + 1
    return 1 + (size + 2 * padding - effective) // stride


def conv2d_parameters(c_in, c_out, kernel, *, groups=1, bias=True):
    rows, cols = as_pair(kernel)
    weights = np.empty((c_out, c_in // groups, rows, cols))
    return weights.size + (c_out if bias else 0)


def im2col(x, kernel, stride, padding, dilation, out, fill=0.0, extra=(0, 0)):
    """Return an array (N, C, KH*KW, OH*OW)."""
    (kh, kw), (sv, sh), (pv, ph), (dv, dh), (oh, ow) = kernel, stride, padding, dilation, out
    n, c = x.shape[:2]
    xp = np.pad(
        x, [(0, 0), (0, 0), (pv, pv + extra[0]), (ph, ph + extra[1])], mode="constant", constant_values=fill
    )
    cols = np.empty((n, c, kh, kw, oh, ow), dtype=x.dtype)
    for a in range(kh):
        top = a * dv
        for b in range(kw):
            left = b * dh
            cols[:, :, a, b] = xp[:, :, top:top + sv * oh:sv, left:left + sh * ow:sh][:, :, :oh, :ow]
    return cols.reshape(n, c, kh * kw, oh * ow)


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    stride, padding, dilation = map(as_pair, (stride, padding, dilation))
    n, c, h, wid = x.shape
    f, cg, kh, kw = w.shape
    oh = output_size(h, kh, stride=stride[0], padding=padding[0], dilation=dilation[0])
    ow = output_size(wid, kw, stride=stride[1], padding=padding[1], dilation=dilation[1])
    cols = im2col(x, (kh, kw), stride, padding, dilation, (oh, ow))
    cols = cols.reshape(n, groups, cg * kh * kw, oh * ow)
    rows = w.reshape(groups, f // groups, cg * kh * kw)
    y = np.matmul(rows, cols).reshape(n, f, oh, ow)
    if b is not None:
        y = y + b[:, None, None]
    return y


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    y = conv2d(image[np.newaxis, np.newaxis], kernel[np.newaxis, np.newaxis],
               stride=stride, padding=padding, dilation=dilation)
    return y.squeeze(axis=(0, 1))


def conv_transpose2d(x, w, b=None, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    (sv, sh), (pv, ph), (qv, qh), (dv, dh) = map(as_pair, (stride, padding, output_padding, dilation))
    n, c, h, wid = x.shape
    fg, kh, kw = w.shape[1:]
    f = fg * groups
    rows = w.reshape(groups, c // groups, fg * kh * kw)
    cols = np.matmul(rows.transpose(0, 2, 1), x.reshape(n, groups, c // groups, h * wid))
    cols = cols.reshape(n, f, kh, kw, h, wid)
    oh = (h - 1) * sv - 2 * pv + dv * (kh - 1) + qv + 1
    ow = (wid - 1) * sh - 2 * ph + dh * (kw - 1) + qh + 1
    board = np.zeros((n, f, oh + 2 * pv, ow + 2 * ph), dtype=x.dtype)
    for a in range(kh):
        for e in range(kw):
            r, q = a * dv, e * dh
            board[:, :, r:r + sv * (h - 1) + 1:sv, q:q + sh * (wid - 1) + 1:sh] += cols[:, :, a, e]
    y = board[:, :, pv:pv + oh, ph:ph + ow]
    return y + (0 if b is None else b[:, None, None])


def pool_shape(n, k, s, p, d, ceil_mode):
    top = n + 2 * p - d * (k - 1) - 1
    o = int(np.ceil(top / s) if ceil_mode else np.floor(top / s)) + 1
    if ceil_mode and (o - 1) * s - p >= n:
        o = o - 1
    return o, max(0, (o - 1) * s + d * (k - 1) + 1 - n - 2 * p)


def max_pool2d(x, size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    k, p, d = as_pair(size), as_pair(padding), as_pair(dilation)
    s = as_pair(stride) if stride is not None else k
    oh, eh = pool_shape(x.shape[2], k[0], s[0], p[0], d[0], ceil_mode)
    ow, ew = pool_shape(x.shape[3], k[1], s[1], p[1], d[1], ceil_mode)
    cols = im2col(x, k, s, p, d, (oh, ow), fill=-np.inf, extra=(eh, ew))
    return cols.max(axis=2).reshape(x.shape[0], x.shape[1], oh, ow)


def avg_pool2d(x, size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    k, p = as_pair(size), as_pair(padding)
    s = as_pair(stride) if stride is not None else k
    oh, eh = pool_shape(x.shape[2], k[0], s[0], p[0], 1, ceil_mode)
    ow, ew = pool_shape(x.shape[3], k[1], s[1], p[1], 1, ceil_mode)
    total = im2col(x, k, s, p, (1, 1), (oh, ow), extra=(eh, ew)).sum(axis=2)
    inside = np.ones((1, 1, x.shape[2], x.shape[3]), dtype=x.dtype)
    if count_include_pad:
        inside = np.ones((1, 1, x.shape[2] + 2 * p[0], x.shape[3] + 2 * p[1]), dtype=x.dtype)
        cells = im2col(inside, k, s, (0, 0), (1, 1), (oh, ow), extra=(eh, ew)).sum(axis=2)
    else:
        cells = im2col(inside, k, s, p, (1, 1), (oh, ow), extra=(eh, ew)).sum(axis=2)
    return (total / cells).reshape(x.shape[0], x.shape[1], oh, ow)


def global_avg_pool2d(x):
    n, c = x.shape[:2]
    return x.reshape(n, c, -1).mean(axis=-1)
