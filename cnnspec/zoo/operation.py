r"""The operations of which every architecture of the zoo is made.

An operation is data: what it needs to know, and how it answers four questions. Which shape comes out? Which
numbers does it learn, and which does it only keep? How many multiply-accumulates does one image cost? How does
its window move? Nothing here computes with pixels, and no weight is ever allocated.

Shapes leave the batch out: a map is (channels, rows, columns), a sequence is (tokens, width), a vector is
(width,).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import ClassVar

from cnnspec.zoo.window import Line

Shape = tuple[int, ...]
Lines = tuple[Line, Line]


class Misfit(Exception):
    """A shape that an operation cannot take; the notation adds the layer's name and raises ValueError."""


@dataclass(frozen=True, eq=False)
class Operation:
    """What all operations answer; the answers here are those of an operation without weights or window.

    Attributes:
        kind: The operation's name, as a table of layers prints it.
        counted: Whether it is a link of the longest path: convolutions and linear layers are.
        multiplies: Whether it costs multiply-accumulates.
    """

    kind: ClassVar[str] = "operation"
    counted: ClassVar[bool] = False
    multiplies: ClassVar[bool] = False

    def shape(self, *inputs: Shape) -> Shape:
        """The shape that comes out, without the batch."""
        return inputs[0]

    def macs(self, output: Shape, *inputs: Shape) -> int:
        """Multiply-accumulates for one image: the products of convolutions, linear layers and attention."""
        return 0

    @cached_property
    def weights(self) -> Mapping[str, Shape]:
        """The shapes of what is learnt, under the last part of their names in a state dict."""
        return {}

    @cached_property
    def statistics(self) -> Mapping[str, Shape]:
        """The shapes of what is kept but not learnt (buffers), likewise."""
        return {}

    @cached_property
    def parameters(self) -> int:
        """How many numbers are learnt."""
        return sum(prod(shape) for shape in self.weights.values())

    @cached_property
    def buffers(self) -> int:
        """How many numbers are kept but not learnt."""
        return sum(prod(shape) for shape in self.statistics.values())


@dataclass(frozen=True, eq=False)
class Windowed(Operation):
    """An operation that slides a window over a map.

    Attributes:
        lines: How the window moves along the rows and along the columns.
    """

    lines: Lines

    def maps(self, channels: int) -> int:
        """How many channels come out."""
        return channels

    def shape(self, *inputs: Shape) -> Shape:
        """One place for each window."""
        channels, rows, columns = as_map(inputs[0])
        vertical, horizontal = self.lines
        places = vertical.places(rows), horizontal.places(columns)
        if min(places) < 1:
            padded = rows + vertical.before + vertical.after, columns + horizontal.before + horizontal.after
            raise Misfit(
                f"a window of {vertical.span}x{horizontal.span} does not fit on a map of {rows}x{columns}"
                + (f" ({padded[0]}x{padded[1]} with its padding)" if padded != (rows, columns) else "")
            )
        return self.maps(channels), *places


def as_map(shape: Shape) -> tuple[int, int, int]:
    """The channels, rows and columns of a map.

    Raises:
        Misfit: If the shape is no map's.
    """
    if len(shape) != 3:
        raise Misfit(f"a map (channels, rows, columns) is needed, but shape {shape} came")
    channels, rows, columns = shape
    return channels, rows, columns
