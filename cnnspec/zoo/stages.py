r"""The stages of an architecture: its layers gathered by how far the map has been made smaller.

A layer whose map has $h$ rows, on a picture of $H$, belongs to the stage $1/2^k$ with $k$ the whole number nearest to
$\log_2(H/h)$, and what comes after the last map is the head. Gates, sequences and free parameters belong to the
stage in which they are met. So networks can be set beside each other whose layers have nothing but the picture in
common.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log2

from cnnspec.zoo.figures import macs
from cnnspec.zoo.graph import Architecture
from cnnspec.zoo.receptive import last_map

TRAINING, HEAD = 98, 99
LAST = {TRAINING: "training heads", HEAD: "head"}


@dataclass(frozen=True)
class Stage:
    """What the layers of one stage have and cost together.

    Attributes:
        name: `1/4` if the map has a quarter of the picture's rows, `training heads` or `head`.
        parameters: Numbers they learn.
        buffers: Numbers they keep.
        macs: Multiply-accumulates they cost.
        layers: Convolutions and linear layers among them.
    """

    name: str
    parameters: int
    buffers: int
    macs: int
    layers: int


def stages(architecture: Architecture) -> list[Stage]:
    """Sum up an architecture by stages, the largest maps first and the head last."""
    rows, end, here = architecture.input.shape[1], last_map(architecture).index, 0
    sums: dict[int, list[int]] = {}
    for tensor in architecture:
        shape = tensor.shape
        if not tensor.training:
            if len(shape) == 1 or tensor.index > end:
                here = HEAD
            elif len(shape) == 3 and tensor.inputs and max(shape[1:]) > 1:
                here = max(round(log2(rows / shape[1])), 0)
        place, operation = TRAINING if tensor.training else here, tensor.operation
        numbers = operation.parameters, operation.buffers, macs(tensor), int(operation.counted)
        sums[place] = [one + other for one, other in zip(sums.get(place, [0, 0, 0, 0]), numbers, strict=True)]
    return [
        Stage(LAST.get(place, f"1/{2**place}"), *numbers) for place, numbers in sorted(sums.items()) if any(numbers)
    ]
