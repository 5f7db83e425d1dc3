"""Strides are added, not multiplied."""

OPERATOR = "receptive_field"


def receptive_field(layers):
    field = 1
    jump = 1
    for kernel, stride, dilation in layers:
        field += dilation * (kernel - 1) * jump
        jump += stride - 1
    return field
