"""refused: functools.partial around cnnspec's operator"""

import functools

from cnnspec import convolution

correlate2d = functools.partial(convolution.correlate2d)
