"""The division is not floored, so a float comes back."""

OPERATOR = "output_size"


def output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    effective = dilation * (kernel - 1) + 1
    return (size + 2 * padding - effective) / stride + 1
