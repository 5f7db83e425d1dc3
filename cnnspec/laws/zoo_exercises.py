r"""What marks the answers to the exercises of Step 6.

A network that a reader declares is built with the notation that the law hands over, and then counted.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from cnnspec import zoo
from cnnspec.laws.answers import close, number, numbers, parts
from cnnspec.laws.compare import Mismatch, at_most, holds, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.zoo import notation as n
from cnnspec.zoo.regnet import Y

NAMES = zoo.all_architectures()
"""All networks: loaded here, because a reader's file runs where nothing of the book can be imported."""

PLAN = Y["400mf"]
widths = st.integers(1, 9)


class Notation:
    """The notation of the zoo for functions that may not import it."""

    def __init__(self) -> None:
        for name in n.__all__:
            setattr(self, name, getattr(n, name))

    def __repr__(self) -> str:
        return "notation"


def declared(answer: Any) -> zoo.Architecture:
    """The network whose last tensor was answered.

    Raises:
        Mismatch: If the answer is none.
    """
    if not isinstance(answer, n.Tensor):
        raise Mismatch("the answer should be the last tensor of a network", repr(answer)[:200])
    return zoo.Architecture("the answer", answer)


def weighing(architecture: zoo.Architecture) -> list[int]:
    """The parameters of each layer that has some, in their order."""
    return [row.parameters for row in zoo.ledger(architecture) if row.parameters]


@law("answer.caffe-ledger", needs="caffe_lenet")
def caffe_s_network_has_four_hundred_thousand_weights_behind_the_flattening(caffe_lenet: Function) -> None:
    r"""Four layers learn: two convolutions, then 800 numbers in 500 features, then 500 in 10.

    $$ 520 + 25\,050 + 400\,500 + 5\,010 = 431\,080 $$

    Catches: borders, forgotten poolings and biases, which all change what is flattened or what is added.
    Misses: rectifiers, which weigh nothing.
    """
    architecture = declared(caffe_lenet(Notation()))
    same(weighing(architecture), [520, 25_050, 400_500, 5_010], "the parameters of the layers should be these")


@law("answer.caffe-work", needs="caffe_lenet")
def caffe_s_network_costs_two_million_products(caffe_lenet: Function) -> None:
    r"""One picture of 28×28 costs 2,293,000 multiply-accumulates, and its answer has ten numbers.

    $$ 24^2 \cdot 500 + 8^2 \cdot 25\,000 + 400\,000 + 5\,000 $$

    Catches: strides in the convolutions in place of poolings, other pictures.
    Misses: rectifiers, which cost no product.
    """
    architecture = declared(caffe_lenet(Notation()))
    same(architecture.input.shape, (1, 28, 28))
    same(zoo.output_shape(architecture), (10,))
    same(zoo.count_macs(architecture), 2_293_000)


@law("answer.pooled-loss", needs="pooled_vgg16", size=st.sampled_from([224, 64, 96, 200]))
def pooling_globally_saves_a_hundred_million_parameters(pooled_vgg16: Function, size: int) -> None:
    r"""VGG-16 with a globally pooled map has 48 · 512 · 4,096 parameters fewer, whatever the size of the picture is.

    $$ 138\,357\,544 - 100\,663\,296 = 37\,694\,248 $$

    Catches: maps that are still flattened, biases that are lost, a pooling that leaves a grid.
    Misses: layers in another order that have the same sizes.
    """
    same(zoo.count_parameters(declared(pooled_vgg16(Notation(), size))), 37_694_248)


@law("answer.pooled-stages", needs="pooled_vgg16", size=st.sampled_from([224, 64, 96, 200]))
def below_the_pooling_it_is_vgg16(pooled_vgg16: Function, size: int) -> None:
    r"""Each of the sixteen layers but one is as large as in VGG-16, and the convolutions cost what they cost there.

    Catches: another configuration of the family, maps that are halved elsewhere.
    Misses: everything that changes neither weights nor products.
    """
    architecture = declared(pooled_vgg16(Notation(), size))
    original = zoo.build("vgg16", input=(3, size, size))
    heavy = weighing(original)
    heavy[13] = 512 * 4096 + 4096
    same(weighing(architecture), heavy, "the parameters of the layers should be these")
    same(maps(architecture), maps(original), "the products of the convolutions should be these")
    same(architecture.input.shape, (3, size, size))
    same(zoo.output_shape(architecture), (1000,))


