"""The image is read in the order it lies in memory, so a transposed view is read wrongly."""

import numpy as np

OPERATOR = "correlate2d"


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    if isinstance(stride, int):
        stride = (stride, stride)
    if isinstance(padding, int):
        padding = (padding, padding)
    if isinstance(dilation, int):
        dilation = (dilation, dilation)
    h, w = image.shape
    kh, kw = kernel.shape
    oh = (h + 2 * padding[0] - dilation[0] * (kh - 1) - 1) // stride[0] + 1
    ow = (w + 2 * padding[1] - dilation[1] * (kw - 1) - 1) // stride[1] + 1
    image = image.ravel(order="K").reshape(h, w)
    out = np.zeros((oh, ow), dtype=image.dtype)
    for i in range(oh):
        for j in range(ow):
            total = 0
            for a in range(kh):
                for b in range(kw):
                    r = i * stride[0] + a * dilation[0] - padding[0]
                    c = j * stride[1] + b * dilation[1] - padding[1]
                    if r >= 0 and r < h and c >= 0 and c < w:
                        total += image[r, c] * kernel[a, b]
            out[i, j] = total
    return out
