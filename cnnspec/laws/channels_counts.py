r"""What holds of the counts (Step 3): the numbers that a layer learns, and the products that it computes."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from cnnspec import channels
from cnnspec.laws.channels_cases import Wrong, all_refused
from cnnspec.laws.compare import at_most, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function

numbers = st.integers(1, 12)
few = st.integers(1, 3)
many = st.sampled_from([1, 2, 3, 16, 64, 512])
sizes = st.one_of(st.integers(1, 5), st.tuples(few, few))


@law(
    "count.definition",
    needs="conv2d_parameters",
    oracle=True,
    c_in=few,
    c_out=few,
    kernel=sizes,
    groups=few,
    bias=st.booleans(),
)
def the_learned_numbers_are_weights_and_biases(
    conv2d_parameters: Function, c_in: int, c_out: int, kernel: int | tuple[int, int], groups: int, bias: bool
) -> None:
    r"""A layer learns one kernel for each filter and channel of its group, and one bias for each filter.

    $$ F \left( \frac{C}{g} k_v k_h + 1 \right) $$

    Catches: whatever changes the count.
    Misses: nothing that small numbers can show.
    """
    counts = c_in * groups, c_out * groups, kernel
    expected = channels.conv2d_parameters(*counts, groups=groups, bias=bias)
    same(conv2d_parameters(*counts, groups=groups, bias=bias), expected)


@law("count.weights-at-work", needs="conv2d_parameters", depth=few, width=few, kernel=st.tuples(few, few), groups=few)
def the_weights_can_be_counted_by_convolving_ones(
    conv2d_parameters: Function, depth: int, width: int, kernel: tuple[int, int], groups: int
) -> None:
    r"""Let all weights and one window be 1, and each weight adds 1 to the answer: the sum counts the weights in use.

    $$ \sum_f y_f(\mathbf 1, \mathbf 1) = \#\{\text{weights}\} $$

    Catches: groups ignored, kernels counted as squares, biases counted as weights.
    Misses: biases.
    """
    ones = np.ones((groups * width, depth, *kernel))
    answer = channels.conv2d(np.ones((1, groups * depth, *kernel)), ones, groups=groups)
    same(conv2d_parameters(groups * depth, groups * width, kernel, groups=groups, bias=False), int(answer.sum()))


@law("count.bias", needs="conv2d_parameters", depth=numbers, width=numbers, kernel=sizes, groups=few)
def every_filter_has_one_bias(
    conv2d_parameters: Function, depth: int, width: int, kernel: int | tuple[int, int], groups: int
) -> None:
    r"""Biases add one number for each filter, however large the kernels and however many the groups.

    $$ P(C, F, k) = P_{\text{no bias}}(C, F, k) + F $$

    Catches: biases left out, counted per channel, per weight or once for the layer.
    Misses: weights.
    """
    layer = depth * groups, width * groups, kernel
    without = conv2d_parameters(*layer, groups=groups, bias=False)
    same(conv2d_parameters(*layer, groups=groups, bias=True), without + width * groups)
    same(conv2d_parameters(*layer, groups=groups), without + width * groups, "a layer has biases if nothing is said")


@law("count.any-image", needs="conv2d_parameters", depth=few, k=few, height=st.integers(3, 6), width=st.integers(3, 6))
def the_same_numbers_serve_images_of_every_size(
    conv2d_parameters: Function, depth: int, k: int, height: int, width: int
) -> None:
    r"""The image's size is no part of the count: a layer of that many numbers filters images of all sizes.

    $$ \#w + \#b = P(C, F, k) \quad \text{whatever } H \text{ and } W $$

    Catches: counts that multiply by the size of a map.
    Misses: anything else about the count.
    """
    weights = np.ones((2, depth, k, k))
    biases = np.ones(2)
    for image in (np.ones((1, depth, height, width)), np.ones((1, depth, width + 1, height))):
        answer = channels.conv2d(image, weights, biases)
        same(answer, np.full(answer.shape, depth * k * k + 1))
    same(conv2d_parameters(depth, 2, k), weights.size + biases.size)


@law("count.groups-divide", needs="conv2d_parameters", depth=numbers, width=numbers, kernel=sizes, groups=few)
def groups_divide_the_weights(
    conv2d_parameters: Function, depth: int, width: int, kernel: int | tuple[int, int], groups: int
) -> None:
    r"""A layer with $g$ groups has a $g$-th of the weights: each filter sees a $g$-th of the channels.

    $$ g \cdot P_{\text{no bias}}(C, F, k; g) = P_{\text{no bias}}(C, F, k; 1) $$

    Catches: groups ignored or divided by twice.
    Misses: the kernel's size, and biases, which groups do not divide.
    Source: Krizhevsky et al. (2012), section 3.5.
    """
    layer = depth * groups, width * groups, kernel
    grouped = conv2d_parameters(*layer, groups=groups, bias=False)
    same(groups * grouped, conv2d_parameters(*layer, groups=1, bias=False))


@law("count.separable", needs="conv2d_parameters", c_in=many, c_out=many, kernel=sizes)
def a_separable_layer_needs_a_fraction_of_the_weights(
    conv2d_parameters: Function, c_in: int, c_out: int, kernel: int | tuple[int, int]
) -> None:
    r"""A depthwise and a 1×1 layer together have $1/F + 1/k^2$ of the weights of the layer they stand for.

    $$ \frac{C k^2 + C F}{C F k^2} = \frac{1}{F} + \frac{1}{k^2} $$

    Catches: groups ignored, kernels counted as $k$ instead of $k^2$.
    Misses: biases.
    Source: Howard et al. (2017), MobileNets, section 3.1.
    """
    area = kernel**2 if isinstance(kernel, int) else kernel[0] * kernel[1]
    depthwise = conv2d_parameters(c_in, c_in, kernel, groups=c_in, bias=False)
    pointwise = conv2d_parameters(c_in, c_out, 1, bias=False)
    dense = conv2d_parameters(c_in, c_out, kernel, bias=False)
    same((depthwise + pointwise) * c_out * area, dense * (c_out + area))


@law("count.doubling", needs="conv2d_parameters", c_in=many, c_out=many, kernel=sizes)
def doubling_both_channel_counts_quadruples_the_weights(
    conv2d_parameters: Function, c_in: int, c_out: int, kernel: int | tuple[int, int]
) -> None:
    r"""Twice the channels and twice the filters make four times the weights, but only twice the biases.

    $$ P_{\text{no bias}}(2C, 2F, k) = 4\, P_{\text{no bias}}(C, F, k) $$

    Catches: counts that add where they should multiply.
    Misses: the kernel's size.
    """
    quadruple = conv2d_parameters(2 * c_in, 2 * c_out, kernel, bias=False)
    same(quadruple, 4 * conv2d_parameters(c_in, c_out, kernel, bias=False))


@law("count.small-kernels", needs="conv2d_parameters", c=numbers)
def a_stack_of_small_kernels_needs_fewer_weights(conv2d_parameters: Function, c: int) -> None:
    r"""Between equally many channels, two 3×3 layers need 18 numbers for every 25 of a 5×5 layer, and three 27 for 49.

    $$ 2 \cdot 9\, C^2 < 25\, C^2, \qquad 3 \cdot 9\, C^2 < 49\, C^2 $$

    Catches: kernels counted as $k$ instead of $k^2$.
    Misses: groups and biases.
    Source: Simonyan & Zisserman (2015), section 2.3.
    """
    three, five, seven = (conv2d_parameters(c, c, k, bias=False) for k in (3, 5, 7))
    same([25 * 2 * three, 49 * 3 * three], [18 * five, 27 * seven])
    at_most(2 * three + 1, five)
    at_most(3 * three + 1, seven)


@law("count.anchors", needs="conv2d_parameters")
def well_known_layers_have_well_known_counts(conv2d_parameters: Function) -> None:
    r"""Refuted: "a 3×3 filter has nine weights". It has nine for each channel: a late filter of VGG-16 has 4,608.

    $$ 9 \cdot 1 = 9, \quad 9 \cdot 3 = 27, \quad 9 \cdot 512 = 4608, \quad 96\,(3 \cdot 11^2 + 1) = 34944 $$

    The last is the first layer of AlexNet.

    Catches: channels left out, biases miscounted.
    Misses: groups that the two networks do not have at these places.
    Source: Simonyan & Zisserman (2015), table 1; CS231n notes, Convolutional Networks, for AlexNet.
    """
    filters = [conv2d_parameters(c, 1, 3, bias=False) for c in (1, 3, 512)]
    same(filters, [9, 27, 4608], "one 3×3 filter should have nine weights for each channel")
    same(conv2d_parameters(3, 96, 11), 34944, "AlexNet's first layer should learn 34,944 numbers")


@law(
    "count.macs-definition",
    needs="conv2d_macs",
    oracle=True,
    extended=True,
    depth=few,
    width=few,
    kernel=sizes,
    output=sizes,
    groups=few,
)
def every_weight_is_used_once_at_every_output_place(
    conv2d_macs: Function,
    depth: int,
    width: int,
    kernel: int | tuple[int, int],
    output: int | tuple[int, int],
    groups: int,
) -> None:
    r"""A layer multiplies once for each weight and each place of its *output*.

    $$ OH \cdot OW \cdot F \cdot \frac{C}{g} k_v k_h $$

    Catches: whatever changes the count.
    Misses: nothing that small numbers can show.
    """
    layer = depth * groups, width * groups, kernel, output
    same(conv2d_macs(*layer, groups=groups), channels.conv2d_macs(*layer, groups=groups))


@law(
    "count.macs-at-work",
    needs="conv2d_macs",
    extended=True,
    depth=few,
    width=few,
    k=few,
    stride=few,
    size=st.integers(3, 6),
    groups=few,
)
def the_products_can_be_counted_by_convolving_ones(
    conv2d_macs: Function, depth: int, width: int, k: int, stride: int, size: int, groups: int
) -> None:
    r"""Convolve ones with ones: every product adds 1, so the sum of all outputs counts the products.

    $$ \sum y(\mathbf 1, \mathbf 1) = \#\{\text{products}\} $$

    Catches: places of the input counted in place of the output's, groups ignored, additions counted as well.
    Misses: products with padding, which the count includes.
    """
    x = np.ones((1, groups * depth, size, size + 1))
    y = channels.conv2d(x, np.ones((groups * width, depth, k, k)), stride=stride, groups=groups)
    same(conv2d_macs(groups * depth, groups * width, k, y.shape[2:], groups=groups), int(y.sum()))


@law("count.macs-anchors", needs="conv2d_macs", extended=True)
def well_known_layers_have_well_known_costs(conv2d_macs: Function) -> None:
    r"""A 5×5 layer from 128 to 128 channels costs over 53 billion operations on a map of 256×256: half are products.

    $$ 256^2 \cdot 5^2 \cdot 128^2 = 26{,}843{,}545{,}600, \qquad 55^2 \cdot 96 \cdot 363 = 105{,}415{,}200 $$

    Catches: additions counted as well, places counted in one direction only.
    Misses: groups.
    Source: Zhang et al. (2023), Dive into Deep Learning, section 7.4, which counts products and additions.
    """
    same(conv2d_macs(128, 128, 5, 256), 26_843_545_600)
    same(conv2d_macs(3, 96, 11, (55, 55)), 105_415_200, "AlexNet's first layer should cost 105,415,200 products")


@law("count.refusals", needs="conv2d_parameters conv2d_macs", extended=True)
def what_cannot_be_counted_is_refused_by_name(conv2d_parameters: Function, conv2d_macs: Function) -> None:
    r"""Counts below one, fractions and groups that do not divide are refused with the argument's name.

    Catches: counts that are rounded down in silence.
    Misses: whether the rest of the message helps.
    """
    right = {"c_in": 4, "c_out": 6, "kernel": 3, "groups": 2}
    wrong: list[Wrong] = [
        ("c_in", {"c_in": 0}),
        ("c_in", {"c_in": 4.0}),
        ("c_out", {"c_out": -6}),
        ("c_out", {"c_out": True}),
        ("kernel", {"kernel": (3, 0)}),
        ("kernel", {"kernel": (3, 3, 3)}),
        ("groups", {"groups": 3}),
        ("groups", {"groups": 4}),
        ("groups", {"groups": 0}),
    ]
    all_refused(conv2d_parameters, right, wrong)
    all_refused(conv2d_macs, {**right, "output": 5}, [*wrong, ("output", {"output": 0}), ("output", {"output": "5"})])
