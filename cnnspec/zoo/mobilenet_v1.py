r"""MobileNet: every convolution cut into a depthwise and a pointwise one.

A depthwise 3x3 filters each channel by itself, a 1x1 mixes the channels: together they cost $1/F + 1/9$ of a
3x3 with $F$ filters. A width multiplier scales all channels and a resolution multiplier the picture.

Source:
    Howard et al. (2017), MobileNets, table 1.
"""

from __future__ import annotations

from cnnspec.zoo.blocks import conv_norm
from cnnspec.zoo.entry import Entry
from cnnspec.zoo.notation import Tensor, conv, flatten, global_avg_pool

# Table 1: filters of the pointwise convolution, and the stride of the depthwise one before it.
PLAN = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1))


def mobilenet_v1(x: Tensor, *, classes: int = 1000, width: float = 1.0) -> Tensor:
    """Stack pairs of a depthwise and a pointwise convolution.

    Args:
        x: An image.
        classes: Number of classes.
        width: Multiplier of all channels: 1, 0.75, 0.5 or 0.25 in the paper.
    """
    x = conv_norm(x, "conv1", int(32 * width), 3, stride=2, function="relu6", eps=1e-3)
    for i, (filters, stride) in enumerate(PLAN, start=1):
        depthwise, pointwise = f"conv_dw_{i}", f"conv_pw_{i}"
        x = conv_norm(x, depthwise, x.shape[0], 3, stride=stride, groups=x.shape[0], function="relu6", eps=1e-3)
        x = conv_norm(x, pointwise, int(filters * width), 1, function="relu6", eps=1e-3)
    return flatten(conv(global_avg_pool(x), "conv_preds", classes, 1))


SOURCE = "Howard et al. (2017), MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications"

ENTRIES = [
    Entry("keras/MobileNet", "mobilenet_v1", 2017, SOURCE, mobilenet_v1),
    *[
        Entry(
            f"paper/mobilenet_v1_{width}_{size}", "mobilenet_v1", 2017, SOURCE, mobilenet_v1, {"width": width},
            (3, size, size),
        )
        for width in (1.0, 0.75, 0.5, 0.25)
        for size in (224, 192, 160, 128)
    ],
]  # fmt: skip
