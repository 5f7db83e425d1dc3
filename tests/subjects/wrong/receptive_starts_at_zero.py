"""The sum starts from zero."""

OPERATOR = "receptive_field"


def receptive_field(layers):
    field = 0
    jump = 1
    for kernel, stride, dilation in layers:
        field += dilation * (kernel - 1) * jump
        jump *= stride
    return field
