"""nothing to check: no name of the contract is defined"""

import numpy as np


def blur(image):
    return image / 2
