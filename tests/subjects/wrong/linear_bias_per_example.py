"""With as many examples as units, example n gets bias n."""

import numpy as np

OPERATOR = "linear"


def linear(x, w, b=None):
    y = x @ w.T
    if b is not None:
        y = y + (b[:, None] if len(b) == len(x) else b)
    return y
