r"""Residual networks for pictures of 32x32: deep and narrow, wide and shallow, or in groups.

Three stages of 16, 32 and 64 channels with $n$ blocks each. A ResNet of $6n+2$ layers uses basic blocks and, for
its two wider stages, shortcuts of every second pixel and channels of zeros (option A, no parameters); many ports
use projections (option B): ResNet-20 has 269,722 parameters with A and 272,474 with B.

A Wide ResNet of "depth" $6n+4$ and width $k$ normalises before each convolution and multiplies the channels by
$k$. Its depth counts the three projections, which lie beside the longest path, and not the last layer: the
longest path is two shorter. A ResNeXt of $9n+2$ layers uses bottlenecks with groups.

Sources:
    He, Zhang, Ren & Sun (2016), Deep Residual Learning for Image Recognition, section 4.2, table 6.
    Zagoruyko & Komodakis (2016), Wide Residual Networks, table 1.
    Xie et al. (2017), Aggregated Residual Transformations, section 5.3.
"""

from __future__ import annotations

from cnnspec.zoo.blocks import blocks_each
from cnnspec.zoo.entry import Entry
from cnnspec.zoo.notation import Tensor, add, batch_norm, conv, flatten, global_avg_pool, linear, relu
from cnnspec.zoo.resnet import RESNET, RESNEXT, WIDE, Style, basic, bottleneck


def resnet_cifar(x: Tensor, *, classes: int = 10, depth: int = 20, shortcut: str = "zeros") -> Tensor:
    """A ResNet of `depth` = 6n + 2 layers.

    Args:
        x: An image.
        classes: Number of classes.
        depth: Layers on the longest path: 20, 32, 44, 56, 110 or 1202 in the paper.
        shortcut: `"zeros"` (option A), `"projection"` (option B) or `"none"` (the plain net).
    """
    form = Style(shortcut=shortcut)
    x = relu(batch_norm(conv(x, "conv1", 16, 3, padding=1, bias=False), "bn1"))
    for stage in range(3):
        for i in range(blocks_each(depth, 2, 6)):
            stride = 2 if stage and i == 0 else 1
            x = basic(x, f"layer{stage + 1}.{i}", 16 * 2**stage, stride, form)
    return linear(flatten(global_avg_pool(x)), "fc", classes)


def wide_resnet_cifar(x: Tensor, *, classes: int = 10, depth: int = 28, width: int = 10) -> Tensor:
    """A Wide ResNet WRN-`depth`-`width`.

    Args:
        x: An image.
        classes: Number of classes.
        depth: 6n + 4 for n blocks in each stage.
        width: Multiplier of the channels.
    """
    x = conv(x, "conv1", 16, 3, padding=1, bias=False)
    for stage in range(3):
        for i in range(blocks_each(depth, 4, 6)):
            stride = 2 if stage and i == 0 else 1
            x = normalised_first(x, f"block{stage + 1}.layer.{i}", 16 * width * 2**stage, stride)
    x = relu(batch_norm(x, "bn1"))
    return linear(flatten(global_avg_pool(x)), "fc", classes)


def normalised_first(x: Tensor, name: str, filters: int, stride: int) -> Tensor:
    """Normalise, activate, convolve, twice; the shortcut stays free of activations unless the shape changes."""
    y = relu(batch_norm(x, f"{name}.bn1"))
    if x.shape[0] != filters or stride > 1:
        x = conv(y, f"{name}.convShortcut", filters, 1, stride=stride, bias=False)
    y = conv(y, f"{name}.conv1", filters, 3, stride=stride, padding=1, bias=False)
    y = relu(batch_norm(y, f"{name}.bn2"))
    return add(x, conv(y, f"{name}.conv2", filters, 3, padding=1, bias=False))


def resnext_cifar(x: Tensor, *, classes: int = 10, depth: int = 29, groups: int = 16, group_width: int = 64) -> Tensor:
    """A ResNeXt of `depth` = 9n + 2 layers.

    Args:
        x: An image.
        classes: Number of classes.
        depth: Layers on the longest path.
        groups: Groups of each 3x3 (the cardinality).
        group_width: Channels of each group in the first stage.
    """
    form = Style(groups=groups, group_width=group_width)
    x = relu(batch_norm(conv(x, "conv1", 64, 3, padding=1, bias=False), "bn1"))
    for stage in range(3):
        for i in range(blocks_each(depth, 2, 9)):
            stride = 2 if stage and i == 0 else 1
            x = bottleneck(x, f"layer{stage + 1}.{i}", 64 * 2**stage, stride, form)
    return linear(flatten(global_avg_pool(x)), "fc", classes)


SIZE = (3, 32, 32)


def _entries() -> list[Entry]:
    entries = []
    for depth in (20, 32, 44, 56, 110, 1202):
        for letter, shortcut in (("A", "zeros"), ("B", "projection")):
            plan: dict[str, object] = {"depth": depth, "shortcut": shortcut}
            name = f"paper/resnet{depth}_cifar_option_{letter}"
            entries.append(Entry(name, "resnet_cifar", 2016, RESNET, resnet_cifar, plan, SIZE, 10))
        if depth <= 110:
            plan = {"depth": depth, "shortcut": "none"}
            name = f"paper/plain{depth}_cifar"
            entries.append(Entry(name, "resnet_cifar", 2016, RESNET, resnet_cifar, plan, SIZE, 10))
    wide = [(40, 1), (40, 2), (40, 4), (40, 8), (28, 10), (28, 12), (22, 8), (22, 10), (16, 4), (16, 8), (16, 10)]
    for depth, width in wide:
        plan = {"depth": depth, "width": width}
        name = f"paper/wrn_{depth}_{width}_cifar10"
        entries.append(Entry(name, "resnet_cifar", 2016, WIDE, wide_resnet_cifar, plan, SIZE, 10))
    for groups in (8, 16):
        plan = {"groups": groups}
        name = f"paper/resnext29_{groups}x64d_cifar10"
        entries.append(Entry(name, "resnet_cifar", 2017, RESNEXT, resnext_cifar, plan, SIZE, 10))
    return entries


ENTRIES = _entries()
