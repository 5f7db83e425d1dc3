r"""What holds of counted multiply-accumulates (Step 6).

One multiply-accumulate is one product of a convolution, a linear layer or an attention, added to a sum. Biases,
normalisation, activations and pooling cost none. Who prints twice as much counts multiplications and additions.
"""

from __future__ import annotations

from math import prod

from hypothesis import strategies as st

from cnnspec import zoo
from cnnspec.laws.compare import differs, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.zoo_cases import Layer, Plan, random_plans, written
from cnnspec.laws.zoo_counts import channels, kernels, one_conv
from cnnspec.zoo import notation as n

strides = st.lists(st.integers(1, 2), min_size=1, max_size=3)


@law("zoo.places", needs="count_macs", extended=True, plan=random_plans(("conv", "same", "dilated", "pool", "mean")))
def every_place_of_a_map_costs_one_kernel(count_macs: Function, plan: Plan) -> None:
    r"""A convolution costs the weights of its kernels once for every place of the map that it makes.

    $$ M = \sum_{\text{convolutions}} h_{\text{out}} w_{\text{out}} \cdot F\,C\,k_v k_h $$

    Catches: places of the map that goes in, squared sides, doubled counts, products of pooling or biases.
    Misses: groups, linear layers and attention.
    """
    architecture, expected = written(plan), 0
    for tensor in architecture.tensors[1:]:
        if tensor.operation.kind == "conv":
            expected += tensor.shape[1] * tensor.shape[2] * prod(tensor.operation.weights["weight"])
    convolution = one_conv(plan.channels, 2, 3)
    same(count_macs(convolution), 64 * 9 * 2 * plan.channels)
    same(count_macs(architecture), expected)


@law("zoo.twice-as-tall", needs="count_macs", extended=True, steps=strides, kernel=kernels, filters=channels)
def twice_as_tall_costs_exactly_twice_if_the_strides_divide(
    count_macs: Function, steps: list[int], kernel: int, filters: int
) -> None:
    r"""A picture of twice as many rows costs exactly twice the products, if its rows are divisible by all strides.

    $$ M(2H, W) = 2\,M(H, W) \qquad\text{if } \prod s \mid H $$

    Without that it does not: a stride of 2 makes 4 places of 7 rows, and 7 of 14.

    Catches: costs that do not depend on the size, counts by one axis, places rounded in another way.
    Misses: factors.
    """

    def cost(rows: int) -> int:
        x = n.image(2, rows, 5)
        for i, stride in enumerate(steps):
            x = n.conv(x, f"conv{i}", filters, kernel, stride=stride, padding="same")
        return int(count_macs(zoo.Architecture("chain", x)))

    rows = prod(steps)
    same(cost(2 * rows), 2 * cost(rows))
    same(cost(4 * rows), 4 * cost(rows))
    if steps[0] == 2 and len(steps) == 1:
        differs(cost(14), 2 * cost(7), "seven rows should not cost half of fourteen")


@law("zoo.free", needs="count_macs count_parameters", extended=True, plan=random_plans(layers=2), width=channels)
def pooling_activation_and_joining_cost_nothing(
    count_macs: Function, count_parameters: Function, plan: Plan, width: int
) -> None:
    r"""Windows without weights, activations, sums and joins add neither products nor parameters.

    $$ \Delta M = \Delta P = 0 $$

    Catches: counters that count a pooling's comparisons, or an operation for each number of an activation.
    Misses: everything about layers with weights.
    """
    before, after = written(plan), written(plan.then(Layer("pool", padding=1)))
    same(count_macs(after), count_macs(before))
    same(count_parameters(after), count_parameters(before))
    x = n.conv(n.image(3, 6), "conv", width, 3)
    y = n.avg_pool(n.add(n.activation(x, "silu"), x), 2)
    decorated = zoo.Architecture("decorated", n.shuffle(n.concat(y, y), 2))
    same(count_macs(decorated), 16 * 27 * width)
    same(count_parameters(decorated), 28 * width)


@law("zoo.norm-is-free", needs="count_macs", extended=True, plan=random_plans())
def batch_normalisation_costs_no_products(count_macs: Function, plan: Plan) -> None:
    r"""Batch normalisation adds no multiply-accumulates: in use it melts into the convolution before it.

    $$ w' = \frac{\gamma w}{\sqrt{\sigma^2 + \varepsilon}}, \qquad \Delta M = 0 $$

    Several counters add one or two for every number that it passes on: 1 % of ResNet-50, up to 8 % of EfficientNet-B0.

    Catches: normalisations that are counted.
    Misses: everything else.
    """
    same(count_macs(written(plan.then(Layer("norm")))), count_macs(written(plan)))


@law("zoo.attention", needs="count_macs", extended=True, tokens=st.integers(1, 9), each=st.integers(1, 4))
def attention_costs_the_square_of_the_tokens(count_macs: Function, tokens: int, each: int) -> None:
    r"""Every token meets every other twice, with its key and with its value; the number of heads does not matter.

    $$ M = 2\,T^2 D $$

    Catches: attention that is not counted, as in PyTorch's own counter on some paths; heads as factors.
    Misses: the linear layers around it.
    Source: Vaswani et al. (2017), Attention Is All You Need, table 1.
    """
    width = 4 * each

    def cost(count: int, heads: int) -> int:
        x = n.linear(n.tokens(n.image(2, count, 1)), "qkv", 3 * width)
        with_attention = zoo.Architecture("attention", n.attention(x, heads))
        y = n.linear(n.tokens(n.image(2, count, 1)), "qkv", 3 * width)
        return int(count_macs(with_attention)) - int(count_macs(zoo.Architecture("linear", y)))

    for heads in (1, 2, 4):
        same(cost(tokens, heads), 2 * tokens**2 * width)
    same(cost(2 * tokens, 1), 4 * cost(tokens, 1))


@law("zoo.transposed", needs="count_macs", extended=True, inputs=channels, filters=channels, size=st.integers(1, 4))
def a_transposed_convolution_costs_what_the_convolution_does(
    count_macs: Function, inputs: int, filters: int, size: int
) -> None:
    r"""A transposed convolution costs as many products as the convolution that it is the adjoint of.

    $$ M(\text{conv}^\top: C \to F) = M(\text{conv}: F \to C) = hw \cdot C F k^2 $$

    Two popular counters multiply by the places of the larger map instead and find $k^2$ times as much; one finds 0.

    Catches: the larger map's places, transposed convolutions that are left out.
    Misses: everything else.
    """
    up = zoo.Architecture("up", n.conv_transpose(n.image(inputs, 3, 5), "up", filters, size))
    wide = n.image(filters, 3 * size, 5 * size)
    down = zoo.Architecture("down", n.conv(wide, "down", inputs, size, stride=size))
    same(count_macs(up), count_macs(down))
    same(count_macs(up), 15 * inputs * filters * size**2)


@law("zoo.dense-work", needs="count_macs", extended=True, width=channels, features=channels)
def a_dense_layer_costs_one_product_per_weight(count_macs: Function, width: int, features: int) -> None:
    r"""On a vector, a dense layer costs as many products as it has weights, and its bias none.

    $$ M = D\,F = P - F $$

    Catches: doubled counts, biases counted as products.
    Misses: everything about convolutions.
    """
    x = n.flatten(n.global_avg_pool(n.image(width, 3)))
    network = zoo.Architecture("dense", n.linear(x, "fc", features))
    same(count_macs(network), width * features)
    same(count_macs(network), zoo.count_parameters(network) - features)
