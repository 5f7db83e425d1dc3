"""Layers as objects; the functions of the contract are bound methods and callable instances."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Axis:
    """One spatial axis of a sliding window."""

    kernel: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1

    @property
    def reach(self):
        return self.dilation * (self.kernel - 1) + 1

    def positions(self, size):
        return range(-self.padding, size + self.padding - self.reach + 1, self.stride)

    def ceil_positions(self, size):
        some = list(self.positions(size))
        following = some[-1] + self.stride
        if some[-1] + self.reach < size + self.padding and following < size:
            some.append(following)
        return some


class Window:
    def __init__(self, kernel, stride, padding, dilation):
        self.v, self.h = (
            Axis(*(item if isinstance(item, int) else item[t] for item in (kernel, stride, padding, dilation)))
            for t in (0, 1)
        )

    def cells(self, top, left, height, width):
        rows = [r for r in range(top, top + self.v.reach, self.v.dilation)]
        columns = [c for c in range(left, left + self.h.reach, self.h.dilation)]
        return rows, columns, [r for r in rows if 0 <= r < height], [c for c in columns if 0 <= c < width]


class OutputSize:
    def __call__(self, size, kernel, *, stride=1, padding=0, dilation=1):
        return len(Axis(kernel, stride, padding, dilation).positions(size))


class Convolution:
    """Holds no state; its methods are exported below."""

    def plane(self, image, kernel, *, stride=1, padding=0, dilation=1):
        window = Window(kernel.shape, stride, padding, dilation)
        height, width = image.shape
        tops, lefts = window.v.positions(height), window.h.positions(width)
        out = np.zeros((len(tops), len(lefts)), image.dtype)
        for i, top in enumerate(tops):
            for j, left in enumerate(lefts):
                rows, columns, _, _ = window.cells(top, left, height, width)
                for a, r in enumerate(rows):
                    for b, c in enumerate(columns):
                        if 0 <= r < height and 0 <= c < width:
                            out[i, j] += image[r, c] * kernel[a, b]
        return out

    def layer(self, x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
        options = {"stride": stride, "padding": padding, "dilation": dilation}
        per_group = w.shape[0] // groups
        out = []
        for image in x:
            for q, kernels in enumerate(w):
                g = q // per_group
                channels = image[g * w.shape[1] : (g + 1) * w.shape[1]]
                total = sum(self.plane(p, k, **options) for p, k in zip(channels, kernels, strict=True))
                if b is not None:
                    total = total + b[q]
                out.append(total)
        return np.stack(out).reshape(len(x), len(w), *out[0].shape)

    @staticmethod
    def parameters(c_in, c_out, kernel, *, groups=1, bias=True):
        kh, kw = kernel if isinstance(kernel, tuple) else (kernel, kernel)
        return c_out * (kh * kw * c_in // groups + int(bias))


class Pool:
    def __init__(self, summary):
        self.summary = summary

    def __call__(self, x, size, *, stride=None, padding=0, dilation=1, ceil_mode=False, **more):
        window = Window(size, size if stride is None else stride, padding, dilation)
        height, width = x.shape[2:]
        tops = window.v.ceil_positions(height) if ceil_mode else window.v.positions(height)
        lefts = window.h.ceil_positions(width) if ceil_mode else window.h.positions(width)
        out = np.empty((x.shape[0], x.shape[1], len(tops), len(lefts)), x.dtype)
        for i, top in enumerate(tops):
            for j, left in enumerate(lefts):
                rows, columns, real_rows, real_columns = window.cells(top, left, height, width)
                if not real_rows or not real_columns:
                    out[:, :, i, j] = -np.inf
                    continue
                cells = x[:, :, real_rows][:, :, :, real_columns]
                counted = sum(r < height + window.v.padding for r in rows) * sum(
                    c < width + window.h.padding for c in columns
                )
                out[:, :, i, j] = self.summary(cells, counted, **more)
        return out


def _mean(cells, counted, count_include_pad=True):
    return cells.sum(axis=(2, 3)) / (counted if count_include_pad else cells.shape[2] * cells.shape[3])


_convolution = Convolution()
output_size = OutputSize()
correlate2d = _convolution.plane
conv2d = _convolution.layer
conv2d_parameters = Convolution.parameters
max_pool2d = Pool(lambda cells, counted: cells.max(axis=(2, 3)))
avg_pool2d = Pool(_mean)
global_avg_pool2d = type("GlobalAverage", (), {"__call__": lambda self, x: x.mean((2, 3))})()
