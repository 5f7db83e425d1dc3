r"""How far a stack of layers sees (Step 5). Whole numbers throughout, so these laws are exact."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from cnnspec import channels
from cnnspec.arguments import Array
from cnnspec.convolution import output_size
from cnnspec.laws.compare import holds, same
from cnnspec.laws.law import law
from cnnspec.laws.network_cases import Layers, indices, stacks
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import entries, maps

VGG16 = ([(3, 1, 1)] * 2 + [(2, 2, 1)]) * 2 + ([(3, 1, 1)] * 3 + [(2, 2, 1)]) * 3
"""Convolutions and poolings of VGG-16 up to its last pooling."""

ANCHORS: list[tuple[Layers, int]] = [
    ([(3, 1, 1), (2, 2, 1)], 4),
    ([(5, 1, 1), (2, 2, 1), (5, 1, 1), (2, 2, 1)], 16),
    (VGG16, 212),
    ([(3, 1, 2**i) for i in range(4)], 31),
]
"""The lab's network, LeNet-5, VGG-16, and four dilated layers whose field doubles, each with its receptive field."""


def spans(layer: tuple[int, int, int]) -> int:
    """How many cells the dilated kernel of a layer reaches over, less one."""
    kernel, _, dilation = layer
    return dilation * (kernel - 1)


@law("field.one-layer", needs="receptive_field", layer=stacks(most=1))
def one_layer_sees_its_dilated_kernel(receptive_field: Function, layer: Layers) -> None:
    r"""A single layer sees as many cells as its dilated kernel spans, whatever its stride.

    $$ r = d(k - 1) + 1 $$

    Catches: dilation that is ignored or multiplies the kernel, strides that count too early, counts from zero.
    Misses: everything about several layers.
    """
    same(receptive_field(layer), spans(layer[0]) + 1)


@law("field.first-layer", needs="receptive_field", layers=stacks(least=2))
def a_layer_put_in_front_stretches_the_field_by_its_stride(receptive_field: Function, layers: Layers) -> None:
    r"""What r neighbouring cells behind a layer see: from the first window's start to the last's, and one kernel more.

    $$ r_{l-1} = s_l\,(r_l - 1) + d_l(k_l - 1) + 1 $$

    Catches: layers read in the wrong order, strides that are added, ignored or used too early.
    Misses: a single layer that is wrong.
    Source: Araujo, Norris & Sim (2019), Computing receptive fields of convolutional neural networks.
    """
    rest = receptive_field(layers[1:])
    same(receptive_field(layers), layers[0][1] * (rest - 1) + spans(layers[0]) + 1)


@law("field.last-layer", needs="receptive_field", layers=stacks(least=2))
def a_layer_put_behind_adds_its_kernel_in_steps_of_all_strides(receptive_field: Function, layers: Layers) -> None:
    r"""Seen from the input: a further layer adds its kernel's reach, in steps of the product of all earlier strides.

    $$ r(l_1, \dots, l_n) = r(l_1, \dots, l_{n-1}) + d_n(k_n - 1) \prod_{j<n} s_j $$

    Catches: layers read in the wrong order, strides that are added, ignored, or counted one layer too early.
    Misses: a single layer that is wrong.
    """
    steps = int(np.prod([stride for _, stride, _ in layers[:-1]]))
    same(receptive_field(layers), receptive_field(layers[:-1]) + spans(layers[-1]) * steps)


@law("field.split", needs="receptive_field", layers=stacks(least=2), place=indices)
def a_stack_sees_what_its_two_halves_see_in_turn(receptive_field: Function, layers: Layers, place: int) -> None:
    r"""Cut a stack anywhere: the second half's field is measured in strides of the first.

    $$ r(AB) - 1 = \bigl(r(A) - 1\bigr) + S_A \bigl(r(B) - 1\bigr), \qquad S_A = \prod_{l \in A} s_l $$

    Catches: layers read in the wrong order, strides that are added or ignored, fields counted from zero.
    Misses: a single layer that is wrong.
    """
    cut = 1 + place % (len(layers) - 1)
    step = int(np.prod([stride for _, stride, _ in layers[:cut]]))
    halves = receptive_field(layers[:cut]) - 1 + step * (receptive_field(layers[cut:]) - 1)
    same(receptive_field(layers) - 1, halves)


