r"""What holds of receptive fields on graphs (Step 6)."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from cnnspec import network, zoo
from cnnspec.arguments import Array
from cnnspec.laws.compare import differs, holds, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.zoo_cases import BRANCHED, PLAIN, Plan, random_plans, seen, written
from cnnspec.zoo import notation as n
from cnnspec.zoo.operation import Windowed

kernels = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(1, 2)), min_size=1, max_size=3)


def stack(layers: list[tuple[int, int, int]], *, padding: int = 0) -> n.Tensor:
    """Convolutions one after the other, each a (kernel, stride, dilation), on a picture that none is too large for."""
    x = n.image(1, 3200)
    for i, (kernel, stride, dilation) in enumerate(layers):
        x = n.conv(x, f"conv{i}", 1, kernel, stride=stride, dilation=dilation, padding=padding)
    return x


def compare_with(pixels: Array, size: int, stride: int, offset: int) -> None:
    """Require that each place sees exactly its stretch of pixels, as far as that lies on the picture.

    Where a stretch reaches beyond the edge, what is seen must lie within it; the far end may be missing, since the
    windows of a branch that lie wholly in the padding see nothing.
    """
    for place, seen_here in enumerate(pixels):
        first, last = offset + place * stride, offset + place * stride + size - 1
        found = np.flatnonzero(seen_here)
        if first >= 0 and last < len(seen_here):
            same((found[0], found[-1]) if found.size else (-1, -1), (first, last), f"place {place} sees these pixels")
        elif found.size:
            holds(found[0] >= first and found[-1] <= last, f"place {place} should see nothing outside its field")


@law(
    "zoo.field-probe",
    needs="field_of_view",
    extended=True,
    plan=random_plans(BRANCHED, most=18),
    axis=st.integers(0, 1),
)
def the_receptive_field_is_what_a_running_network_sees(field_of_view: Function, plan: Plan, axis: int) -> None:
    r"""Where a white row changes the output of a running network, there its receptive field lies.

    $$ \frac{\partial y_i}{\partial x_j} \ne 0 \iff f + i\,j_{\text{jump}} \le j \le l + i\,j_{\text{jump}} $$

    All weights are 1, so that nothing cancels; each row of the picture is tried by itself.

    Catches: shortcuts that are chained behind their block, first branches taken for all, wrong jumps and offsets.
    Misses: pixels within the stretch that no window of a dilated kernel meets.
    Source: Araujo, Norris & Sim (2019), Computing Receptive Fields of Convolutional Neural Networks.
    """
    size, stride, offset = field_of_view(written(plan), axis)
    compare_with(seen(plan, axis), int(size), int(stride), int(offset))


@law("zoo.field-recurrence", needs="field_of_view", extended=True, layers=kernels)
def on_a_chain_the_field_is_that_of_the_textbooks(field_of_view: Function, layers: list[tuple[int, int, int]]) -> None:
    r"""Without branches the size of the field is what the recurrence of Step 5 gives.

    $$ r = 1 + \sum_l d_l (k_l - 1) \prod_{j<l} s_j $$

    Catches: jumps that grow too early or too late, dilations that are ignored, kernels that multiply.
    Misses: offsets and branches.
    """
    size, stride, offset = field_of_view(zoo.Architecture("chain", stack(layers)))
    same(size, network.receptive_field(layers))
    same(stride, np.prod([s for _, s, _ in layers]))
    same(offset, 0)


@law("zoo.field-composed", needs="field_of_view", extended=True, first=kernels, second=kernels)
def fields_compose_through_the_jump(
    field_of_view: Function, first: list[tuple[int, int, int]], second: list[tuple[int, int, int]]
) -> None:
    r"""A network behind another sees with steps of the first one's stride.

    $$ r_{g \circ f} = r_f + (r_g - 1)\, s_f, \qquad s_{g \circ f} = s_f\, s_g $$

    Catches: sizes that add up or multiply, strides that add up.
    Misses: branches.
    """
    near, far, both = (
        field_of_view(zoo.Architecture("chain", stack(layers))) for layers in (first, second, [*first, *second])
    )
    same(both[0], near[0] + (far[0] - 1) * near[1])
    same(both[1], near[1] * far[1])


@law("zoo.field-shortcut", needs="field_of_view", extended=True, layers=st.integers(1, 3), stride=st.integers(1, 2))
def a_shortcut_leaves_the_field_as_it_is(field_of_view: Function, layers: int, stride: int) -> None:
    r"""What comes through a shortcut was seen already, so the sum sees what the branch sees.

    $$ r(x + F(x)) = \max(1,\, r(F(x))) $$

    A popular tool chains a projection behind its block and finds 1963 pixels for ResNet-50 instead of 427.

    Catches: projections that are chained, sums of both fields, first branches.
    Misses: branches that look at different spots.
    Source: Araujo, Norris & Sim (2019), on residual networks.
    """

    def block(shortcut: bool) -> zoo.Architecture:
        x = n.image(2, 24)
        for i in range(layers):
            y = n.conv(x, f"{i}.conv1", 2, 3, stride=stride, padding=1)
            y = n.conv(y, f"{i}.conv2", 2, 3, padding=1)
            x = n.add(n.conv(x, f"{i}.shortcut", 2, 1, stride=stride), y) if shortcut else y
        return zoo.Architecture("blocks", x)

    same(field_of_view(block(True)), field_of_view(block(False)))


@law("zoo.field-dilated", needs="field_of_view", extended=True, kernel=st.integers(1, 5), dilation=st.integers(1, 4))
def a_dilated_kernel_sees_as_far_as_a_dense_one_of_its_span(
    field_of_view: Function, kernel: int, dilation: int
) -> None:
    r"""A kernel with gaps reaches from its first to its last cell, as a dense kernel of that span does.

    $$ r(k, d) = r(d(k-1) + 1,\, 1) $$

    Catches: dilations that are ignored, or multiply the whole kernel.
    Misses: that it does not see the pixels in its gaps.
    Source: Yu & Koltun (2016), Multi-Scale Context Aggregation by Dilated Convolutions.
    """
    dilated = zoo.Architecture("dilated", stack([(3, 2, 1), (kernel, 1, dilation)]))
    dense = zoo.Architecture("dense", stack([(3, 2, 1), (dilation * (kernel - 1) + 1, 1, 1)]))
    same(field_of_view(dilated), field_of_view(dense))


@law("zoo.field-padding", needs="field_of_view", extended=True, layers=kernels, padding=st.integers(1, 3))
def padding_moves_the_field_and_does_not_shrink_it(
    field_of_view: Function, layers: list[tuple[int, int, int]], padding: int
) -> None:
    r"""Padding moves the first place's field into the border by the jumps; size and stride stay.

    $$ f = -\sum_l p_l \prod_{j<l} s_j $$

    Catches: paddings subtracted from the size, offsets that are ignored or positive.
    Misses: which side the odd cell of `same` lies on.
    """
    bare = field_of_view(zoo.Architecture("bare", stack(layers)))
    padded = field_of_view(zoo.Architecture("padded", stack(layers, padding=padding)))
    same(padded[:2], bare[:2])
    jumps = np.cumprod([1, *[s for _, s, _ in layers[:-1]]])
    same(padded[2], -padding * int(jumps.sum()))


@law("zoo.field-stride", needs="field_of_view", extended=True, plan=random_plans(BRANCHED), axis=st.integers(0, 1))
def neighbouring_places_see_as_far_apart_as_the_strides_multiply(
    field_of_view: Function, plan: Plan, axis: int
) -> None:
    r"""Along every path from the picture the strides have the same product: the distance of neighbouring fields.

    $$ j = \prod_{l \in \text{path}} s_l $$

    Catches: strides that add up, strides of pooling or of one branch that are left out or counted twice.
    Misses: sizes and offsets.
    """
    architecture, product = written(plan), 1
    tensor = architecture.output
    while tensor.inputs:
        if isinstance(tensor.operation, Windowed):
            product *= tensor.operation.lines[axis].stride
        tensor = tensor.inputs[-1]
    same(field_of_view(architecture, axis)[1], product)


@law("zoo.field-oblong", needs="field_of_view", extended=True, plan=random_plans(PLAIN))
def rows_and_columns_have_fields_of_their_own(field_of_view: Function, plan: Plan) -> None:
    r"""A network turned by a quarter has its two receptive fields exchanged.

    $$ r_v(f^\top) = r_h(f) $$

    Catches: one axis reported for both.
    Misses: what is wrong for both axes alike.
    """
    tall, wide = (
        zoo.Architecture("oblong", n.conv(n.max_pool(n.image(1, 20), size, stride=2), "conv", 1, kernel, stride=stride))
        for size, kernel, stride in (((2, 3), (5, 1), (1, 2)), ((3, 2), (1, 5), (2, 1)))
    )
    same(field_of_view(tall, 0), field_of_view(wide, 1))
    same(field_of_view(tall, 1), field_of_view(wide, 0))
    differs(field_of_view(tall, 0), field_of_view(tall, 1))
    rows, columns = (field_of_view(written(plan), axis) for axis in (0, 1))
    holds(rows[0] >= 1 and columns[0] >= 1, "a place should see at least a pixel")
