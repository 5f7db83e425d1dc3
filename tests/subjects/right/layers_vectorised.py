"""Step 5 in NumPy idiom: boolean masks, matrix products, im2col and col2im."""

import numpy as np


def relu(x):
    return np.maximum(x, 0)


def relu_backward(dy, x):
    return dy * (x > 0)


def linear(x, w, b=None):
    y = x @ w.T
    if b is not None:
        y += b
    return y


def linear_backward(dy, x, w):
    return dy @ w, dy.T @ x, dy.sum(axis=0)


def softmax(z, axis=-1):
    e = np.exp(z - np.max(z, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def cross_entropy(z, y):
    shifted = z - z.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(len(y)), y])


def cross_entropy_backward(z, y):
    p = softmax(z, axis=1)
    p[np.arange(len(y)), y] -= 1.0
    p /= len(y)
    return p


def batch_norm2d(x, gamma, beta, *, eps=1e-5):
    mean = x.mean(axis=(0, 2, 3), keepdims=True)
    var = x.var(axis=(0, 2, 3), keepdims=True)
    return gamma[:, None, None] * (x - mean) / np.sqrt(var + eps) + beta[:, None, None]


def batch_norm2d_backward(dy, x, gamma, *, eps=1e-5):
    axes = (0, 2, 3)
    m = x.size // x.shape[1]
    centred = x - x.mean(axis=axes, keepdims=True)
    inverse = 1 / np.sqrt(np.mean(centred**2, axis=axes, keepdims=True) + eps)
    normal = centred * inverse
    dgamma = (dy * normal).sum(axis=axes)
    dbeta = dy.sum(axis=axes)
    dnormal = dy * gamma[:, None, None]
    dx = inverse / m * (
        m * dnormal - dnormal.sum(axis=axes, keepdims=True) - normal * (dnormal * normal).sum(axis=axes, keepdims=True)
    )
    return dx, dgamma, dbeta


def pair(v):
    return (v, v) if isinstance(v, int) else tuple(v)


def _slots(k, o, s, d):
    """For each tap the slices of the padded picture that it meets."""
    for a in range(k[0]):
        for b in range(k[1]):
            yield (a, b), (
                slice(None),
                slice(None),
                slice(a * d[0], a * d[0] + (o[0] - 1) * s[0] + 1, s[0]),
                slice(b * d[1], b * d[1] + (o[1] - 1) * s[1] + 1, s[1]),
            )


def _padded(x, p, value=0.0):
    return np.pad(x, ((0, 0), (0, 0), (p[0], p[0]), (p[1], p[1])), constant_values=value)


def _cropped(z, x, p):
    return z[:, :, p[0] : p[0] + x.shape[2], p[1] : p[1] + x.shape[3]].copy()


def conv2d_backward(dy, x, w, *, stride=1, padding=0, dilation=1, groups=1):
    s, p, d = pair(stride), pair(padding), pair(dilation)
    z = _padded(x, p)
    dz, dw = np.zeros_like(z), np.zeros_like(w)
    n, c = x.shape[:2]
    f = len(w)
    o = dy.shape[2:]
    slopes = dy.reshape(n, groups, f // groups, *o)
    for (a, b), where in _slots(w.shape[2:], o, s, d):
        seen = z[where].reshape(n, groups, c // groups, *o)
        taps = w[:, :, a, b].reshape(groups, f // groups, c // groups)
        dw[:, :, a, b] = np.einsum("ngfij,ngcij->gfc", slopes, seen).reshape(f, c // groups)
        dz[where] += np.einsum("ngfij,gfc->ngcij", slopes, taps).reshape(n, c, *o)
    return _cropped(dz, x, p), dw, dy.sum(axis=(0, 2, 3))


def max_pool2d_backward(dy, x, size, *, stride=None, padding=0):
    k, p = pair(size), pair(padding)
    s = k if stride is None else pair(stride)
    o = dy.shape[2:]
    z = _padded(x, p, -np.inf)
    cells = np.stack([z[where] for _, where in _slots(k, o, s, (1, 1))])
    winner = cells.argmax(axis=0)
    dz = np.zeros_like(z)
    for tap, (_, where) in enumerate(_slots(k, o, s, (1, 1))):
        dz[where] += dy * (winner == tap)
    return _cropped(dz, x, p)


def avg_pool2d_backward(dy, x, size, *, stride=None, padding=0, count_include_pad=True):
    k, p = pair(size), pair(padding)
    s = k if stride is None else pair(stride)
    o = dy.shape[2:]
    dz = _padded(np.zeros_like(x), p)
    count = np.full((1, 1, *o), k[0] * k[1], dtype=x.dtype)
    if not count_include_pad:
        inside = _padded(np.ones((1, 1, *x.shape[2:]), x.dtype), p)
        count = sum(inside[where] for _, where in _slots(k, o, s, (1, 1)))
    for _, where in _slots(k, o, s, (1, 1)):
        dz[where] += dy / count
    return _cropped(dz, x, p)


def receptive_field(layers):
    kernels, strides, dilations = np.array(layers).T
    jumps = np.concatenate(([1], np.cumprod(strides)[:-1]))
    return 1 + int(np.sum(dilations * (kernels - 1) * jumps))


def residual_block(x, branch):
    return np.add(x, branch(x))
