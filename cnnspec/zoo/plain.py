r"""Plain stacks of convolutions that made history: Network in Network and Darknet.

Network in Network puts two 1x1 convolutions after each window, a small network at every place, and replaces the
fully connected layers by the mean of one map per class. Darknet-19 alternates 3x3 with narrower 1x1; Darknet-53
adds shortcuts around such pairs.

Sources:
    Lin, Chen & Yan (2014), Network in Network, section 3; the network for ImageNet is their own, written for Caffe.
    Redmon & Farhadi (2017), YOLO9000, table 6. Redmon & Farhadi (2018), YOLOv3, table 1.
"""

from __future__ import annotations

from cnnspec.zoo.blocks import conv_norm
from cnnspec.zoo.entry import Entry
from cnnspec.zoo.notation import Tensor, add, conv, flatten, global_avg_pool, linear, max_pool, relu

# Table 6: filters of alternating 3x3 and 1x1 convolutions, stage by stage.
DARKNET19 = (
    (32,),
    (64,),
    (128, 64, 128),
    (256, 128, 256),
    (512, 256, 512, 256, 512),
    (1024, 512, 1024, 512, 1024),
)
DARKNET53 = (1, 2, 8, 8, 4)


def network_in_network(x: Tensor, *, classes: int = 1000) -> Tensor:
    """Four windows, each followed by two 1x1 convolutions.

    Args:
        x: An image.
        classes: Number of classes.
    """
    x = max_pool(mlpconv(x, "1", (96, 96, 96), 11, stride=4), 3, stride=2, ceil_mode=True)
    x = max_pool(mlpconv(x, "2", (256, 256, 256), 5, padding=2), 3, stride=2, ceil_mode=True)
    x = max_pool(mlpconv(x, "3", (384, 384, 384), 3, padding=1), 3, stride=2, ceil_mode=True)
    x = mlpconv(x, "4", (1024, 1024, classes), 3, padding=1)
    return flatten(global_avg_pool(x))


def mlpconv(
    x: Tensor, name: str, widths: tuple[int, int, int], kernel: int, *, stride: int = 1, padding: int = 0
) -> Tensor:
    """A window and a small network at each place."""
    x = relu(conv(x, f"conv{name}", widths[0], kernel, stride=stride, padding=padding))
    x = relu(conv(x, f"cccp{name}a", widths[1], 1))
    return relu(conv(x, f"cccp{name}b", widths[2], 1))


def darknet19(x: Tensor, *, classes: int = 1000) -> Tensor:
    """Nineteen convolutions, a map per class at the end.

    Args:
        x: An image.
        classes: Number of classes.
    """
    for stage, widths in enumerate(DARKNET19):
        x = max_pool(x, 2) if stage else x
        for i, filters in enumerate(widths):
            x = conv_norm(x, f"stage{stage}.{i}", filters, 1 if i % 2 else 3, function="leaky_relu")
    x = conv(x, "conv19", classes, 1)
    return flatten(global_avg_pool(x))


def darknet53(x: Tensor, *, classes: int = 1000) -> Tensor:
    """Five stages of pairs with shortcuts, each begun by a 3x3 that halves the map.

    Args:
        x: An image.
        classes: Number of classes.
    """
    x = conv_norm(x, "stem", 32, 3, function="leaky_relu")
    for stage, repeats in enumerate(DARKNET53):
        filters = 64 * 2**stage
        x = conv_norm(x, f"stage{stage}.0", filters, 3, stride=2, function="leaky_relu")
        for i in range(1, repeats + 1):
            y = conv_norm(x, f"stage{stage}.{i}.narrow", filters // 2, 1, function="leaky_relu")
            x = add(x, conv_norm(y, f"stage{stage}.{i}.wide", filters, 3, function="leaky_relu"))
    return linear(flatten(global_avg_pool(x)), "fc", classes)


LIN = "Lin, Chen & Yan (2014), Network in Network"
YOLO2 = "Redmon & Farhadi (2017), YOLO9000: Better, Faster, Stronger"
YOLO3 = "Redmon & Farhadi (2018), YOLOv3: An Incremental Improvement"
ENTRIES = [
    Entry("paper/nin_imagenet", "plain", 2014, LIN, network_in_network),
    Entry("paper/darknet19_yolo9000", "plain", 2017, YOLO2, darknet19),
    Entry("paper/darknet53_yolov3", "plain", 2018, YOLO3, darknet53, {}, (3, 256, 256)),
]