def maps(architecture: zoo.Architecture) -> list[int]:
    """The products of each convolution."""
    return [row.macs for row in zoo.ledger(architecture) if row.kind == "conv"]


@law("answer.stride-declared", needs="macs_saved", channels=widths, width=widths, size=st.integers(1, 15),
     stride=st.integers(1, 4))  # fmt: skip
def a_stride_on_the_first_layer_saves_what_two_declarations_say(
    macs_saved: Function, channels: int, width: int, size: int, stride: int
) -> None:
    r"""The difference of two declared bottlenecks, one with its stride on the 1×1, one on the 3×3.

    Catches: a map that is halved without rounding up, the 3×3 or the last 1×1 counted in, what is left in place of
    what is saved.
    Misses: nothing.
    """

    def bottleneck(first: int, second: int) -> int:
        x = n.conv(n.image(channels, size), "first", width, 1, stride=first)
        x = n.conv(x, "second", width, 3, stride=second, padding=1)
        return zoo.count_macs(zoo.Architecture("bottleneck", n.conv(x, "third", 4 * width, 1)))

    close(number(macs_saved(channels, width, size, stride)), bottleneck(1, stride) - bottleneck(stride, 1))


@law("answer.stride-resnet50", needs="macs_saved")
def three_layers_make_all_the_difference_between_two_resnet50(macs_saved: Function) -> None:
    r"""Keras' ResNet-50 costs 231 million products less than PyTorch's, and three layers save all of them.

    $$ \tfrac34 \left( 56^2 \cdot 256 \cdot 128 + 28^2 \cdot 512 \cdot 256 + 14^2 \cdot 1024 \cdot 512 \right) $$

    Catches: everything but maps of odd size.
    Misses: maps of odd size.
    """
    saved = [number(macs_saved(2 * width, width, size, 2)) for width, size in ((128, 56), (256, 28), (512, 14))]
    difference = zoo.count_macs(zoo.build("resnet50")) - zoo.count_macs(zoo.build("keras/ResNet50"))
    close(sum(saved), difference, "the three layers should save what ResNet-50 saves")


@law("answer.middle-equation", needs="middle_channels", before=st.integers(1, 40), after=st.integers(1, 40))
def with_so_many_channels_two_small_windows_cost_as_much(middle_channels: Function, before: int, after: int) -> None:
    r"""With m channels in the middle the products of both 3×3 are those of the 5×5.

    $$ 9\, C m + 9\, m F = 25\, C F $$

    Catches: answers for equally many channels before and after only, answers that are rounded.
    Misses: nothing.
    """
    middle = number(middle_channels(before, after))
    close(9 * before * middle + 9 * middle * after, 25 * before * after)


@law("answer.middle-declared", needs="middle_channels", ninths=st.integers(1, 4), ratio=st.sampled_from([1, 2, 5]))
def where_the_number_is_whole_two_declarations_cost_the_same(
    middle_channels: Function, ninths: int, ratio: int
) -> None:
    r"""With 18, or 27, or 54 channels before, and as many, twice or five times as many after, the middle is whole.

    Catches: windows that are counted as 5 and 3 cells and not as 25 and 9.
    Misses: what is wrong for other channels.
    """
    before = 9 * (1 + ratio) * ninths
    after = before * ratio
    middle = number(middle_channels(before, after))
    close(middle, round(middle), "it should be a whole number")
    at_most(1, middle, "it should be a number of channels")
    x = n.image(before, 8)
    two = n.conv(n.conv(x, "first", round(middle), 3, padding=1), "second", after, 3, padding=1)
    one = n.conv(n.image(before, 8), "only", after, 5, padding=2)
    same(zoo.count_macs(zoo.Architecture("two", two)), zoo.count_macs(zoo.Architecture("one", one)))


@law("answer.plan-changed", needs="lighter_and_busier")
def one_number_of_the_plan_is_another(lighter_and_busier: Function) -> None:
    r"""The plan still has five numbers, and exactly one of them has changed.

    Catches: plans of another network, several changes at once, none.
    Misses: what the change does.
    """
    plan = numbers(lighter_and_busier(PLAN), 5, what="the plan")
    same(np.sum(plan != np.array(PLAN)), 1, "exactly one number should have changed")


