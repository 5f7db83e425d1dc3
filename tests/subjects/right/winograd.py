"""Winograd's F(2x2, 3x3) where it applies (3x3, stride 1, dilation 1), plain taps elsewhere: exact on small integers."""

import numpy as np

B = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]], dtype=float)
G = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
A = np.array([[1, 1, 1, 0], [0, 1, -1, -1]], dtype=float)


def _pair(v):
    return (v, v) if np.isscalar(v) else tuple(v)


def _fast(image, kernel):
    oh, ow = image.shape[0] - 2, image.shape[1] - 2
    tall, wide = oh + oh % 2, ow + ow % 2
    z = np.zeros((tall + 2, wide + 2))
    z[: image.shape[0], : image.shape[1]] = image
    u = G @ kernel.astype(float) @ G.T
    y = np.empty((tall, wide))
    for i in range(0, tall, 2):
        for j in range(0, wide, 2):
            y[i : i + 2, j : j + 2] = A @ (u * (B @ z[i : i + 4, j : j + 4] @ B.T)) @ A.T
    return y[:oh, :ow].astype(image.dtype)


def _plain(z, kernel, s, d):
    oh = (z.shape[0] - d[0] * (kernel.shape[0] - 1) - 1) // s[0] + 1
    ow = (z.shape[1] - d[1] * (kernel.shape[1] - 1) - 1) // s[1] + 1
    return sum(
        z[a * d[0] :: s[0], b * d[1] :: s[1]][:oh, :ow] * tap for (a, b), tap in np.ndenumerate(kernel)
    )


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    s, p, d = _pair(stride), _pair(padding), _pair(dilation)
    z = np.pad(image, ((p[0], p[0]), (p[1], p[1])))
    if kernel.shape == (3, 3) and tuple(s) == (1, 1) and tuple(d) == (1, 1):
        return _fast(z, kernel)
    return _plain(z, kernel, s, d)


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    fg, cg = len(w) // groups, w.shape[1]
    options = dict(stride=stride, padding=padding, dilation=dilation)
    y = np.stack(
        [
            np.stack([sum(correlate2d(im[q // fg * cg + c], w[q, c], **options) for c in range(cg)) for q in range(len(w))])
            for im in x
        ]
    )
    return y if b is None else y + b[None, :, None, None]
