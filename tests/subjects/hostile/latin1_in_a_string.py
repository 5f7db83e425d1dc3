"""unreadable: Latin-1 bytes in a string, and no coding line"""

import numpy as np

NAME = 'Größe'


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    s, p, d = ((v, v) if isinstance(v, int) else v for v in (stride, padding, dilation))
    x = np.pad(image, ((p[0], p[0]), (p[1], p[1])))
    rows = (x.shape[0] - d[0] * (kernel.shape[0] - 1) - 1) // s[0] + 1
    columns = (x.shape[1] - d[1] * (kernel.shape[1] - 1) - 1) // s[1] + 1
    y = np.zeros((rows, columns), dtype=image.dtype)
    for a in range(kernel.shape[0]):
        for b in range(kernel.shape[1]):
            y += kernel[a, b] * x[a * d[0]::s[0], b * d[1]::s[1]][:rows, :columns]
    return y
