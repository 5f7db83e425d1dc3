"""Stride equal to kernel is answered by size // stride, which forgets the padding."""

OPERATOR = "output_size"


def output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    effective = dilation * (kernel - 1) + 1
    if stride == kernel:
        return size // stride
    return (size + 2 * padding - effective) // stride + 1
