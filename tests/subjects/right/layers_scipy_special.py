"""Softmax and cross-entropy by scipy.special, linear algebra by scipy.linalg.blas where it fits."""

import numpy as np
from scipy import special

REQUIRES = ["scipy"]


def softmax(z, axis=-1):
    return special.softmax(z, axis=axis)


def cross_entropy(z, y):
    return float(-special.log_softmax(z, axis=1)[np.arange(len(y)), y].mean())


def cross_entropy_backward(z, y):
    dz = special.softmax(z, axis=1)
    np.subtract.at(dz, (np.arange(len(y)), y), 1)
    return dz / z.dtype.type(len(y))


def relu(x):
    return np.where(np.signbit(x), np.zeros((), x.dtype), x)


def linear(x, w, b=None):
    return np.inner(x, w) if b is None else np.inner(x, w) + b
