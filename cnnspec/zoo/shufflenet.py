r"""ShuffleNet: cheap 1x1 convolutions in groups, whose channels are shuffled so that the groups talk.

Version 1 puts the 1x1 convolutions into groups and mixes the channels between them. Version 2 cuts the channels
in two halves, lets one pass, works on the other with ungrouped convolutions, and shuffles the halves together:
groups are cheap in multiplications but slow in memory.

The published costs of version 1 need a first layer whose width follows the network's in some rows and not in
others; it is an option here.

Sources:
    Zhang, Zhou, Lin & Sun (2018), ShuffleNet, table 1 and figure 2.
    Ma, Zhang, Zheng & Sun (2018), ShuffleNet V2, table 5 and figure 3.
"""

from __future__ import annotations

from cnnspec.zoo.blocks import chosen, conv_norm
from cnnspec.zoo.entry import Entry
from cnnspec.zoo.notation import (
    Tensor,
    add,
    avg_pool,
    batch_norm,
    concat,
    conv,
    flatten,
    global_avg_pool,
    linear,
    max_pool,
    relu,
    shuffle,
    split,
)

# Version 1, table 1: output channels of the first stage for each number of groups; every stage doubles them.
WIDTHS = {1: 144, 2: 200, 3: 240, 4: 272, 8: 384}
# Version 2, table 5: channels of the first layer, of the three stages and of the last convolution.
PLAN = {
    "x0_5": (24, (48, 96, 192), 1024),
    "x1_0": (24, (116, 232, 464), 1024),
    "x1_5": (24, (176, 352, 704), 1024),
    "x2_0": (24, (244, 488, 976), 2048),
}
REPEATS = (4, 8, 4)


def shufflenet_v1(x: Tensor, *, classes: int = 1000, groups: int = 3, width: float = 1.0, stem: int = 24) -> Tensor:
    """Stack shuffle units in stages of 4, 8 and 4.

    Args:
        x: An image.
        classes: Number of classes.
        groups: Groups of the 1x1 convolutions: 1, 2, 3, 4 or 8.
        width: Multiplier of the stages' channels.
        stem: Filters of the first convolution.
    """
    if groups not in WIDTHS:
        raise ValueError(f"groups must be one of {', '.join(map(str, WIDTHS))}, but {groups} came.")
    x = conv_norm(x, "conv1", stem, 3, stride=2)
    x = max_pool(x, 3, stride=2, padding=1, name="maxpool")
    for stage, repeats in enumerate(REPEATS):
        filters = int(WIDTHS[groups] * width) * 2**stage
        for i in range(repeats):
            first_groups = 1 if stage == 0 and i == 0 else groups
            x = unit_v1(x, f"stage{stage + 2}.{i}", filters, 2 if i == 0 else 1, groups, first_groups)
    return linear(flatten(global_avg_pool(x)), "fc", classes)


def unit_v1(x: Tensor, name: str, filters: int, stride: int, groups: int, first_groups: int) -> Tensor:
    """1x1 in groups, shuffle, depthwise 3x3, 1x1 in groups; added, or joined to a pooling if the map is halved."""
    narrow = filters // 4
    added = filters - x.shape[0] if stride > 1 else filters
    y = relu(batch_norm(conv(x, f"{name}.conv1", narrow, 1, groups=first_groups, bias=False), f"{name}.bn1"))
    y = shuffle(y, groups)
    y = conv(y, f"{name}.conv2", narrow, 3, stride=stride, padding=1, groups=narrow, bias=False)
    y = batch_norm(y, f"{name}.bn2")
    y = batch_norm(conv(y, f"{name}.conv3", added, 1, groups=groups, bias=False), f"{name}.bn3")
    if stride == 1:
        return relu(add(y, x))
    return relu(concat(y, avg_pool(x, 3, stride=2, padding=1)))


def shufflenet_v2(x: Tensor, *, classes: int = 1000, size: str = "x1_0") -> Tensor:
    """Stack units that split, work on one half, and shuffle.

    Args:
        x: An image.
        classes: Number of classes.
        size: A column of table 5: `"x0_5"`, `"x1_0"`, `"x1_5"` or `"x2_0"`.
    """
    stem, widths, last = PLAN[chosen(size, PLAN, "size")]
    x = conv_norm(x, "conv1", stem, 3, stride=2)
    x = max_pool(x, 3, stride=2, padding=1, name="maxpool")
    for stage, (repeats, width) in enumerate(zip(REPEATS, widths, strict=True), start=2):
        for i in range(repeats):
            x = unit_v2(x, f"stage{stage}.{i}", width // 2, 2 if i == 0 else 1)
    x = conv_norm(x, "conv5", last, 1)
    return linear(flatten(global_avg_pool(x)), "fc", classes)


def unit_v2(x: Tensor, name: str, half: int, stride: int) -> Tensor:
    """One half passes (or is halved by a depthwise convolution), the other is worked on."""
    if stride == 1:
        left, right = split(x, 2)
    else:
        left = right = x
        left = depthwise(left, f"{name}.branch1", 0, stride)
        left = pointwise(left, f"{name}.branch1", 2, half)
    right = pointwise(right, f"{name}.branch2", 0, half)
    right = depthwise(right, f"{name}.branch2", 3, stride)
    right = pointwise(right, f"{name}.branch2", 5, half)
    return shuffle(concat(left, right), 2)


def depthwise(x: Tensor, name: str, place: int, stride: int) -> Tensor:
    """A 3x3 for each channel by itself, normalised."""
    width = x.shape[0]
    x = conv(x, f"{name}.{place}", width, 3, stride=stride, padding=1, groups=width, bias=False)
    return batch_norm(x, f"{name}.{place + 1}")


def pointwise(x: Tensor, name: str, place: int, filters: int) -> Tensor:
    """A 1x1, normalised and activated."""
    return relu(batch_norm(conv(x, f"{name}.{place}", filters, 1, bias=False), f"{name}.{place + 1}"))


V1 = "Zhang, Zhou, Lin & Sun (2018), ShuffleNet: An Extremely Efficient Convolutional Neural Network"
V2 = "Ma, Zhang, Zheng & Sun (2018), ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design"


def _entries() -> list[Entry]:
    entries = []
    for size in PLAN:
        entries.append(Entry(f"shufflenet_v2_{size}", "shufflenet", 2018, V2, shufflenet_v2, {"size": size}))
    for width, label in ((1.0, "1x"), (0.25, "0.25x"), (0.5, "0.5x"), (1.5, "1.5x"), (2.0, "2x")):
        # Only these divide the channels that the other widths leave.
        for groups in WIDTHS if width in (1.0, 2.0) else (1, 3, 8):
            plan: dict[str, object] = {"groups": groups, "width": width}
            name = f"paper/shufflenet_v1_{label}_g{groups}"
            entries.append(Entry(name, "shufflenet", 2018, V1, shufflenet_v1, plan))
            stem = int(24 * width)
            if stem != 24 and (int(WIDTHS[groups] * width) - stem) % groups == 0:
                scaled = plan | {"stem": stem}
                entries.append(Entry(f"{name}_stem{stem}", "shufflenet", 2018, V1, shufflenet_v1, scaled))
    return entries


ENTRIES = _entries()
