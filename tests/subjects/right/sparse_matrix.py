"""The layer as a sparse matrix (scipy.sparse); only the cells that touch are stored."""

import numpy as np
from scipy import sparse

REQUIRES = ["scipy"]


def _pair(v):
    return (v, v) if isinstance(v, int) else tuple(v)


def _tap_matrix(n, o, k, s, p, d, a):
    """Rows: outputs, columns: inputs, one where tap a of the output's window meets the input."""
    rows = np.arange(o)
    cols = rows * s + a * d - p
    ok = (cols >= 0) & (cols < n)
    return sparse.csr_matrix((np.ones(ok.sum()), (rows[ok], cols[ok])), shape=(o, n))


def _operator(w, size_in, size_out, s, p, d, groups):
    f, cg, kh, kw = w.shape
    total = None
    for a in range(kh):
        vertical = _tap_matrix(size_in[0], size_out[0], kh, s[0], p[0], d[0], a)
        for e in range(kw):
            horizontal = _tap_matrix(size_in[1], size_out[1], kw, s[1], p[1], d[1], e)
            channels = sparse.block_diag(np.split(w[:, :, a, e].astype(np.float64), groups))
            part = sparse.kron(channels, sparse.kron(vertical, horizontal))
            total = part if total is None else total + part
    return sparse.csr_matrix(total)


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    s, p, d = _pair(stride), _pair(padding), _pair(dilation)
    out = [(x.shape[2 + t] + 2 * p[t] - d[t] * (w.shape[2 + t] - 1) - 1) // s[t] + 1 for t in (0, 1)]
    a = _operator(w, x.shape[2:], out, s, p, d, groups)
    y = (a @ x.reshape(len(x), -1).T).T.reshape(len(x), len(w), *out)
    return (y if b is None else y + b[:, None, None]).astype(x.dtype)


def conv_transpose2d(x, w, b=None, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    s, p, q, d = _pair(stride), _pair(padding), _pair(output_padding), _pair(dilation)
    out = [(x.shape[2 + t] - 1) * s[t] - 2 * p[t] + d[t] * (w.shape[2 + t] - 1) + 1 + q[t] for t in (0, 1)]
    a = _operator(w, out, x.shape[2:], s, p, d, groups)
    y = (a.T @ x.reshape(len(x), -1).T).T.reshape(len(x), w.shape[1] * groups, *out)
    return (y if b is None else y + b[:, None, None]).astype(x.dtype)
