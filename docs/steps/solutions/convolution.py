"""A solution of the exercises of Step 2: one loop over the kernel's cells, instead of one over the places.

Each cell of the kernel sees a shifted copy of the image. The answer is the sum of these copies, each multiplied by the
weight of its cell.
"""

import numpy as np


def output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    """Count the places where the last cell of the kernel is still on the padded line."""
    last_cell = dilation * (kernel - 1)
    return len(range(last_cell, size + 2 * padding, stride))


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    """Slide a kernel (KH, KW) over an image (H, W) and sum the products under it."""
    (sv, sh), (pv, ph), (dv, dh) = _pair(stride), _pair(padding), _pair(dilation)
    (height, width), (kh, kw) = image.shape, kernel.shape
    rows = output_size(height, kh, stride=sv, padding=pv, dilation=dv)
    columns = output_size(width, kw, stride=sh, padding=ph, dilation=dh)

    padded = np.zeros((height + 2 * pv, width + 2 * ph), dtype=image.dtype)
    padded[pv : pv + height, ph : ph + width] = image

    y = np.zeros((rows, columns), dtype=image.dtype)
    for a, b in np.ndindex(kh, kw):
        top, left = a * dv, b * dh
        y += kernel[a, b] * padded[top : top + sv * (rows - 1) + 1 : sv, left : left + sh * (columns - 1) + 1 : sh]
    return y


def _pair(value):
    return value if isinstance(value, tuple) else (value, value)
