r"""Which pixels a place of a map can see, on graphs with branches.

Along one axis, place $i$ of a map sees the pixels from $f + ij$ to $l + ij$: the first and the last pixel of its
first place, moved by the jump. A window of $k$ cells with stride $s$, dilation $d$ and padding $p$ makes of it

$$ f' = f - pj, \qquad l' = l + (d(k-1) - p)\,j, \qquad j' = js , $$

which is the recurrence $r' = r + d(k-1)j$ of the textbooks with the place kept beside the size. Where branches
meet, the pixels of all of them count: the smallest $f$ and the largest $l$. They must move in step (equal $j$);
and if their centres differ, the join is misaligned: it adds or stacks features of different spots.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from cnnspec.zoo.graph import Architecture, Tensor
from cnnspec.zoo.layers import ConvTranspose
from cnnspec.zoo.operation import Windowed
from cnnspec.zoo.windows import ToWindows
from cnnspec.zoo.wiring import AdaptivePool, Attention, Crop, Flatten, Multiply


class Reach(NamedTuple):
    """The pixels that the first place of a map sees along one axis, and how far the next place sees on."""

    first: int
    last: int
    jump: int


# The three answers that are no stretch of pixels.
NOTHING, WHOLE, VARYING = Reach(0, -1, 0), Reach(0, -1, -1), Reach(0, -1, -2)


@dataclass(frozen=True)
class ReceptiveField:
    """What one place of a map sees.

    Attributes:
        at: The tensor in question.
        whole_image: Whether every place sees everything, because of a gate, an attention or a flattening.
        size: Rows and columns of pixels; None for the whole image or if it differs from place to place.
        stride: Pixels between the fields of neighbouring places, likewise.
        offset: The first row and column that the first place sees; negative in the padding. Likewise.
        misaligned: The labels of the joins whose branches look at different spots.
    """

    at: Tensor
    whole_image: bool
    size: tuple[int, int] | None
    stride: tuple[int, int] | None
    offset: tuple[int, int] | None
    misaligned: tuple[str, ...]

    @property
    def centre(self) -> tuple[float, float] | None:
        """The middle of what the first place sees."""
        if self.size is None or self.offset is None:
            return None
        (rows, columns), (top, left) = self.size, self.offset
        return top + (rows - 1) / 2, left + (columns - 1) / 2


def receptive_field(architecture: Architecture, at: Tensor | None = None, *, gates: bool = False) -> ReceptiveField:
    """Find what a place of a map sees.

    Args:
        architecture: The network.
        at: The map in question; None means the last one before it is pooled globally or flattened.
        gates: Whether a gate counts. A squeeze-and-excitation gate averages the whole map, so that with it every
            later place sees the whole image; without it the field is that of the signal.
    """
    target = last_map(architecture) if at is None else at
    return _field(target, *_walk(architecture, _ancestors(target), gates))


def fields(architecture: Architecture, *, gates: bool = False) -> list[ReceptiveField]:
    """Find what a place of each tensor sees, in one walk; the arguments are those of `receptive_field`."""
    walk = _walk(architecture, architecture.tensors, gates)
    return [_field(tensor, *walk) for tensor in architecture]


Reaches = dict[int, Reach]


def _walk(architecture: Architecture, tensors: list[Tensor], gates: bool) -> tuple[Reaches, Reaches, tuple[str, ...]]:
    misaligned: list[str] = []
    rows = _reaches(tensors, 0, gates, misaligned)
    lines = {t.operation.lines for t in tensors if isinstance(t.operation, Windowed)}
    size = architecture.input.shape
    square = size[1] == size[2] and all(vertical is horizontal for vertical, horizontal in lines)
    columns = rows if square else _reaches(tensors, 1, gates, misaligned)
    return rows, columns, tuple(dict.fromkeys(misaligned))


def _field(at: Tensor, vertical: Reaches, horizontal: Reaches, misaligned: tuple[str, ...]) -> ReceptiveField:
    rows, columns = vertical[at.index], horizontal[at.index]
    if min(rows.jump, columns.jump) < 1:
        return ReceptiveField(at, WHOLE in (rows, columns), None, None, None, misaligned)
    return ReceptiveField(
        at=at,
        whole_image=False,
        size=(rows.last - rows.first + 1, columns.last - columns.first + 1),
        stride=(rows.jump, columns.jump),
        offset=(rows.first, columns.first),
        misaligned=misaligned,
    )


def field_of_view(architecture: Architecture, axis: int = 0) -> tuple[int, int, int]:
    """What a place of the last map sees along one axis, as three numbers.

    Args:
        architecture: The network.
        axis: 0 for rows, 1 for columns.

    Returns:
        How many pixels a place sees, how many lie between neighbouring places, and the first pixel of the first place.

    Raises:
        ValueError: If there is no such stretch of pixels, because a place sees the whole image or places differ.
    """
    field = receptive_field(architecture)
    if field.size is None or field.stride is None or field.offset is None:
        raise ValueError(f"architecture must have a receptive field, but in {architecture.name} places differ.")
    return field.size[axis], field.stride[axis], field.offset[axis]


def last_map(architecture: Architecture) -> Tensor:
    """The last map before the signal is pooled to a fixed size, or else flattened; or else the output.

    Only the main path counts: the pooling inside a gate is no end of the maps.
    """
    tensor, flattened = architecture.output, None
    while tensor.inputs:
        before = tensor.inputs[0]
        if isinstance(tensor.operation, AdaptivePool):
            return before
        if isinstance(tensor.operation, Flatten):
            flattened = before
        tensor = before
    return flattened or architecture.output


def _reaches(tensors: list[Tensor], axis: int, gates: bool, misaligned: list[str]) -> Reaches:
    reaches: Reaches = {0: Reach(0, 0, 1)}
    for tensor in tensors[1:]:
        inputs, operation = tensor.inputs, tensor.operation
        here = reaches[inputs[0].index] if inputs else NOTHING
        if len(inputs) > 1:
            if isinstance(operation, Multiply):
                here = WHOLE if gates and reaches[inputs[1].index] == WHOLE else here
            elif isinstance(operation, Crop):
                cut = inputs[0].shape[1 + axis] - tensor.shape[1 + axis]
                here = _moved(here, cut // 2)
            else:
                here = _join([reaches[u.index] for u in inputs], tensor, misaligned)
        elif isinstance(operation, Windowed):
            line = operation.lines[axis]
            if here.jump > 0 and (line.kernel > 1 or line.stride > 1 or line.before):
                before = line.padding(inputs[0].shape[1 + axis])[0] if line.same else line.before
                first, last, jump = here
                here = Reach(first - before * jump, last + (line.span - 1 - before) * jump, jump * line.stride)
        elif isinstance(operation, (AdaptivePool, Flatten, Attention)) and here != VARYING:
            here = WHOLE if inputs[0].shape[1:] != (1, 1) and inputs[0].shape[1:] != tensor.shape[1:] else here
        elif isinstance(operation, (ConvTranspose, ToWindows)):
            here = VARYING
        reaches[tensor.index] = here
    return reaches


def _ancestors(target: Tensor) -> list[Tensor]:
    """The tensors that the target is made of, the target itself last."""
    needed = [False] * target.index + [True]
    for tensor in reversed(target.tensors[: target.index + 1]):
        if needed[tensor.index]:
            for before in tensor.inputs:
                needed[before.index] = True
    return [tensor for tensor, used in zip(target.tensors, needed, strict=False) if used]


def _moved(reach: Reach, places: int) -> Reach:
    first, last, jump = reach
    return Reach(first + places * jump, last + places * jump, jump) if jump > 0 else reach


def _join(branches: list[Reach], tensor: Tensor, misaligned: list[str]) -> Reach:
    here = branches[0]
    if all(branch is here for branch in branches):
        return here
    seen = [branch for branch in branches if branch != NOTHING]
    if not seen:
        return NOTHING
    for special in (WHOLE, VARYING):
        if special in seen:
            return special
    if len({branch.first + branch.last for branch in seen}) > 1 or len({branch.jump for branch in seen}) > 1:
        misaligned.append(tensor.label)
    if len({branch.jump for branch in seen}) > 1:
        return VARYING
    return Reach(min([b.first for b in seen]), max([b.last for b in seen]), seen[0].jump)
