"""The layers are read from the last to the first."""

OPERATOR = "receptive_field"


def receptive_field(layers):
    field = 1
    jump = 1
    for kernel, stride, dilation in layers[::-1]:
        field += dilation * (kernel - 1) * jump
        jump *= stride
    return field
