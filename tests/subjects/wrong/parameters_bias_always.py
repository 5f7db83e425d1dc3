"""The bias is counted even when there is none."""

OPERATOR = "conv2d_parameters"


def conv2d_parameters(c_in, c_out, kernel, *, groups=1, bias=True):
    kh, kw = (kernel, kernel) if isinstance(kernel, int) else kernel
    weights = c_out * (c_in // groups) * kh * kw
    if bias is not None:
        weights += c_out
    return weights
