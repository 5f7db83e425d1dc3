r"""MNASNet: a network found by a search that measured the time on a telephone.

The search chose kernel and expansion of each stage. This is model B1, without gates. The width multiplier
scales all stages but the last convolution of 1280 filters.

Source:
    Tan et al. (2019), MnasNet: Platform-Aware Neural Architecture Search for Mobile, table 1.
    Its figure 7 shows A1, which has gates.
"""

from __future__ import annotations

from cnnspec.zoo.blocks import divisible, residual
from cnnspec.zoo.entry import Entry
from cnnspec.zoo.notation import Tensor, batch_norm, conv, flatten, global_avg_pool, linear, relu

# Channels, kernel, stride, expansion and repeats of each stage.
PLAN = (
    (24, 3, 2, 3, 3),
    (40, 5, 2, 3, 3),
    (80, 5, 2, 6, 3),
    (96, 3, 1, 6, 2),
    (192, 5, 2, 6, 4),
    (320, 3, 1, 6, 1),
)


def mnasnet(x: Tensor, *, classes: int = 1000, width: float = 1.0) -> Tensor:
    """Stack the stages.

    Args:
        x: An image.
        classes: Number of classes.
        width: Multiplier of the channels.
    """
    stem = divisible(32 * width)
    x = relu(unit(x, "layers", 0, stem, 3, stride=2))
    x = relu(unit(x, "layers", 3, stem, 3, groups=stem))
    x = unit(x, "layers", 6, divisible(16 * width), 1)
    for place, (channels, kernel, first_stride, expansion, repeats) in enumerate(PLAN, start=8):
        for i in range(repeats):
            stride = first_stride if i == 0 else 1
            name = f"layers.{place}.{i}.layers"
            x = inverted_residual(x, name, divisible(channels * width), kernel, stride, expansion)
    x = relu(unit(x, "layers", 14, 1280, 1))
    return linear(flatten(global_avg_pool(x)), "classifier.1", classes)


def unit(x: Tensor, name: str, place: int, filters: int, kernel: int, *, stride: int = 1, groups: int = 1) -> Tensor:
    """A convolution and its normalisation, at consecutive places of a list."""
    x = conv(x, f"{name}.{place}", filters, kernel, stride=stride, padding=kernel // 2, groups=groups, bias=False)
    return batch_norm(x, f"{name}.{place + 1}")


def inverted_residual(x: Tensor, name: str, filters: int, kernel: int, stride: int, expansion: int) -> Tensor:
    """Widen, filter each channel, narrow; and add what came in, if it still fits."""
    wide = x.shape[0] * expansion
    y = relu(unit(x, name, 0, wide, 1))
    y = relu(unit(y, name, 3, wide, kernel, stride=stride, groups=wide))
    y = unit(y, name, 6, filters, 1)
    return residual(x, y)


SOURCE = "Tan et al. (2019), MnasNet: Platform-Aware Neural Architecture Search for Mobile"
ENTRIES = [
    Entry(f"mnasnet{str(width).replace('.', '_')}", "mnasnet", 2019, SOURCE, mnasnet, {"width": width})
    for width in (0.5, 0.75, 1.0, 1.3)
]
