"""fail: sys.exit(0) in the operator is an error of the operator, not success"""

import sys


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    sys.exit(0)
