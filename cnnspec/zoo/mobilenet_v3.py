r"""MobileNetV3: MobileNetV2 tuned by a search.

A search chose kernel, width, activation and gate of every block. Some blocks have a squeeze-and-excitation gate
on their wide channels; hard-swish and hard-sigmoid replace smooth functions; and the last layers were moved
behind the pooling, where a 1x1 is cheap.

Source:
    Howard et al. (2019), Searching for MobileNetV3, tables 1 (Large) and 2 (Small).
"""

from __future__ import annotations

from cnnspec.zoo.blocks import conv_norm, divisible, residual, squeeze_excite
from cnnspec.zoo.entry import Entry
from cnnspec.zoo.notation import Tensor, activation, conv, flatten, global_avg_pool, linear

# Tables 1 and 2: kernel, expanded channels, output channels, gate, activation, stride.
RE, HS = "relu", "hard_swish"
PLAN = {
    "large": (
        (3, 16, 16, False, RE, 1),
        (3, 64, 24, False, RE, 2),
        (3, 72, 24, False, RE, 1),
        (5, 72, 40, True, RE, 2),
        (5, 120, 40, True, RE, 1),
        (5, 120, 40, True, RE, 1),
        (3, 240, 80, False, HS, 2),
        (3, 200, 80, False, HS, 1),
        (3, 184, 80, False, HS, 1),
        (3, 184, 80, False, HS, 1),
        (3, 480, 112, True, HS, 1),
        (3, 672, 112, True, HS, 1),
        (5, 672, 160, True, HS, 2),
        (5, 960, 160, True, HS, 1),
        (5, 960, 160, True, HS, 1),
    ),
    "small": (
        (3, 16, 16, True, RE, 2),
        (3, 72, 24, False, RE, 2),
        (3, 88, 24, False, RE, 1),
        (5, 96, 40, True, HS, 2),
        (5, 240, 40, True, HS, 1),
        (5, 240, 40, True, HS, 1),
        (5, 120, 48, True, HS, 1),
        (5, 144, 48, True, HS, 1),
        (5, 288, 96, True, HS, 2),
        (5, 576, 96, True, HS, 1),
        (5, 576, 96, True, HS, 1),
    ),
}
LAST = {"large": 1280, "small": 1024}


def mobilenet_v3(
    x: Tensor, *, classes: int = 1000, size: str = "large", width: float = 1.0, head: str = "linear"
) -> Tensor:
    """Stack the blocks of a table.

    Args:
        x: An image.
        classes: Number of classes.
        size: `"large"` or `"small"`.
        width: Multiplier of the channels.
        head: `"linear"` layers after the pooling (torchvision) or `"conv"`, the same as 1x1 convolutions (Keras).
    """
    x = conv_norm(x, "features.0", divisible(16 * width), 3, stride=2, function=HS, eps=1e-3)
    for i, (kernel, wide, filters, gate, function, stride) in enumerate(PLAN[size], start=1):
        wide, filters = divisible(wide * width), divisible(filters * width)
        x = block(x, f"features.{i}", kernel, wide, filters, gate, function, stride)
    x = conv_norm(x, f"features.{len(PLAN[size]) + 1}", 6 * x.shape[0], 1, function=HS, eps=1e-3)
    x = global_avg_pool(x, name="avgpool")
    last = divisible(LAST[size] * (width if head == "linear" else max(1.0, width)))
    if head == "conv":
        x = activation(conv(x, "classifier.0", last, 1), HS)
        return flatten(conv(x, "classifier.3", classes, 1))
    x = activation(linear(flatten(x), "classifier.0", last), HS)
    return linear(x, "classifier.3", classes)


def block(x: Tensor, name: str, kernel: int, wide: int, filters: int, gate: bool, function: str, stride: int) -> Tensor:
    """An inverted residual with an optional gate on its wide channels."""
    y, place = x, 0
    if wide != x.shape[0]:
        y = conv_norm(y, f"{name}.block.0", wide, 1, function=function, eps=1e-3)
        place = 1
    y = conv_norm(y, f"{name}.block.{place}", wide, kernel, stride=stride, groups=wide, function=function, eps=1e-3)
    if gate:
        place += 1
        y = squeeze_excite(y, f"{name}.block.{place}", divisible(wide // 4), outer="hard_sigmoid")
    y = conv_norm(y, f"{name}.block.{place + 1}", filters, 1, function=None, eps=1e-3)
    return residual(x, y) if stride == 1 else y


SOURCE = "Howard et al. (2019), Searching for MobileNetV3"
ENTRIES = [
    *[Entry(f"mobilenet_v3_{size}", "mobilenet_v3", 2019, SOURCE, mobilenet_v3, {"size": size}) for size in PLAN],
    *[
        Entry(
            f"keras/MobileNetV3{size.capitalize()}", "mobilenet_v3", 2019, SOURCE, mobilenet_v3,
            {"size": size, "head": "conv"},
        )
        for size in PLAN
    ],
]  # fmt: skip
