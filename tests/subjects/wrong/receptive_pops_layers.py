"""The layers are popped off the caller's list."""

OPERATOR = "receptive_field"


def receptive_field(layers):
    field = 1
    jump = 1
    while layers:
        kernel, stride, dilation = layers.pop(0)
        field += dilation * (kernel - 1) * jump
        jump *= stride
    return field
