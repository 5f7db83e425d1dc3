"""crash: os._exit(0) in the operator; the child ends with 0 and nothing may be called passed"""

import os


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    os._exit(0)
