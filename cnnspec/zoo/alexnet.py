r"""AlexNet: the network that won ImageNet in 2012, and its relatives.

Five convolutions and three fully connected layers. The network of the paper is cut in two halves for two
graphics cards, which talk only in the third convolution: the others are convolutions with two groups. The paper
says that pictures are 224x224, but its first layer (11x11, stride 4, 55x55 places) needs 227.

What torchvision calls AlexNet is the one of "One weird trick": one tower, narrower and padded. The three do not
agree in a single layer's parameters: 60,965,224 (two cards), 62,378,344 (the same without groups), 61,100,840
(torchvision). ZFNet shrinks the first window to 7x7 and its stride to 2.

Sources:
    Krizhevsky, Sutskever & Hinton (2012), ImageNet Classification with Deep Convolutional Neural Networks.
    Krizhevsky (2014), One weird trick for parallelizing convolutional neural networks, footnote 1.
    Zeiler & Fergus (2014), Visualizing and Understanding Convolutional Networks, figure 3.
"""

from __future__ import annotations

from cnnspec.zoo.entry import Entry
from cnnspec.zoo.notation import (
    Tensor,
    adaptive_avg_pool,
    conv,
    flatten,
    linear,
    local_response_norm,
    max_pool,
    relu,
    squeeze,
)


def alexnet_2012(x: Tensor, *, classes: int = 1000, groups: int = 2) -> Tensor:
    """The network of the paper.

    Args:
        x: An image of 227x227.
        classes: Number of classes.
        groups: 2 for the two cards of the paper; 1 joins the towers.
    """
    x = relu(conv(x, "conv1", 96, 11, stride=4))
    x = max_pool(local_response_norm(x), 3, stride=2)
    x = relu(conv(x, "conv2", 256, 5, padding=2, groups=groups))
    x = max_pool(local_response_norm(x), 3, stride=2)
    x = relu(conv(x, "conv3", 384, 3, padding=1))
    x = relu(conv(x, "conv4", 384, 3, padding=1, groups=groups))
    x = relu(conv(x, "conv5", 256, 3, padding=1, groups=groups))
    x = flatten(max_pool(x, 3, stride=2))
    x = relu(linear(x, "fc6", 4096))
    x = relu(linear(x, "fc7", 4096))
    return linear(x, "fc8", classes)


def alexnet(x: Tensor, *, classes: int = 1000, widths: tuple[int, ...] = (64, 192, 384, 256, 256)) -> Tensor:
    """The single tower of "One weird trick", as torchvision builds it.

    Args:
        x: An image.
        classes: Number of classes.
        widths: Filters of the five convolutions; the paper's footnote has 384 in the fourth.
    """
    first, second, third, fourth, fifth = widths
    x = relu(conv(x, "features.0", first, 11, stride=4, padding=2))
    x = max_pool(x, 3, stride=2, name="features.2")
    x = relu(conv(x, "features.3", second, 5, padding=2))
    x = max_pool(x, 3, stride=2, name="features.5")
    x = relu(conv(x, "features.6", third, 3, padding=1))
    x = relu(conv(x, "features.8", fourth, 3, padding=1))
    x = relu(conv(x, "features.10", fifth, 3, padding=1))
    x = max_pool(x, 3, stride=2, name="features.12")
    x = flatten(adaptive_avg_pool(x, 6, name="avgpool"))
    x = relu(linear(x, "classifier.1", 4096))
    x = relu(linear(x, "classifier.4", 4096))
    return linear(x, "classifier.6", classes)


def alexnet_slim(x: Tensor, *, classes: int = 1000) -> Tensor:
    """The tower of TensorFlow slim: unpadded, and its fully connected layers written as convolutions.

    Args:
        x: An image of 224x224.
        classes: Number of classes.
    """
    x = relu(conv(x, "conv1", 64, 11, stride=4))
    x = max_pool(x, 3, stride=2)
    x = relu(conv(x, "conv2", 192, 5, padding=2))
    x = max_pool(x, 3, stride=2)
    x = relu(conv(x, "conv3", 384, 3, padding=1))
    x = relu(conv(x, "conv4", 384, 3, padding=1))
    x = relu(conv(x, "conv5", 256, 3, padding=1))
    x = max_pool(x, 3, stride=2)
    x = relu(conv(x, "fc6", 4096, 5))
    x = relu(conv(x, "fc7", 4096, 1))
    return squeeze(conv(x, "fc8", classes, 1))


def zfnet(x: Tensor, *, classes: int = 1000) -> Tensor:
    """AlexNet's successor: a smaller first window, and a stride of 2 instead of 4.

    Args:
        x: An image of 224x224.
        classes: Number of classes.
    """
    x = relu(conv(x, "conv1", 96, 7, stride=2, padding=1))
    x = local_response_norm(max_pool(x, 3, stride=2, ceil_mode=True))
    x = relu(conv(x, "conv2", 256, 5, stride=2))
    x = local_response_norm(max_pool(x, 3, stride=2, ceil_mode=True))
    x = relu(conv(x, "conv3", 384, 3, padding=1))
    x = relu(conv(x, "conv4", 384, 3, padding=1))
    x = relu(conv(x, "conv5", 256, 3, padding=1))
    x = flatten(max_pool(x, 3, stride=2))
    x = relu(linear(x, "fc6", 4096))
    x = relu(linear(x, "fc7", 4096))
    return linear(x, "fc8", classes)


KRIZHEVSKY = "Krizhevsky, Sutskever & Hinton (2012), ImageNet Classification with Deep Convolutional Neural Networks"
WEIRD = "Krizhevsky (2014), One weird trick for parallelizing convolutional neural networks"
ZEILER = "Zeiler & Fergus (2014), Visualizing and Understanding Convolutional Networks"
LARGE = (3, 227, 227)

ENTRIES = [
    Entry("alexnet", "alexnet", 2014, WEIRD, alexnet),
    Entry("paper/alexnet_2012_two_gpu_groups2", "alexnet", 2012, KRIZHEVSKY, alexnet_2012, input=LARGE),
    Entry("paper/alexnet_2012_single_tower_ungrouped", "alexnet", 2012, KRIZHEVSKY, alexnet_2012, {"groups": 1}, LARGE),
    Entry("paper/alexnet_2014_owt_one_weird_trick_slim_alexnet_v2", "alexnet", 2014, WEIRD, alexnet_slim),
    Entry("paper/alexnet_owt_d384_256_256", "alexnet", 2014, WEIRD, alexnet),
    Entry("paper/alexnet_owt_d384_384_256", "alexnet", 2014, WEIRD, alexnet, {"widths": (64, 192, 384, 384, 256)}),
    Entry("paper/zfnet_2013", "alexnet", 2013, ZEILER, zfnet),
]
