r"""ResNet: layers that learn what to add to their input.

A block computes $x + F(x)$; if there is nothing to add, the signal passes. Two blocks: *basic* (two 3x3) and
*bottleneck* (1x1 down to a quarter, 3x3, 1x1 up). Four stages halve the map and double the channels.

Implementations of "the same" network differ in four places, and each is an option here:

- where the stride of a stage's first bottleneck sits: on its first 1x1 (paper, Keras), on the 3x3 (PyTorch,
  "v1.5"), or on the 3x3 of the *last* block of the stage before (TensorFlow slim);
- what the shortcut does when shapes differ: a projection (option B), or every second pixel and channels of zeros
  (option A), which costs no parameters; or there is none (the plain net to compare with);
- whether convolutions keep a bias beside the normalisation (Keras);
- extras: groups (ResNeXt), wider bottlenecks (Wide ResNet), a squeeze-and-excitation gate (SENet).

Sources:
    He, Zhang, Ren & Sun (2016), Deep Residual Learning for Image Recognition, table 1, section 3.3.
    Xie et al. (2017), Aggregated Residual Transformations, table 1.
    Zagoruyko & Komodakis (2016), Wide Residual Networks.
    Hu, Shen & Sun (2018), Squeeze-and-Excitation Networks, table 1.
"""

from __future__ import annotations

from dataclasses import dataclass

from cnnspec.zoo.blocks import chosen, squeeze_excite
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
    pad_channels,
    relu,
    subsample,
)


@dataclass(frozen=True)
class Style:
    """What implementations of ResNet differ in.

    Attributes:
        stride_on: `"3x3"`, `"first 1x1"` or `"last block"`.
        shortcut: `"projection"`, `"zeros"` or `"none"`.
        bias: Whether convolutions have a bias.
        groups: Groups of the 3x3 of a bottleneck.
        group_width: Channels of each group in the first stage; a bottleneck is groups * group_width wide.
        squeeze: How many times fewer channels the gate has; 0 means no gate.
        eps: What a normalisation adds to the variance.
    """

    stride_on: str = "3x3"
    shortcut: str = "projection"
    bias: bool = False
    groups: int = 1
    group_width: int = 64
    squeeze: int = 0
    eps: float = 1e-5

    def __post_init__(self) -> None:
        """Refuse words that mean nothing."""
        chosen(self.stride_on, ("3x3", "first 1x1", "last block"), "stride_on")
        chosen(self.shortcut, ("projection", "zeros", "none"), "shortcut")


def resnet(
    x: Tensor,
    *,
    classes: int = 1000,
    block: str = "bottleneck",
    blocks: tuple[int, ...] = (3, 4, 6, 3),
    **style: object,
) -> Tensor:
    """Stack residual blocks in stages of 64, 128, 256, 512 channels.

    Args:
        x: An image.
        classes: Number of classes.
        block: `"basic"` or `"bottleneck"` (whose output has four times the stage's channels).
        blocks: Blocks in each stage: (2, 2, 2, 2) basic ones make ResNet-18, (3, 4, 6, 3) bottlenecks ResNet-50.
        **style: Fields of `Style` that differ from PyTorch's form.
    """
    form = Style(**style)  # type: ignore[arg-type]
    make = basic if chosen(block, ("basic", "bottleneck"), "block") == "basic" else bottleneck
    x = conv(x, "conv1", 64, 7, stride=2, padding=3, bias=form.bias)
    x = relu(batch_norm(x, "bn1", eps=form.eps))
    x = max_pool(x, 3, stride=2, padding=1, name="maxpool")
    for stage, count in enumerate(blocks):
        for i in range(count):
            last = form.stride_on == "last block"
            strided = i == count - 1 and stage < len(blocks) - 1 if last else i == 0 and stage > 0
            x = make(x, f"layer{stage + 1}.{i}", 64 * 2**stage, 2 if strided else 1, form)
    x = flatten(global_avg_pool(x, name="avgpool"))
    return linear(x, "fc", classes)


def basic(x: Tensor, name: str, width: int, stride: int, form: Style) -> Tensor:
    """Two 3x3 convolutions and a shortcut around them."""
    y = conv(x, f"{name}.conv1", width, 3, stride=stride, padding=1, bias=form.bias)
    y = relu(batch_norm(y, f"{name}.bn1", eps=form.eps))
    y = conv(y, f"{name}.conv2", width, 3, padding=1, bias=form.bias)
    y = batch_norm(y, f"{name}.bn2", eps=form.eps)
    return joined(x, y, name, stride, form)


