"""timeout: an endless loop inside one C call, where no Python signal handler gets a turn"""

import itertools


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    return sum(itertools.repeat(0))
