"""fail: calls hypothesis.assume inside the operator to be spared what it cannot do"""

from hypothesis import assume


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    assume(image.shape[0] == image.shape[1] and kernel.shape == (1, 1) and padding == 0)
    return image[::stride, ::stride] * kernel
