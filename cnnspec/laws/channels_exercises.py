r"""What marks the answers to the exercises of Step 3."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from cnnspec import convolution
from cnnspec.laws.compare import at_most, holds, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function


def swapped(one: int, other: int) -> list[int]:
    """The order of 16 pixels after two of them were exchanged."""
    order = list(range(16))
    order[one], order[other] = other, one
    return order


pixels = st.integers(0, 15)
exchanged = (st.permutations(range(16)) | st.builds(swapped, pixels, pixels)).filter(lambda o: list(o) != swapped(0, 0))
"""Orders of 16 pixels, but not the one in which they stand already."""


@law(
    "answer.exchange-noticed",
    needs="image_and_kernel_that_notice",
    pinned=({"permutation": swapped(5, 6)}, {"permutation": swapped(14, 15)}),
    permutation=exchanged,
)
def a_kernel_notices_every_exchange(image_and_kernel_that_notice: Function, permutation: Sequence[int]) -> None:
    r"""After the pixels were exchanged, the kernel has other answers, even if their order does not count.

    Catches: kernels of ones, which do not see an exchange inside of what all windows see, kernels of one cell whatever
    was exchanged, and constant images.
    Misses: nothing.
    """
    image, kernel = (np.asarray(x) for x in image_and_kernel_that_notice(np.array(permutation)))
    same((image.shape, kernel.shape), ((4, 4), (3, 3)), "the image should be 4x4 and the kernel 3x3")
    there = image.ravel()[permutation].reshape(4, 4)
    before, after = (np.sort(convolution.correlate2d(x, kernel), axis=None) for x in (image, there))
    largest = np.abs(image).max() * np.abs(kernel).sum()
    holds(np.abs(after - before).max() > 1e-12 * largest, f"after {list(permutation)} there should be other answers")


@law("answer.channels-mixed", needs="order_of_channels", groups=st.integers(1, 4), more=st.integers(0, 3))
def every_answer_sees_every_input(order_of_channels: Function, groups: int, more: int) -> None:
    r"""Each group of the second layer holds a channel of each group of the first, and no channel is lost.

    Catches: no order at all, reversed channels, whole groups that change their places.
    Misses: nothing.
    Source: Zhang et al. (2018), ShuffleNet, section 3.1.
    """
    each = groups + more
    order = np.asarray(order_of_channels(groups * each, groups))
    same(np.sort(order), np.arange(groups * each), "every channel should stand in the order once")
    for second, channels in enumerate(order.reshape(groups, each)):
        seen = {int(channel) // each for channel in channels}
        missing = sorted(set(range(groups)) - seen)
        holds(not missing, f"group {second} behind the order should see group {missing[:1]} before it")


@law("answer.channels-fewest", needs="fewest_channels", groups=st.integers(1, 12))
def a_group_has_a_channel_for_each_group(fewest_channels: Function, groups: int) -> None:
    r"""Each group can hold a channel of each group before it, and with one channel less it could not.

    $$ \frac{C}{g} \ge g > \frac{C}{g} - 1 $$

    Catches: counts that need not divide, counts for two groups taken for all.
    Misses: nothing.
    """
    channels = fewest_channels(groups)
    same(channels % groups, 0, "the channels should divide into groups")
    at_most(groups, channels // groups, "a group should hold a channel of each group before it")
    at_most(channels // groups - 1, groups - 1, "fewer channels should not be enough")
