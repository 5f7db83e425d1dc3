r"""The operations without numbers of their own: windows, activations, and what joins, cuts and orders."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

from cnnspec.zoo.operation import Misfit, Operation, Shape, Windowed, as_map

# What has a window, but no weights


@dataclass(frozen=True, eq=False)
class MaxPool(Windowed):
    """The largest entry of each window."""

    kind: ClassVar[str] = "max_pool"


@dataclass(frozen=True, eq=False)
class AvgPool(Windowed):
    """The mean of each window; the padding's zeros count as cells or not."""

    kind: ClassVar[str] = "avg_pool"
    count_include_pad: bool


@dataclass(frozen=True, eq=False)
class AdaptivePool(Operation):
    """The mean over a grid of `size` x `size` cells that cover the map, whatever its size; 1 is global pooling."""

    kind: ClassVar[str] = "global_avg_pool"
    size: int

    def shape(self, *inputs: Shape) -> Shape:
        """As many channels, a grid of fixed size."""
        return as_map(inputs[0])[0], self.size, self.size


@dataclass(frozen=True, eq=False)
class Pad(Windowed):
    """Rows and columns of zeros around a map, a window of one cell; negative numbers cut rows and columns off."""

    kind: ClassVar[str] = "pad"


@dataclass(frozen=True, eq=False)
class Subsample(Windowed):
    """Every `stride`-th row and column, and the rest thrown away: a window of one cell."""

    kind: ClassVar[str] = "subsample"


@dataclass(frozen=True, eq=False)
class Crop(Operation):
    """The middle of the first map, as large as the second one: how U-Net joins maps of two sizes."""

    kind: ClassVar[str] = "crop"

    def shape(self, *inputs: Shape) -> Shape:
        """The first one's channels on the second one's rows and columns."""
        (channels, rows, columns), (_, fewer, narrower) = as_map(inputs[0]), as_map(inputs[1])
        if fewer > rows or narrower > columns:
            raise Misfit(f"a map of {rows}x{columns} cannot be cropped to {fewer}x{narrower}")
        return channels, fewer, narrower


# What works at each place by itself


@dataclass(frozen=True, eq=False)
class Activation(Operation):
    """A fixed function of each number.

    Attributes:
        function: relu, relu6, leaky_relu (slope 0.1), silu, gelu, sigmoid, tanh, hard_swish or hard_sigmoid.
    """

    kind: ClassVar[str] = "activation"
    function: str


@dataclass(frozen=True, eq=False)
class LocalResponseNorm(Operation):
    r"""Division by $(k + \alpha \sum x^2)^\beta$, summed over $n$ neighbouring channels, as the AlexNet paper has it.

    PyTorch and Caffe divide $\alpha$ by $n$ first: their $\alpha$ is $n$ times as large.
    """

    kind: ClassVar[str] = "local_response_norm"
    size: int = 5
    alpha: float = 1e-4
    beta: float = 0.75
    k: float = 2.0


@dataclass(frozen=True, eq=False)
class Scale(Operation):
    """Multiplication with one fixed number."""

    kind: ClassVar[str] = "scale"
    factor: float


@dataclass(frozen=True, eq=False)
class TrainingOnly(Operation):
    """The start of a head that runs in training and is left out when the network is used."""

    kind: ClassVar[str] = "training_only"


@dataclass(frozen=True, eq=False)
class Image(Operation):
    """The picture that goes in."""

    kind: ClassVar[str] = "image"
    size: Shape

    def shape(self, *inputs: Shape) -> Shape:
        """Its own."""
        return self.size


# What joins, cuts and orders


@dataclass(frozen=True, eq=False)
class Add(Operation):
    """The sum of equal shapes; a skip connection ends here."""

    kind: ClassVar[str] = "add"

    def shape(self, *inputs: Shape) -> Shape:
        """That of all summands."""
        if any(shape != inputs[0] for shape in inputs):
            raise Misfit(f"shapes {_listed(inputs)} cannot be added")
        return inputs[0]


@dataclass(frozen=True, eq=False)
class Multiply(Operation):
    """The product of a signal and a gate (one factor per number, per channel, or per place)."""

    kind: ClassVar[str] = "multiply"

    def shape(self, *inputs: Shape) -> Shape:
        """That of the signal."""
        signal, gate = inputs
        if len(signal) != len(gate) or any(g not in (1, s) for s, g in zip(signal, gate, strict=True)):
            raise Misfit(f"a gate of shape {gate} does not fit a signal of shape {signal}")
        return signal