def bottleneck(x: Tensor, name: str, width: int, stride: int, form: Style) -> Tensor:
    """1x1 down, 3x3, 1x1 up to four times the width, and a shortcut around them."""
    middle = width * form.group_width // 64 * form.groups
    first, second = (stride, 1) if form.stride_on == "first 1x1" else (1, stride)
    y = conv(x, f"{name}.conv1", middle, 1, stride=first, bias=form.bias)
    y = relu(batch_norm(y, f"{name}.bn1", eps=form.eps))
    y = conv(y, f"{name}.conv2", middle, 3, stride=second, padding=1, groups=form.groups, bias=form.bias)
    y = relu(batch_norm(y, f"{name}.bn2", eps=form.eps))
    y = conv(y, f"{name}.conv3", 4 * width, 1, bias=form.bias)
    y = batch_norm(y, f"{name}.bn3", eps=form.eps)
    return joined(x, y, name, stride, form)


def joined(x: Tensor, y: Tensor, name: str, stride: int, form: Style) -> Tensor:
    """Gate the branch if the form asks for it, add the shortcut, and cut off what is negative."""
    if form.squeeze:
        y = squeeze_excite(y, f"{name}.se", y.shape[0] // form.squeeze)
    if form.shortcut == "none":
        return relu(y)
    if x.shape[0] != y.shape[0] and form.shortcut == "projection":
        x = conv(x, f"{name}.downsample.0", y.shape[0], 1, stride=stride, bias=form.bias)
        x = batch_norm(x, f"{name}.downsample.1", eps=form.eps)
    elif x.shape != y.shape:
        x = subsample(x, stride) if stride > 1 else x
        missing = y.shape[0] - x.shape[0]
        x = pad_channels(x, missing // 2, missing - missing // 2) if missing else x
    return relu(add(y, x))


RESNET = "He, Zhang, Ren & Sun (2016), Deep Residual Learning for Image Recognition"
RESNEXT = "Xie et al. (2017), Aggregated Residual Transformations for Deep Neural Networks"
WIDE = "Zagoruyko & Komodakis (2016), Wide Residual Networks"
SENET = "Hu, Shen & Sun (2018), Squeeze-and-Excitation Networks"

BASIC = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3)}
BOTTLENECK = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3), 200: (3, 24, 36, 3)}


def _entries() -> list[Entry]:
    entries = []

    def member(name: str, year: int, source: str, **options: object) -> None:
        entries.append(Entry(name, "resnet", year, source, resnet, options))

    for depth, blocks in BASIC.items():
        member(f"resnet{depth}", 2016, RESNET, block="basic", blocks=blocks)
        for letter, shortcut in (("A", "zeros"), ("B", "projection")):
            name = f"paper/resnet{depth}_v1_paper_option_{letter}"
            member(name, 2016, RESNET, block="basic", blocks=blocks, shortcut=shortcut)
        member(f"paper/plain{depth}_resnet_paper", 2016, RESNET, block="basic", blocks=blocks, shortcut="none")
    for depth, blocks in BOTTLENECK.items():
        if depth < 200:
            member(f"resnet{depth}", 2016, RESNET, blocks=blocks)
            member(f"keras/ResNet{depth}", 2016, RESNET, blocks=blocks, stride_on="first 1x1", bias=True, eps=1.001e-5)
        member(f"paper/resnet{depth}_v1_paper_stride_on_1x1", 2016, RESNET, blocks=blocks, stride_on="first 1x1")
        slim = f"paper/resnet{depth}_v1_slim_stride_in_last_unit"
        member(slim, 2016, RESNET, blocks=blocks, stride_on="last block")
        senet = f"paper/se_resnet{depth}_paper_r16_conv1x1_bias_stride1x1"
        member(senet, 2018, SENET, blocks=blocks, stride_on="first 1x1", squeeze=16)
    for depth, groups, width in ((50, 32, 4), (101, 32, 8), (101, 64, 4)):
        name = f"resnext{depth}_{groups}x{width}d"
        member(name, 2017, RESNEXT, blocks=BOTTLENECK[depth], groups=groups, group_width=width)
    for depth in (50, 101):
        member(f"wide_resnet{depth}_2", 2016, WIDE, blocks=BOTTLENECK[depth], group_width=128)
    return entries


ENTRIES = _entries()
