r"""What holds of inferred shapes and of the smallest picture (Step 6)."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from cnnspec import convolution, zoo
from cnnspec.laws.compare import holds, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.zoo_cases import PLAIN, Layer, Plan, fits, random_plans, whole_picture, whole_weights, written
from cnnspec.zoo import notation as n

sizes = st.integers(1, 30)


@law("zoo.shape-of-running", needs="output_shape", extended=True, plan=random_plans(most=12))
def the_inferred_shape_is_the_shape_of_running(output_shape: Function, plan: Plan) -> None:
    r"""The shape that is derived from the declaration is the one that comes out when the network runs.

    $$ \operatorname{shape}(f)(\operatorname{shape}(x)) = \operatorname{shape}(f(x)) $$

    Catches: ceilings, dilations, paddings or strides that are ignored, channels that do not add up.
    Misses: bugs that inference and running share.
    """
    architecture = written(plan)
    answer = zoo.forward(architecture, whole_weights(architecture), whole_picture(architecture, batch=2))
    same(output_shape(architecture), answer.shape[1:])


@law("zoo.shape-by-formula", needs="output_shape", extended=True, plan=random_plans(("conv", "dilated"), layers=1))
def a_convolutions_shape_is_that_of_the_formula(output_shape: Function, plan: Plan) -> None:
    r"""A convolution's rows and columns are those of Step 2, and its channels are its filters.

    $$ o = \left\lfloor \frac{i + 2p - d(k-1) - 1}{s} \right\rfloor + 1 $$

    Catches: every wrong term of the formula, axes that are exchanged.
    Misses: pooling.
    """
    (layer,) = plan.layers
    dilated = layer.kind == "dilated"
    kernel, dilation = ((3, 2), 2) if dilated else (layer.kernel, 1)
    stride = 1 if dilated else layer.stride
    rows, columns = (
        convolution.output_size(size, k, stride=stride, padding=layer.padding, dilation=dilation)
        for size, k in zip((plan.rows, plan.columns), kernel, strict=True)
    )
    same(output_shape(written(plan)), (layer.filters, rows, columns))


@law("zoo.joined", needs="output_shape", extended=True, widths=st.lists(st.integers(1, 5), min_size=1, max_size=4))
def joining_adds_channels_and_keeps_rows_and_columns(output_shape: Function, widths: list[int]) -> None:
    r"""Maps that are joined lie one behind the other: their channels add up, their rows and columns stay.

    $$ C = \sum_i C_i $$

    Catches: joins that add the numbers, keep the first part only, or join another axis.
    Misses: the order of the parts.
    Source: Szegedy et al. (2015), section 4.
    """
    x = n.image(3, 6, 8)
    joined = n.concat(*[n.conv(x, f"part{i}", width, 1) for i, width in enumerate(widths)])
    same(output_shape(zoo.Architecture("joined", joined)), (sum(widths), 6, 8))


@law("zoo.same", needs="output_shape", extended=True, size=sizes, kernel=st.integers(1, 7), stride=st.integers(1, 4))
def same_padding_leaves_the_size_over_the_stride(output_shape: Function, size: int, kernel: int, stride: int) -> None:
    r"""With the padding `same`, the map's size depends on the stride alone, and is rounded up.

    $$ o = \left\lceil i / s \right\rceil $$

    Catches: quotients that are rounded down, kernels that matter.
    Misses: on which side the odd cell lies.
    Source: Keras, `Conv2D`, `padding="same"`.
    """
    x = n.conv(n.image(1, size, size + 3), "conv", 2, kernel, stride=stride, padding="same")
    same(output_shape(zoo.Architecture("same", x)), (2, -(-size // stride), -(-(size + 3) // stride)))


@law("zoo.ceiling", needs="output_shape", extended=True, size=st.integers(3, 30), stride=st.integers(1, 4))
def rounding_up_adds_a_window_only_where_cells_are_left(output_shape: Function, size: int, stride: int) -> None:
    r"""With `ceil_mode` there is one window more if and only if the strides leave cells over that no window sees.

    $$ o_{\text{ceil}} - o_{\text{floor}} = \left[\, s \nmid i - k \text{ and the window starts on the map} \,\right] $$

    GoogLeNet and SqueezeNet round up: 13 or 12 rows are at stake.

    Catches: `ceil_mode` that is ignored, or always adds a window.
    Misses: paddings.
    """

    def rows(ceil: bool) -> int:
        x = n.max_pool(n.image(1, size, 9), 3, stride=stride, ceil_mode=ceil)
        return int(output_shape(zoo.Architecture("pool", x))[1])

    places = rows(False)
    left = (size - 3) % stride > 0 and places * stride < size
    same(rows(True) - places, int(left))


WIDE = Plan(1, 9, 9, (Layer("conv", kernel=(1, 4)),))


@law("zoo.smallest", needs="smallest_input", extended=True, plan=random_plans(PLAIN), pinned=({"plan": WIDE},))
def the_smallest_picture_is_taken_and_a_smaller_one_refused(smallest_input: Function, plan: Plan) -> None:
    r"""The network runs on the smallest picture, and on one with a row and a column less some window does not fit.

    $$ s = \min \{\, i : \text{every window fits} \,\} $$

    Catches: sizes that are one off, receptive fields or products of strides taken for the size.
    Misses: networks whose branches agree only for some sizes.
    """
    least = int(smallest_input(written(plan)))
    holds(least >= 1, "the smallest picture should have a pixel")
    holds(fits(plan.sized(least)), f"a picture of {least}x{least} should be taken")
    architecture = written(plan.sized(least))
    weights = {name: np.zeros(shape) for name, shape in architecture.parameters.items()}
    answer = zoo.forward(architecture, weights, whole_picture(architecture))
    same(answer.shape[1:], architecture.output.shape)
    holds(least == 1 or not fits(plan.sized(least - 1)), f"a picture of {least - 1}x{least - 1} should be refused")


@law("zoo.larger", needs="smallest_input", extended=True, plan=random_plans(PLAIN), more=st.integers(0, 12))
def a_chain_takes_every_larger_picture(smallest_input: Function, plan: Plan, more: int) -> None:
    r"""What fits on a map fits on a larger one, so a chain of layers takes all pictures from the smallest one on.

    $$ i \ge s \implies \text{every window fits} $$

    Catches: sizes that are too small.
    Misses: sizes that are too large.
    """
    least = int(smallest_input(written(plan)))
    holds(least >= 1, "the smallest picture should have a pixel")
    holds(fits(plan.sized(least + more)), f"a picture of {least + more}x{least + more} should be taken")


@law("zoo.smallest-of-families", needs="smallest_input", extended=True)
def padded_networks_take_a_single_pixel(smallest_input: Function) -> None:
    r"""A network whose layers are padded takes a picture of one pixel; those with naked windows need more.

    $$ s_{\text{ResNet-50}} = 1, \quad s_{\text{SqueezeNet 1.1}} = 17, \quad s_{\text{VGG-16}} = 32, \quad
       s_{\text{AlexNet}} = 63 $$

    ResNet-50's receptive field is 427 pixels and its stride 32; neither is its smallest input.

    Catches: paddings that are ignored, receptive fields or strides taken for the size.
    Misses: other networks.
    """
    for name, least in (("resnet50", 1), ("squeezenet1_1", 17), ("vgg16", 32), ("alexnet", 63), ("densenet121", 29)):
        same(smallest_input(zoo.build(name)), least)
