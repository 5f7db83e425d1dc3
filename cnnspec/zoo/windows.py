r"""Attention within windows: a map is cut into windows, and only the places of one window look at each other.

With the whole map as one sequence the products of attention grow with the square of its places; within windows of
fixed size they grow with the places. Windows are tiles side by side, tiles shifted by half their size around the
edge (Swin), or combs of places that lie far apart (the "grid" of MaxViT).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import ClassVar

from cnnspec.zoo.graph import Tensor
from cnnspec.zoo.layers import Linear
from cnnspec.zoo.operation import Misfit, Operation, Shape, Windowed, as_map
from cnnspec.zoo.window import window
from cnnspec.zoo.wiring import Attention


@dataclass(frozen=True, eq=False)
class Merge(Windowed):
    """The cells of each window in the channels' axis, column by column; a map that ends early is padded with zeros."""

    kind: ClassVar[str] = "merge"

    def maps(self, channels: int) -> int:
        """One for each channel and cell."""
        return channels * prod([line.kernel for line in self.lines])


@dataclass(frozen=True)
class Cut:
    """How a map is cut into windows.

    Attributes:
        size: Rows and columns of a window.
        shift: By how many rows and columns the map is rolled up and to the left before it is cut.
        comb: Whether a window holds places that lie far apart: every (rows / size)-th row and column.
        padded: Whether a map that is no whole number of windows is padded with zeros; else it is refused.
    """

    size: int
    shift: tuple[int, int] = (0, 0)
    comb: bool = False
    padded: bool = True


@dataclass(frozen=True, eq=False)
class ToWindows(Operation):
    """The places of a map as a sequence, one window after the other."""

    kind: ClassVar[str] = "to_windows"
    cut: Cut

    def shape(self, *inputs: Shape) -> Shape:
        """A token for each place, and for each cell of the padding."""
        channels, rows, columns = as_map(inputs[0])
        size = self.cut.size
        if not self.cut.padded and (rows % size or columns % size):
            raise Misfit(f"a map of {rows}x{columns} is no whole number of windows of {size}x{size}")
        return -(-rows // size) * -(-columns // size) * size**2, channels


@dataclass(frozen=True, eq=False)
class FromWindows(Operation):
    """The map that was cut into windows, put together again."""

    kind: ClassVar[str] = "from_windows"
    cut: Cut
    rows: int
    columns: int

    def shape(self, *inputs: Shape) -> Shape:
        """A map with the sequence's width as channels."""
        return inputs[0][-1], self.rows, self.columns


@dataclass(frozen=True, eq=False)
class KeylessLinear(Linear):
    """The layer for queries, keys and values of Swin V2: its bias has a part for the keys, which is never used."""


@dataclass(frozen=True, eq=False)
class WindowAttention(Attention):
    r"""Attention within each window, with a learnt bias for each distance of two places.

    $$ \operatorname{softmax}(s\, QK^\top + B)\, V $$

    Places that a shift around the edge has made neighbours do not see each other. With `cosine` the products are those
    of vectors of length 1, times a learnt factor, and $B$ is computed by a small network from the distances; its
    products are counted as well.

    Attributes:
        cut: The windows.
        rows: Rows of the map.
        columns: Its columns.
        factor: The factor $s$.
        cosine: Whether it is the form of Swin V2.
    """

    kind: ClassVar[str] = "window_attention"
    cut: Cut
    rows: int
    columns: int
    factor: float
    cosine: bool = False

    @property
    def distances(self) -> int:
        """How many distances there are between two places of a window."""
        return (2 * self.cut.size - 1) ** 2

    def macs(self, output: Shape, *inputs: Shape) -> int:
        """Each token is multiplied with those of its window, once with the key and once with the value."""
        tokens, width = output
        small = self.distances * HIDDEN * (2 + self.heads) if self.cosine else 0
        return 2 * tokens * self.cut.size**2 * width + small

    @cached_property
    def weights(self) -> Mapping[str, Shape]:
        """The bias of each distance in each head, or the network that computes it."""
        if not self.cosine:
            return {"relative_position_bias_table": (self.distances, self.heads)}
        return {
            "logit_scale": (self.heads, 1, 1),
            "cpb_mlp.0.weight": (HIDDEN, 2),
            "cpb_mlp.0.bias": (HIDDEN,),
            "cpb_mlp.2.weight": (self.heads, HIDDEN),
        }

    @cached_property
    def statistics(self) -> Mapping[str, Shape]:
        """For each pair of places the number of its distance, which torchvision keeps beside the weights."""
        places = self.cut.size**2
        index = {"relative_position_index": (places, places) if not self.cut.padded else (places**2,)}
        side = 2 * self.cut.size - 1
        return index | {"relative_coords_table": (1, side, side, 2)} if self.cosine else index


HIDDEN = 512
"""Features in the middle of the network that computes the bias in Swin V2."""


def merge(x: Tensor) -> Tensor:
    """Put the four places of each 2x2 window side by side in the channels."""
    return Tensor(Merge(window(2, 2, "same")), (x,), "", x.tensors)


def to_windows(x: Tensor, cut: Cut) -> Tensor:
    """Cut a map into windows: a sequence."""
    return Tensor(ToWindows(cut), (x,), "", x.tensors)


def from_windows(x: Tensor, cut: Cut, like: Tensor) -> Tensor:
    """Put the windows together to a map with the rows and columns of another."""
    return Tensor(FromWindows(cut, *like.shape[1:]), (x,), "", x.tensors)


def keyless_linear(x: Tensor, name: str, features: int) -> Tensor:
    """Make queries, keys and values of tokens; the keys get no bias."""
    return Tensor(KeylessLinear(x.shape[-1], features, True), (x,), name, x.tensors)


def window_attention(
    x: Tensor, name: str, heads: int, cut: Cut, like: Tensor, factor: float, *, cosine: bool = False
) -> Tensor:
    """Attend within each window of a sequence that holds queries, keys and values side by side.

    Args:
        x: The sequence.
        name: The layer's name.
        heads: Heads of the attention.
        cut: How the map was cut.
        like: The map that was cut.
        factor: What products of queries and keys are multiplied with.
        cosine: Whether vectors are compared by their directions, as in Swin V2.
    """
    _, rows, columns = like.shape
    return Tensor(WindowAttention(heads, cut, rows, columns, factor, cosine), (x,), name, x.tensors)