@dataclass(frozen=True, eq=False)
class Concat(Operation):
    """The maps side by side in the channels' axis, or the tokens one after the other."""

    kind: ClassVar[str] = "concat"

    def shape(self, *inputs: Shape) -> Shape:
        """The first axis adds up; the others must agree."""
        rest = inputs[0][1:]
        if any(shape[1:] != rest for shape in inputs):
            raise Misfit(f"shapes {_listed(inputs)} cannot be joined")
        return (sum(shape[0] for shape in inputs), *rest)


@dataclass(frozen=True, eq=False)
class Channels(Operation):
    """Some channels of a map, in the order in which they are listed."""

    kind: ClassVar[str] = "channels"
    chosen: tuple[int, ...]

    def shape(self, *inputs: Shape) -> Shape:
        """As many channels as are listed."""
        if max(self.chosen) >= inputs[0][0]:
            raise Misfit(f"there is no channel {max(self.chosen)} among {inputs[0][0]}")
        return (len(self.chosen), *inputs[0][1:])


@dataclass(frozen=True, eq=False)
class PadChannels(Operation):
    """Channels of zeros before and after the others."""

    kind: ClassVar[str] = "pad_channels"
    before: int
    after: int

    def shape(self, *inputs: Shape) -> Shape:
        """More channels."""
        return (self.before + inputs[0][0] + self.after, *inputs[0][1:])


@dataclass(frozen=True, eq=False)
class Shuffle(Operation):
    """Channels written into `groups` rows and read by columns, so that the groups mix."""

    kind: ClassVar[str] = "shuffle"
    groups: int

    def shape(self, *inputs: Shape) -> Shape:
        """Unchanged."""
        if inputs[0][0] % self.groups:
            raise Misfit(f"{inputs[0][0]} channels cannot be shuffled in {self.groups} groups")
        return inputs[0]


@dataclass(frozen=True, eq=False)
class Flatten(Operation):
    """All numbers in one row, channel by channel."""

    kind: ClassVar[str] = "flatten"

    def shape(self, *inputs: Shape) -> Shape:
        """A vector."""
        return (prod(inputs[0]),)


@dataclass(frozen=True, eq=False)
class Squeeze(Operation):
    """The single place of a 1x1 map as a vector: where a network ends in a convolution."""

    kind: ClassVar[str] = "squeeze"

    def shape(self, *inputs: Shape) -> Shape:
        """A vector of the channels."""
        channels, rows, columns = as_map(inputs[0])
        if (rows, columns) != (1, 1):
            raise Misfit(f"a map of {rows}x{columns} is no single place")
        return (channels,)


@dataclass(frozen=True, eq=False)
class Tokens(Operation):
    """The places of a map as a sequence, row by row."""

    kind: ClassVar[str] = "tokens"

    def shape(self, *inputs: Shape) -> Shape:
        """A sequence with a token for each place."""
        channels, rows, columns = as_map(inputs[0])
        return rows * columns, channels


@dataclass(frozen=True, eq=False)
class Token(Operation):
    """One token of a sequence."""

    kind: ClassVar[str] = "token"
    index: int

    def shape(self, *inputs: Shape) -> Shape:
        """A vector."""
        return (inputs[0][1],)


@dataclass(frozen=True, eq=False)
class Attention(Operation):
    r"""Scaled dot-product attention within a sequence: $\operatorname{softmax}(QK^\top/\sqrt d)\,V$ in each head.

    Queries, keys and values come side by side in one sequence of three times the width.
    """

    kind: ClassVar[str] = "attention"
    multiplies: ClassVar[bool] = True
    heads: int

    def shape(self, *inputs: Shape) -> Shape:
        """A sequence of the values' width."""
        tokens, width = inputs[0]
        if width % (3 * self.heads):
            raise Misfit(f"{width} features are not queries, keys and values for {self.heads} heads")
        return tokens, width // 3

    def macs(self, output: Shape, *inputs: Shape) -> int:
        """Every token is multiplied with every other, once with its key and once with its value."""
        tokens, width = output
        return 2 * tokens * tokens * width


def _listed(shapes: tuple[Shape, ...]) -> str:
    return ", ".join("x".join(map(str, shape)) for shape in shapes)
