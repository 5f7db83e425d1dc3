"""Wrong depths, receptive fields and smallest pictures (Step 6)."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from cnnspec import zoo
from cnnspec.mutants.mutant import mutant
from cnnspec.zoo import Architecture, Tensor
from cnnspec.zoo.layers import Conv
from cnnspec.zoo.operation import Windowed
from cnnspec.zoo.receptive import last_map
from cnnspec.zoo.window import Line
from cnnspec.zoo.wiring import Multiply

# Depth


def longest(architecture: Architecture, links: Callable[[Tensor], int], best: Callable[[list[int]], int] = max) -> int:
    """The longest path, with another idea of what counts, or of which branch is taken."""
    deepest: dict[int, int] = {}
    for tensor in architecture.executed:
        before = [deepest[u.index] for u in tensor.inputs]
        deepest[tensor.index] = (best(before) if before else 0) + links(tensor)
    return deepest[architecture.output.index]


def weighty(tensor: Tensor) -> int:
    """One for a convolution or a linear layer."""
    return int(tensor.operation.counted)


@mutant("depth", "all convolutions and linear layers are added up, those beside each other too")
def layers_beside_each_other(architecture: Architecture, *, gates: bool = True) -> int:
    return sum(weighty(tensor) for tensor in architecture.executed)


@mutant("depth", "pooling counts as a layer")
def pooling_is_a_layer(architecture: Architecture, *, gates: bool = True) -> int:
    pools = ("max_pool", "avg_pool")
    return (
        zoo.depth(architecture, gates=gates)
        - zoo.depth(architecture)
        + longest(architecture, lambda t: weighty(t) + (t.operation.kind in pools))
    )


@mutant("depth", "every layer with parameters counts, as in the table of Keras")
def every_layer_with_parameters(architecture: Architecture, *, gates: bool = True) -> int:
    return sum(1 for tensor in architecture.executed if tensor.operation.parameters)


@mutant("depth", "only the first of several branches is followed")
def first_branch(architecture: Architecture, *, gates: bool = True) -> int:
    return longest(architecture, weighty, lambda before: before[0])


@mutant("depth", "the shortest branch is followed")
def shortest_branch(architecture: Architecture, *, gates: bool = True) -> int:
    return longest(architecture, weighty, min)


@mutant("depth", "linear layers do not count")
def only_convolutions(architecture: Architecture, *, gates: bool = True) -> int:
    return longest(architecture, lambda t: int(isinstance(t.operation, Conv)))


@mutant("depth", "layers of gates always count")
def gates_always(architecture: Architecture, *, gates: bool = True) -> int:
    return zoo.depth(architecture)


@mutant("depth", "layers of gates never count")
def gates_never(architecture: Architecture, *, gates: bool = True) -> int:
    return zoo.depth(architecture, gates=False)


@mutant("depth", "heads for training count")
def training_counts(architecture: Architecture, *, gates: bool = True) -> int:
    ahead = [t for t in architecture if t.training and t.operation.counted]
    return zoo.depth(architecture, gates=gates) + len(ahead)


# Receptive fields

Reach = tuple[int, int, int]


def traced(
    architecture: Architecture,
    axis: int,
    window: Callable[[Reach, Line, int], Reach],
    join: Callable[[list[Reach]], Reach] | None = None,
) -> Reach:
    """Size, stride and offset of what the last map sees, by another rule for windows or for joins."""
    target = last_map(architecture)
    reaches: dict[int, Reach] = {0: (1, 1, 0)}
    for tensor in target.tensors[1 : target.index + 1]:
        before = [reaches[u.index] for u in tensor.inputs] or [(1, 1, 0)]
        here = before[0]
        if isinstance(tensor.operation, Windowed):
            here = window(here, tensor.operation.lines[axis], tensor.inputs[0].shape[1 + axis])
        elif len(before) > 1 and not isinstance(tensor.operation, Multiply):
            here = (join or widest)(before)
        reaches[tensor.index] = here
    return reaches[target.index]


def widest(branches: list[Reach]) -> Reach:
    """What the branches see together."""
    first = min(offset for _, _, offset in branches)
    last = max(offset + size for size, _, offset in branches)
    return last - first, branches[0][1], first


def moved(here: Reach, line: Line, length: int) -> Reach:
    """The right rule for a window."""
    size, jump, offset = here
    return size + (line.span - 1) * jump, jump * line.stride, offset - line.padding(length)[0] * jump


@mutant("field_of_view", "convolutions on shortcuts are chained behind their block: 1963 pixels for ResNet-50")
def shortcuts_chained(architecture: Architecture, axis: int = 0) -> Reach:
    here: Reach = (1, 1, 0)
    target = last_map(architecture)
    for tensor in target.tensors[1 : target.index + 1]:
        if isinstance(tensor.operation, Windowed):
            here = moved(here, tensor.operation.lines[axis], tensor.inputs[0].shape[1 + axis])
    return here


@mutant("field_of_view", "dilations are ignored")
def dilation_ignored_in_fields(architecture: Architecture, axis: int = 0) -> Reach:
    return traced(
        architecture,
        axis,
        lambda here, line, length: moved((here[0] - (line.span - line.kernel) * here[1], *here[1:]), line, length),
    )


@mutant("field_of_view", "padding is subtracted from the size")
def padding_shrinks_fields(architecture: Architecture, axis: int = 0) -> Reach:
    def shrunk(here: Reach, line: Line, length: int) -> Reach:
        size, jump, offset = moved(here, line, length)
        return size - sum(line.padding(length)) * here[1], jump, offset

    return traced(architecture, axis, shrunk)


@mutant("field_of_view", "the padding does not move the first place")
def fields_begin_at_zero(architecture: Architecture, axis: int = 0) -> Reach:
    size, jump, _ = zoo.field_of_view(architecture, axis)
    return size, jump, 0


@mutant("field_of_view", "the stride of a layer already counts for its own kernel")
def stride_too_early(architecture: Architecture, axis: int = 0) -> Reach:
    def early(here: Reach, line: Line, length: int) -> Reach:
        size, jump, offset = moved(here, line, length)
        return size + (line.span - 1) * here[1] * (line.stride - 1), jump, offset

    return traced(architecture, axis, early)


@mutant("field_of_view", "strides are added up")
def strides_added(architecture: Architecture, axis: int = 0) -> Reach:
    def added(here: Reach, line: Line, length: int) -> Reach:
        size, _, offset = moved(here, line, length)
        return size, here[1] + line.stride - 1, offset

    return traced(architecture, axis, added)


@mutant("field_of_view", "where branches meet, only the first is followed")
def first_branch_seen(architecture: Architecture, axis: int = 0) -> Reach:
    return traced(architecture, axis, moved, lambda branches: branches[0])


@mutant("field_of_view", "where branches meet, their sizes are added")
def fields_added(architecture: Architecture, axis: int = 0) -> Reach:
    def together(branches: list[Reach]) -> Reach:
        size, jump, offset = widest(branches)
        return size + min(branch[0] for branch in branches) - 1, jump, offset

    return traced(architecture, axis, moved, together)


@mutant("field_of_view", "both axes are taken for rows")
def rows_for_both(architecture: Architecture, axis: int = 0) -> Reach:
    return zoo.field_of_view(architecture, 0)


@mutant("field_of_view", "pooling is passed over")
def pooling_not_seen(architecture: Architecture, axis: int = 0) -> Reach:
    target = last_map(architecture)
    here: Reach = (1, 1, 0)
    reaches: dict[int, Reach] = {0: here}
    for tensor in target.tensors[1 : target.index + 1]:
        before = [reaches[u.index] for u in tensor.inputs] or [(1, 1, 0)]
        here = widest(before) if len(before) > 1 else before[0]
        if isinstance(tensor.operation, Conv):
            here = moved(here, tensor.operation.lines[axis], tensor.inputs[0].shape[1 + axis])
        reaches[tensor.index] = here
    return here


# The smallest picture


@mutant("smallest_input", "the receptive field is taken for the smallest picture")
def as_large_as_the_field(architecture: Architecture) -> int:
    return max(zoo.field_of_view(architecture, axis)[0] for axis in (0, 1))


@mutant("smallest_input", "the product of the strides is taken for the smallest picture")
def as_large_as_the_stride(architecture: Architecture) -> int:
    strides = [t.operation.lines[0].stride for t in architecture.executed if isinstance(t.operation, Windowed)]
    return prod(strides)


@mutant("smallest_input", "one pixel more than needed is asked for")
def one_pixel_more(architecture: Architecture) -> int:
    return (zoo.smallest_input(architecture) or 0) + 1


@mutant("smallest_input", "windows are allowed to stick out by a pixel")
def one_pixel_less(architecture: Architecture) -> int:
    return max((zoo.smallest_input(architecture) or 0) - 1, 1)


@mutant("smallest_input", "the picture's own size is called its smallest")
def the_size_it_has(architecture: Architecture) -> int:
    return min(architecture.input.shape[1:])


@mutant("smallest_input", "only the rows are looked at")
def rows_looked_at(architecture: Architecture) -> int:
    rows = [t.operation.lines[0] for t in architecture.executed if isinstance(t.operation, Windowed)]

    def taken(size: int) -> bool:
        for line in rows:
            size = line.places(size)
            if size < 1:
                return False
        return True

    chain = all(len(t.inputs) < 2 for t in architecture.executed)
    if not chain:
        return zoo.smallest_input(architecture) or 0
    return next(size for size in range(1, 4096) if taken(size))
