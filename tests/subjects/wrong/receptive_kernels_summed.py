"""Kernels are summed without taking one off."""

OPERATOR = "receptive_field"


def receptive_field(layers):
    field = 1
    jump = 1
    for kernel, stride, dilation in layers:
        field += dilation * kernel * jump
        jump *= stride
    return field
