r"""Every figure of an architecture, derived from its declaration.

Conventions. A parameter is a number that training changes; a buffer is one that is kept beside them (moving
statistics). A multiply-accumulate (MAC) is one product of a convolution, a linear layer or an attention, added
to a sum: it counts as 1. Biases, normalisation, activations and pooling cost none.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import prod

from cnnspec.zoo.graph import Architecture, Tensor
from cnnspec.zoo.operation import Shape
from cnnspec.zoo.paths import depth
from cnnspec.zoo.receptive import receptive_field
from cnnspec.zoo.smallest import smallest_input
from cnnspec.zoo.wiring import Activation, Channels, Flatten, Image, Squeeze, Token, Tokens, TrainingOnly


@dataclass(frozen=True)
class Figures:
    """The figures of one architecture; None where a figure has no meaning.

    Attributes:
        name: What it is called.
        input_shape: Channels, rows and columns of the picture.
        parameters: Numbers that are learnt, training-only heads included.
        buffers: Numbers that are kept but not learnt.
        macs: Multiply-accumulates for one picture.
        depth: Convolutions and linear layers on the longest path.
        depth_without_gates: Likewise, leaving out layers that only feed a gate or an attention.
        receptive_field: Pixels that a place of the last map sees along an axis, gates left out.
        receptive_field_stride: Pixels between the fields of neighbouring places.
        last_feature_map: Shape of the map before the global pooling, or else the flattening.
        smallest_input: Rows and columns of the smallest square picture that it takes.
    """

    name: str
    input_shape: Shape
    parameters: int
    buffers: int
    macs: int
    depth: int
    depth_without_gates: int
    receptive_field: int | tuple[int, int] | None
    receptive_field_stride: int | tuple[int, int] | None
    last_feature_map: Shape | None
    smallest_input: int | None

    def record(self) -> dict[str, str | int | list[int] | None]:
        """The figures as plain values, shapes spelt `3x224x224` and, for a map with its batch, `1x512x7x7`."""
        record = asdict(self)
        record["input_shape"] = "x".join(map(str, self.input_shape))
        last = self.last_feature_map
        record["last_feature_map"] = None if last is None else "x".join(map(str, (1, *last)))
        return record


@dataclass(frozen=True)
class Row:
    """One line of a ledger.

    Attributes:
        name: The layer's name, or its kind with a number.
        kind: The kind of operation.
        shape: The shape that comes out.
        parameters: Numbers it learns.
        buffers: Numbers it keeps.
        macs: Multiply-accumulates it costs; 0 in training-only heads.
        parameters_so_far: Running total of the parameters.
        macs_so_far: Running total of the multiply-accumulates.
    """

    name: str
    kind: str
    shape: Shape
    parameters: int
    buffers: int
    macs: int
    parameters_so_far: int
    macs_so_far: int


@dataclass(frozen=True)
class Memory:
    """Numbers that are held while a network runs on one picture (four bytes each, in float32).

    Attributes:
        total: If every result is kept, as training needs it.
        peak: The most that must be held at once if each result is dropped after its last use.
        peak_at: The layer during which that happens.
    """

    total: int
    peak: int
    peak_at: str


def macs(tensor: Tensor) -> int:
    """Multiply-accumulates that one operation costs."""
    if tensor.training:
        return 0
    return tensor.operation.macs(tensor.shape, *[u.shape for u in tensor.inputs])


def count_parameters(architecture: Architecture) -> int:
    """Count the numbers that training changes, those of training-only heads included."""
    return sum([tensor.operation.parameters for tensor in architecture])


def count_buffers(architecture: Architecture) -> int:
    """Count the numbers that are kept but not learnt, such as moving statistics."""
    return sum([tensor.operation.buffers for tensor in architecture])


def count_macs(architecture: Architecture) -> int:
    """Count the multiply-accumulates of convolutions, linear layers and attentions for one picture."""
    return sum([macs(tensor) for tensor in architecture if tensor.operation.multiplies])


def output_shape(architecture: Architecture) -> Shape:
    """The shape that comes out for one picture."""
    return architecture.output.shape


def figures(architecture: Architecture) -> Figures:
    """Derive every figure of an architecture."""
    field = receptive_field(architecture)
    # Attention mixes all places, and then there is no last map.
    last = None if field.size is None else field.at.shape
    return Figures(
        name=architecture.name,
        input_shape=architecture.input.shape,
        parameters=count_parameters(architecture),
        buffers=count_buffers(architecture),
        macs=count_macs(architecture),
        depth=depth(architecture),
        depth_without_gates=depth(architecture, gates=False),
        receptive_field=_one(field.size),
        receptive_field_stride=_one(field.stride),
        last_feature_map=last,
        smallest_input=smallest_input(architecture),
    )


def ledger(architecture: Architecture) -> list[Row]:
    """List every operation with what it costs, and the running totals."""
    rows, parameters_so_far, macs_so_far = [], 0, 0
    for tensor, name in zip(architecture, architecture.labels, strict=True):
        operation, products = tensor.operation, macs(tensor)
        parameters_so_far += operation.parameters
        macs_so_far += products
        rows.append(
            Row(
                name=name,
                kind=operation.kind,
                shape=tensor.shape,
                parameters=operation.parameters,
                buffers=operation.buffers,
                macs=products,
                parameters_so_far=parameters_so_far,
                macs_so_far=macs_so_far,
            )
        )
    return rows


def activation_memory(architecture: Architecture) -> Memory:
    """Count the numbers that a network holds while it runs on one picture.

    An activation overwrites what it gets, and a flattening, a slice or a sequence is another view of the same
    numbers: they need no room of their own.
    """
    views = (Activation, Flatten, Squeeze, Tokens, Token, Channels, TrainingOnly)
    owner: dict[int, int] = {}
    last_use: dict[int, int] = {}
    for tensor in architecture.executed:
        index = tensor.index
        owner[index] = owner[tensor.inputs[0].index] if isinstance(tensor.operation, views) else index
        for held in (tensor, *tensor.inputs):
            last_use[owner[held.index]] = index
    dropped: dict[int, int] = {}
    total = held_now = peak = 0
    peak_at = ""
    for tensor in architecture.executed:
        index = tensor.index
        if owner[index] == index and (tensor.inputs or isinstance(tensor.operation, Image)):
            size = prod(tensor.shape)
            total, held_now = total + size, held_now + size
            dropped[last_use[index]] = dropped.get(last_use[index], 0) + size
        if held_now > peak:
            peak, peak_at = held_now, tensor.label
        held_now -= dropped.get(index, 0)
    return Memory(total, peak, peak_at)


def _one(pair: tuple[int, int] | None) -> int | tuple[int, int] | None:
    return pair[0] if pair is not None and pair[0] == pair[1] else pair
