r"""MaxViT: convolution, then attention among neighbours, then attention across the whole map.

A layer has three parts: an inverted residual with a gate, attention within windows of 7x7 neighbouring places, and
attention within combs of 7x7 places spread over the whole map. Two attentions of fixed size see everything, and the
cost grows with the places. The map of each stage must be a whole number of windows: 224 fits, 256 does not.

Source:
    Tu, Talebi, Zhang, Yang, Milanfar, Bovik & Li (2022), MaxViT: Multi-Axis Vision Transformer, figure 2, table 1.
"""

from __future__ import annotations

from cnnspec.zoo.blocks import conv_norm, squeeze_excite
from cnnspec.zoo.entry import Entry
from cnnspec.zoo.notation import (
    Tensor,
    activation,
    add,
    avg_pool,
    batch_norm,
    conv,
    flatten,
    global_avg_pool,
    layer_norm,
    linear,
)
from cnnspec.zoo.windows import Cut, from_windows, to_windows, window_attention


def maxvit(
    x: Tensor,
    *,
    classes: int = 1000,
    stem: int = 64,
    widths: tuple[int, ...] = (64, 128, 256, 512),
    layers: tuple[int, ...] = (2, 2, 5, 2),
    head: int = 32,
    size: int = 7,
) -> Tensor:
    """Stack layers in stages, each of which begins by halving the map.

    Args:
        x: An image; the map of each stage must be a whole number of windows.
        classes: Number of classes.
        stem: Filters of the two first convolutions.
        widths: Channels of each stage.
        layers: Layers in each stage.
        head: Features of each head.
        size: Rows and columns of a window.
    """
    x = conv_norm(x, "stem.0", stem, 3, stride=2, function="gelu", eps=1e-3)
    x = conv(x, "stem.1.0", stem, 3, padding=1)
    for stage, (width, count) in enumerate(zip(widths, layers, strict=True)):
        for i in range(count):
            name = f"blocks.{stage}.layers.{i}.layers"
            x = mbconv(x, f"{name}.MBconv", width, 2 if i == 0 else 1)
            for kind in ("window", "grid"):
                cut = Cut(size, comb=kind == "grid", padded=False)
                x = attended(x, f"{name}.{kind}_attention", head, cut)
    x = layer_norm(flatten(global_avg_pool(x)), "classifier.2", eps=1e-5)
    x = activation(linear(x, "classifier.3", x.shape[0]), "tanh")
    return linear(x, "classifier.5", classes, bias=False)


def mbconv(x: Tensor, name: str, width: int, stride: int) -> Tensor:
    """Normalise, widen, filter each channel, gate, narrow; and add a shortcut, pooled where the map is halved."""
    shortcut = avg_pool(x, 3, stride=2, padding=1) if stride == 2 else x
    if stride == 2 or x.shape[0] != width:
        shortcut = conv(shortcut, f"{name}.proj.{1 if stride == 2 else 0}", width, 1)
    name, wide = f"{name}.layers", 4 * width
    y = batch_norm(x, f"{name}.pre_norm", eps=1e-3)
    y = conv_norm(y, f"{name}.conv_a", wide, 1, function="gelu", eps=1e-3)
    y = conv_norm(y, f"{name}.conv_b", wide, 3, stride=stride, groups=wide, function="gelu", eps=1e-3)
    y = squeeze_excite(y, f"{name}.squeeze_excitation", width // 4, inner="silu")
    return add(shortcut, conv(y, f"{name}.conv_c", width, 1))


def attended(x: Tensor, name: str, head: int, cut: Cut) -> Tensor:
    """Attention within windows, then two layers for each place; both added to what came in."""
    width, y = x.shape[0], to_windows(x, cut)
    z = linear(layer_norm(y, f"{name}.attn_layer.0", eps=1e-5), f"{name}.attn_layer.1.to_qkv", 3 * width)
    # Products are scaled by the width of all heads together, here as in torchvision.
    z = window_attention(z, f"{name}.attn_layer.1", width // head, cut, x, width**-0.5)
    y = add(y, linear(z, f"{name}.attn_layer.1.merge", width))
    z = activation(linear(layer_norm(y, f"{name}.mlp_layer.0", eps=1e-5), f"{name}.mlp_layer.1", 4 * width), "gelu")
    return from_windows(add(y, linear(z, f"{name}.mlp_layer.3", width)), cut, x)


SOURCE = "Tu et al. (2022), MaxViT: Multi-Axis Vision Transformer"
ENTRIES = [Entry("maxvit_t", "maxvit", 2022, SOURCE, maxvit)]
