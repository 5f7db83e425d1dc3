"""pass or refused: its own operator, with the size from cnnspec"""

import numpy as np

from cnnspec.convolution import output_size as _size


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    s, p, d = ((v, v) if isinstance(v, int) else v for v in (stride, padding, dilation))
    x = np.pad(image, ((p[0], p[0]), (p[1], p[1])))
    rows = _size(x.shape[0], kernel.shape[0], stride=s[0], dilation=d[0])
    columns = _size(x.shape[1], kernel.shape[1], stride=s[1], dilation=d[1])
    y = np.zeros((rows, columns), dtype=image.dtype)
    for a, b in np.ndindex(kernel.shape):
        y += kernel[a, b] * x[a * d[0]::s[0], b * d[1]::s[1]][:rows, :columns]
    return y
