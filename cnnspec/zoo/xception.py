r"""Xception: an inception module taken to its limit, one window for each channel.

A *separable* convolution filters every channel by itself and then mixes the channels with a 1x1. The network is
a stack of such pairs with shortcuts: an entry that halves the map, a middle of eight equal blocks, an exit.

Source:
    Chollet (2017), Xception: Deep Learning with Depthwise Separable Convolutions, figure 5.
"""

from __future__ import annotations

from cnnspec.zoo.entry import Entry
from cnnspec.zoo.notation import (
    Tensor,
    add,
    batch_norm,
    conv,
    flatten,
    global_avg_pool,
    linear,
    max_pool,
    relu,
)


def xception(x: Tensor, *, classes: int = 1000, eps: float = 1e-3) -> Tensor:
    """Entry flow, middle flow, exit flow.

    Args:
        x: An image.
        classes: Number of classes.
        eps: What a normalisation adds to the variance.
    """
    x = conv(x, "block1_conv1", 32, 3, stride=2, bias=False)
    x = relu(batch_norm(x, "block1_conv1_bn", eps=eps))
    x = relu(batch_norm(conv(x, "block1_conv2", 64, 3, bias=False), "block1_conv2_bn", eps=eps))
    for place, filters in ((2, 128), (3, 256), (4, 728)):
        x = halving(x, f"block{place}", (filters, filters), place > 2, eps)
    for place in range(5, 13):
        y = x
        for i in (1, 2, 3):
            y = separable(relu(y), f"block{place}_sepconv{i}", 728, eps)
        x = add(y, x)
    x = halving(x, "block13", (728, 1024), True, eps)
    x = relu(separable(x, "block14_sepconv1", 1536, eps))
    x = relu(separable(x, "block14_sepconv2", 2048, eps))
    return linear(flatten(global_avg_pool(x)), "predictions", classes)


def separable(x: Tensor, name: str, filters: int, eps: float) -> Tensor:
    """A 3x3 for each channel, a 1x1 over all, and a normalisation after both."""
    x = conv(x, f"{name}.depthwise", x.shape[0], 3, padding=1, groups=x.shape[0], bias=False)
    return batch_norm(conv(x, f"{name}.pointwise", filters, 1, bias=False), f"{name}_bn", eps=eps)


def halving(x: Tensor, name: str, filters: tuple[int, int], activated: bool, eps: float) -> Tensor:
    """Two separable convolutions and a pooling, beside a strided 1x1."""
    shortcut = conv(x, f"{name}_shortcut", filters[1], 1, stride=2, bias=False)
    shortcut = batch_norm(shortcut, f"{name}_shortcut_bn", eps=eps)
    y = separable(relu(x) if activated else x, f"{name}_sepconv1", filters[0], eps)
    y = separable(relu(y), f"{name}_sepconv2", filters[1], eps)
    return add(max_pool(y, 3, stride=2, padding="same"), shortcut)


SOURCE = "Chollet (2017), Xception: Deep Learning with Depthwise Separable Convolutions"
LARGE = (3, 299, 299)
ENTRIES = [
    Entry("keras/Xception", "xception", 2017, SOURCE, xception, {}, LARGE),
    Entry("paper/xception_2017_paper", "xception", 2017, SOURCE, xception, {}, LARGE),
]
