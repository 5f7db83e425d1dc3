"""All operators with nested Python lists and scalar arithmetic, one number at a time."""

import numpy as np


def pair(value):
    if isinstance(value, (tuple, list)):
        return int(value[0]), int(value[1])
    return int(value), int(value)


def output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    count = 0
    position = -padding
    while position + dilation * (kernel - 1) < size + padding:
        count += 1
        position += stride
    return count


def conv2d_parameters(c_in, c_out, kernel, *, groups=1, bias=True):
    kh, kw = pair(kernel)
    total = 0
    for _ in range(c_out):
        total += c_in // groups * kh * kw
        if bias:
            total += 1
    return total


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    sv, sh = pair(stride)
    pv, ph = pair(padding)
    dv, dh = pair(dilation)
    height, width = image.shape
    kh, kw = kernel.shape
    pixels = image.tolist()
    taps = kernel.tolist()
    out = []
    for i in range(output_size(height, kh, stride=sv, padding=pv, dilation=dv)):
        line = []
        for j in range(output_size(width, kw, stride=sh, padding=ph, dilation=dh)):
            total = 0.0
            for a in range(kh):
                for b in range(kw):
                    row = i * sv + a * dv - pv
                    column = j * sh + b * dh - ph
                    if 0 <= row < height and 0 <= column < width:
                        total += pixels[row][column] * taps[a][b]
            line.append(total)
        out.append(line)
    return np.array(out, dtype=image.dtype)


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    sv, sh = pair(stride)
    pv, ph = pair(padding)
    dv, dh = pair(dilation)
    n, c, height, width = x.shape
    f, c_per_group, kh, kw = w.shape
    f_per_group = f // groups
    pixels = x.tolist()
    taps = w.tolist()
    bias = [0.0] * f if b is None else b.tolist()
    rows = output_size(height, kh, stride=sv, padding=pv, dilation=dv)
    columns = output_size(width, kw, stride=sh, padding=ph, dilation=dh)
    batch = []
    for m in range(n):
        maps = []
        for q in range(f):
            first = q // f_per_group * c_per_group
            plane = []
            for i in range(rows):
                line = []
                for j in range(columns):
                    total = bias[q]
                    for e in range(c_per_group):
                        for a in range(kh):
                            row = i * sv + a * dv - pv
                            if row < 0 or row >= height:
                                continue
                            for t in range(kw):
                                column = j * sh + t * dh - ph
                                if column < 0 or column >= width:
                                    continue
                                total += pixels[m][first + e][row][column] * taps[q][e][a][t]
                    line.append(total)
                plane.append(line)
            maps.append(plane)
        batch.append(maps)
    return np.array(batch, dtype=x.dtype)


def conv_transpose2d(x, w, b=None, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    sv, sh = pair(stride)
    pv, ph = pair(padding)
    ov, oh = pair(output_padding)
    dv, dh = pair(dilation)
    n, c, height, width = x.shape
    _, f_per_group, kh, kw = w.shape
    c_per_group = c // groups
    f = f_per_group * groups
    rows = (height - 1) * sv - 2 * pv + dv * (kh - 1) + 1 + ov
    columns = (width - 1) * sh - 2 * ph + dh * (kw - 1) + 1 + oh
    pixels = x.tolist()
    taps = w.tolist()
    out = [[[[0.0] * columns for _ in range(rows)] for _ in range(f)] for _ in range(n)]
    for m in range(n):
        for e in range(c):
            for q in range(f_per_group):
                target = out[m][e // c_per_group * f_per_group + q]
                for i in range(height):
                    for j in range(width):
                        for a in range(kh):
                            for t in range(kw):
                                row = i * sv + a * dv - pv
                                column = j * sh + t * dh - ph
                                if 0 <= row < rows and 0 <= column < columns:
                                    target[row][column] += pixels[m][e][i][j] * taps[e][q][a][t]
    if b is not None:
        for m in range(n):
            for q, extra in enumerate(b.tolist()):
                out[m][q] = [[value + extra for value in line] for line in out[m][q]]
    return np.array(out, dtype=x.dtype)


def pool_positions(size, window, stride, padding, dilation, ceil_mode):
    starts = []
    start = -padding
    last = size + padding - dilation * (window - 1) - 1
    while start <= last:
        starts.append(start)
        start += stride
    if ceil_mode and starts[-1] < last and start < size:
        starts.append(start)
    return starts


def max_pool2d(x, size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    kv, kh = pair(size)
    sv, sh = pair(size if stride is None else stride)
    pv, ph = pair(padding)
    dv, dh = pair(dilation)
    n, c, height, width = x.shape
    tops = pool_positions(height, kv, sv, pv, dv, ceil_mode)
    lefts = pool_positions(width, kh, sh, ph, dh, ceil_mode)
    pixels = x.tolist()
    out = []
    for m in range(n):
        for e in range(c):
            for top in tops:
                for left in lefts:
                    best = -float("inf")
                    for row in range(top, top + kv * dv, dv):
                        for column in range(left, left + kh * dh, dh):
                            if 0 <= row < height and 0 <= column < width:
                                value = pixels[m][e][row][column]
                                if value > best:
                                    best = value
                    out.append(best)
    return np.array(out, dtype=x.dtype).reshape(n, c, len(tops), len(lefts))


def avg_pool2d(x, size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    kv, kh = pair(size)
    sv, sh = pair(size if stride is None else stride)
    pv, ph = pair(padding)
    n, c, height, width = x.shape
    tops = pool_positions(height, kv, sv, pv, 1, ceil_mode)
    lefts = pool_positions(width, kh, sh, ph, 1, ceil_mode)
    pixels = x.tolist()
    out = []
    for m in range(n):
        for e in range(c):
            for top in tops:
                for left in lefts:
                    total, cells = 0.0, 0
                    for row in range(top, top + kv):
                        for column in range(left, left + kh):
                            if 0 <= row < height and 0 <= column < width:
                                total += pixels[m][e][row][column]
                                cells += 1
                            elif count_include_pad and row < height + pv and column < width + ph:
                                cells += 1
                    out.append(total / cells)
    return np.array(out, dtype=x.dtype).reshape(n, c, len(tops), len(lefts))


def global_avg_pool2d(x):
    n, c, height, width = x.shape
    out = [[0.0] * c for _ in range(n)]
    for m in range(n):
        for e in range(c):
            for i in range(height):
                for j in range(width):
                    out[m][e] += float(x[m, e, i, j])
            out[m][e] /= height * width
    return np.array(out, dtype=x.dtype)
