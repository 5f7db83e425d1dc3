"""The mean is rounded to the nearest integer."""

import numpy as np

OPERATOR = "avg_pool2d"


def avg_pool2d(x, size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    kh, kw = (size, size) if isinstance(size, int) else size
    if stride is None:
        stride = (kh, kw)
    sv, sh = (stride, stride) if isinstance(stride, int) else stride
    pv, ph = (padding, padding) if isinstance(padding, int) else padding
    n, c, h, w = x.shape
    tops = list(range(-pv, h + pv - kh + 1, sv))
    lefts = list(range(-ph, w + ph - kw + 1, sh))
    if ceil_mode:
        if tops[-1] + kh < h + pv and tops[-1] + sv < h:
            tops.append(tops[-1] + sv)
        if lefts[-1] + kw < w + ph and lefts[-1] + sh < w:
            lefts.append(lefts[-1] + sh)
    y = np.zeros((n, c, len(tops), len(lefts)), dtype=x.dtype)
    for i, top in enumerate(tops):
        for j, left in enumerate(lefts):
            total = np.zeros((n, c), dtype=x.dtype)
            cells = 0
            for r in range(top, top + kh):
                for q in range(left, left + kw):
                    if 0 <= r < h and 0 <= q < w:
                        total = total + x[:, :, r, q]
                        cells += 1
                    elif count_include_pad and r < h + pv and q < w + ph:
                        cells += 1
            y[:, :, i, j] = np.rint(total / cells)
    return y
