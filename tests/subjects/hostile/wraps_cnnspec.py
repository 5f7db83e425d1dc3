"""pass or refused: calls cnnspec's operator from a function of its own; imports show it"""

from cnnspec import convolution


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    return convolution.correlate2d(image, kernel, stride=stride, padding=padding, dilation=dilation)
