r"""VGG: nothing but 3x3 convolutions, in five stages with a pooling after each.

Two 3x3 convolutions see as much as one 5x5 and three as much as one 7x7, with fewer weights and more
nonlinearities. Nine tenths of the parameters sit in the three fully connected layers that follow.

Source:
    Simonyan & Zisserman (2015), Very Deep Convolutional Networks, table 1 (configurations A to E).
"""

from __future__ import annotations

from cnnspec.zoo.blocks import chosen
from cnnspec.zoo.entry import Entry
from cnnspec.zoo.notation import (
    Tensor,
    adaptive_avg_pool,
    batch_norm,
    conv,
    flatten,
    linear,
    local_response_norm,
    max_pool,
    relu,
)

# Table 1: the kernels of each stage, whose filters are 64, 128, 256, 512 and 512.
CONFIGURATIONS = {
    "A": ((3,), (3,), (3, 3), (3, 3), (3, 3)),
    "B": ((3, 3), (3, 3), (3, 3), (3, 3), (3, 3)),
    "C": ((3, 3), (3, 3), (3, 3, 1), (3, 3, 1), (3, 3, 1)),
    "D": ((3, 3), (3, 3), (3, 3, 3), (3, 3, 3), (3, 3, 3)),
    "E": ((3, 3), (3, 3), (3, 3, 3, 3), (3, 3, 3, 3), (3, 3, 3, 3)),
}
FILTERS = (64, 128, 256, 512, 512)


def vgg(
    x: Tensor,
    *,
    classes: int = 1000,
    configuration: str = "D",
    normalised: bool = False,
    response_norm: bool = False,
    adaptive: bool = True,
    hidden: tuple[int, ...] = (4096, 4096),
) -> Tensor:
    """Stack the stages of table 1 and the fully connected layers.

    Args:
        x: An image.
        classes: Number of classes.
        configuration: A letter of table 1: A has 11 layers, B 13, C and D 16, E 19.
        normalised: Whether each convolution is followed by batch normalisation.
        response_norm: Whether the first one is followed by local response normalisation (column A-LRN).
        adaptive: Whether the last map is pooled to 7x7, so that any size fits, as in torchvision.
        hidden: Features of the fully connected layers before the last. For pictures of 32x32, `hidden=()` and
            `adaptive=False` leave one layer of 512 features, as is usual on CIFAR.
    """
    place = 0
    chosen(configuration, CONFIGURATIONS, "configuration")
    for filters, kernels in zip(FILTERS, CONFIGURATIONS[configuration], strict=True):
        for kernel in kernels:
            x = conv(x, f"features.{place}", filters, kernel, padding=kernel // 2)
            x = batch_norm(x, f"features.{place + 1}") if normalised else x
            x = relu(x)
            x = local_response_norm(x) if response_norm and place == 0 else x
            place += 3 if normalised else 2
        x = max_pool(x, 2, name=f"features.{place}")
        place += 1
    x = adaptive_avg_pool(x, 7, name="avgpool") if adaptive else x
    x = flatten(x)
    for i, features in enumerate(hidden):
        x = relu(linear(x, f"classifier.{3 * i}", features))
    return linear(x, f"classifier.{3 * len(hidden)}", classes)


SOURCE = "Simonyan & Zisserman (2015), Very Deep Convolutional Networks for Large-Scale Image Recognition"


def _entries() -> list[Entry]:
    entries = []
    for layers, letter in ((11, "A"), (13, "B"), (16, "D"), (19, "E")):
        for suffix, normalised in (("", False), ("_bn", True)):
            options = {"configuration": letter, "normalised": normalised}
            entries.append(Entry(f"vgg{layers}{suffix}", "vgg", 2015, SOURCE, vgg, options))
    for letter in CONFIGURATIONS:
        options = {"configuration": letter, "adaptive": False}
        entries.append(Entry(f"paper/vgg_{letter.lower()}_paper", "vgg", 2015, SOURCE, vgg, options))
    options = {"configuration": "A", "adaptive": False, "response_norm": True}
    entries.append(Entry("paper/vgg_a_lrn_paper", "vgg", 2015, SOURCE, vgg, options))
    for layers, letter in ((16, "D"), (19, "E")):
        options = {"configuration": letter, "adaptive": False}
        entries.append(Entry(f"keras/VGG{layers}", "vgg", 2015, SOURCE, vgg, options))
    return entries


ENTRIES = _entries()
