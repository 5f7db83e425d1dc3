r"""DenseNet: every layer sees the maps of all layers before it.

A layer adds $k$ channels (the growth rate) to a stack that all later layers read: after $l$ layers it is
$c_0 + lk$ channels deep. A 1x1 convolution to $4k$ channels before each 3x3 keeps the cost down, and a
transition between two stages halves channels and map. The networks for 32x32 pictures also come without both
(plain, no "BC").

Source:
    Huang, Liu, van der Maaten & Weinberger (2017), Densely Connected Convolutional Networks, tables 1 and 2.
"""

from __future__ import annotations

from cnnspec.zoo.blocks import blocks_each
from cnnspec.zoo.entry import Entry
from cnnspec.zoo.notation import (
    Tensor,
    avg_pool,
    batch_norm,
    concat,
    conv,
    flatten,
    global_avg_pool,
    linear,
    max_pool,
    relu,
)


def densenet(
    x: Tensor,
    *,
    classes: int = 1000,
    growth: int = 32,
    blocks: tuple[int, ...] = (6, 12, 24, 16),
    initial: int = 64,
    eps: float = 1e-5,
) -> Tensor:
    """The networks of table 1, for photographs.

    Args:
        x: An image.
        classes: Number of classes.
        growth: Channels that each layer adds.
        blocks: Layers in each stage.
        initial: Filters of the first convolution.
        eps: What a normalisation adds to the variance.
    """
    x = conv(x, "features.conv0", initial, 7, stride=2, padding=3, bias=False)
    x = relu(batch_norm(x, "features.norm0", eps=eps))
    x = max_pool(x, 3, stride=2, padding=1, name="features.pool0")
    for stage, layers in enumerate(blocks, start=1):
        for i in range(1, layers + 1):
            x = dense_layer(x, f"features.denseblock{stage}.denselayer{i}", growth, 4 * growth, eps)
        if stage < len(blocks):
            x = transition(x, f"features.transition{stage}", x.shape[0] // 2, eps)
    x = relu(batch_norm(x, "features.norm5", eps=eps))
    x = flatten(global_avg_pool(x))
    return linear(x, "classifier", classes)


def densenet_cifar(
    x: Tensor, *, classes: int = 10, layers: int = 40, growth: int = 12, compact: bool = False
) -> Tensor:
    """The networks of table 2, for pictures of 32x32: three stages of equal length.

    Args:
        x: An image.
        classes: Number of classes.
        layers: Layers in all, the $L$ of the paper: 3n + 4, or 6n + 4 if compact.
        growth: Channels that each layer adds, its $k$.
        compact: Whether a 1x1 comes before each 3x3 and transitions halve the channels ("BC").
    """
    depth = blocks_each(layers, 4, 6 if compact else 3, argument="layers")
    x = conv(x, "features.conv0", 2 * growth if compact else 16, 3, padding=1, bias=False)
    for stage in (1, 2, 3):
        for i in range(1, depth + 1):
            x = dense_layer(x, f"features.denseblock{stage}.denselayer{i}", growth, 4 * growth if compact else 0)
        if stage < 3:
            x = transition(x, f"features.transition{stage}", x.shape[0] // 2 if compact else x.shape[0])
    x = relu(batch_norm(x, "features.norm5"))
    x = flatten(global_avg_pool(x))
    return linear(x, "classifier", classes)


def dense_layer(x: Tensor, name: str, growth: int, narrow: int, eps: float = 1e-5) -> Tensor:
    """Read the whole stack, through a 1x1 to `narrow` channels if there is one, and put `growth` maps on it."""
    y = relu(batch_norm(x, f"{name}.norm1", eps=eps))
    if narrow:
        y = conv(y, f"{name}.conv1", narrow, 1, bias=False)
        y = relu(batch_norm(y, f"{name}.norm2", eps=eps))
    y = conv(y, f"{name}.conv2" if narrow else f"{name}.conv1", growth, 3, padding=1, bias=False)
    return concat(x, y)


def transition(x: Tensor, name: str, width: int, eps: float = 1e-5) -> Tensor:
    """A 1x1 convolution and a pooling that halves the map."""
    x = relu(batch_norm(x, f"{name}.norm", eps=eps))
    return avg_pool(conv(x, f"{name}.conv", width, 1, bias=False), 2, name=f"{name}.pool")


SOURCE = "Huang, Liu, van der Maaten & Weinberger (2017), Densely Connected Convolutional Networks"
PLAN: dict[int, dict[str, object]] = {
    121: {"blocks": (6, 12, 24, 16)},
    161: {"blocks": (6, 12, 36, 24), "growth": 48, "initial": 96},
    169: {"blocks": (6, 12, 32, 32)},
    201: {"blocks": (6, 12, 48, 32)},
}


def _entries() -> list[Entry]:
    entries = []
    for depth, options in PLAN.items():
        entries.append(Entry(f"densenet{depth}", "densenet", 2017, SOURCE, densenet, options))
        if depth != 161:
            keras = options | {"eps": 1.001e-5}
            entries.append(Entry(f"keras/DenseNet{depth}", "densenet", 2017, SOURCE, densenet, keras))
    small = [(False, 40, 12), (False, 100, 12), (False, 100, 24), (True, 100, 12), (True, 250, 24), (True, 190, 40)]
    for compact, layers, growth in small:
        name = f"paper/densenet_{'bc_' if compact else ''}L{layers}_k{growth}_cifar10"
        plan: dict[str, object] = {"layers": layers, "growth": growth, "compact": compact}
        entries.append(Entry(name, "densenet", 2017, SOURCE, densenet_cifar, plan, (3, 32, 32), 10))
    return entries


ENTRIES = _entries()
