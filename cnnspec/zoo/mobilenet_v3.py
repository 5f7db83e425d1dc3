r"""MobileNetV3: MobileNetV2 tuned by a search.

A search chose kernel, width, activation and gate of every block. Some blocks have a squeeze-and-excitation gate
on their wide channels; hard-swish and hard-sigmoid replace smooth functions; and the last layers were moved
behind the pooling, where a 1x1 is cheap. The minimalistic variants do without what a simple device computes badly:
gates, 5x5 windows and the hard functions.

Source:
    Howard et al. (2019), Searching for MobileNetV3, tables 1 (Large) and 2 (Small).
"""

from __future__ import annotations

from cnnspec.zoo.blocks import chosen, conv_norm, divisible, residual, squeeze_excite
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
    x: Tensor,
    *,
    classes: int = 1000,
    size: str = "large",
    width: float = 1.0,
    minimalistic: bool = False,
    keras: bool = False,
) -> Tensor:
    """Stack the blocks of a table.

    Args:
        x: An image.
        classes: Number of classes.
        size: `"large"` or `"small"`.
        width: Multiplier of the channels.
        minimalistic: Whether all kernels are 3x3, all activations ReLU, and there are no gates.
        keras: Whether it has the form of Keras: a first layer of 16 filters whatever the width, a block as many times
            wider than its *rounded* input as in the table, a last layer that never gets narrower, and 1x1
            convolutions for the linear layers.
    """
    chosen(size, PLAN, "size")
    hard = RE if minimalistic else HS
    x = conv_norm(x, "features.0", 16 if keras else divisible(16 * width), 3, stride=2, function=hard, eps=1e-3)
    before = 16
    for i, (kernel, wide, filters, gate, function, stride) in enumerate(PLAN[size], start=1):
        widened = divisible(x.shape[0] * wide / before if keras else wide * width)
        if minimalistic:
            kernel, gate, function = 3, False, RE
        before, filters = filters, divisible(filters * width)
        x = block(x, f"features.{i}", kernel, widened, filters, gate, function, stride)
    x = conv_norm(x, f"features.{len(PLAN[size]) + 1}", divisible(6 * x.shape[0]), 1, function=hard, eps=1e-3)
    x = global_avg_pool(x, name="avgpool")
    last = divisible(LAST[size] * (max(1.0, width) if keras else width))
    if keras:
        x = activation(conv(x, "classifier.0", last, 1), hard)
        return flatten(conv(x, "classifier.3", classes, 1))
    x = activation(linear(flatten(x), "classifier.0", last), hard)
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


def _entries() -> list[Entry]:
    entries = []
    for size in PLAN:
        plan: dict[str, object] = {"size": size}
        entries.append(Entry(f"mobilenet_v3_{size}", "mobilenet_v3", 2019, SOURCE, mobilenet_v3, plan))
    for size in PLAN:
        name = f"keras/MobileNetV3{size.capitalize()}"
        plan = {"size": size, "keras": True}
        entries.append(Entry(name, "mobilenet_v3", 2019, SOURCE, mobilenet_v3, plan))
        plan = plan | {"minimalistic": True}
        entries.append(Entry(f"{name}Minimalistic", "mobilenet_v3", 2019, SOURCE, mobilenet_v3, plan))
    return entries


ENTRIES = _entries()
