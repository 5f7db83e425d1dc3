"""Wrong answers to the exercises of Step 6."""

from __future__ import annotations

from typing import Any

from cnnspec.exercises import zoo as right
from cnnspec.mutants.mutant import mutant

# Caffe's network


def caffe(notation: Any, *, padding: int = 0, bias: bool = True, stride: int = 1) -> Any:
    """Caffe's network, with what can go wrong; a stride takes the place of the second pooling."""
    n = notation
    x = n.max_pool(n.conv(n.image(1, 28), "conv1", 20, 5, padding=padding, bias=bias), 2)
    x = n.conv(x, "conv2", 50, 5, padding=padding, bias=bias, stride=stride)
    x = n.flatten(x if stride > 1 else n.max_pool(x, 2))
    return n.linear(n.relu(n.linear(x, "ip1", 500)), "ip2", 10)


@mutant("caffe_lenet", "borders keep the size of the maps")
def caffe_with_borders(notation: Any) -> Any:
    return caffe(notation, padding=2)


@mutant("caffe_lenet", "the convolutions have no biases")
def caffe_without_biases(notation: Any) -> Any:
    return caffe(notation, bias=False)


@mutant("caffe_lenet", "the second convolution has a stride of 2, and no pooling follows")
def caffe_with_a_stride(notation: Any) -> Any:
    return caffe(notation, stride=2)


# VGG-16, pooled globally


def vgg(notation: Any, size: int, *, deep: int = 3, pooled: bool = True, strided: bool = False) -> Any:
    """VGG-16 with what can go wrong: blocks of another depth, a flattened map, strides in place of poolings."""
    x = notation.image(3, size)
    for stage, (filters, layers) in enumerate([(64, 2), (128, 2), (256, deep), (512, deep), (512, deep)]):
        for layer in range(layers):
            stride = 2 if strided and layer == layers - 1 else 1
            x = notation.relu(notation.conv(x, f"{stage}.{layer}", filters, 3, padding=1, stride=stride))
        x = x if strided else notation.max_pool(x, 2)
    x = notation.flatten(notation.global_avg_pool(x) if pooled else x)
    for name in ("fc1", "fc2"):
        x = notation.relu(notation.linear(x, name, 4096))
    return notation.linear(x, "fc3", 1000)


@mutant("pooled_vgg16", "the map is flattened as it is")
def vgg16_flattened(notation: Any, size: int) -> Any:
    return vgg(notation, size, pooled=False)


@mutant("pooled_vgg16", "it is VGG-19")
def pooled_vgg19(notation: Any, size: int) -> Any:
    return vgg(notation, size, deep=4)


@mutant("pooled_vgg16", "the last convolution of each block halves the map")
def pooled_vgg16_with_strides(notation: Any, size: int) -> Any:
    return vgg(notation, size, strided=True)


# Sums


@mutant("macs_saved", "the small map is rounded down")
def saving_rounded_down(channels: int, width: int, size: int, stride: int) -> int:
    return channels * width * (size**2 - (size // stride) ** 2)


@mutant("macs_saved", "the 3x3 is counted as well")
def saving_of_the_middle(channels: int, width: int, size: int, stride: int) -> int:
    return right.macs_saved(channels + 9 * width, width, size, stride)


@mutant("macs_saved", "what is left is answered, and not what is saved")
def work_left(channels: int, width: int, size: int, stride: int) -> int:
    return channels * width * size**2 - right.macs_saved(channels, width, size, stride)


@mutant("middle_channels", "the channels that go out are taken for those that come in")
def middle_of_equals(before: int, after: int) -> float:
    return 25 * before / 18


@mutant("middle_channels", "a window is counted by its side")
def middle_of_sides(before: int, after: int) -> float:
    return 5 * before * after / (3 * (before + after))


@mutant("middle_channels", "it is rounded")
def middle_rounded(before: int, after: int) -> float:
    return round(right.middle_channels(before, after))


@mutant("lighter_and_busier", "two blocks less make it lighter, and less busy")
def shorter_plan(plan: tuple[float, ...]) -> tuple[float, ...]:
    return (plan[0] - 2, *plan[1:])


@mutant("lighter_and_busier", "two numbers are changed")
def plan_changed_twice(plan: tuple[float, ...]) -> tuple[float, ...]:
    return (plan[0], 80, plan[2], 2.1, plan[4])


# A network of one's own


def own(notation: Any, *, width: int = 16, shortcut: bool = True, blocks: int = 5, classes: int = 10) -> Any:
    """A small residual network, with what can go wrong."""
    n = notation
    x = n.conv(n.image(3, 32), "stem", width, 3, stride=2, padding=1)
    for block in range(blocks):
        y = n.conv(n.relu(n.conv(x, f"{block}.a", width, 3, padding=1)), f"{block}.b", width, 3, padding=1)
        x = n.add(x, y) if shortcut else n.add(y, y)
    return n.linear(n.flatten(n.global_avg_pool(x)), "fc", classes)


@mutant("network_of_my_own", "it is too large")
def own_too_large(notation: Any) -> Any:
    return own(notation, width=40)


@mutant("network_of_my_own", "it is too shallow to see 32 pixels")
def own_too_shallow(notation: Any) -> Any:
    return own(notation, blocks=2)


@mutant("network_of_my_own", "what is added is the same tensor twice")
def own_without_shortcut(notation: Any) -> Any:
    return own(notation, shortcut=False)


@mutant("network_of_my_own", "it knows a hundred classes")
def own_of_a_hundred_classes(notation: Any) -> Any:
    return own(notation, classes=100)


# Two names


@mutant("same_field_ten_times_as_deep", "the deep network comes first")
def deep_before_shallow() -> tuple[str, str]:
    return "paper/densenet_bc_L190_k40_cifar10", "resnet18"


@mutant("same_field_ten_times_as_deep", "the deep network sees much more")
def deep_and_far_sighted() -> tuple[str, str]:
    return "vgg11", "paper/densenet_bc_L190_k40_cifar10"


@mutant("same_field_ten_times_as_deep", "both see alike, and are nearly as deep")
def alike_in_both() -> tuple[str, str]:
    return "vgg16", "vgg16_bn"
