r"""ConvNeXt: a convolutional network rebuilt with the habits of transformers.

The first layer cuts the picture into patches of 4x4. A block is a depthwise 7x7, layer normalisation, and a
widening to four times the channels and back, at each place by itself; a learnt scale for each channel, very
small at first, weights what is added. Between stages a 2x2 with stride 2 halves the map.

Source:
    Liu, Mao, Wu, Feichtenhofer, Darrell & Xie (2022), A ConvNet for the 2020s, table 9 and figure 4.
"""

from __future__ import annotations

from cnnspec.zoo.entry import Entry
from cnnspec.zoo.notation import (
    Tensor,
    activation,
    add,
    conv,
    flatten,
    global_avg_pool,
    layer_norm,
    linear,
    multiply,
    parameter,
    standardise,
)


def convnext(
    x: Tensor,
    *,
    classes: int = 1000,
    width: int = 96,
    blocks: tuple[int, ...] = (3, 3, 9, 3),
    keras: bool = False,
) -> Tensor:
    """Stack blocks in four stages, each twice as wide as the one before.

    Args:
        x: An image.
        classes: Number of classes.
        width: Channels of the first stage.
        blocks: Blocks in each stage.
        keras: Whether the network standardises the picture itself (with constants, which are not counted).
    """
    x = standardise(x, stored=False) if keras else x
    x = layer_norm(conv(x, "features.0.0", width, 4, stride=4), "features.0.1")
    for stage, count in enumerate(blocks):
        if stage:
            place = f"features.{2 * stage}"
            x = conv(layer_norm(x, f"{place}.0"), f"{place}.1", width * 2**stage, 2, stride=2)
        for i in range(count):
            x = block(x, f"features.{2 * stage + 1}.{i}")
    x = layer_norm(global_avg_pool(x, name="avgpool"), "classifier.0")
    return linear(flatten(x), "classifier.2", classes)


def block(x: Tensor, name: str) -> Tensor:
    """Depthwise 7x7, normalise, widen, narrow, scale; and add what came in."""
    width = x.shape[0]
    y = conv(x, f"{name}.block.0", width, 7, padding=3, groups=width)
    y = layer_norm(y, f"{name}.block.2")
    y = activation(linear(y, f"{name}.block.3", 4 * width), "gelu")
    y = linear(y, f"{name}.block.5", width)
    y = multiply(y, parameter(x, f"{name}.layer_scale", (width, 1, 1)))
    return add(y, x)


SOURCE = "Liu et al. (2022), A ConvNet for the 2020s"
SIZES = {
    "tiny": (96, (3, 3, 9, 3)),
    "small": (96, (3, 3, 27, 3)),
    "base": (128, (3, 3, 27, 3)),
    "large": (192, (3, 3, 27, 3)),
    "xlarge": (256, (3, 3, 27, 3)),
}


def _entries() -> list[Entry]:
    entries = []
    for size, (width, blocks) in SIZES.items():
        plan: dict[str, object] = {"width": width, "blocks": blocks}
        if size != "xlarge":
            entries.append(Entry(f"convnext_{size}", "convnext", 2022, SOURCE, convnext, plan))
        name = f"keras/ConvNeXt{'XLarge' if size == 'xlarge' else size.capitalize()}"
        entries.append(Entry(name, "convnext", 2022, SOURCE, convnext, plan | {"keras": True}))
    return entries


ENTRIES = _entries()
