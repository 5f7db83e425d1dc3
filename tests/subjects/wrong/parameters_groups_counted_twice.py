"""Both channel counts are divided by the groups."""

OPERATOR = "conv2d_parameters"


def conv2d_parameters(c_in, c_out, kernel, *, groups=1, bias=True):
    kh, kw = (kernel, kernel) if isinstance(kernel, int) else kernel
    weights = (c_out // groups) * (c_in // groups) * kh * kw
    if bias:
        weights += c_out
    return weights
