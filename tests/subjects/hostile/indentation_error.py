"""unreadable: tabs and spaces are mixed in line 8"""

import numpy as np


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    x = image
	return x
