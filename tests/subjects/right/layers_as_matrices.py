"""Every linear operator as a matrix, found by pushing a basis through it; its gradient is the transpose."""

import numpy as np


def pair(v):
    return (v, v) if isinstance(v, int) else tuple(v)


def _transpose(forward, shape, dy):
    """Return A^T dy for the linear map `forward` from arrays of this shape (without batch)."""
    basis = np.eye(int(np.prod(shape)), dtype=dy.dtype).reshape(-1, *shape)
    images = forward(basis).reshape(len(basis), -1)
    return (dy.reshape(len(dy), -1) @ images.T).reshape(len(dy), *shape)


def _conv(x, w, s, p, d, groups):
    z = np.pad(x, ((0, 0), (0, 0), (p[0], p[0]), (p[1], p[1])))
    o = [(z.shape[2 + t] - d[t] * (w.shape[2 + t] - 1) - 1) // s[t] + 1 for t in (0, 1)]
    parts = []
    for xs, ws in zip(np.split(z, groups, axis=1), np.split(w, groups, axis=0)):
        y = 0
        for a, b in np.ndindex(w.shape[2:]):
            seen = xs[:, :, a * d[0] :: s[0], b * d[1] :: s[1]][:, :, : o[0], : o[1]]
            y = y + np.einsum("ncij,fc->nfij", seen, ws[:, :, a, b])
        parts.append(y)
    return np.concatenate(parts, axis=1)


def conv2d_backward(dy, x, w, *, stride=1, padding=0, dilation=1, groups=1):
    s, p, d = pair(stride), pair(padding), pair(dilation)
    dx = _transpose(lambda basis: _conv(basis, w, s, p, d, groups), x.shape[1:], dy)
    # linear in w as well: one kernel of the basis at a time
    dw = np.zeros_like(w)
    for place in np.ndindex(w.shape):
        unit = np.zeros_like(w)
        unit[place] = 1
        dw[place] = np.sum(dy * _conv(x, unit, s, p, d, groups))
    return dx, dw, np.einsum("nfij->f", dy)


def avg_pool2d_backward(dy, x, size, *, stride=None, padding=0, count_include_pad=True):
    k, p = pair(size), pair(padding)
    s = k if stride is None else pair(stride)
    weight = np.ones((1, 1, *k), dtype=x.dtype)
    inside = np.ones((1, 1, *x.shape[2:]), dtype=x.dtype)
    count = k[0] * k[1] if count_include_pad else _conv(inside, weight, s, p, (1, 1), 1)

    def forward(planes):
        return _conv(planes, weight, s, p, (1, 1), 1) / count

    flat = dy.reshape(-1, 1, *dy.shape[2:])
    return _transpose(forward, (1, *x.shape[2:]), flat).reshape(x.shape)


def linear(x, w, b=None):
    return np.einsum("nd,fd->nf", x, w) + (0 if b is None else b)


def linear_backward(dy, x, w):
    dx = _transpose(lambda basis: basis @ w.T, x.shape[1:], dy)
    return dx, np.einsum("nf,nd->fd", dy, x), np.ones(len(dy), dy.dtype) @ dy


def cross_entropy_backward(z, y):
    # through the Jacobian of softmax: diag(p) - p p^T, applied to the slope of -log p_y
    dz = np.empty_like(z)
    for n, label in enumerate(y):
        e = np.exp(z[n] - z[n].max())
        p = e / e.sum()
        jacobian_row = -p
        jacobian_row[label] += 1
        dz[n] = -jacobian_row / len(z)
    return dz


def batch_norm2d_backward(dy, x, gamma, *, eps=1e-5):
    dx = np.empty_like(x)
    normal = np.empty_like(x)
    for c in range(x.shape[1]):
        v = x[:, c].ravel()
        m = len(v)
        deviation = np.sqrt(v.var() + eps)
        u = (v - v.mean()) / deviation
        jacobian = (np.eye(m) - 1 / m - np.outer(u, u) / m) * (gamma[c] / deviation)
        dx[:, c] = (jacobian.T @ dy[:, c].ravel()).reshape(dx[:, c].shape)
        normal[:, c] = u.reshape(dx[:, c].shape)
    return dx, np.einsum("ncij,ncij->c", dy, normal), np.einsum("ncij->c", dy)
