r"""EfficientNet: depth, width and resolution scaled together.

A search made the small B0 of *MBConv* blocks: inverted residuals with a squeeze-and-excitation gate. B1 to B7
multiply depth, width and picture size by fixed ratios. Version 2 replaces the early blocks by *fused* ones, in
which a 3x3 does the work of the 1x1 and the depthwise one, because depthwise layers are slow on wide maps.

The Lite networks are B0 to B4 for simple devices: without gates and with relu6.

Keras carries three numbers for each channel of the picture (mean, variance) and a count along as buffers of B0
to B7: 7 more than torchvision.

Sources:
    Tan & Le (2019), EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, table 1.
    Tan & Le (2021), EfficientNetV2: Smaller Models and Faster Training, table 4.
"""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

from cnnspec.zoo.blocks import chosen, conv_norm, divisible, residual, squeeze_excite
from cnnspec.zoo.entry import Entry
from cnnspec.zoo.notation import Tensor, flatten, global_avg_pool, linear, standardise

# Expansion, kernel, stride, channels, repeats, and whether the block is fused.
Stage = tuple[int, int, int, int, int, bool]
B0: tuple[Stage, ...] = (
    (1, 3, 1, 16, 1, False),
    (6, 3, 2, 24, 2, False),
    (6, 5, 2, 40, 2, False),
    (6, 3, 2, 80, 3, False),
    (6, 5, 1, 112, 3, False),
    (6, 5, 2, 192, 4, False),
    (6, 3, 1, 320, 1, False),
)
V2: dict[str, tuple[int, tuple[Stage, ...]]] = {
    "s": (
        24,
        (
            (1, 3, 1, 24, 2, True),
            (4, 3, 2, 48, 4, True),
            (4, 3, 2, 64, 4, True),
            (4, 3, 2, 128, 6, False),
            (6, 3, 1, 160, 9, False),
            (6, 3, 2, 256, 15, False),
        ),
    ),
    "m": (
        24,
        (
            (1, 3, 1, 24, 3, True),
            (4, 3, 2, 48, 5, True),
            (4, 3, 2, 80, 5, True),
            (4, 3, 2, 160, 7, False),
            (6, 3, 1, 176, 14, False),
            (6, 3, 2, 304, 18, False),
            (6, 3, 1, 512, 5, False),
        ),
    ),
    "l": (
        32,
        (
            (1, 3, 1, 32, 4, True),
            (4, 3, 2, 64, 7, True),
            (4, 3, 2, 96, 7, True),
            (4, 3, 2, 192, 10, False),
            (6, 3, 1, 224, 19, False),
            (6, 3, 2, 384, 25, False),
            (6, 3, 1, 640, 7, False),
        ),
    ),
    "b": (
        32,
        (
            (1, 3, 1, 16, 1, True),
            (4, 3, 2, 32, 2, True),
            (4, 3, 2, 48, 2, True),
            (4, 3, 2, 96, 3, False),
            (6, 3, 1, 112, 5, False),
            (6, 3, 2, 192, 8, False),
        ),
    ),
}


def efficientnet(
    x: Tensor,
    *,
    classes: int = 1000,
    width: float = 1.0,
    depth: float = 1.0,
    lite: bool = False,
    eps: float = 1e-5,
    keras: bool = False,
) -> Tensor:
    """Version 1: B0 scaled by `width` and `depth`.

    Args:
        x: An image.
        classes: Number of classes.
        width: Multiplier of the channels, which are rounded to multiples of 8.
        depth: Multiplier of the repeats, which are rounded up.
        lite: Whether it is a Lite network: no gates, relu6 for silu, and the first and the last layers not scaled.
        eps: What a normalisation adds to the variance.
        keras: Whether the network standardises the picture itself and keeps the numbers for it.
    """
    x = standardise(x) if keras else x
    form = Form("relu6" if lite else "silu", not lite, eps)
    stem, last = (32, 1280) if lite else (divisible(32 * width), 4 * divisible(320 * width))
    x = conv_norm(x, "features.0", stem, 3, stride=2, function=form.function, eps=eps)
    plan = [(e, k, s, divisible(c * width), ceil(n * depth), fused) for e, k, s, c, n, fused in B0]
    if lite:
        plan[0], plan[-1] = ((*plan[i][:4], B0[i][4], False) for i in (0, -1))
    return _stages(x, plan, last, classes, form)


def efficientnet_v2(
    x: Tensor, *, classes: int = 1000, size: str = "s", width: float = 1.0, depth: float = 1.0, eps: float = 1e-3
) -> Tensor:
    """Version 2.

    Args:
        x: An image.
        classes: Number of classes.
        size: `"s"` of table 4, the larger `"m"` or `"l"`, or `"b"`, which Keras scales to B0 ... B3.
        width: Multiplier of the channels, which are rounded to the nearest multiple of 8.
        depth: Multiplier of the repeats, which are rounded up.
        eps: What a normalisation adds to the variance.
    """
    stem, stages = V2[chosen(size, V2, "size")]
    form = Form("silu", True, eps)
    x = conv_norm(x, "features.0", _nearest(stem * width), 3, stride=2, function="silu", eps=eps)
    plan = [(e, k, s, _nearest(c * width), ceil(n * depth), fused) for e, k, s, c, n, fused in stages]
    return _stages(x, plan, _nearest(1280 * width), classes, form)


