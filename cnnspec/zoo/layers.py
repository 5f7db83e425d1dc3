r"""The layers: operations that carry numbers, learnt or kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import ClassVar

from cnnspec.zoo.operation import Misfit, Operation, Shape, Windowed, as_map


@dataclass(frozen=True, eq=False)
class Conv(Windowed):
    """A convolution: `filters` kernels over the `channels // groups` channels of their group."""

    kind: ClassVar[str] = "conv"
    counted: ClassVar[bool] = True
    multiplies: ClassVar[bool] = True
    channels: int
    filters: int
    groups: int
    bias: bool

    def maps(self, channels: int) -> int:
        """One for each filter."""
        if channels % self.groups or self.filters % self.groups:
            raise Misfit(f"{self.groups} groups do not divide {channels} channels and {self.filters} filters")
        return self.filters

    def macs(self, output: Shape, *inputs: Shape) -> int:
        """One kernel's products at every place of every map that comes out."""
        vertical, horizontal = self.lines
        return prod(output) * (self.channels // self.groups) * vertical.kernel * horizontal.kernel

    @cached_property
    def weights(self) -> Mapping[str, Shape]:
        """Kernels (F, C // groups, KH, KW), and a bias per filter."""
        vertical, horizontal = self.lines
        weight = (self.filters, self.channels // self.groups, vertical.kernel, horizontal.kernel)
        return {"weight": weight, "bias": (self.filters,)} if self.bias else {"weight": weight}


@dataclass(frozen=True, eq=False)
class ConvTranspose(Operation):
    """A transposed convolution, whose kernel is as large as its stride: every cell becomes a tile."""

    kind: ClassVar[str] = "conv_transpose"
    counted: ClassVar[bool] = True
    multiplies: ClassVar[bool] = True
    channels: int
    filters: int
    size: int
    bias: bool

    def shape(self, *inputs: Shape) -> Shape:
        """`size` times the rows and columns."""
        _, rows, columns = as_map(inputs[0])
        return self.filters, rows * self.size, columns * self.size

    def macs(self, output: Shape, *inputs: Shape) -> int:
        """Every cell that goes in is multiplied with the whole kernel."""
        return prod(inputs[0]) * self.filters * self.size**2

    @cached_property
    def weights(self) -> Mapping[str, Shape]:
        """Kernels (C, F, K, K), and a bias per filter."""
        weight = (self.channels, self.filters, self.size, self.size)
        return {"weight": weight, "bias": (self.filters,)} if self.bias else {"weight": weight}


@dataclass(frozen=True, eq=False)
class Linear(Operation):
    """A matrix times the features: of a vector, of each token of a sequence, or of each place of a map."""

    kind: ClassVar[str] = "linear"
    counted: ClassVar[bool] = True
    multiplies: ClassVar[bool] = True
    width: int
    features: int
    bias: bool
    keys: tuple[str, str] = ("weight", "bias")

    def shape(self, *inputs: Shape) -> Shape:
        """The features' axis gets its new length; it is the first of a map, else the last."""
        shape = inputs[0]
        return (self.features, *shape[1:]) if len(shape) == 3 else (*shape[:-1], self.features)

    def macs(self, output: Shape, *inputs: Shape) -> int:
        """One row's products for every number that comes out."""
        return prod(output) * self.width

    @cached_property
    def weights(self) -> Mapping[str, Shape]:
        """The matrix (F, D), and a bias per feature."""
        weight, bias = self.keys
        matrix = {weight: (self.features, self.width)}
        return matrix | {bias: (self.features,)} if self.bias else matrix


@dataclass(frozen=True, eq=False)
class BatchNorm(Operation):
    """Normalisation of each channel by moving statistics, then a scale (gamma) and a shift (beta)."""

    kind: ClassVar[str] = "batch_norm"
    channels: int
    eps: float
    scale: bool

    @cached_property
    def weights(self) -> Mapping[str, Shape]:
        """Gamma and beta; some Keras models leave gamma out."""
        shift = {"bias": (self.channels,)}
        return {"weight": (self.channels,)} | shift if self.scale else shift

    @cached_property
    def statistics(self) -> Mapping[str, Shape]:
        """Moving mean and variance."""
        return {"running_mean": (self.channels,), "running_var": (self.channels,)}


@dataclass(frozen=True, eq=False)
class LayerNorm(Operation):
    """Normalisation over the features of each token, or over the channels at each place of a map."""

    kind: ClassVar[str] = "layer_norm"
    width: int
    eps: float

    @cached_property
    def weights(self) -> Mapping[str, Shape]:
        """Gamma and beta."""
        return {"weight": (self.width,), "bias": (self.width,)}


@dataclass(frozen=True, eq=False)
class Affine(Operation):
    """A learnt factor and a learnt shift for each channel, as in the subsampling layers of LeNet-5."""

    kind: ClassVar[str] = "affine"
    channels: int

    @cached_property
    def weights(self) -> Mapping[str, Shape]:
        """A factor and a shift per channel."""
        return {"weight": (self.channels,), "bias": (self.channels,)}


@dataclass(frozen=True, eq=False)
class Parameter(Operation):
    """A learnt tensor that comes from no image: a layer's scale, a class token, a position embedding.

    Attributes:
        size: The tensor's shape.
        batched: Whether it is stored with a leading axis of length 1 for the batch.
    """

    kind: ClassVar[str] = "parameter"
    size: Shape
    batched: bool

    def shape(self, *inputs: Shape) -> Shape:
        """Its own."""
        return self.size

    @cached_property
    def weights(self) -> Mapping[str, Shape]:
        """The tensor itself, under the full name of its layer."""
        return {"": (1, *self.size) if self.batched else self.size}


@dataclass(frozen=True, eq=False)
class Statistics(Operation):
    """Standardisation of the image by kept numbers, as Keras puts it into its networks.

    Attributes:
        channels: Channels of the image.
        stored: Whether mean, variance and a count are stored (else they are constants of the layer).
    """

    kind: ClassVar[str] = "standardise"
    channels: int
    stored: bool

    @cached_property
    def statistics(self) -> Mapping[str, Shape]:
        """Mean and variance per channel, and the count of the images seen."""
        if not self.stored:
            return {}
        return {"mean": (self.channels,), "variance": (self.channels,), "count": ()}


@dataclass(frozen=True, eq=False)
class RadialBasis(Operation):
    """The squared distance of a vector from fixed centres, one for each class: the output of LeNet-5."""

    kind: ClassVar[str] = "radial_basis"
    width: int
    classes: int

    def shape(self, *inputs: Shape) -> Shape:
        """One distance per class."""
        return (self.classes,)

    @cached_property
    def statistics(self) -> Mapping[str, Shape]:
        """The centres, drawn by hand as little pictures of the characters."""
        return {"centres": (self.classes, self.width)}
