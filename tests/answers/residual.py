"""Other right answers to the exercises of Step 7."""

import math

import numpy as np


def level_deviation(width):
    return np.sqrt(2.0) * width**-0.5


def level_weights(width, deviation):
    # the trunk keeps nine tenths of the power, and the branch brings the tenth
    return np.array([math.sqrt(0.9), math.sqrt(0.1) * math.sqrt(2) / (width * deviation**2)])


def paths_left(blocks, deleted, shortcuts):
    kept = blocks - deleted
    return sum(math.comb(kept, length) for length in range(kept + 1)) if shortcuts else float(deleted == 0)


def leaky_factor(slope, width, variance):
    second_moment = width * variance
    return second_moment / 2 + slope * slope * second_moment / 2


def forgetful_branch():
    return [[-1, 0], [-1, -1]]


def block_shares(x, branches):
    shares = []
    for branch in branches:
        answer = branch(x)
        x = x + answer
        shares.append(float(np.vdot(answer, answer) / np.vdot(x, x)))
    return shares