class Form(NamedTuple):
    """What all blocks of a network share: the activation, whether there are gates, and the normalisation's eps."""

    function: str
    gate: bool
    eps: float


def _stages(x: Tensor, plan: list[Stage], last: int, classes: int, form: Form) -> Tensor:
    for place, (expansion, kernel, first_stride, filters, repeats, fused) in enumerate(plan, start=1):
        for i in range(repeats):
            make = fused_mbconv if fused else mbconv
            name, stride = f"features.{place}.{i}.block", first_stride if i == 0 else 1
            x = make(x, name, expansion, kernel, stride, filters, form)
    x = conv_norm(x, f"features.{len(plan) + 1}", last, 1, function=form.function, eps=form.eps)
    x = flatten(global_avg_pool(x, name="avgpool"))
    return linear(x, "classifier.1", classes)


def mbconv(x: Tensor, name: str, expansion: int, kernel: int, stride: int, filters: int, form: Form) -> Tensor:
    """Widen, filter each channel, gate, narrow; and add what came in, if it still fits."""
    wide, place, y = x.shape[0] * expansion, 0, x
    function, gate, eps = form
    if expansion != 1:
        y = conv_norm(y, f"{name}.0", wide, 1, function=function, eps=eps)
        place = 1
    y = conv_norm(y, f"{name}.{place}", wide, kernel, stride=stride, groups=wide, function=function, eps=eps)
    if gate:
        place += 1
        y = squeeze_excite(y, f"{name}.{place}", max(1, x.shape[0] // 4), inner=function)
    y = conv_norm(y, f"{name}.{place + 1}", filters, 1, function=None, eps=eps)
    return residual(x, y) if stride == 1 else y


def fused_mbconv(x: Tensor, name: str, expansion: int, kernel: int, stride: int, filters: int, form: Form) -> Tensor:
    """Widen and filter in one convolution, narrow; and add what came in, if it still fits."""
    function, _, eps = form
    if expansion == 1:
        y = conv_norm(x, f"{name}.0", filters, kernel, stride=stride, function=function, eps=eps)
    else:
        y = conv_norm(x, f"{name}.0", x.shape[0] * expansion, kernel, stride=stride, function=function, eps=eps)
        y = conv_norm(y, f"{name}.1", filters, 1, function=None, eps=eps)
    return residual(x, y) if stride == 1 else y


def _nearest(value: float) -> int:
    """The nearest multiple of 8, at least 8."""
    return max(8, int(value + 4) // 8 * 8)


ONE = "Tan & Le (2019), EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks"
TWO = "Tan & Le (2021), EfficientNetV2: Smaller Models and Faster Training"
# Width, depth, picture in the paper (and Keras), picture in torchvision.
SCALES = (
    (1.0, 1.0, 224, 224),
    (1.0, 1.1, 240, 240),
    (1.1, 1.2, 260, 288),
    (1.2, 1.4, 300, 300),
    (1.4, 1.8, 380, 380),
    (1.6, 2.2, 456, 456),
    (1.8, 2.6, 528, 528),
    (2.0, 3.1, 600, 600),
)
LITE = ((1.0, 1.0, 224), (1.0, 1.1, 240), (1.1, 1.2, 260), (1.2, 1.4, 280), (1.4, 1.8, 300))
KERAS_B = ((1.0, 1.0, 224), (1.0, 1.1, 240), (1.1, 1.2, 260), (1.2, 1.4, 300))


def _entries() -> list[Entry]:
    entries = []

    def member(name: str, year: int, side: int, **options: object) -> None:
        source, builder = (ONE, efficientnet) if year == 2019 else (TWO, efficientnet_v2)
        entries.append(Entry(name, "efficientnet", year, source, builder, options, (3, side, side)))

    for i, (width, depth, published, torchvision) in enumerate(SCALES):
        member(f"efficientnet_b{i}", 2019, torchvision, width=width, depth=depth, eps=1e-3 if i >= 5 else 1e-5)
        member(f"keras/EfficientNetB{i}", 2019, published, width=width, depth=depth, eps=1e-3, keras=True)
    for i, (width, depth, side) in enumerate(LITE):
        member(f"paper/efficientnet_lite{i}", 2019, side, width=width, depth=depth, lite=True, eps=1e-3)
    for size, side in (("s", 384), ("m", 480), ("l", 480)):
        member(f"efficientnet_v2_{size}", 2021, side, size=size)
        member(f"keras/EfficientNetV2{size.upper()}", 2021, side, size=size)
    for i, (width, depth, side) in enumerate(KERAS_B):
        member(f"keras/EfficientNetV2B{i}", 2021, side, size="b", width=width, depth=depth)
    return entries


ENTRIES = _entries()
