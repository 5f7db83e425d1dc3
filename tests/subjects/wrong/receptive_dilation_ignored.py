"""The dilation is ignored."""

OPERATOR = "receptive_field"


def receptive_field(layers):
    field = 1
    jump = 1
    for kernel, stride, dilation in layers:
        field += (kernel - 1) * jump
        jump *= stride
    return field
