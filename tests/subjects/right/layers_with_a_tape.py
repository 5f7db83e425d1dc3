"""A small reverse-mode tape: forward steps are recorded, gradients are whatever the tape says."""

import numpy as np


class Value:
    def __init__(self, data, parents=()):
        self.data = np.asarray(data)
        self.parents = parents  # pairs (value, function from upstream slope to slope)
        self.slope = None

    def backward(self, slope):
        order, seen = [], set()

        def visit(node):
            if id(node) not in seen:
                seen.add(id(node))
                for parent, _ in node.parents:
                    visit(parent)
                order.append(node)

        visit(self)
        self.slope = np.asarray(slope)
        for node in reversed(order):
            for parent, rule in node.parents:
                part = rule(node.slope)
                parent.slope = part if parent.slope is None else parent.slope + part


def _fold(slope, shape):
    """Undo broadcasting."""
    while slope.ndim > len(shape):
        slope = slope.sum(axis=0)
    for axis, n in enumerate(shape):
        if n == 1 and slope.shape[axis] != 1:
            slope = slope.sum(axis=axis, keepdims=True)
    return slope


def add(a, b):
    return Value(a.data + b.data, [(a, lambda g: _fold(g, a.data.shape)), (b, lambda g: _fold(g, b.data.shape))])


def mul(a, b):
    return Value(
        a.data * b.data,
        [(a, lambda g: _fold(g * b.data, a.data.shape)), (b, lambda g: _fold(g * a.data, b.data.shape))],
    )


def negative(a):
    return Value(-a.data, [(a, lambda g: -g)])


def mean(a, axis):
    n = np.prod([a.data.shape[t] for t in axis]).item()
    return Value(a.data.mean(axis=axis, keepdims=True), [(a, lambda g: np.broadcast_to(g / n, a.data.shape))])


def power(a, exponent):
    return Value(a.data**exponent, [(a, lambda g: g * exponent * a.data ** (exponent - 1))])


def take(a, index):
    def scatter(g):
        out = np.zeros_like(a.data)
        np.add.at(out, index, g)
        return out

    return Value(a.data[index], [(a, scatter)])


def contract(a, b, forward, to_a, to_b):
    return Value(
        np.einsum(forward, a.data, b.data),
        [(a, lambda g: np.einsum(to_a, g, b.data)), (b, lambda g: np.einsum(to_b, g, a.data))],
    )


def pad(a, p):
    widths = ((0, 0), (0, 0), (p[0], p[0]), (p[1], p[1]))
    h, w = a.data.shape[2:]
    return Value(np.pad(a.data, widths), [(a, lambda g: g[:, :, p[0] : p[0] + h, p[1] : p[1] + w])])


def pair(v):
    return (v, v) if isinstance(v, int) else tuple(v)


def relu_backward(dy, x):
    leaf = Value(x)
    mul(leaf, Value((x > 0).astype(x.dtype))).backward(dy)
    return leaf.slope


def linear_backward(dy, x, w):
    a, m, b = Value(x), Value(w), Value(np.zeros(len(w), w.dtype))
    add(contract(a, m, "nd,fd->nf", "nf,fd->nd", "nf,nd->fd"), b).backward(dy)
    return a.slope, m.slope, b.slope


def batch_norm2d_backward(dy, x, gamma, *, eps=1e-5):
    a, g = Value(x), Value(gamma.reshape(1, -1, 1, 1))
    beta = Value(np.zeros_like(g.data))
    axes = (0, 2, 3)
    centred = add(a, negative(mean(a, axes)))
    variance = mean(mul(centred, centred), axes)
    scale = power(add(variance, Value(np.full((1, 1, 1, 1), eps, x.dtype))), -0.5)
    add(mul(mul(centred, scale), g), beta).backward(dy)
    return a.slope, g.slope.reshape(-1), beta.slope.reshape(-1)


def _axis(n, k, s, d, count):
    return np.arange(count)[:, None] * s + np.arange(k)[None, :] * d


def conv2d_backward(dy, x, w, *, stride=1, padding=0, dilation=1, groups=1):
    s, p, d = pair(stride), pair(padding), pair(dilation)
    n, c = x.shape[:2]
    f, depth, kh, kw = w.shape
    a, m, b = Value(x), Value(w), Value(np.zeros((1, f, 1, 1), w.dtype))
    rows = _axis(None, kh, s[0], d[0], dy.shape[2])[:, None, :, None]
    columns = _axis(None, kw, s[1], d[1], dy.shape[3])[None, :, None, :]
    z = pad(a, p)
    fg = f // groups
    for g in range(groups):
        mine = take(z, (slice(None), slice(g * depth, (g + 1) * depth), rows, columns))
        kernels = take(m, slice(g * fg, (g + 1) * fg))
        y = contract(mine, kernels, "ncijab,fcab->nfij", "nfij,fcab->ncijab", "nfij,ncijab->fcab")
        y = add(y, take(b, (slice(None), slice(g * fg, (g + 1) * fg))))
        for node in (z, mine):
            node.slope = None
        kept = [(v, v.slope) for v in (a, m, b)]
        for v, _ in kept:
            v.slope = None
        y.backward(dy[:, g * fg : (g + 1) * fg])
        for v, before in kept:
            v.slope = v.slope if before is None else v.slope + before
    return a.slope.copy(), m.slope, b.slope.reshape(-1)


def max_pool2d_backward(dy, x, size, *, stride=None, padding=0):
    k, p = pair(size), pair(padding)
    s = k if stride is None else pair(stride)
    wide = np.pad(x, ((0, 0), (0, 0), (p[0], p[0]), (p[1], p[1])), constant_values=-np.inf)
    leaf = Value(wide)
    n, c, i, j = np.indices(dy.shape)
    rows, columns = i * s[0], j * s[1]
    best = np.stack([wide[n, c, rows + a, columns + b] for a in range(k[0]) for b in range(k[1])]).argmax(axis=0)
    take(leaf, (n, c, rows + best // k[1], columns + best % k[1])).backward(dy)
    return leaf.slope[:, :, p[0] : p[0] + x.shape[2], p[1] : p[1] + x.shape[3]].copy()


def residual_block(x, branch):
    leaf = Value(x)
    return add(leaf, Value(branch(x))).data
