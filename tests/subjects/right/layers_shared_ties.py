"""Tied maxima share the gradient equally; relu by np.clip; average pooling backward by spreading."""

import numpy as np


def two(v):
    return [v, v] if isinstance(v, int) else list(v)


def relu(x):
    return np.clip(x, 0, None)


def relu_backward(dy, x):
    dx = dy.copy()
    dx[x <= 0] = 0
    return dx


def max_pool2d_backward(dy, x, size, *, stride=None, padding=0):
    k, p = two(size), two(padding)
    s = k if stride is None else two(stride)
    dx = np.zeros_like(x)
    for i in range(dy.shape[2]):
        rows = slice(max(i * s[0] - p[0], 0), i * s[0] - p[0] + k[0])
        for j in range(dy.shape[3]):
            columns = slice(max(j * s[1] - p[1], 0), j * s[1] - p[1] + k[1])
            window = x[:, :, rows, columns]
            winners = window == window.max(axis=(2, 3), keepdims=True)
            dx[:, :, rows, columns] += winners * (dy[:, :, i, j] / winners.sum(axis=(2, 3)).astype(x.dtype))[:, :, None, None]
    return dx


def avg_pool2d_backward(dy, x, size, *, stride=None, padding=0, count_include_pad=True):
    k, p = two(size), two(padding)
    s = k if stride is None else two(stride)
    dx = np.zeros_like(x)
    for i in range(dy.shape[2]):
        rows = slice(max(i * s[0] - p[0], 0), i * s[0] - p[0] + k[0])
        for j in range(dy.shape[3]):
            columns = slice(max(j * s[1] - p[1], 0), j * s[1] - p[1] + k[1])
            window = dx[:, :, rows, columns]
            cells = k[0] * k[1] if count_include_pad else window.shape[2] * window.shape[3]
            window += (dy[:, :, i, j] / cells)[:, :, None, None]
    return dx


def residual_block(x, branch):
    return sum((branch(x), x))
