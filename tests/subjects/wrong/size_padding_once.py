"""The padding is counted on one side only."""

OPERATOR = "output_size"


def output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    effective = dilation * (kernel - 1) + 1
    return (size + padding - effective) // stride + 1
