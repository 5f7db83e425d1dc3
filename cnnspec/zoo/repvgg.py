r"""RepVGG: three branches to train with, one to use.

In training a block adds a 3x3, a 1x1 and, where shapes agree, its own input, each normalised by itself. All three
are linear, so they melt into a single 3x3 with a bias: the network that is used is as plain as VGG. It has fewer
parameters, costs less, and computes the same.

Source:
    Ding, Zhang, Ma, Han, Ding & Sun (2021), RepVGG: Making VGG-style ConvNets Great Again, tables 2 and 3, figure 4.
"""

from __future__ import annotations

from cnnspec.zoo.blocks import conv_norm
from cnnspec.zoo.entry import Entry
from cnnspec.zoo.notation import Tensor, add, batch_norm, conv, flatten, global_avg_pool, linear, relu

# Table 3: blocks in each stage.
BLOCKS = {"A": (2, 4, 14, 1), "B": (4, 6, 16, 1)}
# Tables 2 and 3: the letter, the multiplier of the first four widths and that of the last.
SIZES = {
    "A0": ("A", 0.75, 2.5),
    "A1": ("A", 1.0, 2.5),
    "A2": ("A", 1.5, 2.75),
    "B0": ("B", 1.0, 2.5),
    "B1": ("B", 2.0, 4.0),
    "B2": ("B", 2.5, 5.0),
    "B3": ("B", 3.0, 5.0),
}


def repvgg(
    x: Tensor,
    *,
    classes: int = 1000,
    blocks: tuple[int, ...] = BLOCKS["A"],
    width: float = 0.75,
    last: float = 2.5,
    groups: int = 1,
    deployed: bool = False,
) -> Tensor:
    """Stack the blocks in five stages, each of which halves the map.

    Args:
        x: An image.
        classes: Number of classes.
        blocks: Blocks in each stage after the first, which has one.
        width: Multiplier of the channels 64, 64, 128 and 256 of the first four stages; the first is at most 64 wide.
        last: Multiplier of the 512 channels of the last stage.
        groups: Groups of every second block's convolutions, counted from the second stage on.
        deployed: Whether each block has melted into one convolution.
    """
    widths = (min(64, int(64 * width)), int(64 * width), int(128 * width), int(256 * width), int(512 * last))
    place = 0
    for stage, (filters, count) in enumerate(zip(widths, (1, *blocks), strict=True)):
        for i in range(count):
            shared = groups if place and place % 2 == 0 else 1
            x = block(x, f"stages.{stage}.{i}", filters, 2 if i == 0 else 1, shared, deployed)
            place += 1
    return linear(flatten(global_avg_pool(x)), "fc", classes)


def block(x: Tensor, name: str, filters: int, stride: int, groups: int, deployed: bool) -> Tensor:
    """The sum of a 3x3, a 1x1 and perhaps the input, each normalised; or one 3x3."""
    if deployed:
        return relu(conv(x, f"{name}.reparam_conv", filters, 3, stride=stride, padding=1, groups=groups))
    parts = [
        conv_norm(x, f"{name}.conv_kxk", filters, 3, stride=stride, groups=groups, function=None),
        conv_norm(x, f"{name}.conv_1x1", filters, 1, stride=stride, groups=groups, function=None),
    ]
    if stride == 1 and x.shape[0] == filters:
        parts.append(batch_norm(x, f"{name}.identity"))
    return relu(add(*parts))


SOURCE = "Ding et al. (2021), RepVGG: Making VGG-style ConvNets Great Again"
ENTRIES = [
    Entry(
        f"paper/repvgg_{size}{'_deployed' if deployed else ''}", "repvgg", 2021, SOURCE, repvgg,
        {"blocks": BLOCKS[letter], "width": width, "last": last, "deployed": deployed},
    )
    for size, (letter, width, last) in SIZES.items()
    for deployed in (False, True)
]  # fmt: skip
