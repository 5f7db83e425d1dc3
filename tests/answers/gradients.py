"""Other right answers to the exercises about backward passes."""

import numpy as np


def correlation_matrix(kernel, height, width, padding):
    columns = []
    for pixel in np.eye(height * width):
        image = np.pad(pixel.reshape(height, width), padding)
        windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
        columns.append(np.einsum("ijab,ab->ij", windows, kernel).ravel())
    return np.array(columns).T


def left_along_the_batch(variance, eps):
    return 1 - variance / (variance + eps)


def fourth_order_difference(f, x, h):
    return (f(x - 2 * h) - 8 * f(x - h) + 8 * f(x + h) - f(x + 2 * h)) / (12 * h)


def best_step(unit):
    return 45 * (unit / 4) ** 0.2


def biases_that_unbalance():
    generator = np.random.default_rng(0)
    x, w1, w2 = (generator.standard_normal(shape) for shape in ((5, 3), (4, 3), (2, 4)))
    return x, w1, [1, 1, 1, 1], w2, [1, 1]


def unseen_error(v):
    flat = np.asarray(v, dtype=float).ravel()
    candidates = np.eye(flat.size)[: 2 if flat.size > 1 else 1]
    if not flat.any():
        return candidates[0].reshape(v.shape)
    for error in candidates:
        rest = error - flat * (flat @ error) / (flat @ flat)
        if np.abs(rest).max() > 1e-6:
            return rest.reshape(v.shape)
    raise ValueError("v needs two entries")


def chance_to_miss(largest):
    numbers = np.arange(-largest, largest + 1)
    return np.mean(numbers == 0)
