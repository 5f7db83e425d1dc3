"""Wrong answers to the exercises of Step 3."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnspec.arguments import Array
from cnnspec.mutants.mutant import mutant


@mutant("image_and_kernel_that_notice", "the kernel adds up its window, and so does not see what happens inside of it")
def kernel_of_ones(permutation: Array) -> tuple[Array, Array]:
    return np.arange(16.0).reshape(4, 4) ** 2, np.ones((3, 3))


@mutant("image_and_kernel_that_notice", "only the corners of the picture are looked at")
def kernel_of_the_middle(permutation: Array) -> tuple[Array, Array]:
    kernel = np.zeros((3, 3))
    kernel[0, 0] = 1
    return np.arange(16.0).reshape(4, 4), kernel


@mutant("image_and_kernel_that_notice", "there is nothing to be seen in the image")
def constant_picture(permutation: Array) -> tuple[Array, Array]:
    return np.ones((4, 4)), np.arange(9.0).reshape(3, 3)


@mutant("order_of_channels", "the channels stay where they are")
def channels_in_place(channels: int, groups: int) -> Array:
    return np.arange(channels)


@mutant("order_of_channels", "the channels are turned round, groups and all")
def channels_turned_round(channels: int, groups: int) -> Array:
    return np.arange(channels)[::-1]


@mutant("order_of_channels", "one channel of each group is answered, and the rest is lost")
def one_channel_of_each_group(channels: int, groups: int) -> Array:
    return np.tile(np.arange(0, channels, channels // groups), channels // groups)


@mutant("fewest_channels", "two groups are taken for any number of groups")
def channels_for_two_groups(groups: int) -> int:
    return 2 * groups


@mutant("fewest_channels", "one channel of each group is thought to be enough")
def one_channel_for_each_group(groups: int) -> int:
    return groups


@mutant("fewest_channels", "there must be more than enough, it is thought")
def channels_to_spare(groups: Any) -> Any:
    return groups * (groups + 1)
