"""Step 5 by PyTorch's forward passes and its autograd."""

import numpy as np
import torch
import torch.nn.functional as F

REQUIRES = ["torch"]


def _leaf(a, gradient=True):
    return torch.tensor(np.array(a, order="C"), requires_grad=gradient)


def _grads(y, dy, *leaves):
    found = torch.autograd.grad(y, leaves, torch.tensor(np.array(dy, order="C")))
    return tuple(g.contiguous().numpy() for g in found)


def relu(x):
    return torch.relu(_leaf(x, False)).numpy()


def relu_backward(dy, x):
    leaf = _leaf(x)
    return _grads(F.relu(leaf), dy, leaf)[0]


def linear(x, w, b=None):
    return F.linear(_leaf(x, False), _leaf(w, False), None if b is None else _leaf(b, False)).numpy()


def linear_backward(dy, x, w):
    x, w = _leaf(x), _leaf(w)
    b = torch.zeros(len(w), dtype=w.dtype, requires_grad=True)
    return _grads(F.linear(x, w, b), dy, x, w, b)


def softmax(z, axis=-1):
    return torch.softmax(_leaf(z, False), axis).numpy()


def cross_entropy(z, y):
    return F.cross_entropy(_leaf(z, False), torch.as_tensor(np.array(y, dtype=np.int64))).item()


def cross_entropy_backward(z, y):
    leaf = _leaf(z)
    F.cross_entropy(leaf, torch.as_tensor(np.array(y, dtype=np.int64))).backward()
    return leaf.grad.numpy()


def batch_norm2d(x, gamma, beta, *, eps=1e-5):
    return F.batch_norm(_leaf(x, False), None, None, _leaf(gamma, False), _leaf(beta, False), True, 0.1, eps).numpy()


def batch_norm2d_backward(dy, x, gamma, *, eps=1e-5):
    x, gamma = _leaf(x), _leaf(gamma)
    beta = torch.zeros_like(gamma, requires_grad=True)
    return _grads(F.batch_norm(x, None, None, gamma, beta, True, 0.1, eps), dy, x, gamma, beta)


def conv2d_backward(dy, x, w, *, stride=1, padding=0, dilation=1, groups=1):
    x, w = _leaf(x), _leaf(w)
    b = torch.zeros(len(w), dtype=w.dtype, requires_grad=True)
    return _grads(F.conv2d(x, w, b, stride, padding, dilation, groups), dy, x, w, b)


def max_pool2d_backward(dy, x, size, *, stride=None, padding=0):
    leaf = _leaf(x)
    return _grads(F.max_pool2d(leaf, size, stride, padding), dy, leaf)[0]


def avg_pool2d_backward(dy, x, size, *, stride=None, padding=0, count_include_pad=True):
    leaf = _leaf(x)
    return _grads(F.avg_pool2d(leaf, size, stride, padding, False, count_include_pad), dy, leaf)[0]


def residual_block(x, branch):
    return (_leaf(x, False) + _leaf(branch(x), False)).numpy()
