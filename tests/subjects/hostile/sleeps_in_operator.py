"""timeout: the operator sleeps for hours"""

import time


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    time.sleep(10_000)
