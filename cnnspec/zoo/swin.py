r"""Swin: a transformer that looks through windows, and shifts them from layer to layer.

The picture becomes patches of 4x4. Every place attends to the 7x7 window it lies in; in every second block the
windows are shifted by half their size, so that neighbours talk across their borders. Between stages the four places
of each 2x2 window are merged into one: the map is halved and the channels are doubled, as in a convolutional
network, and the cost grows with the places and not with their square.

Version 2 normalises after each part instead of before it, compares directions (cosines) instead of vectors, and
lets a small network compute the bias of a distance, so that windows may be larger than those trained with.

Sources:
    Liu, Lin, Cao, Hu, Wei, Zhang, Lin & Guo (2021), Swin Transformer, section 3 and table 7.
    Liu, Hu, Lin, Yao, Xie, Wei, Ning, Cao, Zhang, Dong, Wei & Guo (2022), Swin Transformer V2, section 3.
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
)
from cnnspec.zoo.windows import Cut, from_windows, keyless_linear, merge, to_windows, window_attention

EPS = 1e-5


def swin(
    x: Tensor,
    *,
    classes: int = 1000,
    width: int = 96,
    blocks: tuple[int, ...] = (2, 2, 6, 2),
    heads: tuple[int, ...] = (3, 6, 12, 24),
    size: int = 7,
    version: int = 1,
) -> Tensor:
    """Stack blocks in stages, each twice as wide as the one before.

    Args:
        x: An image.
        classes: Number of classes.
        width: Channels of the first stage.
        blocks: Blocks in each stage.
        heads: Heads of each attention, by stage.
        size: Rows and columns of a window.
        version: 1 or 2.
    """
    x = layer_norm(conv(x, "features.0.0", width, 4, stride=4), "features.0.2", eps=EPS)
    for stage, (count, many) in enumerate(zip(blocks, heads, strict=True)):
        if stage:
            x = merged(x, f"features.{2 * stage}", width * 2**stage, version)
        for i in range(count):
            # Along an axis that is no longer than one window nothing is shifted.
            vertical, horizontal = [size // 2 if i % 2 and length > size else 0 for length in x.shape[1:]]
            cut = Cut(size, shift=(vertical, horizontal))
            x = block(x, f"features.{2 * stage + 1}.{i}", many, cut, version)
    x = global_avg_pool(layer_norm(x, "norm", eps=EPS), name="avgpool")
    return linear(flatten(x), "head", classes)


def merged(x: Tensor, name: str, width: int, version: int) -> Tensor:
    """Four places side by side, and half of their channels."""
    x = merge(x)
    if version == 1:
        return linear(layer_norm(x, f"{name}.norm", eps=EPS), f"{name}.reduction", width, bias=False)
    return layer_norm(linear(x, f"{name}.reduction", width, bias=False), f"{name}.norm", eps=EPS)


def block(x: Tensor, name: str, heads: int, cut: Cut, version: int) -> Tensor:
    """Attention within windows, then two layers at each place; both added to what came in."""
    if version == 1:
        x = add(x, attended(layer_norm(x, f"{name}.norm1", eps=EPS), name, heads, cut, cosine=False))
        return add(x, mixed(layer_norm(x, f"{name}.norm2", eps=EPS), name))
    x = add(x, layer_norm(attended(x, name, heads, cut, cosine=True), f"{name}.norm1", eps=EPS))
    return add(x, layer_norm(mixed(x, name), f"{name}.norm2", eps=EPS))


def attended(x: Tensor, name: str, heads: int, cut: Cut, *, cosine: bool) -> Tensor:
    """Cut into windows, attend within each, put together again."""
    width = x.shape[0]
    y = (keyless_linear if cosine else linear)(to_windows(x, cut), f"{name}.attn.qkv", 3 * width)
    y = window_attention(y, f"{name}.attn", heads, cut, x, (width // heads) ** -0.5, cosine=cosine)
    return from_windows(linear(y, f"{name}.attn.proj", width), cut, x)


def mixed(x: Tensor, name: str) -> Tensor:
    """Widen to four times the channels and narrow again, at each place by itself."""
    width = x.shape[0]
    return linear(activation(linear(x, f"{name}.mlp.0", 4 * width), "gelu"), f"{name}.mlp.3", width)


ONE = "Liu et al. (2021), Swin Transformer: Hierarchical Vision Transformer using Shifted Windows"
TWO = "Liu et al. (2022), Swin Transformer V2: Scaling Up Capacity and Resolution"
SIZES: dict[str, dict[str, object]] = {
    "t": {},
    "s": {"blocks": (2, 2, 18, 2)},
    "b": {"width": 128, "blocks": (2, 2, 18, 2), "heads": (4, 8, 16, 32)},
}
ENTRIES = [
    *[Entry(f"swin_{size}", "swin", 2021, ONE, swin, plan) for size, plan in SIZES.items()],
    *[
        Entry(f"swin_v2_{size}", "swin", 2022, TWO, swin, plan | {"size": 8, "version": 2}, (3, 256, 256))
        for size, plan in SIZES.items()
    ],
]
