"""Dilation counts the holes between taps, so 1 already spreads the kernel."""

OPERATOR = "output_size"


def output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    effective = (dilation + 1) * (kernel - 1) + 1 if dilation > 1 else kernel
    return (size + 2 * padding - effective) // stride + 1