@law("field.order", needs="receptive_field", first=stacks(most=1), second=stacks(most=1))
def with_strides_the_order_of_layers_matters(receptive_field: Function, first: Layers, second: Layers) -> None:
    r"""Layers of stride 1 may stand in any order; a pooling sees further before a 3×3 convolution than behind it.

    $$ r(a, b) - r(b, a) = d_b(k_b - 1)(s_a - 1) - d_a(k_a - 1)(s_b - 1) $$

    With a window of 2×2 it is 6 cells before, and 4 behind.

    Catches: layers read in the wrong order, strides that are ignored or counted too early.
    Misses: whatever is wrong in both orders alike.
    """
    (_, s, _), (_, t, _) = first[0], second[0]
    expected = spans(second[0]) * (s - 1) - spans(first[0]) * (t - 1)
    same(receptive_field(first + second) - receptive_field(second + first), expected)
    same(receptive_field([(2, 2, 1), (3, 1, 1)]), 6)
    same(receptive_field([(3, 1, 1), (2, 2, 1)]), 4)


@law("field.dilated", needs="receptive_field", layers=stacks())
def a_dilated_kernel_sees_as_far_as_a_larger_one(receptive_field: Function, layers: Layers) -> None:
    r"""Dilation d makes a kernel of k cells see as far as one of d(k − 1) + 1 cells, with holes in between.

    $$ r(\dots, (k, s, d), \dots) = r(\dots, (d(k - 1) + 1, s, 1), \dots) $$

    Catches: dilation that is ignored, or that multiplies the whole kernel.
    Misses: everything about strides.
    """
    same(receptive_field(layers), receptive_field([(spans(layer) + 1, layer[1], 1) for layer in layers]))


@law("field.pointwise", needs="receptive_field", layers=stacks(), place=indices, count=st.integers(1, 6))
def pointwise_layers_add_nothing_and_small_kernels_add_up(
    receptive_field: Function, layers: Layers, place: int, count: int
) -> None:
    r"""A 1×1 layer of stride 1 changes nothing anywhere, and n layers of 3×3 see as far as one of (2n + 1)×(2n + 1).

    $$ r(\underbrace{3, \dots, 3}_{n}) = 2n + 1 $$

    Two 3×3 layers see what one 5×5 layer sees; they do not compute the same.

    Catches: kernels that are summed without taking one off, fields counted from zero.
    Misses: everything about strides.
    Source: Simonyan & Zisserman (2015), section 2.3.
    """
    cut = place % (len(layers) + 1)
    same(receptive_field([*layers[:cut], (1, 1, 1), *layers[cut:]]), receptive_field(layers))
    same(receptive_field([(3, 1, 1)] * count), 2 * count + 1)


@law("field.anchors", needs="receptive_field", anchor=st.sampled_from(ANCHORS))
def well_known_networks_see_this_far(receptive_field: Function, anchor: tuple[Layers, int]) -> None:
    r"""The lab's network sees 4 pixels before its dense layers, LeNet-5 16, VGG-16 212.

    Catches: strides that are added or ignored, layers read in the wrong order.
    Misses: nothing that matters in these networks; dilation shows in the last stack only.
    Source: Araujo, Norris & Sim (2019), the table of networks, for VGG-16.
    """
    layers, field = anchor
    same(receptive_field(list(layers)), field)


@law("field.input-kept", needs="receptive_field", layers=stacks(least=2))
def the_list_of_layers_stays_as_it_is(receptive_field: Function, layers: Layers) -> None:
    r"""The answer is a whole number, the same again, and the list that was given is not touched.

    Catches: layers that are taken off the list, answers kept from the last call.
    Misses: wrong numbers.
    """
    given = list(layers)
    answer = receptive_field(given)
    holds(given == layers, "the list of layers should stay as it is")
    holds(int(answer) == answer, "the answer should be a whole number")
    receptive_field(given[:1])
    same(receptive_field(given), answer)


def run(layers: Layers, x: Array, paddings: tuple[int, ...] = ()) -> Array:
    """Send rows of pixels, of shape (N, 1, 1, W), through convolutions whose weights are all 1."""
    for (kernel, stride, dilation), p in zip(layers, paddings or (0,) * len(layers), strict=True):
        weights = np.ones((1, 1, 1, kernel))
        x = channels.conv2d(x, weights, stride=(1, stride), padding=(0, p), dilation=(1, dilation))
    return x


def outputs(layers: Layers, size: int) -> int:
    """How many answers a stack has on so many cells, or 0 if a kernel does not fit."""
    for kernel, stride, dilation in layers:
        if size < dilation * (kernel - 1) + 1:
            return 0
        size = output_size(size, kernel, stride=stride, dilation=dilation)
    return size


