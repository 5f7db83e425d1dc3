"""Convolution by the convolution theorem (numpy.fft): right up to a rounding of about 1e-15."""

import numpy as np


def pair(v):
    return (v, v) if np.isscalar(v) else tuple(v)


def _spread(w, dilation):
    dv, dh = dilation
    kh, kw = w.shape[-2:]
    out = np.zeros(w.shape[:-2] + (dv * (kh - 1) + 1, dh * (kw - 1) + 1))
    out[..., ::dv, ::dh] = w
    return out


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    y = conv2d(image[None, None], kernel[None, None], stride=stride, padding=padding, dilation=dilation)
    return y[0, 0]


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    (sv, sh), (pv, ph) = pair(stride), pair(padding)
    kernel = _spread(w, pair(dilation))
    image = np.pad(x.astype(np.float64), ((0, 0), (0, 0), (pv, pv), (ph, ph)))
    rows, cols = image.shape[2:]
    spectrum_x = np.fft.rfft2(image)
    spectrum_w = np.fft.rfft2(kernel, s=(rows, cols)).conj()
    f, cg = w.shape[:2]
    fg = f // groups
    maps = []
    for q in range(f):
        g = q // fg
        product = (spectrum_x[:, g * cg : (g + 1) * cg] * spectrum_w[q]).sum(axis=1)
        plane = np.fft.irfft2(product, s=(rows, cols))
        plane = plane[:, : rows - kernel.shape[2] + 1 : sv, : cols - kernel.shape[3] + 1 : sh]
        maps.append(plane if b is None else plane + float(b[q]))
    return np.stack(maps, axis=1).astype(x.dtype)


def conv_transpose2d(x, w, b=None, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    s, p, q = pair(stride), pair(padding), pair(output_padding)
    kernel = _spread(w, pair(dilation))
    stretched = _spread(x, s)
    full = tuple(stretched.shape[2 + t] + kernel.shape[2 + t] - 1 + q[t] for t in (0, 1))
    fx = np.fft.fft2(stretched, s=full)
    fw = np.fft.fft2(kernel, s=full)
    n, c = x.shape[:2]
    fx = fx.reshape(n, groups, c // groups, *full)
    fw = fw.reshape(groups, c // groups, w.shape[1], *full)
    y = np.fft.ifft2(np.einsum("ngcij,gcfij->ngfij", fx, fw)).real
    y = y.reshape(n, groups * w.shape[1], *full)
    y = y[:, :, p[0] : full[0] - p[0], p[1] : full[1] - p[1]]
    if b is not None:
        y = y + b[:, None, None]
    return y.astype(x.dtype)
