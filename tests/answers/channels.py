"""Other right answers to the exercises of Step 3."""

from itertools import islice

import numpy as np


def image_and_kernel_that_notice(permutation):
    dice = np.random.default_rng(5)
    return dice.normal(size=(4, 4)), dice.normal(size=(3, 3))


def order_of_channels(channels, groups):
    each = channels // groups
    spare = iter([g * each + place for g in range(groups) for place in range(groups, each)])
    rows = [[*range(behind, channels, each), *islice(spare, each - groups)] for behind in range(groups)]
    return np.ravel(rows)


def fewest_channels(groups):
    channels = groups
    while channels // groups < groups:
        channels += groups
    return channels
