"""The dilated kernel is taken to be dilation times kernel long."""

OPERATOR = "output_size"


def output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    effective = dilation * kernel
    return (size + 2 * padding - effective) // stride + 1
