r"""What holds of counted parameters and buffers (Step 6), of all networks and of the families that the lab names."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from cnnspec import zoo
from cnnspec.laws.compare import differs, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.zoo_cases import Layer, Plan, random_plans, written
from cnnspec.zoo import notation as n
from cnnspec.zoo.window import Ints

channels = st.integers(1, 12)
kernels = st.sampled_from([1, 2, 3, 5, 7])


def one_conv(
    inputs: int, filters: int, kernel: Ints, *, groups: int = 1, bias: bool = True, size: int = 8, stride: int = 1
) -> zoo.Architecture:
    """A network of a single convolution."""
    x = n.conv(n.image(inputs, size), "conv", filters, kernel, padding="same", groups=groups, bias=bias, stride=stride)
    return zoo.Architecture("one convolution", x)


@law("zoo.numbers", needs="count_parameters", extended=True, plan=random_plans())
def parameters_are_the_numbers_that_a_network_is_given(count_parameters: Function, plan: Plan) -> None:
    r"""The parameters are as many as the numbers in the weights with which the network runs, statistics left out.

    $$ P = \sum_{\text{tensors}} \prod_i n_i $$

    Catches: whatever is forgotten, counted twice, or counted although it is not learnt.
    Misses: declarations that are wrong themselves.
    """
    architecture = written(plan, "pooled")
    weights = zoo.initial_weights(architecture, np.random.default_rng(0))
    learnt = [values.size for name, values in weights.items() if name not in architecture.buffers]
    same(count_parameters(architecture), sum(learnt))


@law("zoo.sum", needs="count_parameters count_macs", extended=True, widths=st.tuples(channels, channels, channels))
def the_whole_is_the_sum_of_its_parts(
    count_parameters: Function, count_macs: Function, widths: tuple[int, int, int]
) -> None:
    r"""A network put behind another one has the parameters of both, and costs the products of both.

    $$ P(g \circ f) = P(f) + P(g), \qquad M(g \circ f) = M(f) + M(g) $$

    Catches: counts that look at the first or the last layer, totals that multiply.
    Misses: what is wrong for every layer alike.
    """
    first, second, third = widths

    def front(x: n.Tensor) -> n.Tensor:
        return n.batch_norm(n.conv(x, "a", second, 3), "b")

    def back(x: n.Tensor) -> n.Tensor:
        return n.linear(n.flatten(n.conv(x, "c", third, 5, stride=2)), "d", 4)

    x = n.image(first, 12)
    whole = zoo.Architecture("whole", back(front(x)))
    parts = zoo.Architecture("front", front(n.image(first, 12))), zoo.Architecture("back", back(n.image(second, 10)))
    for count in (count_parameters, count_macs):
        same(count(whole), sum(count(part) for part in parts))


@law("zoo.pooled", needs="count_parameters", extended=True, plan=random_plans(), more=st.integers(1, 9))
def globally_pooled_networks_weigh_the_same_for_all_pictures(count_parameters: Function, plan: Plan, more: int) -> None:
    r"""If the last map is averaged, the number of parameters does not depend on the picture's size.

    $$ P(H, W) = P(H', W') $$

    Catches: counts of products instead of weights, counts of activations.
    Misses: everything that is wrong for all sizes alike.
    """
    larger = plan.sized(plan.rows + more, plan.columns + 2 * more)
    same(count_parameters(written(larger, "pooled")), count_parameters(written(plan, "pooled")))


@law("zoo.flattened", needs="count_parameters", extended=True, plan=random_plans(), more=st.integers(1, 9))
def flattened_networks_weigh_more_for_larger_pictures(count_parameters: Function, plan: Plan, more: int) -> None:
    r"""If the last map is flattened, each of its numbers gets a weight for each class.

    $$ P_{\text{flattened}}(H, W) = P_{\text{pooled}} + F\,C\,(hw - 1) $$

    Catches: linear layers that are forgotten, or counted by their outputs.
    Misses: everything before the last layer.
    """
    for picture in (plan, plan.sized(plan.rows + more, plan.columns + more)):
        flat, pooled = written(picture, "flattened"), written(picture, "pooled")
        maps, rows, columns = written(picture).output.shape
        same(count_parameters(flat) - count_parameters(pooled), 5 * maps * (rows * columns - 1))


@law("zoo.groups", needs="count_parameters count_macs", extended=True, each=channels, out=channels, kernel=kernels)
def groups_divide_the_weights_and_the_work(
    count_parameters: Function, count_macs: Function, each: int, out: int, kernel: int
) -> None:
    r"""A convolution with $g$ groups has a $g$-th of the weights and of the products; the biases stay.

    $$ P_g = \frac{P_1 - F}{g} + F, \qquad M_g = \frac{M_1}{g} $$

    Catches: groups that are ignored, as several counters once did, and biases that are divided too.
    Misses: what is wrong without groups.
    Source: Krizhevsky, Sutskever & Hinton (2012), section 3.2.
    """
    for groups in (2, 3):
        inputs, filters = each * groups, out * groups
        whole, grouped = one_conv(inputs, filters, kernel), one_conv(inputs, filters, kernel, groups=groups)
        same((count_parameters(grouped) - filters) * groups, count_parameters(whole) - filters)
        same(count_macs(grouped) * groups, count_macs(whole))


@law("zoo.bias", needs="count_parameters count_macs", extended=True, inputs=channels, filters=channels, kernel=kernels)
def a_bias_is_one_number_per_filter_and_no_product(
    count_parameters: Function, count_macs: Function, inputs: int, filters: int, kernel: int
) -> None:
    r"""A bias adds one parameter for each filter, and no multiply-accumulate.

    $$ P_{\text{bias}} = P + F, \qquad M_{\text{bias}} = M $$

    Catches: forgotten biases, biases for each weight or each place, biases counted as products.
    Misses: everything about the weights.
    """
    with_bias, without = one_conv(inputs, filters, kernel), one_conv(inputs, filters, kernel, bias=False)
    same(count_parameters(with_bias) - count_parameters(without), filters)
    same(count_macs(with_bias), count_macs(without))


@law("zoo.oblong", needs="count_parameters", extended=True, inputs=channels, filters=channels, kernel=kernels)
def an_oblong_kernel_counts_both_its_sides(count_parameters: Function, inputs: int, filters: int, kernel: int) -> None:
    r"""A k×1 and a 1×k kernel have equally many weights, together 2/k of those of a k×k kernel.

    $$ P_{k \times 1} = P_{1 \times k} = CFk, \qquad P_{k \times k} = k\,P_{k \times 1} $$

    Catches: one side of the kernel that is squared.
    Misses: everything about square kernels.
    Source: Szegedy et al. (2016), Rethinking the Inception Architecture for Computer Vision, section 3.2.
    """
    tall, wide, square = (
        count_parameters(one_conv(inputs, filters, k, bias=False)) for k in ((kernel, 1), (1, kernel), kernel)
    )
    same(tall, inputs * filters * kernel)
    same(wide, tall)
    same(square, kernel * tall)


@law("zoo.normalised", needs="count_parameters count_buffers", extended=True, plan=random_plans())
def batch_normalisation_adds_two_numbers_per_channel_and_keeps_two(
    count_parameters: Function, count_buffers: Function, plan: Plan
) -> None:
    r"""Batch normalisation learns a scale and a shift for each channel; mean and variance are kept, not learnt.

    $$ \Delta P = 2C, \qquad \Delta B = 2C $$

    Catches: statistics counted as parameters, as the totals of Keras do, and scales that are forgotten.
    Misses: everything else.
    Source: Ioffe & Szegedy (2015), algorithm 1.
    """
    before, after = written(plan), written(plan.then(Layer("norm")))
    width = before.output.shape[0]
    same(count_parameters(after) - count_parameters(before), 2 * width)
    same(count_buffers(after) - count_buffers(before), 2 * width)


@law("zoo.buffers", needs="count_buffers", extended=True, plan=random_plans())
def only_normalisation_keeps_numbers(count_buffers: Function, plan: Plan) -> None:
    r"""What is kept but not learnt are the means and variances of batch normalisations, and nothing else.

    $$ B = 2 \sum_{\text{normalisations}} C $$

    Catches: PyTorch's counters of batches, means without variances, parameters counted as buffers.
    Misses: networks that keep other numbers, such as the centres of LeNet-5.
    """
    architecture = written(plan, "pooled")
    normalised = [t.shape[0] for t in architecture if t.operation.kind == "batch_norm"]
    same(count_buffers(architecture), 2 * sum(normalised))


@law("zoo.classes", needs="count_parameters build", extended=True, more=st.integers(1, 40))
def one_more_class_is_one_more_row_of_weights(count_parameters: Function, build: Function, more: int) -> None:
    r"""Each class costs as many weights as features come out of the network, and a bias.

    $$ P(n + 1) - P(n) = D + 1 $$

    Catches: numbers of classes that are ignored, linear layers that are forgotten.
    Misses: everything before the last layer.
    """
    for name, features in (("paper/resnet20_cifar_option_A", 64), ("squeezenet1_1", 512)):
        few, many = build(name, classes=10), build(name, classes=10 + more)
        same(count_parameters(many) - count_parameters(few), more * (features + 1))


@law("zoo.separable", needs="count_macs count_parameters", extended=True, inputs=channels, filters=channels)
def a_depthwise_separable_convolution_costs_a_known_fraction(
    count_macs: Function, count_parameters: Function, inputs: int, filters: int
) -> None:
    r"""A depthwise k×k and a pointwise convolution cost $1/F + 1/k^2$ of the full k×k convolution.

    $$ \frac{k^2 C + C F}{k^2 C F} = \frac1F + \frac1{k^2} $$

    It holds of weights and of products alike. For 3×3 it is never less than a ninth, however many filters there are.

    Catches: groups that are ignored, pointwise convolutions that are not counted.
    Misses: factors common to both.
    Source: Howard et al. (2017), MobileNets, section 3.1.
    """
    for kernel in (3, 5):
        x = n.image(inputs, 6)
        y = n.conv(x, "depthwise", inputs, kernel, padding="same", groups=inputs, bias=False)
        separable = zoo.Architecture("separable", n.conv(y, "pointwise", filters, 1, bias=False))
        full = one_conv(inputs, filters, kernel, bias=False, size=6)
        for count in (count_macs, count_parameters):
            same(float(Fraction(count(separable), count(full)) - Fraction(1, filters) - Fraction(1, kernel**2)), 0.0)


@law("zoo.two-small", needs="count_parameters field_of_view", extended=True, width=channels)
def two_small_kernels_see_as_much_as_a_large_one_with_fewer_weights(
    count_parameters: Function, field_of_view: Function, width: int
) -> None:
    r"""Two 3×3 convolutions see 5×5 pixels with 18/25 of the weights; three see 7×7 with 27/49.

    $$ 2 \cdot 3^2 C^2 = 18\,C^2 < 25\,C^2, \qquad 3 \cdot 3^2 C^2 = 27\,C^2 < 49\,C^2 $$

    Catches: kernels counted by one side, receptive fields that multiply.
    Misses: nothing that is wrong for 3×3 alone.
    Source: Simonyan & Zisserman (2015), section 2.3.
    """
    for layers, kernel in ((2, 5), (3, 7)):
        x = n.image(width, 16)
        for i in range(layers):
            x = n.conv(x, f"conv{i}", width, 3, padding=1, bias=False)
        stack, large = zoo.Architecture("stack", x), one_conv(width, width, kernel, bias=False, size=16)
        same((count_parameters(stack), count_parameters(large)), (9 * layers * width**2, kernel**2 * width**2))
        same((field_of_view(stack)[0], field_of_view(large)[0]), (kernel, kernel))


def basic(width: int) -> zoo.Architecture:
    """Two 3×3 convolutions."""
    x = n.image(width, 4)
    for i in (1, 2):
        x = n.conv(x, f"conv{i}", width, 3, padding=1, bias=False)
    return zoo.Architecture("basic", x)


def bottleneck(narrow: int, wide: int) -> zoo.Architecture:
    """A 1×1, a 3×3 and a 1×1 convolution."""
    x = n.conv(n.image(wide, 4), "conv1", narrow, 1, bias=False)
    x = n.conv(n.conv(x, "conv2", narrow, 3, padding=1, bias=False), "conv3", wide, 1, bias=False)
    return zoo.Architecture("bottleneck", x)


@law("zoo.bottleneck", needs="count_parameters", extended=True, width=channels, pinned=({"width": 64},))
def a_bottleneck_of_four_times_the_channels_is_lighter(count_parameters: Function, width: int) -> None:
    r"""A bottleneck on $4m$ channels has $17m^2$ weights, a basic block on $m$ channels $18m^2$.

    $$ 4m \cdot m + 9m^2 + m \cdot 4m = 17m^2 < 18m^2 = 2 \cdot 9m^2 $$

    At 256 channels the bottleneck has 69,632 weights and the basic block 1,179,648.

    Catches: kernels counted by one side, layers left out.
    Misses: biases and normalisations, which the block of the paper has too.
    Source: He et al. (2016), Deep Residual Learning for Image Recognition, figure 5.
    """
    same(count_parameters(bottleneck(width, 4 * width)), 17 * width**2)
    same(count_parameters(basic(width)), 18 * width**2)
    if width == 64:
        same(count_parameters(bottleneck(64, 256)), 69_632)
        same(count_parameters(basic(256)), 1_179_648)


@law("zoo.width", needs="count_parameters", extended=True, widths=st.lists(channels, min_size=2, max_size=4))
def twice_the_width_is_four_times_the_inner_weights(count_parameters: Function, widths: list[int]) -> None:
    r"""A multiplier $r$ of all widths multiplies inner layers by $r^2$, and the first and the last layer by $r$.

    $$ P(r) = r\,P_{\text{ends}} + r^2\,P_{\text{inner}} $$

    So "half as wide" is not half, but close to a quarter.

    Catches: counts that add channels instead of multiplying them.
    Misses: biases, which grow with $r$.
    Source: Howard et al. (2017), MobileNets, section 3.3.
    """

    def chain(factor: int) -> int:
        x = n.image(3, 4)
        for i, width in enumerate(widths):
            x = n.conv(x, f"conv{i}", factor * width, 3, padding=1, bias=False)
        network = zoo.Architecture("chain", n.linear(n.flatten(n.global_avg_pool(x)), "fc", 7, bias=False))
        return int(count_parameters(network))

    ends = 27 * widths[0] + 7 * widths[-1]
    inner = chain(1) - ends
    for factor in (2, 3):
        same(chain(factor), factor * ends + factor**2 * inner)
    differs(chain(2), 2 * chain(1), "twice the width should not be twice the parameters")


@law("zoo.pointwise", needs="count_parameters count_macs", extended=True, inputs=channels, filters=channels)
def a_linear_layer_at_each_place_is_a_convolution_of_one_cell(
    count_parameters: Function, count_macs: Function, inputs: int, filters: int
) -> None:
    r"""A dense layer applied at each place of a map weighs and costs what a 1×1 convolution does.

    $$ P = CF + F, \qquad M = HW \cdot CF $$

    A popular counter takes only the first and the last axis of such a layer, and finds a fourteenth of ConvNeXt-T.

    Catches: products counted for one place only.
    Misses: everything about larger kernels.
    """
    x = n.image(inputs, 5, 7)
    dense = zoo.Architecture("dense", n.linear(x, "fc", filters))
    convolution = zoo.Architecture("convolution", n.conv(n.image(inputs, 5, 7), "fc", filters, 1))
    same(count_parameters(dense), count_parameters(convolution))
    same(count_macs(dense), count_macs(convolution))
    same(count_macs(dense), 35 * inputs * filters)


@law("zoo.heads", needs="count_parameters count_macs depth", extended=True, filters=channels)
def heads_for_training_weigh_but_do_not_work(
    count_parameters: Function, count_macs: Function, depth: Function, filters: int
) -> None:
    r"""A head that runs in training only has parameters, but costs no products and makes no network deeper.

    $$ P = P_{\text{body}} + P_{\text{head}}, \qquad M = M_{\text{body}} $$

    Catches: heads that are dropped because no picture passes them, heads whose work is counted.
    Misses: everything about the body.
    Source: Szegedy et al. (2015), Going Deeper with Convolutions, section 5.
    """

    def network(with_head: bool) -> zoo.Architecture:
        x = n.conv(n.image(3, 8), "body", filters, 3)
        if with_head:
            n.linear(n.flatten(n.conv(n.training_only(x), "head", 2, 1)), "aux", 5)
        return zoo.Architecture("network", n.linear(n.flatten(n.global_avg_pool(x)), "fc", 5))

    plain, headed = network(False), network(True)
    same(count_parameters(headed) - count_parameters(plain), 2 * filters + 2 + 5 * 72 + 5)
    same(count_macs(headed), count_macs(plain))
    same(depth(headed), depth(plain))


@law("zoo.free-tensors", needs="count_parameters", extended=True, width=channels, length=st.integers(1, 9))
def tensors_that_belong_to_no_layer_count_too(count_parameters: Function, width: int, length: int) -> None:
    r"""A position embedding or a scale of a branch is learnt as any weight is.

    $$ P = P_{\text{layers}} + T D $$

    A counter that visits only layers loses a third of ViT-B/16, where the weights of attention are such tensors.

    Catches: parameters that are found through layers only.
    Misses: everything about layers.
    """
    x = n.tokens(n.conv(n.image(3, length, 1), "patches", width, 1))
    without = count_parameters(zoo.Architecture("bare", x))
    placed = n.add(x, n.parameter(x, "positions", x.shape, batched=True))
    same(count_parameters(zoo.Architecture("placed", placed)) - without, length * width)
