r"""PyramidNet: a residual network that widens a little in every block, instead of twofold in a few.

Block $k$ of $N$ has $16 + \alpha k / N$ channels (times four at the end of a bottleneck). The shortcut has no
parameters: new channels get zeros, and where the map is halved it is averaged. A block normalises first and last, and
activates only between its convolutions.

Source:
    Han, Kim & Kim (2017), Deep Pyramidal Residual Networks.
"""

from __future__ import annotations

from cnnspec.zoo.blocks import blocks_each
from cnnspec.zoo.entry import Entry
from cnnspec.zoo.notation import (
    Tensor,
    add,
    avg_pool,
    batch_norm,
    conv,
    flatten,
    global_avg_pool,
    linear,
    pad_channels,
    relu,
)


def pyramidnet_cifar(
    x: Tensor, *, classes: int = 10, depth: int = 110, alpha: float = 48, bottleneck: bool = False
) -> Tensor:
    """A PyramidNet for pictures of 32x32.

    Args:
        x: An image.
        classes: Number of classes.
        depth: 6n + 2 layers with basic blocks, 9n + 2 with bottlenecks.
        alpha: By how many channels the last block is wider than the first layer's 16.
        bottleneck: Whether blocks are 1x1, 3x3, 1x1 with a quarter of the channels inside, and not two 3x3.
    """
    count = blocks_each(depth, 2, 9 if bottleneck else 6)
    x = batch_norm(conv(x, "conv1", 16, 3, padding=1, bias=False), "bn1")
    for k in range(1, 3 * count + 1):
        stage, i = divmod(k - 1, count)
        width = round(16 + alpha * k / (3 * count)) * (4 if bottleneck else 1)
        x = block(x, f"layer{stage + 1}.{i}", width, 2 if stage and i == 0 else 1, bottleneck)
    x = relu(batch_norm(x, "bn_final"))
    return linear(flatten(global_avg_pool(x)), "fc", classes)


def block(x: Tensor, name: str, width: int, stride: int, bottleneck: bool) -> Tensor:
    """Normalise, convolve, and so on, no activation before the first; add the shortcut, padded with zeros."""
    layers = [(width // 4, 1, 1), (width // 4, 3, stride), (width, 1, 1)] if bottleneck else [(width, 3, stride)]
    y = x
    for place, (filters, kernel, step) in enumerate(layers if bottleneck else [*layers, (width, 3, 1)], start=1):
        y = batch_norm(y, f"{name}.bn{place}")
        y = relu(y) if place > 1 else y
        y = conv(y, f"{name}.conv{place}", filters, kernel, stride=step, padding=kernel // 2, bias=False)
    y = batch_norm(y, f"{name}.bn_last")
    x = avg_pool(x, 2, stride=stride, ceil_mode=True) if stride > 1 else x
    return add(y, pad_channels(x, 0, width - x.shape[0]) if width > x.shape[0] else x)


SOURCE = "Han, Kim & Kim (2017), Deep Pyramidal Residual Networks"
MEMBERS = ((110, 48, False), (110, 84, False), (110, 270, False), (164, 270, True), (200, 240, True), (272, 200, True))
ENTRIES = [
    Entry(
        f"paper/pyramidnet{depth}_a{alpha}{'_bottleneck' if bottleneck else ''}_cifar10", "pyramidnet", 2017, SOURCE,
        pyramidnet_cifar, {"depth": depth, "alpha": alpha, "bottleneck": bottleneck}, (3, 32, 32), 10,
    )
    for depth, alpha, bottleneck in MEMBERS
]  # fmt: skip
