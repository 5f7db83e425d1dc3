r"""Inception-ResNet v2: inception modules whose result is added, scaled down, to their input.

Three kinds of block, repeated 10, 20 and 10 times between two reductions. The 1x1 that widens a module's result
has a bias and no normalisation; what is added is multiplied by 0.17, 0.1 or 0.2, without which training was
unstable. As in Keras, normalisations have no gamma.

Source:
    Szegedy, Ioffe, Vanhoucke & Alemi (2017), Inception-v4, Inception-ResNet and the Impact of Residual
    Connections on Learning, figures 7 and 15 to 20.
"""

from __future__ import annotations

from cnnspec.zoo.blocks import conv_norm
from cnnspec.zoo.entry import Entry
from cnnspec.zoo.notation import (
    Tensor,
    add,
    avg_pool,
    concat,
    conv,
    flatten,
    global_avg_pool,
    linear,
    max_pool,
    relu,
)
from cnnspec.zoo.notation import scale as scaled
from cnnspec.zoo.window import Border, Ints


def unit(x: Tensor, name: str, filters: int, kernel: Ints, *, stride: int = 1, padding: Border | None = None) -> Tensor:
    """A convolution, its normalisation without gamma, and its activation."""
    return conv_norm(x, name, filters, kernel, stride=stride, padding=padding, eps=1e-3, scale=False)


def inception_resnet_v2(x: Tensor, *, classes: int = 1000, repeats: tuple[int, int, int] = (10, 20, 10)) -> Tensor:
    """Stem, three kinds of residual module, two reductions.

    Args:
        x: An image.
        classes: Number of classes.
        repeats: How often each kind of module comes.
    """
    x = unit(x, "stem.0", 32, 3, stride=2, padding=0)
    x = unit(x, "stem.1", 32, 3, padding=0)
    x = max_pool(unit(x, "stem.2", 64, 3), 3, stride=2)
    x = unit(x, "stem.3", 80, 1)
    x = max_pool(unit(x, "stem.4", 192, 3, padding=0), 3, stride=2)
    x = concat(
        unit(x, "mixed_5b.one", 96, 1),
        chain(x, "mixed_5b.five", (48, 1), (64, 5)),
        chain(x, "mixed_5b.three", (64, 1), (96, 3), (96, 3)),
        unit(avg_pool(x, 3, stride=1, padding=1), "mixed_5b.pool", 64, 1),
    )
    for i in range(1, repeats[0] + 1):
        name = f"block35_{i}"
        small = chain(x, f"{name}.three", (32, 1), (32, 3))
        large = chain(x, f"{name}.five", (32, 1), (48, 3), (64, 3))
        x = relu(added(x, concat(unit(x, f"{name}.one", 32, 1), small, large), name, 0.17))
    x = concat(
        unit(x, "mixed_6a.three", 384, 3, stride=2, padding=0),
        halved(chain(x, "mixed_6a.five", (256, 1), (256, 3)), "mixed_6a.five.2", 384),
        max_pool(x, 3, stride=2),
    )
    for i in range(1, repeats[1] + 1):
        name = f"block17_{i}"
        cross = chain(x, f"{name}.seven", (128, 1), (160, (1, 7)), (192, (7, 1)))
        x = relu(added(x, concat(unit(x, f"{name}.one", 192, 1), cross), name, 0.1))
    x = concat(
        halved(unit(x, "mixed_7a.a.0", 256, 1), "mixed_7a.a.1", 384),
        halved(unit(x, "mixed_7a.b.0", 256, 1), "mixed_7a.b.1", 288),
        halved(chain(x, "mixed_7a.c", (256, 1), (288, 3)), "mixed_7a.c.2", 320),
        max_pool(x, 3, stride=2),
    )
    for i in range(1, repeats[2] + 1):
        name, last = f"block8_{i}", i == repeats[2]
        cross = chain(x, f"{name}.three", (192, 1), (224, (1, 3)), (256, (3, 1)))
        x = added(x, concat(unit(x, f"{name}.one", 192, 1), cross), name, 1.0 if last else 0.2)
        x = x if last else relu(x)
    x = unit(x, "conv_7b", 1536, 1)
    return linear(flatten(global_avg_pool(x)), "predictions", classes)


def chain(x: Tensor, name: str, *layers: tuple[int, Ints]) -> Tensor:
    """Convolutions one after the other, given by filters and kernel."""
    for i, (filters, kernel) in enumerate(layers):
        x = unit(x, f"{name}.{i}", filters, kernel)
    return x


def halved(x: Tensor, name: str, filters: int) -> Tensor:
    """A 3x3 with stride 2 and no padding."""
    return unit(x, name, filters, 3, stride=2, padding=0)


def added(x: Tensor, mixed: Tensor, name: str, factor: float) -> Tensor:
    """Widen to the input's channels, scale down, add."""
    return add(x, scaled(conv(mixed, f"{name}_conv", x.shape[0], 1), factor))


SOURCE = "Szegedy, Ioffe, Vanhoucke & Alemi (2017), Inception-v4, Inception-ResNet"
ENTRIES = [
    Entry("keras/InceptionResNetV2", "inception_resnet", 2017, SOURCE, inception_resnet_v2, {}, (3, 299, 299)),
]
