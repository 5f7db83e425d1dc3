r"""EfficientNet-Lite0 as its weights want it: the zoo's network with the borders of TensorFlow.

The weights were learned in TensorFlow, whose `SAME` puts an odd row of zeros at the end, where PyTorch has it at the
start. A layer of stride 2 then sees other pixels, and a network with the wrong borders gives other answers
everywhere: by up to a quarter of the largest logit on the photographs of the book. Names are those in the checkpoint.

Sources:
    Liu (2020), Higher accuracy on vision models with EfficientNet-Lite.
    Tan & Le (2019), EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, table 1.
"""

from __future__ import annotations

from functools import cache

from cnnspec import zoo
from cnnspec.zoo.efficientnet import B0
from cnnspec.zoo.notation import Tensor, activation, add, batch_norm, conv, flatten, global_avg_pool, image, linear

SIDE = 224
FEATURES = 1280


@cache
def lite0(*, head: bool = True) -> zoo.Architecture:
    """The network.

    Args:
        head: Whether it weighs 1,000 classes; without, the pooled features come out.
    """
    x = layer(image(3, SIDE), "_conv_stem", "_bn0", 32, 3, stride=2)
    place = 0
    for expansion, kernel, first_stride, filters, repeats, _ in B0:
        for i in range(repeats):
            x = block(x, f"_blocks.{place}", expansion, kernel, first_stride if i == 0 else 1, filters)
            place += 1
    x = layer(x, "_conv_head", "_bn1", FEATURES, 1)
    x = flatten(global_avg_pool(x))
    return zoo.Architecture("EfficientNet-Lite0", linear(x, "_fc", 1000) if head else x)


def block(x: Tensor, name: str, expansion: int, kernel: int, stride: int, filters: int) -> Tensor:
    """Widen, filter each channel, narrow; and add what came in, if it still fits."""
    wide, y = x.shape[0] * expansion, x
    if expansion != 1:
        y = layer(y, f"{name}._expand_conv", f"{name}._bn0", wide, 1)
    y = layer(y, f"{name}._depthwise_conv", f"{name}._bn1", wide, kernel, stride=stride, groups=wide)
    y = layer(y, f"{name}._project_conv", f"{name}._bn2", filters, 1, active=False)
    return add(y, x) if y.shape == x.shape else y


def layer(
    x: Tensor, name: str, norm: str, filters: int, kernel: int, *, stride: int = 1, groups: int = 1, active: bool = True
) -> Tensor:
    """Convolution with TensorFlow's borders, normalisation, and the rectifier that ends at 6."""
    x = conv(x, name, filters, kernel, stride=stride, padding="same", groups=groups, bias=False)
    x = batch_norm(x, norm, eps=1e-3)
    return activation(x, "relu6") if active else x
