r"""Inception v3: large windows made of small and of one-sided ones.

Two 3x3 replace a 5x5, and a 1x7 with a 7x1 replaces a 7x7: the same reach for fewer weights. Where the map is
halved, strided convolutions and a pooling run side by side, so that no layer becomes a bottleneck.

Keras leaves out the scale (gamma) of the batch normalisation, and the auxiliary head; torchvision's own figure
for its parameters, 27,161,264, counts the head.

Source:
    Szegedy, Vanhoucke, Ioffe, Shlens & Wojna (2016), Rethinking the Inception Architecture, table 1, figures 5-7.
"""

from __future__ import annotations

from collections.abc import Callable

from cnnspec.zoo.blocks import conv_norm
from cnnspec.zoo.entry import Entry
from cnnspec.zoo.notation import (
    Tensor,
    avg_pool,
    concat,
    flatten,
    global_avg_pool,
    linear,
    max_pool,
    training_only,
)
from cnnspec.zoo.window import Border, Ints

Unit = Callable[..., Tensor]


def inception_v3(x: Tensor, *, classes: int = 1000, head: bool = True, scale: bool = True) -> Tensor:
    """Stack the modules of table 1.

    Args:
        x: An image.
        classes: Number of classes.
        head: Whether there is an auxiliary head for training.
        scale: Whether batch normalisation has a gamma.
    """

    def unit(x: Tensor, name: str, filters: int, kernel: Ints, stride: int = 1, padding: Border = 0) -> Tensor:
        parts = ("conv", "bn")
        return conv_norm(x, name, filters, kernel, stride=stride, padding=padding, eps=1e-3, scale=scale, parts=parts)

    x = unit(x, "Conv2d_1a_3x3", 32, 3, stride=2)
    x = unit(x, "Conv2d_2a_3x3", 32, 3)
    x = unit(x, "Conv2d_2b_3x3", 64, 3, padding=1)
    x = max_pool(x, 3, stride=2, name="maxpool1")
    x = unit(x, "Conv2d_3b_1x1", 80, 1)
    x = unit(x, "Conv2d_4a_3x3", 192, 3)
    x = max_pool(x, 3, stride=2, name="maxpool2")
    for letter, pooled in (("b", 32), ("c", 64), ("d", 64)):
        x = module_5(x, f"Mixed_5{letter}", pooled, unit)
    x = reduction_6(x, "Mixed_6a", unit)
    for letter, narrow in (("b", 128), ("c", 160), ("d", 160), ("e", 192)):
        x = module_6(x, f"Mixed_6{letter}", narrow, unit)
    if head:
        y = avg_pool(training_only(x), 5, stride=3)
        y = unit(unit(y, "AuxLogits.conv0", 128, 1), "AuxLogits.conv1", 768, 5)
        linear(flatten(global_avg_pool(y)), "AuxLogits.fc", classes)
    x = reduction_7(x, "Mixed_7a", unit)
    for letter in "bc":
        x = module_7(x, f"Mixed_7{letter}", unit)
    x = flatten(global_avg_pool(x, name="avgpool"))
    return linear(x, "fc", classes)


def module_5(x: Tensor, name: str, pooled: int, unit: Unit) -> Tensor:
    """Figure 5: 1x1, 5x5, two 3x3, and a pooling."""
    one = unit(x, f"{name}.branch1x1", 64, 1)
    five = unit(x, f"{name}.branch5x5_1", 48, 1)
    five = unit(five, f"{name}.branch5x5_2", 64, 5, padding=2)
    double = unit(x, f"{name}.branch3x3dbl_1", 64, 1)
    double = unit(double, f"{name}.branch3x3dbl_2", 96, 3, padding=1)
    double = unit(double, f"{name}.branch3x3dbl_3", 96, 3, padding=1)
    pool = unit(avg_pool(x, 3, stride=1, padding=1), f"{name}.branch_pool", pooled, 1)
    return concat(one, five, double, pool)


