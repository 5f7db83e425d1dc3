r"""The smallest picture that an architecture takes.

A window must fit on its map, and branches that meet must agree in size. Both depend on rows and columns alone,
so the search follows only the layers that change them, one axis at a time, for one size after the other.
"""

from __future__ import annotations

from typing import NamedTuple

from cnnspec.zoo.graph import Architecture
from cnnspec.zoo.layers import ConvTranspose
from cnnspec.zoo.operation import Windowed
from cnnspec.zoo.window import Line
from cnnspec.zoo.windows import ToWindows
from cnnspec.zoo.wiring import AdaptivePool, Add, Concat, Crop, Flatten, Squeeze, Tokens

LARGEST = 4096


class Step(NamedTuple):
    """One layer that changes the length of an axis, or one place where lengths must agree.

    Attributes:
        target: The tensor whose length it is.
        sources: The tensors that it depends on; none for a grid of fixed size.
        line: How its window moves; None for a join.
        factor: The fixed size of a grid or of the windows, or by how much a length grows.
        rule: `"window"`, `"grid"`, `"grow"`, `"agree"`, `"crop"`, `"multiple"` or `"single"`.
    """

    target: int
    sources: tuple[int, ...]
    line: Line | None
    factor: int
    rule: str


def smallest_input(architecture: Architecture) -> int | None:
    """Search the least number of rows and columns of a square picture that every layer can take.

    Args:
        architecture: The network. Its weights do not matter: a layer that flattens a map is meant to be made for
            whatever size comes.

    Returns:
        The size, or None if the size is fixed by a position embedding or none up to 4096 fits.
    """
    if any(isinstance(tensor.operation, Tokens) for tensor in architecture.executed):
        return None
    axes = [_steps(architecture, axis) for axis in (0, 1)]
    if axes[0] == axes[1]:
        del axes[1]
    return next((size for size in range(1, LARGEST) if all(_fits(steps, size) for steps in axes)), None)


def _fits(steps: list[Step], size: int) -> bool:
    sizes = {0: size}
    for target, sources, line, factor, rule in steps:
        length = sizes[sources[0]]
        if rule == "window" and line is not None:
            length = line.places(length)
            if length < 1:
                return False
        elif rule == "agree":
            if any(sizes[source] != length for source in sources):
                return False
        elif rule == "grow":
            length *= factor
        elif rule == "grid":
            length = factor
        elif rule == "crop":
            if sizes[sources[1]] > length:
                return False
            length = sizes[sources[1]]
        elif rule == "multiple":
            if length % factor:
                return False
        elif length != 1:
            return False
        sizes[target] = length
    return True


def _steps(architecture: Architecture, axis: int) -> list[Step]:
    # Layers that leave the length as it is share their input's entry.
    origin: dict[int, int] = {0: 0}
    steps: list[Step] = []
    for tensor in architecture.executed[1:]:
        operation, index = tensor.operation, tensor.index
        sources = tuple([origin[u.index] for u in tensor.inputs if u.index in origin])
        if not sources or isinstance(operation, Flatten):
            continue
        line, factor, rule = None, 0, ""
        if isinstance(operation, Windowed):
            line = operation.lines[axis]
            changes = line.stride > 1 or (not line.same and line.before + line.after != line.span - 1)
            rule = "window" if changes else ""
        elif isinstance(operation, AdaptivePool):
            factor, rule = operation.size, "grid"
        elif isinstance(operation, (Add, Concat)) and len(set(sources)) > 1:
            rule = "agree"
        elif isinstance(operation, Crop):
            rule = "crop"
        elif isinstance(operation, ConvTranspose):
            factor, rule = operation.size, "grow"
        elif isinstance(operation, Squeeze):
            rule = "single"
        elif isinstance(operation, ToWindows) and not operation.cut.padded:
            factor, rule = operation.cut.size, "multiple"
        if rule:
            steps.append(Step(index, sources, line, factor, rule))
        origin[index] = index if rule else sources[0]
    return steps
