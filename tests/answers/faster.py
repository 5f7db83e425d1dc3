"""Other right answers to the exercises of "The same laws, faster"."""

import numpy as np


def copies_of_pixels(height, width, kernel, padding):
    counts = np.zeros((height + 2 * padding, width + 2 * padding), dtype=int)
    for i in range(counts.shape[0] - kernel + 1):
        for j in range(counts.shape[1] - kernel + 1):
            counts[i : i + kernel, j : j + kernel] += 1
    return counts[padding : padding + height, padding : padding + width]


def winograd_f32():
    # from the points 0, 1, 2 and infinity: answers and weights are polynomials, and the products their values there
    points = np.array([0.0, 1, 2])
    answers = np.vstack([np.vander(points, 3, increasing=True), [0, 0, 1]])
    weights = np.vstack([np.vander(points, 2, increasing=True), [0, 1]])
    values = np.vstack([np.vander(points, 4, increasing=True), [0, 0, 0, 1]])
    return answers.T, weights, np.linalg.inv(values).T


def median_window():
    return [[1, 2, 9], [3, 4, 8], [7, 6, 5]]
