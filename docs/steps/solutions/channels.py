"""A solution of the exercises of Step 3: one loop over the kernel's cells, matrix products for the rest.

Each cell of a kernel is a 1x1 layer on a shifted image. A convolution adds up what these layers answer; a transposed
convolution paints each of their answers in its place.
"""

import numpy as np


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    """Correlate a batch (N, C, H, W) with filters (F, C // groups, KH, KW)."""
    (sv, sh), (pv, ph), (dv, dh) = _pair(stride), _pair(padding), _pair(dilation)
    n, _, height, width = x.shape
    f, depth, kh, kw = w.shape
    rows = (height + 2 * pv - dv * (kh - 1) - 1) // sv + 1
    columns = (width + 2 * ph - dh * (kw - 1) - 1) // sh + 1

    padded = np.pad(x, ((0, 0), (0, 0), (pv, pv), (ph, ph)))
    parts = padded.reshape(n, groups, depth, *padded.shape[2:])
    kernels = w.reshape(groups, f // groups, depth, kh, kw)

    y = np.zeros((n, groups, f // groups, rows, columns), dtype=np.result_type(x, w))
    for row, column in np.ndindex(kh, kw):
        top, left = row * dv, column * dh
        shifted = parts[..., top : top + sv * (rows - 1) + 1 : sv, left : left + sh * (columns - 1) + 1 : sh]
        y += np.einsum("gfc,ngcij->ngfij", kernels[..., row, column], shifted)

    y = y.reshape(n, f, rows, columns)
    return y if b is None else y + b[:, None, None]


def conv_transpose2d(x, w, b=None, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    """Paint the kernels (C, F // groups, KH, KW), scaled by the cells of x, on a canvas, and cut its border off."""
    (sv, sh), (pv, ph), (dv, dh), (av, ah) = _pair(stride), _pair(padding), _pair(dilation), _pair(output_padding)
    n, c, height, width = x.shape
    _, filters, kh, kw = w.shape
    rows = sv * (height - 1) + dv * (kh - 1) + 1 + av
    columns = sh * (width - 1) + dh * (kw - 1) + 1 + ah

    parts = x.reshape(n, groups, c // groups, height, width)
    kernels = w.reshape(groups, c // groups, filters, kh, kw)

    canvas = np.zeros((n, groups, filters, rows, columns), dtype=np.result_type(x, w))
    for row, column in np.ndindex(kh, kw):
        top, left = row * dv, column * dh
        place = canvas[..., top : top + sv * (height - 1) + 1 : sv, left : left + sh * (width - 1) + 1 : sh]
        place += np.einsum("gcf,ngcij->ngfij", kernels[..., row, column], parts)

    y = canvas.reshape(n, groups * filters, rows, columns)[:, :, pv : rows - pv, ph : columns - ph].copy()
    return y if b is None else y + b[:, None, None]


def conv2d_parameters(c_in, c_out, kernel, *, groups=1, bias=True):
    """Count the weights, one kernel for each filter and channel of its group, and the biases."""
    kh, kw = _pair(kernel)
    return c_out * (c_in // groups * kh * kw + (1 if bias else 0))


def _pair(value):
    return value if isinstance(value, tuple) else (value, value)
