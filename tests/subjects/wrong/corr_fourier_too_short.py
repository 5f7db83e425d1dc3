"""The FFT is only as long as the image, so windows in the padding see what wraps around."""

import numpy as np

OPERATOR = "correlate2d"


def pair(value):
    return (value, value) if isinstance(value, int) else tuple(value)


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    (sv, sh), (pv, ph), (dv, dh) = pair(stride), pair(padding), pair(dilation)
    kh, kw = kernel.shape
    large = np.zeros((dv * (kh - 1) + 1, dh * (kw - 1) + 1))
    large[::dv, ::dh] = kernel
    size = (max(image.shape[0], large.shape[0]), max(image.shape[1], large.shape[1]))
    product = np.fft.rfft2(image, s=size) * np.conj(np.fft.rfft2(large, s=size))
    plane = np.fft.irfft2(product, s=size)
    rows = (image.shape[0] + 2 * pv - large.shape[0]) // sv + 1
    columns = (image.shape[1] + 2 * ph - large.shape[1]) // sh + 1
    i = (np.arange(rows) * sv - pv) % size[0]
    j = (np.arange(columns) * sh - ph) % size[1]
    return plane[i[:, None], j[None, :]].astype(image.dtype)
