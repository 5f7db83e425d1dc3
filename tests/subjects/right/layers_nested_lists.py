"""Step 5 with lists and scalars only; every gradient is the chain rule written out number by number."""

import math

import numpy as np


def pair(v):
    return (v, v) if isinstance(v, int) else (v[0], v[1])


def relu(x):
    flat = [v if v > 0 else 0.0 for v in x.ravel().tolist()]
    return np.array(flat, dtype=x.dtype).reshape(x.shape)


def relu_backward(dy, x):
    flat = [g if v > 0 else 0.0 for g, v in zip(dy.ravel().tolist(), x.ravel().tolist())]
    return np.array(flat, dtype=x.dtype).reshape(x.shape)


def linear(x, w, b=None):
    bias = [0.0] * len(w) if b is None else b.tolist()
    rows = [[sum(p * q for p, q in zip(row, unit)) + t for unit, t in zip(w.tolist(), bias)] for row in x.tolist()]
    return np.array(rows, dtype=x.dtype)


def linear_backward(dy, x, w):
    g, a, m = dy.tolist(), x.tolist(), w.tolist()
    dx = [[sum(g[n][f] * m[f][d] for f in range(len(m))) for d in range(len(m[0]))] for n in range(len(a))]
    dw = [[sum(g[n][f] * a[n][d] for n in range(len(a))) for d in range(len(m[0]))] for f in range(len(m))]
    db = [sum(g[n][f] for n in range(len(a))) for f in range(len(m))]
    return np.array(dx, x.dtype), np.array(dw, x.dtype), np.array(db, x.dtype)


def _softmax(values):
    top = max(values)
    powers = [math.exp(v - top) for v in values]
    total = math.fsum(powers)
    return [p / total for p in powers]


def softmax(z, axis=-1):
    moved = np.moveaxis(z, axis, -1)
    rows = [_softmax(row) for row in moved.reshape(-1, moved.shape[-1]).tolist()]
    return np.moveaxis(np.array(rows, dtype=z.dtype).reshape(moved.shape), -1, axis)


def cross_entropy(z, y):
    losses = []
    for row, label in zip(z.tolist(), y.tolist()):
        top = max(row)
        losses.append(math.log(sum(math.exp(v - top) for v in row)) + top - row[label])
    return sum(losses) / len(losses)


def cross_entropy_backward(z, y):
    rows = []
    for row, label in zip(z.tolist(), y.tolist()):
        rows.append([(p - (k == label)) / len(z) for k, p in enumerate(_softmax(row))])
    return np.array(rows, dtype=z.dtype)


def _moments(values):
    mean = math.fsum(values) / len(values)
    return mean, math.fsum((v - mean) ** 2 for v in values) / len(values)


def batch_norm2d(x, gamma, beta, *, eps=1e-5):
    y = np.empty(x.shape, x.dtype)
    for c in range(x.shape[1]):
        values = x[:, c].ravel().tolist()
        mean, variance = _moments(values)
        done = [float(gamma[c]) * (v - mean) / math.sqrt(variance + eps) + float(beta[c]) for v in values]
        y[:, c] = np.array(done).reshape(x[:, c].shape)
    return y


def batch_norm2d_backward(dy, x, gamma, *, eps=1e-5):
    dx = np.empty(x.shape, x.dtype)
    dgamma, dbeta = [], []
    for c in range(x.shape[1]):
        values, g = x[:, c].ravel().tolist(), dy[:, c].ravel().tolist()
        m = len(values)
        mean, variance = _moments(values)
        deviation = math.sqrt(variance + eps)
        normal = [(v - mean) / deviation for v in values]
        a, b = sum(g), sum(p * q for p, q in zip(g, normal))
        dgamma.append(b)
        dbeta.append(a)
        slope = float(gamma[c]) / deviation
        dx[:, c] = np.array([slope * (p - a / m - q * b / m) for p, q in zip(g, normal)]).reshape(x[:, c].shape)
    return dx, np.array(dgamma, x.dtype), np.array(dbeta, x.dtype)


def conv2d_backward(dy, x, w, *, stride=1, padding=0, dilation=1, groups=1):
    s, p, d = pair(stride), pair(padding), pair(dilation)
    n, c, h, wide = x.shape
    f, depth, kh, kw = w.shape
    rows, columns = dy.shape[2:]
    g, px, pw = dy.tolist(), x.tolist(), w.tolist()
    dx = np.zeros(x.shape).tolist()
    dw = np.zeros(w.shape).tolist()
    db = [0.0] * f
    for m in range(n):
        for q in range(f):
            first = q // (f // groups) * depth
            for i in range(rows):
                for j in range(columns):
                    slope = g[m][q][i][j]
                    db[q] += slope
                    for e in range(depth):
                        for a in range(kh):
                            r = i * s[0] + a * d[0] - p[0]
                            if not 0 <= r < h:
                                continue
                            for b in range(kw):
                                t = j * s[1] + b * d[1] - p[1]
                                if 0 <= t < wide:
                                    dx[m][first + e][r][t] += slope * pw[q][e][a][b]
                                    dw[q][e][a][b] += slope * px[m][first + e][r][t]
    return np.array(dx, x.dtype), np.array(dw, x.dtype), np.array(db, x.dtype)


def _pool_cells(shape, size, stride, padding):
    k, p = pair(size), pair(padding)
    s = k if stride is None else pair(stride)
    for i, top in enumerate(range(-p[0], shape[2] + p[0] - k[0] + 1, s[0])):
        for j, left in enumerate(range(-p[1], shape[3] + p[1] - k[1] + 1, s[1])):
            cells = [(r, t) for r in range(top, top + k[0]) for t in range(left, left + k[1])]
            yield i, j, [(r, t) for r, t in cells if 0 <= r < shape[2] and 0 <= t < shape[3]], len(cells)


def max_pool2d_backward(dy, x, size, *, stride=None, padding=0):
    dx = np.zeros(x.shape, x.dtype)
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            for i, j, cells, _ in _pool_cells(x.shape, size, stride, padding):
                r, t = max(cells, key=lambda cell: x[n, c, cell[0], cell[1]])
                dx[n, c, r, t] += dy[n, c, i, j]
    return dx


def avg_pool2d_backward(dy, x, size, *, stride=None, padding=0, count_include_pad=True):
    dx = np.zeros(x.shape, x.dtype)
    for i, j, cells, everything in _pool_cells(x.shape, size, stride, padding):
        for r, t in cells:
            dx[:, :, r, t] += dy[:, :, i, j] / (everything if count_include_pad else len(cells))
    return dx


def receptive_field(layers):
    field, step = 1, 1
    for kernel, stride, dilation in layers:
        field += (kernel - 1) * dilation * step
        step *= stride
    return field


def residual_block(x, branch):
    out = branch(x)
    total = [a + b for a, b in zip(x.ravel().tolist(), out.ravel().tolist())]
    return np.array(total, dtype=x.dtype).reshape(x.shape)
