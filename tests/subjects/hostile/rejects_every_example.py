"""fail: calls hypothesis.reject(), so that no example counts; nothing ran, nothing passed"""

import hypothesis


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    hypothesis.reject()
