"""fail: takes **options and ignores them"""

import numpy as np


def correlate2d(image, kernel, **options):
    rows, columns = image.shape[0] - kernel.shape[0] + 1, image.shape[1] - kernel.shape[1] + 1
    return np.array([[(image[i:i + kernel.shape[0], j:j + kernel.shape[1]] * kernel).sum() for j in range(columns)] for i in range(rows)])