@law("answer.plan-weighed", needs="lighter_and_busier")
def the_network_of_the_plan_is_lighter_and_busier(lighter_and_busier: Function) -> None:
    r"""The network with this plan has fewer parameters than RegNetY-400MF, and costs more products.

    Catches: changes that make the network larger or smaller in both.
    Misses: how many numbers were changed.
    """
    plan = numbers(lighter_and_busier(PLAN), 5, what="the plan")
    blocks, first, slope, step, group = plan.tolist()
    whole = int(blocks), int(first), slope, step, int(group)
    old, new = zoo.build("regnet_y_400mf"), zoo.build("regnet_y_400mf", plan=whole)
    at_most(zoo.count_parameters(new), zoo.count_parameters(old) - 1, "it should have fewer parameters")
    at_most(zoo.count_macs(old) + 1, zoo.count_macs(new), "it should cost more multiply-accumulates")


@law("answer.own-size", needs="network_of_my_own")
def a_network_of_one_s_own_is_small_and_sees_the_whole_picture(network_of_my_own: Function) -> None:
    r"""It has fewer than 100,000 parameters, and a place of its last map sees at least 32 pixels.

    $$ P < 10^5, \qquad r \ge 32 $$

    Catches: networks that are too large, or too shallow to see.
    Misses: everything else that was asked for.
    """
    architecture = declared(network_of_my_own(Notation()))
    at_most(zoo.count_parameters(architecture), 99_999, "it should have fewer than 100,000 parameters")
    field = zoo.receptive_field(architecture)
    size = field.size or (32, 32)  # a network with attention sees everything
    at_most(32, min(size), "a place of the last map should see at least 32 pixels")


@law("answer.own-shortcut", needs="network_of_my_own")
def a_network_of_one_s_own_has_a_shortcut(network_of_my_own: Function) -> None:
    r"""Somewhere two tensors are added or joined, of which one has passed more convolutions and linear layers.

    Catches: chains, sums of a tensor with itself, gates.
    Misses: whether the shortcut helps.
    """
    architecture = declared(network_of_my_own(Notation()))
    passed: dict[int, int] = {}
    found = False
    for tensor in architecture:
        before = [passed[source.index] for source in tensor.inputs]
        found = found or (tensor.operation.kind in ("add", "concat") and len(set(before)) > 1)
        passed[tensor.index] = max(before, default=0) + bool(tensor.operation.counted)
    holds(found, "two tensors should meet of which one has passed more layers")


@law("answer.own-runs", needs="network_of_my_own", count=st.integers(1, 2), seed=st.integers(0, 1))
def a_network_of_one_s_own_answers_with_ten_numbers(network_of_my_own: Function, count: int, seed: int) -> None:
    r"""On noise, with random weights, it answers with ten finite numbers for each picture.

    Catches: other pictures, other numbers of classes, maps that are not flattened.
    Misses: what the numbers are.
    """
    architecture = declared(network_of_my_own(Notation()))
    same(architecture.input.shape, (3, 32, 32))
    same(zoo.output_shape(architecture), (10,))
    generator = np.random.default_rng(seed)
    weights = zoo.initial_weights(architecture, generator)
    y = zoo.forward(architecture, weights, generator.standard_normal((count, 3, 32, 32), dtype=np.float32))
    same(np.isfinite(y), np.ones((count, 10), dtype=bool))


@law("answer.field-pair", needs="same_field_ten_times_as_deep")
def two_networks_see_alike_and_one_is_ten_times_as_deep(same_field_ten_times_as_deep: Function) -> None:
    r"""Both names stand in the zoo, their fields differ by ten pixels at most, and one depth is ten times the other.

    $$ \lvert r_1 - r_2 \rvert \le 10, \qquad d_2 \ge 10\, d_1 $$

    Catches: networks that are only much deeper, or only see alike, and names in the wrong order.
    Misses: nothing.
    """
    names = [str(name) for name in parts(same_field_ten_times_as_deep(), 2)]
    for name in names:
        holds(name in NAMES, f"{name!r} should be a name of the zoo")
    shallow, deep = (NAMES[name].build() for name in names)
    near, far = (zoo.receptive_field(architecture).size for architecture in (shallow, deep))
    if near is None or far is None:
        raise Mismatch("both networks should have a receptive field")
    at_most(np.abs(np.subtract(near, far)), 10, "the receptive fields should differ by at most ten pixels")
    at_most(10 * zoo.depth(shallow), zoo.depth(deep), "the second should be ten times as deep as the first")
