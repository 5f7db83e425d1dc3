r"""What holds of the mean of a whole map (Step 4)."""

from __future__ import annotations

import numpy as np

from cnnspec import pooling
from cnnspec.arguments import Array
from cnnspec.laws.cases import Layer
from cnnspec.laws.compare import same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.pooling_cases import TwoMaps, cells, constants, two_maps
from cnnspec.laws.strategies import layers, maps


@law("gap.definition", needs="global_avg_pool2d", oracle=True, x=maps())
def global_average_pooling_is_the_mean_of_each_channel(global_avg_pool2d: Function, x: Array) -> None:
    r"""Each channel is answered by one number, the mean of its entries.

    $$ y_{nc} = \frac{1}{HW} \sum_{i,j} x_{ncij} $$

    Catches: whatever changes an answer on the inputs drawn; it says that a subject is wrong, not how.
    Misses: nothing that small inputs can show.
    Source: Lin, Chen & Yan (2014), Network in Network, section 3.2.
    """
    same(global_avg_pool2d(x), pooling.global_avg_pool2d(x))


@law("gap.rearranged", needs="global_avg_pool2d", x=maps(), cell=cells)
def the_mean_of_a_map_forgets_where(global_avg_pool2d: Function, x: Array, cell: int) -> None:
    r"""Rearranging the entries of a map, shifts and mirrors included, does not change its mean.

    $$ \operatorname{gap}(x_\pi) = \operatorname{gap}(x) $$

    Catches: entries that are left out or weighted by place.
    Misses: maxima, sums and whatever else does not depend on the order.
    """
    batch, channels, height, width = x.shape
    places = np.random.Generator(np.random.PCG64(cell)).permutation(height * width)
    moved = x.reshape(batch, channels, -1)[:, :, places].reshape(x.shape)
    same(global_avg_pool2d(moved), global_avg_pool2d(x))


@law("gap.linear", needs="global_avg_pool2d", case=two_maps())
def global_averages_are_linear(global_avg_pool2d: Function, case: TwoMaps) -> None:
    r"""The mean of a sum is the sum of the means, with any factors.

    $$ \operatorname{gap}(3x - 2z) = 3 \operatorname{gap}(x) - 2 \operatorname{gap}(z) $$

    Catches: maxima, medians, absolute values, sums in a smaller precision.
    Misses: wrong divisors, and means over part of the map.
    """
    same(
        global_avg_pool2d(3 * case.x - 2 * case.z),
        3 * np.asarray(global_avg_pool2d(case.x)) - 2 * np.asarray(global_avg_pool2d(case.z)),
    )


@law("gap.constant-added", needs="global_avg_pool2d", x=maps(), constant=constants)
def a_constant_is_added_to_the_mean(global_avg_pool2d: Function, x: Array, constant: int) -> None:
    r"""Adding a constant to a map adds it to its mean, and a constant map is answered by the constant.

    $$ \operatorname{gap}(x + c) = \operatorname{gap}(x) + c, \qquad \operatorname{gap}(c) = c $$

    Catches: sums and wrong divisors.
    Misses: maxima and means over part of the map.
    """
    same(global_avg_pool2d(x + constant), np.asarray(global_avg_pool2d(x)) + constant)
    same(global_avg_pool2d(np.full_like(x, constant)), np.full(x.shape[:2], constant, dtype=x.dtype))


@law("gap.one-window", needs="global_avg_pool2d avg_pool2d", x=maps())
def the_mean_of_a_map_is_one_large_window(global_avg_pool2d: Function, avg_pool2d: Function, x: Array) -> None:
    r"""Global average pooling is average pooling with a window as large as the map.

    $$ \operatorname{gap}(x)_{nc} = \operatorname{avg}_{H \times W}(x)_{nc00} $$

    Catches: maxima, sums, wrong divisors, and a result that keeps its two empty axes.
    Misses: bugs that both operators share.
    """
    same(global_avg_pool2d(x), np.asarray(avg_pool2d(x, x.shape[2:]))[:, :, 0, 0])


@law("gap.independent", needs="global_avg_pool2d", x=maps(), cell=cells)
def each_channel_has_its_own_mean(global_avg_pool2d: Function, x: Array, cell: int) -> None:
    r"""Each channel of each image is averaged as if the others were not there.

    $$ \operatorname{gap}(x)_{nc} = \operatorname{gap}(x_{nc}) $$

    Catches: channels or images that are mixed or normalised by each other.
    Misses: everything that one map alone can show.
    """
    n, c = cell % x.shape[0], cell % x.shape[1]
    same(global_avg_pool2d(x[n : n + 1, c : c + 1]), np.asarray(global_avg_pool2d(x))[n : n + 1, c : c + 1])


@law(
    "gap.pointwise",
    needs="global_avg_pool2d conv2d",
    layer=layers(kernels=(1,), strides=(1,), paddings=(0,), groups=(1,), palette="small"),
)
def the_mean_commutes_with_1x1_convolutions(global_avg_pool2d: Function, conv2d: Function, layer: Layer) -> None:
    r"""A 1×1 convolution before the global average is a linear layer after it.

    $$ \operatorname{gap}(w \star x + b) = W \operatorname{gap}(x) + b $$

    This is why a network's classifier can be run at every place first and averaged later.

    Catches: maxima, sums, wrong divisors, channels that are mixed.
    Misses: means over part of the map.
    """
    bias = 0 if layer.b is None else layer.b
    w = layer.w[:, :, 0, 0]
    same(
        global_avg_pool2d(conv2d(layer.x, layer.w, layer.b)),
        np.asarray(global_avg_pool2d(layer.x)) @ w.T + bias,
    )
