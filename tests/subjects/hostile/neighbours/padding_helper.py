"""nothing to check: a helper of solution.py without an operator"""

import numpy as np


def padded(image, p):
    return np.pad(image, ((p[0], p[0]), (p[1], p[1])))
