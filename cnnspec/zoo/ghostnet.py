r"""GhostNet: half of the maps are cheap copies of the other half.

Many maps of a layer look like their neighbours. A *ghost* module makes half of them by a convolution, and the other
half by one small depthwise window on each of these. Two such modules make a bottleneck, with a depthwise window
between them where the map is halved.

Source:
    Han, Wang, Tian, Guo, Xu & Xu (2020), GhostNet: More Features from Cheap Operations.
"""

from __future__ import annotations

from cnnspec.zoo.blocks import conv_norm, divisible, squeeze_excite
from cnnspec.zoo.entry import Entry
from cnnspec.zoo.notation import Tensor, add, channels, concat, conv, flatten, global_avg_pool, linear, relu

# Kernel, expanded channels, output channels, gate, stride.
PLAN = (
    (3, 16, 16, False, 1),
    (3, 48, 24, False, 2),
    (3, 72, 24, False, 1),
    (5, 72, 40, True, 2),
    (5, 120, 40, True, 1),
    (3, 240, 80, False, 2),
    (3, 200, 80, False, 1),
    (3, 184, 80, False, 1),
    (3, 184, 80, False, 1),
    (3, 480, 112, True, 1),
    (3, 672, 112, True, 1),
    (5, 672, 160, True, 2),
    (5, 960, 160, False, 1),
    (5, 960, 160, True, 1),
    (5, 960, 160, False, 1),
    (5, 960, 160, True, 1),
)


def ghostnet(x: Tensor, *, classes: int = 1000, width: float = 1.0) -> Tensor:
    """Stack the bottlenecks of table 1.

    Args:
        x: An image.
        classes: Number of classes.
        width: Multiplier of the channels, which are rounded to multiples of 4: 0.5, 1 or 1.3 in the paper.
    """
    x = conv_norm(x, "stem", divisible(16 * width, 4), 3, stride=2)
    for i, (kernel, wide, filters, gate, stride) in enumerate(PLAN):
        wide, filters = divisible(wide * width, 4), divisible(filters * width, 4)
        x = bottleneck(x, f"blocks.{i}", kernel, wide, filters, gate, stride)
    x = conv_norm(x, "last", divisible(960 * width, 4), 1)
    x = relu(conv(global_avg_pool(x), "conv_head", 1280, 1))
    return linear(flatten(x), "classifier", classes)


def bottleneck(x: Tensor, name: str, kernel: int, wide: int, filters: int, gate: bool, stride: int) -> Tensor:
    """Widen with a ghost module, halve the map if asked, gate if asked, narrow with a ghost module; and add."""
    y = ghost(x, f"{name}.ghost1", wide, "relu")
    if stride > 1:
        y = conv_norm(y, f"{name}.depthwise", wide, kernel, stride=stride, groups=wide, function=None)
    if gate:
        y = squeeze_excite(y, f"{name}.se", divisible(wide / 4, 4), outer="hard_sigmoid")
    y = ghost(y, f"{name}.ghost2", filters, None)
    if stride > 1 or x.shape[0] != filters:
        before = x.shape[0]
        x = conv_norm(x, f"{name}.shortcut.0", before, kernel, stride=stride, groups=before, function=None)
        x = conv_norm(x, f"{name}.shortcut.1", filters, 1, function=None)
    return add(x, y)


def ghost(x: Tensor, name: str, filters: int, function: str | None) -> Tensor:
    """Half of the maps by a 1x1, the other half by a 3x3 on each of these."""
    half = -(-filters // 2)
    x = conv_norm(x, f"{name}.primary", half, 1, function=function)
    y = concat(x, conv_norm(x, f"{name}.cheap", half, 3, groups=half, function=function))
    return y if y.shape[0] == filters else channels(y, range(filters))


SOURCE = "Han et al. (2020), GhostNet: More Features from Cheap Operations"
ENTRIES = [
    Entry(f"paper/ghostnet_{width}", "ghostnet", 2020, SOURCE, ghostnet, {"width": width}) for width in (0.5, 1.0, 1.3)
]
