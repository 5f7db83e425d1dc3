"""The whole layer written down as one dense matrix (doubly block-Toeplitz); its transpose is the transposed layer."""

import numpy as np


def pair(v):
    return tuple(np.broadcast_to(v, 2).tolist())


def matrix(w, shape_in, shape_out, stride, padding, dilation, groups):
    """Return A with A @ vec(x) = vec(y), for x (C, H, W) and y (F, OH, OW)."""
    c, h, wid = shape_in
    f, oh, ow = shape_out
    cg, kh, kw = w.shape[1:]
    a = np.zeros((f, oh, ow, c, h, wid), dtype=w.dtype)
    for q in range(f):
        base = q // (f // groups) * cg
        for i in range(oh):
            for j in range(ow):
                for u in range(kh):
                    for v in range(kw):
                        r = i * stride[0] + u * dilation[0] - padding[0]
                        t = j * stride[1] + v * dilation[1] - padding[1]
                        if 0 <= r < h and 0 <= t < wid:
                            a[q, i, j, base:base + cg, r, t] = w[q, :, u, v]
    return a.reshape(f * oh * ow, c * h * wid)


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    s, p, d = pair(stride), pair(padding), pair(dilation)
    out = [(x.shape[2 + t] + 2 * p[t] - d[t] * (w.shape[2 + t] - 1) - 1) // s[t] + 1 for t in (0, 1)]
    a = matrix(w, x.shape[1:], (w.shape[0], *out), s, p, d, groups)
    y = (x.reshape(len(x), -1) @ a.T).reshape(len(x), w.shape[0], *out)
    return y if b is None else y + b[None, :, None, None]


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    y = conv2d(image.reshape(1, 1, *image.shape), kernel.reshape(1, 1, *kernel.shape),
               stride=stride, padding=padding, dilation=dilation)
    return y.reshape(y.shape[2:])


def conv_transpose2d(x, w, b=None, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    s, p, q, d = pair(stride), pair(padding), pair(output_padding), pair(dilation)
    out = [
        (x.shape[2 + t] - 1) * s[t] - 2 * p[t] + d[t] * (w.shape[2 + t] - 1) + 1 + q[t] for t in (0, 1)
    ]
    f = w.shape[1] * groups
    a = matrix(w, (f, *out), x.shape[1:], s, p, d, groups)
    y = (x.reshape(len(x), -1) @ a).reshape(len(x), f, *out)
    return y if b is None else y + b[None, :, None, None]
