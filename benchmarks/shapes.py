"""The distinct layers of ResNet-50 and VGG-16, for images of 224 by 224."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Convolution:
    """A convolutional layer of a network.

    Attributes:
        net: The network.
        channels: Channels in.
        filters: Channels out.
        kernel: Rows and columns of the kernel.
        stride: Step between windows.
        size: Rows and columns of the input.
        count: How often the network has such a layer.
    """

    net: str
    channels: int
    filters: int
    kernel: int
    stride: int
    size: int
    count: int = 1

    @property
    def padding(self) -> int:
        """Half of the kernel, as in both networks."""
        return self.kernel // 2

    @property
    def places(self) -> int:
        """Rows and columns of the output."""
        return (self.size + 2 * self.padding - self.kernel) // self.stride + 1

    @property
    def macs(self) -> int:
        """Multiply–accumulates for one image."""
        return self.places**2 * self.filters * self.channels * self.kernel**2

    @property
    def name(self) -> str:
        """Such as `64→128 3×3/2 @56`."""
        step = f"/{self.stride}" if self.stride > 1 else ""
        return f"{self.channels}→{self.filters} {self.kernel}×{self.kernel}{step} @{self.size}"


@dataclass(frozen=True)
class Pooling:
    """A pooling layer of a network; `kind` is `max` or `average`, the latter over the whole map."""

    net: str
    kind: str
    channels: int
    kernel: int
    stride: int
    padding: int
    size: int
    count: int = 1

    @property
    def name(self) -> str:
        """Such as `max 3×3/2 64 @112`."""
        step = f"/{self.stride}" if self.stride > 1 else ""
        return f"{self.kind} {self.kernel}×{self.kernel}{step} {self.channels} @{self.size}"


def _resnet50() -> list[Convolution | Pooling]:
    """Version 1.5: the stride of a block is in its 3×3 layer."""
    net = "ResNet-50"
    layers: list[Convolution | Pooling] = [
        Convolution(net, 3, 64, 7, 2, 224),
        Pooling(net, "max", 64, 3, 2, 1, 112),
        # the first stage: its projection 64→256 has the shape of the blocks' last layer
        Convolution(net, 64, 64, 1, 1, 56),
        Convolution(net, 64, 64, 3, 1, 56, 3),
        Convolution(net, 64, 256, 1, 1, 56, 4),
        Convolution(net, 256, 64, 1, 1, 56, 2),
    ]
    for width, size, blocks in ((128, 56, 4), (256, 28, 6), (512, 14, 3)):
        inner, outer, half = 2 * width, 4 * width, size // 2
        layers += [
            Convolution(net, inner, width, 1, 1, size),
            Convolution(net, width, width, 3, 2, size),
            Convolution(net, inner, outer, 1, 2, size),
            Convolution(net, width, outer, 1, 1, half, blocks),
            Convolution(net, outer, width, 1, 1, half, blocks - 1),
            Convolution(net, width, width, 3, 1, half, blocks - 1),
        ]
    return [*layers, Pooling(net, "average", 2048, 7, 1, 0, 7)]


def _vgg16() -> list[Convolution | Pooling]:
    net, channels = "VGG-16", 3
    layers: list[Convolution | Pooling] = []
    for filters, size, depth in ((64, 224, 2), (128, 112, 2), (256, 56, 3), (512, 28, 3)):
        layers.append(Convolution(net, channels, filters, 3, 1, size))
        layers.append(Convolution(net, filters, filters, 3, 1, size, depth - 1))
        layers.append(Pooling(net, "max", filters, 2, 2, 0, size))
        channels = filters
    return [*layers, Convolution(net, 512, 512, 3, 1, 14, 3), Pooling(net, "max", 512, 2, 2, 0, 14)]


NETS = {"resnet50": _resnet50(), "vgg16": _vgg16()}
"""The distinct layers of each network, in their order."""
