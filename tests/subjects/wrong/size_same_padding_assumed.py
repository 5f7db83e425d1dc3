"""When the padding is half the kernel the answer is size over stride, rounded down."""

OPERATOR = "output_size"


def output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    effective = dilation * (kernel - 1) + 1
    if padding == kernel // 2 and padding > 0:
        return size // stride
    return (size + 2 * padding - effective) // stride + 1
