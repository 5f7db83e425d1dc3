"""refused: functools.wraps around cnnspec's operator, which __wrapped__ shows"""

import functools

from cnnspec import convolution


@functools.wraps(convolution.correlate2d)
def correlate2d(*args, **kwargs):
    return convolution.correlate2d(*args, **kwargs)
