r"""An architecture that runs on pictures.

The network is used, not trained: batch normalisation takes its moving statistics, and heads for training are left
out. Operations run in the order of the declaration, each by its rule in `cnnspec.zoo.rules`. A result is dropped
after its last reader, and an operation that is the last reader of its input may write over it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cnnspec.arguments import Array, array
from cnnspec.zoo.graph import Architecture
from cnnspec.zoo.rules import Step, is_view, run
from cnnspec.zoo.weights import checked_weights


def forward(architecture: Architecture, weights: Mapping[str, Any], x: ArrayLike) -> Array:
    """Run a network on a batch of pictures.

    Args:
        architecture: The network, as `build` or `Architecture` declare it.
        weights: Arrays or PyTorch tensors under the names of a state dict: from `initial_weights`,
            `load_safetensors` or PyTorch. Those of training-only heads may be missing.
        x: Pictures of shape (N, C, H, W), whose last three axes are the architecture's input.

    Returns:
        The output for each picture, of shape (N, *architecture.output.shape): float64 if x or a weight is, else
        float32.

    Raises:
        TypeError: If the pictures or the weights are not numbers.
        ValueError: If the pictures have another shape, or a weight is missing, unexpected or of another shape.
    """
    x = array(x, "x", "N, C, H, W", real=True)
    if x.shape[1:] != architecture.input.shape:
        wanted = ", ".join(map(str, architecture.input.shape))
        raise ValueError(f"x must have shape (N, {wanted}) for {architecture.name}, but its shape is {x.shape}.")
    arrays = checked_weights(architecture, weights)
    single = x.dtype != np.float64 and all(weight.dtype == np.float32 for weight in arrays.values())
    dtype = np.dtype(np.float32 if single else np.float64)
    values = {0: x.astype(dtype, copy=False)}
    own: set[int] = set()  # the tensors whose memory is seen by no other tensor, and by nobody outside
    readers = Counter(u.index for tensor in architecture.executed for u in tensor.inputs)
    readers[architecture.output.index] += 1
    for tensor in architecture.executed[1:]:
        operation, index = tensor.operation, tensor.index
        before = [u.index for u in tensor.inputs]
        spare = bool(before) and before[0] in own and readers[before[0]] == 1
        parts = (*operation.weights, *operation.statistics)
        step = Step(
            [values[i] for i in before],
            {part: arrays[tensor.key(part)].astype(dtype, copy=False) for part in parts},
            spare,
        )
        values[index] = run(operation, step)
        if spare or not is_view(operation):
            own.add(index)
        else:
            own.difference_update(before[:1])
        for i in before:
            readers[i] -= 1
        for i in {*before, index}:
            if not readers[i]:
                del values[i]
    answer = values[architecture.output.index]
    return answer if architecture.output.index in own else answer.copy()