@law("field.probe", needs="receptive_field", layers=stacks(most=3, kernel=3))
def the_field_is_the_shortest_line_with_an_answer(receptive_field: Function, layers: Layers) -> None:
    r"""On a line as long as its field an unpadded stack has one answer, which sees both ends; on a shorter line, none.

    $$ y(e_1) \ne 0, \qquad y(e_r) \ne 0, \qquad \text{for positive weights and a line of } r \text{ cells} $$

    This tries the number on the book's own convolution instead of on another formula.

    Catches: every field that is too large or too small, by one cell even.
    Misses: padding, which does not change the field: `field.padding`.
    """
    field = int(receptive_field(layers))
    holds(outputs(layers, field) == 1, f"on a line of {field} cells the stack should have one answer")
    holds(outputs(layers, field - 1) == 0, f"on a line of {field - 1} cells the stack should have none")
    ends = np.zeros((2, 1, 1, field))
    ends[0, 0, 0, 0] = ends[1, 0, 0, -1] = 1
    holds((run(layers, ends) > 0).all(), "the answer should depend on both ends of its field")


@law(
    "field.padding",
    needs="receptive_field",
    layers=stacks(least=2, most=2, kernel=3, strides=(1, 2)),
    paddings=st.tuples(st.integers(0, 2), st.integers(0, 2)),
)
def padding_moves_the_field_and_does_not_change_its_size(
    receptive_field: Function, layers: Layers, paddings: tuple[int, int]
) -> None:
    r"""Inside a padded stack an answer depends on r cells from end to end, as without padding; only the place moves.

    $$ \text{the field of answer } u \text{ begins at } u \prod_j s_j - \sum_l p_l \prod_{j<l} s_j $$

    Catches: fields that are too large or too small.
    Misses: answers at the border, which see fewer cells.
    """
    field = int(receptive_field(layers))
    (_, s, _), (_, t, _) = layers
    answer = 5
    first = answer * s * t - paddings[0] - paddings[1] * s
    ends = np.zeros((4, 1, 1, first + max(field, 0) + 12))
    for n, cell in enumerate((first, first + field - 1, first - 1, first + field)):
        ends[n, 0, 0, cell] = 1
    seen = run(layers, ends, paddings)[:, 0, 0, answer] > 0
    holds(seen[:2].all(), "an answer should depend on both ends of its field")
    holds(not seen[2:].any(), "an answer should not depend on cells beside its field")


@law(
    "relu.late-edges",
    needs="relu conv2d",
    x=maps(least=3, most=5, palette="small"),
    w=entries((3, 3, 2, 3), palette="small"),
)
def the_first_layer_may_hand_on_the_picture_and_the_second_see_the_edges(
    relu: Function, conv2d: Function, x: Array, w: Array
) -> None:
    r"""What a layer detects can be left to the next: the first hands on the pixels, and all answers stay as they are.

    $$ \operatorname{relu}\bigl(\operatorname{relu}(x \star \delta) \star w\bigr) = \operatorname{relu}(x \star w)
       \qquad x \ge 0 $$

    Here $\delta$ is the layer of 1×1 kernels that copies each channel. So "early layers see edges, deeper layers see
    shapes" is no consequence of depth: a network in which it is so has a twin, with the same answers to every picture,
    in which the first layer sees nothing but pixels.

    Catches: leaky slopes, thresholds, upper limits, channels that are mixed up.
    Misses: everything about deeper layers.
    """
    depth = x.shape[1]
    picture, copies = np.abs(x), np.eye(depth, dtype=x.dtype).reshape(depth, depth, 1, 1)
    w = np.ascontiguousarray(w[:, :depth]).astype(x.dtype)
    handed_on = relu(conv2d(picture, copies))
    same(handed_on, picture, "the first layer should hand on the picture")
    same(relu(conv2d(handed_on, w)), np.maximum(channels.conv2d(picture, w), 0))


@law("field.empty", needs="receptive_field", extended=True, layers=stacks())
def no_layer_sees_a_single_cell(receptive_field: Function, layers: Layers) -> None:
    r"""A stack without layers sees one cell, and layers may be lists as well as tuples.

    $$ r() = 1 $$

    Catches: fields counted from zero, first layers that must exist.
    Misses: everything about layers.
    """
    same(receptive_field([]), 1)
    same(receptive_field(tuple(list(layer) for layer in layers)), receptive_field(layers))