def reduction_6(x: Tensor, name: str, unit: Unit) -> Tensor:
    """Halve the map: 3x3, two 3x3, and a pooling, each with stride 2."""
    three = unit(x, f"{name}.branch3x3", 384, 3, stride=2)
    double = unit(x, f"{name}.branch3x3dbl_1", 64, 1)
    double = unit(double, f"{name}.branch3x3dbl_2", 96, 3, padding=1)
    double = unit(double, f"{name}.branch3x3dbl_3", 96, 3, stride=2)
    return concat(three, double, max_pool(x, 3, stride=2))


def module_6(x: Tensor, name: str, narrow: int, unit: Unit) -> Tensor:
    """Figure 6: 1x1, a 7x7 and two 7x7 cut into rows and columns, and a pooling."""
    row, column = {"kernel": (1, 7), "padding": (0, 3)}, {"kernel": (7, 1), "padding": (3, 0)}
    one = unit(x, f"{name}.branch1x1", 192, 1)
    seven = unit(x, f"{name}.branch7x7_1", narrow, 1)
    seven = unit(seven, f"{name}.branch7x7_2", narrow, **row)
    seven = unit(seven, f"{name}.branch7x7_3", 192, **column)
    double = unit(x, f"{name}.branch7x7dbl_1", narrow, 1)
    double = unit(double, f"{name}.branch7x7dbl_2", narrow, **column)
    double = unit(double, f"{name}.branch7x7dbl_3", narrow, **row)
    double = unit(double, f"{name}.branch7x7dbl_4", narrow, **column)
    double = unit(double, f"{name}.branch7x7dbl_5", 192, **row)
    pool = unit(avg_pool(x, 3, stride=1, padding=1), f"{name}.branch_pool", 192, 1)
    return concat(one, seven, double, pool)


def reduction_7(x: Tensor, name: str, unit: Unit) -> Tensor:
    """Halve the map once more: 3x3, a 7x7 followed by 3x3, and a pooling."""
    three = unit(x, f"{name}.branch3x3_1", 192, 1)
    three = unit(three, f"{name}.branch3x3_2", 320, 3, stride=2)
    seven = unit(x, f"{name}.branch7x7x3_1", 192, 1)
    seven = unit(seven, f"{name}.branch7x7x3_2", 192, (1, 7), padding=(0, 3))
    seven = unit(seven, f"{name}.branch7x7x3_3", 192, (7, 1), padding=(3, 0))
    seven = unit(seven, f"{name}.branch7x7x3_4", 192, 3, stride=2)
    return concat(three, seven, max_pool(x, 3, stride=2))


def module_7(x: Tensor, name: str, unit: Unit) -> Tensor:
    """Figure 7: windows that fan out into a row and a column."""
    row, column = {"kernel": (1, 3), "padding": (0, 1)}, {"kernel": (3, 1), "padding": (1, 0)}
    one = unit(x, f"{name}.branch1x1", 320, 1)
    three = unit(x, f"{name}.branch3x3_1", 384, 1)
    fan = concat(
        unit(three, f"{name}.branch3x3_2a", 384, **row),
        unit(three, f"{name}.branch3x3_2b", 384, **column),
    )
    double = unit(x, f"{name}.branch3x3dbl_1", 448, 1)
    double = unit(double, f"{name}.branch3x3dbl_2", 384, 3, padding=1)
    double = concat(
        unit(double, f"{name}.branch3x3dbl_3a", 384, **row),
        unit(double, f"{name}.branch3x3dbl_3b", 384, **column),
    )
    pool = unit(avg_pool(x, 3, stride=1, padding=1), f"{name}.branch_pool", 192, 1)
    return concat(one, fan, double, pool)


SOURCE = "Szegedy et al. (2016), Rethinking the Inception Architecture for Computer Vision"
LARGE = (3, 299, 299)

ENTRIES = [
    Entry("inception_v3", "inception_v3", 2016, SOURCE, inception_v3, {}, LARGE),
    Entry("inception_v3[aux]", "inception_v3", 2016, SOURCE, inception_v3, {}, LARGE),
    Entry("inception_v3[noaux]", "inception_v3", 2016, SOURCE, inception_v3, {"head": False}, LARGE),
    Entry("keras/InceptionV3", "inception_v3", 2016, SOURCE, inception_v3, {"head": False, "scale": False}, LARGE),
]
