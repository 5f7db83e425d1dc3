"""Other right answers to the exercises of Step 4."""

import numpy as np


def share_of_shifts(size):
    neighbours = np.eye(size, k=-1) + np.eye(size) + np.eye(size, k=1)
    return (neighbours.sum() ** 2 - size**2) / (8 * size**2)


def maps_that_do_not_add_up():
    return [[1, 2, 3], [0, 0, 0]], [[0, 3, 0], [4, 0, 5]]


def blurred_max_pool2d(x):
    windows = np.lib.stride_tricks.sliding_window_view(x, (2, 2), axis=(2, 3)).max(axis=(4, 5))
    places = np.lib.stride_tricks.sliding_window_view(windows, (3, 3), axis=(2, 3))[:, :, ::2, ::2]
    weights = np.array([0.25, 0.5, 0.25])
    return np.einsum("ncijab,a,b->ncij", places, weights, weights)


def pooling_of_another_kind(x):
    n, c, h, w = x.shape
    return np.median(x.reshape(n, c, h // 2, 2, w // 2, 2), axis=(3, 5))
