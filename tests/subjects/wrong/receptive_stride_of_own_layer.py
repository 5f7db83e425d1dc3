"""The layer's own stride is multiplied in before its kernel is counted."""

OPERATOR = "receptive_field"


def receptive_field(layers):
    field = 1
    jump = 1
    for kernel, stride, dilation in layers:
        jump *= stride
        field += dilation * (kernel - 1) * jump
    return field
