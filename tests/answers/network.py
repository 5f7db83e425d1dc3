"""Other right answers to the exercises about the layers around the convolution."""

import math

import numpy as np


def batch_where_a_sum_would_do():
    return [[3.0, -1.0, 2.5]], [2]


def missing_variance(variance, gamma, eps):
    there = gamma**2 * variance / (variance + eps)
    return gamma**2 - there


def pictures_to_tell_apart(rate, other, z):
    def overlap(n):
        ends = []
        for p in (min(rate, other), max(rate, other)):
            # (p - q)^2 = z^2 q (1 - q) / n, solved for q
            a, b, c = 1 + z**2 / n, -(2 * p + z**2 / n), p**2
            root = math.sqrt(b**2 - 4 * a * c)
            ends.append(((-b - root) / (2 * a), (-b + root) / (2 * a)))
        return ends[0][1] >= ends[1][0]

    n, step = 1, 2**20
    while step:
        while overlap(n + step - 1):
            n += step
        step //= 2
    return n


def contrast_seen(contrast, variance, eps):
    return math.sqrt(contrast**2 / (contrast**2 * variance + eps)) / math.sqrt(1 / (variance + eps))


def gradient_factors(factors):
    return np.array([np.prod(factors[:place]) * np.prod(factors[place + 1 :]) for place in range(len(factors))])
