"""nothing to check: _correlate2d is private"""

import numpy as np


def _correlate2d(image, kernel):
    return image
