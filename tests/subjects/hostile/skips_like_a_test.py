"""fail: raises unittest.SkipTest, which must not turn a law into a skipped one"""

import unittest


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    raise unittest.SkipTest('not today')
