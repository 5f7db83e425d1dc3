r"""Which algorithm a convolution takes, by its shape.

Winograd's transforms are paid once per tile and channel or filter, and once per kernel; what they save grows with
channels times filters times tiles. So it takes layers with many channels, many filters and many tiles, and im2col all
others. The two thresholds were measured on the layers of ResNet-50 and VGG-16; the answers do not depend on them.
"""

from __future__ import annotations

from numpy.typing import ArrayLike

from cnnspec.algorithms import im2col, winograd
from cnnspec.algorithms.windows import Layer, layer
from cnnspec.arguments import Array, IntOrPair, Padding

CHANNELS = 64
"""The least number of channels, and of filters, for which Winograd is faster."""

TILES = 150
"""The least number of 2×2 tiles in a batch for which it is."""


def prefers_winograd(layer: Layer) -> bool:
    """Whether a layer is large enough, in every direction, for Winograd's transforms to pay."""
    filters, depth = layer.w.shape[:2]
    rows, columns = layer.windows.places
    tiles = len(layer.x) * -(-rows // 2) * -(-columns // 2)
    return winograd.applies(layer) and min(filters // layer.groups, depth) >= CHANNELS and tiles >= TILES


def conv2d(
    x: ArrayLike,
    w: ArrayLike,
    b: ArrayLike | None = None,
    *,
    stride: IntOrPair = 1,
    padding: Padding = 0,
    dilation: IntOrPair = 1,
    groups: int = 1,
) -> Array:
    """`channels.conv2d` by the algorithm that its shape favours."""
    large = prefers_winograd(layer(x, w, b, stride, padding, dilation, groups))
    convolution = winograd.conv2d if large else im2col.conv2d
    return convolution(x, w, b, stride=stride, padding=padding, dilation=dilation, groups=groups)


def conv2d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    w: ArrayLike,
    *,
    stride: IntOrPair = 1,
    padding: Padding = 0,
    dilation: IntOrPair = 1,
    groups: int = 1,
) -> tuple[Array, Array, Array]:
    """`gradients.conv2d_backward` by the algorithm that its shape favours."""
    large = prefers_winograd(layer(x, w, None, stride, padding, dilation, groups))
    backward = winograd.conv2d_backward if large else im2col.conv2d_backward
    return backward(dy, x, w, stride=stride, padding=padding, dilation=dilation, groups=groups)
