"""PyTorch behind NumPy's face."""

import numpy as np
import torch
import torch.nn.functional as F

REQUIRES = ["torch"]


def _in(a):
    return None if a is None else torch.tensor(np.array(a, order="C"))


def _pair(v):
    return (v, v) if isinstance(v, int) else tuple(int(t) for t in v)


def output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    layer = F.conv1d(torch.zeros(1, 1, size), torch.zeros(1, 1, kernel), None, stride, padding, dilation)
    return layer.shape[-1]


def conv2d_parameters(c_in, c_out, kernel, *, groups=1, bias=True):
    layer = torch.nn.Conv2d(c_in, c_out, kernel, groups=groups, bias=bias, device="meta")
    return sum(p.numel() for p in layer.parameters())


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    y = F.conv2d(_in(image)[None, None], _in(kernel)[None, None], None, _pair(stride), _pair(padding), _pair(dilation))
    return y[0, 0].numpy()


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    return F.conv2d(_in(x), _in(w), _in(b), _pair(stride), _pair(padding), _pair(dilation), groups).numpy()


def conv_transpose2d(x, w, b=None, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    return F.conv_transpose2d(
        _in(x), _in(w), _in(b), _pair(stride), _pair(padding), _pair(output_padding), groups, _pair(dilation)
    ).numpy()


def max_pool2d(x, size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    s = None if stride is None else _pair(stride)
    return F.max_pool2d(_in(x), _pair(size), s, _pair(padding), _pair(dilation), ceil_mode).numpy()


def avg_pool2d(x, size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    s = None if stride is None else _pair(stride)
    return F.avg_pool2d(_in(x), _pair(size), s, _pair(padding), ceil_mode, count_include_pad).numpy()


def global_avg_pool2d(x):
    return F.adaptive_avg_pool2d(_in(x), 1).flatten(1).numpy()
