r"""GoogLeNet (Inception v1): windows of several sizes side by side.

An *inception* module looks at its map through 1x1, 3x3 and 5x5 windows and a pooling at once, and stacks what
they see; 1x1 convolutions before the larger ones keep the cost down. The network ends in global pooling, so that
AlexNet has 8.7 times its parameters (its paper says 12). Two auxiliary heads feed the gradient in the middle during
training.

Five figures are about for this one network. The paper's has biases and no batch normalisation: 6,998,552
parameters, 13,378,280 with both heads. The re-implementations have batch normalisation instead of biases, and in
torchvision and TensorFlow slim the "5x5" window is a 3x3: 6,624,904, and 13,004,888 with heads.

Sources:
    Szegedy et al. (2015), Going Deeper with Convolutions, table 1.
    Ioffe & Szegedy (2015), Batch Normalization.
"""

from __future__ import annotations

from cnnspec.zoo.blocks import conv_norm
from cnnspec.zoo.entry import Entry
from cnnspec.zoo.notation import (
    Tensor,
    adaptive_avg_pool,
    avg_pool,
    concat,
    conv,
    flatten,
    global_avg_pool,
    linear,
    local_response_norm,
    max_pool,
    relu,
    side_output,
    training_only,
)

# Table 1: filters of 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5 and pool projection.
PLAN = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}


def googlenet(
    x: Tensor, *, classes: int = 1000, normalised: bool = True, large: int = 3, heads: str | None = "training"
) -> Tensor:
    """Stack the modules of table 1.

    Args:
        x: An image.
        classes: Number of classes.
        normalised: Batch normalisation and no biases, as in torchvision; else biases, local response
            normalisation and a last pooling of 3x3, as in the paper.
        large: The "5x5" window: 5 as in the paper, 3 as in torchvision.
        heads: `"training"` for two auxiliary heads that run in training only, `"always"` to count their work
            too, None for none.
    """
    if heads not in ("training", "always", None):
        raise ValueError(f"heads must be 'training', 'always' or None, but {heads!r} came.")
    x = unit(x, "conv1", 64, 7, normalised, stride=2)
    x = max_pool(x, 3, stride=2, ceil_mode=True, name="maxpool1")
    x = x if normalised else local_response_norm(x)
    x = unit(x, "conv2", 64, 1, normalised)
    x = unit(x, "conv3", 192, 3, normalised)
    x = x if normalised else local_response_norm(x)
    x = max_pool(x, 3, stride=2, ceil_mode=True, name="maxpool2")
    for place, filters in PLAN.items():
        x = inception(x, f"inception{place}", filters, normalised, large)
        if place == "3b":
            x = max_pool(x, 3, stride=2, ceil_mode=True, name="maxpool3")
        if place == "4e":
            x = max_pool(x, 2 if normalised else 3, stride=2, ceil_mode=True, name="maxpool4")
        if heads and place in ("4a", "4d"):
            start = training_only(x) if heads == "training" else x
            side_output(head(start, "aux1" if place == "4a" else "aux2", classes, normalised))
    x = flatten(global_avg_pool(x, name="avgpool"))
    return linear(x, "fc", classes)


def unit(x: Tensor, name: str, filters: int, kernel: int, normalised: bool, stride: int = 1) -> Tensor:
    """A convolution with all that belongs to it."""
    if normalised:
        return conv_norm(x, name, filters, kernel, stride=stride, eps=1e-3, parts=("conv", "bn"))
    return relu(conv(x, name, filters, kernel, stride=stride, padding=kernel // 2))


def inception(x: Tensor, name: str, filters: tuple[int, ...], normalised: bool, large: int) -> Tensor:
    """Four windows side by side."""
    one, reduce_three, three, reduce_five, five, projection = filters
    pooled = max_pool(x, 3, stride=1, padding=1, ceil_mode=True)
    return concat(
        unit(x, f"{name}.branch1", one, 1, normalised),
        unit(unit(x, f"{name}.branch2.0", reduce_three, 1, normalised), f"{name}.branch2.1", three, 3, normalised),
        unit(unit(x, f"{name}.branch3.0", reduce_five, 1, normalised), f"{name}.branch3.1", five, large, normalised),
        unit(pooled, f"{name}.branch4.1", projection, 1, normalised),
    )


def head(x: Tensor, name: str, classes: int, normalised: bool) -> Tensor:
    """An auxiliary classifier on a map of 4x4."""
    x = adaptive_avg_pool(x, 4) if normalised else avg_pool(x, 5, stride=3)
    x = unit(x, f"{name}.conv", 128, 1, normalised)
    x = relu(linear(flatten(x), f"{name}.fc1", 1024))
    return linear(x, f"{name}.fc2", classes)


SOURCE = "Szegedy et al. (2015), Going Deeper with Convolutions"
PAPER: dict[str, object] = {"normalised": False, "large": 5}
BOTH_HEADS = PAPER | {"heads": "always"}
NO_HEADS: dict[str, object] = {"heads": None}

ENTRIES = [
    Entry("googlenet", "googlenet", 2015, SOURCE, googlenet),
    Entry("googlenet[aux]", "googlenet", 2015, SOURCE, googlenet),
    Entry("googlenet[noaux]", "googlenet", 2015, SOURCE, googlenet, NO_HEADS),
    Entry("paper/googlenet_bn_5x5_as_drawn", "googlenet", 2015, SOURCE, googlenet, NO_HEADS | {"large": 5}),
    Entry("paper/googlenet_bn_3x3_tf_slim_bug", "googlenet", 2015, SOURCE, googlenet, NO_HEADS),
    Entry("paper/googlenet_2014_paper_no_bn_noaux", "googlenet", 2015, SOURCE, googlenet, PAPER | NO_HEADS),
    Entry(
        "paper/googlenet_2014_paper_no_bn_two_aux", "googlenet", 2015, SOURCE, googlenet, PAPER | {"heads": "always"}
    ),
]
