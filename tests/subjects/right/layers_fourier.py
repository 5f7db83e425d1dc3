"""Gradients of the convolution by FFT: right up to rounding. Softmax by tanh for two classes."""

import numpy as np


def both(v):
    return (v, v) if np.isscalar(v) else tuple(v)


def _spread(a, steps):
    out = np.zeros((*a.shape[:2], (a.shape[2] - 1) * steps[0] + 1, (a.shape[3] - 1) * steps[1] + 1))
    out[:, :, :: steps[0], :: steps[1]] = a
    return out


def conv2d_backward(dy, x, w, *, stride=1, padding=0, dilation=1, groups=1):
    s, p, d = both(stride), both(padding), both(dilation)
    n, c, h, wide = x.shape
    f, depth, kh, kw = w.shape
    size = (h + 2 * p[0], wide + 2 * p[1])
    z = np.zeros((n, c, *size))
    z[:, :, p[0] : p[0] + h, p[1] : p[1] + wide] = x
    fy = np.fft.fft2(_spread(dy, s), s=size).reshape(n, groups, f // groups, *size)
    fx = np.fft.fft2(z).reshape(n, groups, depth, *size)
    fw = np.fft.fft2(_spread(w, d), s=size).reshape(groups, f // groups, depth, *size)
    # y = corr(x, w) has the spectrum X conj(W); so dx has Y W, and dw has conj(Y) X
    dz = np.fft.ifft2(np.einsum("ngfij,gfcij->ngcij", fy, fw)).real.reshape(n, c, *size)
    dense = np.fft.ifft2(np.einsum("ngfij,ngcij->gfcij", fy.conj(), fx)).real.reshape(f, depth, *size)
    dw = dense[:, :, : d[0] * (kh - 1) + 1 : d[0], : d[1] * (kw - 1) + 1 : d[1]]
    dx = dz[:, :, p[0] : p[0] + h, p[1] : p[1] + wide]
    return dx.astype(x.dtype), dw.astype(w.dtype), dy.sum(axis=(0, 2, 3))


def softmax(z, axis=-1):
    if z.shape[axis] == 2:
        first, second = np.moveaxis(z, axis, 0)
        p = (1 + np.tanh(first / 2 - second / 2)) / 2
        q = (1 + np.tanh(second / 2 - first / 2)) / 2
        return np.stack([p, q], axis=axis if axis >= 0 else z.ndim + axis)
    z = z - z.max(axis, keepdims=True)
    return np.exp(z) / np.exp(z).sum(axis, keepdims=True)
