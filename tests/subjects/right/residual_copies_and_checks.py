"""Step 7: the branch gets a copy, its answer is checked, and the sum has the dtype of the trunk."""

import numpy as np


def residual_block(x, branch):
    if not callable(branch):
        raise TypeError("branch must be callable")
    identity = np.array(x, copy=True)
    f = np.asarray(branch(np.array(x, copy=True)))
    if f.shape != identity.shape:
        raise ValueError(f"shapes {identity.shape} and {f.shape}")
    return np.add(identity, f, dtype=identity.dtype)
