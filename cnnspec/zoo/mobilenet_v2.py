r"""MobileNetV2: skip connections between the narrow places.

An *inverted residual* widens its input sixfold with a 1x1, filters each channel by itself with a depthwise 3x3,
and narrows again without an activation, since cutting off negative numbers in few channels loses too much. What
is narrow at both ends is added.

Source:
    Sandler, Howard, Zhu, Zhmoginov & Chen (2018), MobileNetV2, table 2.
"""

from __future__ import annotations

from cnnspec.zoo.blocks import conv_norm, divisible, residual
from cnnspec.zoo.entry import Entry
from cnnspec.zoo.notation import Tensor, batch_norm, conv, flatten, global_avg_pool, linear

# Table 2: expansion, channels, repeats, stride of the first.
PLAN = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def mobilenet_v2(x: Tensor, *, classes: int = 1000, width: float = 1.0, eps: float = 1e-5) -> Tensor:
    """Stack inverted residuals.

    Args:
        x: An image.
        classes: Number of classes.
        width: Multiplier of the channels; the last convolution is never narrower than 1280.
        eps: What a normalisation adds to the variance.
    """
    x = conv_norm(x, "features.0", divisible(32 * width), 3, stride=2, function="relu6", eps=eps)
    place = 1
    for expansion, channels, repeats, first_stride in PLAN:
        for i in range(repeats):
            stride = first_stride if i == 0 else 1
            x = inverted_residual(x, f"features.{place}", expansion, divisible(channels * width), stride, eps)
            place += 1
    x = conv_norm(x, f"features.{place}", divisible(1280 * max(1.0, width)), 1, function="relu6", eps=eps)
    x = flatten(global_avg_pool(x))
    return linear(x, "classifier.1", classes)


def inverted_residual(x: Tensor, name: str, expansion: int, filters: int, stride: int, eps: float = 1e-5) -> Tensor:
    """Widen, filter each channel, narrow; and add what came in, if it still fits."""
    wide, place, y = x.shape[0] * expansion, 0, x
    if expansion != 1:
        y = conv_norm(y, f"{name}.conv.0", wide, 1, function="relu6", eps=eps)
        place = 1
    y = conv_norm(y, f"{name}.conv.{place}", wide, 3, stride=stride, groups=wide, function="relu6", eps=eps)
    y = conv(y, f"{name}.conv.{place + 1}", filters, 1, bias=False)
    return residual(x, batch_norm(y, f"{name}.conv.{place + 2}", eps=eps))


SOURCE = "Sandler et al. (2018), MobileNetV2: Inverted Residuals and Linear Bottlenecks"
ENTRIES = [
    Entry("mobilenet_v2", "mobilenet_v2", 2018, SOURCE, mobilenet_v2),
    Entry("keras/MobileNetV2", "mobilenet_v2", 2018, SOURCE, mobilenet_v2, {"eps": 1e-3}),
    *[
        Entry(f"paper/mobilenet_v2_{width}_224", "mobilenet_v2", 2018, SOURCE, mobilenet_v2, {"width": width})
        for width in (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)
    ],
]
