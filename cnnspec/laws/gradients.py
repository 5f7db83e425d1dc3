r"""What holds of the backward pass of a convolution (Step 5): what each gradient is.

A convolution is linear in its image and linear in its weights. So no derivative has to be taken: the gradients are
transposes, and with whole numbers every equation here holds exactly, at any stride, padding, dilation and group.
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from cnnspec import channels, convolution, gradients
from cnnspec.arguments import Array
from cnnspec.laws.cases import as_pair
from cnnspec.laws.channels_cases import coefficients
from cnnspec.laws.compare import differs, same
from cnnspec.laws.gradients_cases import (
    LayerBackward,
    double,
    inner,
    layers_backward,
    like,
    same_gradients,
    three,
)
from cnnspec.laws.law import law
from cnnspec.laws.network_cases import indices
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import entries

directions = entries((61,), palette="fractions")
"""Numbers for a change of the image or the weights in any direction."""

EXACT = layers_backward(palette="fractions").map(double)
"""Cases in quarters and float64: sums of three factors over all entries are still exact."""


@law("grad.conv.definition", needs="conv2d_backward", oracle=True, case=layers_backward())
def each_product_sends_back_its_other_factor(conv2d_backward: Function, case: LayerBackward) -> None:
    r"""Wherever a weight met a pixel, each gets the other's value times the upstream gradient of that place.

    $$ \mathrm{dx}_{n,\,c,\,is+ad,\,js+bd} \mathrel{+}= \mathrm{dy}_{nfij}\, w_{fcab}, \qquad
       \mathrm{dw}_{fcab} \mathrel{+}= \mathrm{dy}_{nfij}\, x_{n,\,c,\,is+ad,\,js+bd}, \qquad
       \mathrm{db}_f \mathrel{+}= \mathrm{dy}_{nfij} $$

    Catches: everything that the inputs can show.
    Misses: nothing; but it only repeats the definition.
    """
    expected = gradients.conv2d_backward(case.dy, case.x, case.w, **case.options)
    same_gradients(conv2d_backward(case.dy, case.x, case.w, **case.options), *expected)


@law("grad.conv.adjoint-x", needs="conv2d_backward", case=EXACT, direction=directions)
def dx_is_the_transpose_of_the_convolution(conv2d_backward: Function, case: LayerBackward, direction: Array) -> None:
    r"""Changing the image by v changes the outputs, weighed by dy, as much as dx says.

    $$ \langle \mathrm{dy},\; v \star w \rangle = \langle \mathrm{dx},\; v \rangle $$

    One equation of two numbers, and a single wrong entry of dx breaks it for almost every v.

    Catches: strides, paddings, dilations and groups that are handled wrongly in dx; missing sums.
    Misses: everything about dw and db.
    Source: Dumoulin & Visin (2016), section 4.1.
    """
    dx, _, _ = three(conv2d_backward(case.dy, case.x, case.w, **case.options))
    v = like(direction, case.x.shape)
    same(inner(dx, v), inner(case.dy, channels.conv2d(v, case.w, **case.options)))


@law("grad.conv.adjoint-w", needs="conv2d_backward", case=EXACT, direction=directions)
def dw_is_the_transpose_of_the_convolution(conv2d_backward: Function, case: LayerBackward, direction: Array) -> None:
    r"""Changing the weights by v changes the outputs, weighed by dy, as much as dw says.

    $$ \langle \mathrm{dy},\; x \star v \rangle = \langle \mathrm{dw},\; v \rangle $$

    Catches: a dw that is turned, averaged, or of the first image only; strides that are forgotten.
    Misses: everything about dx and db.
    """
    _, dw, _ = three(conv2d_backward(case.dy, case.x, case.w, **case.options))
    v = like(direction, case.w.shape)
    same(inner(dw, v), inner(case.dy, channels.conv2d(case.x, v, **case.options)))


@law("grad.conv.adjoint-b", needs="conv2d_backward", case=EXACT, direction=directions)
def db_is_the_transpose_of_adding_a_bias(conv2d_backward: Function, case: LayerBackward, direction: Array) -> None:
    r"""A bias moves all outputs of its filter, in every image and at every place: db is the sum over them.

    $$ \langle \mathrm{dy},\; v_f \rangle = \langle \mathrm{db},\; v \rangle $$

    Catches: means instead of sums, sums over the batch or over the places alone.
    Misses: everything about dx and dw.
    """
    _, _, db = three(conv2d_backward(case.dy, case.x, case.w, **case.options))
    v = like(direction, case.w.shape[:1])
    without = channels.conv2d(case.x, case.w, **case.options)
    same(inner(db, v), inner(case.dy, channels.conv2d(case.x, case.w, v, **case.options) - without))


@law("grad.conv.transposed", needs="conv2d_backward", case=layers_backward())
def dx_is_the_transposed_convolution_of_dy(conv2d_backward: Function, case: LayerBackward) -> None:
    r"""Going back to the image is `conv_transpose2d` with the same weights; cells that the stride left over get zeros.

    $$ \mathrm{dx} = \operatorname{convT}(\mathrm{dy}, w) $$

    Catches: kernels turned or not turned, borders cropped on the wrong side, overlaps that overwrite each other.
    Misses: everything about dw and db.
    Source: Dumoulin & Visin (2016), section 4.1.
    """
    dx, _, _ = three(conv2d_backward(case.dy, case.x, case.w, **case.options))
    left = output_padding(case)
    same(dx, channels.conv_transpose2d(case.dy, case.w, output_padding=left, **case.options))


@law("grad.conv.correlation", needs="conv2d_backward", case=layers_backward())
def dw_is_the_image_correlated_with_dilated_dy(conv2d_backward: Function, case: LayerBackward) -> None:
    r"""The weights' gradient is a correlation of the image with dy: stride and dilation swap, nothing is turned.

    $$ \mathrm{dw}_{fcab} = \sum_n \bigl( x_{nc} \star_{\text{stride } d,\ \text{dilation } s}
       \mathrm{dy}_{nf} \bigr)_{ab} $$

    It is often said that the backward pass of a convolution is a convolution with flipped filters, for data and
    weights alike. That is so for the data and a stride of 1; it is not so for the weights.

    Catches: a flipped dw, a stride that is forgotten, images that are missed.
    Misses: everything about dx and db.
    """
    _, dw, _ = three(conv2d_backward(case.dy, case.x, case.w, **case.options))
    filters, depth, rows, columns = case.w.shape
    options = {"stride": case.dilation, "padding": case.padding, "dilation": case.stride}
    expected = np.zeros(case.w.shape)
    for f, c, n in np.ndindex(filters, depth, len(case.x)):
        first = f // (filters // case.groups) * depth
        found = convolution.correlate2d(case.x[n, first + c], case.dy[n, f], **options)
        expected[f, c] += found[:rows, :columns]  # the stride may leave more places than the kernel has cells
    same(dw, expected)


@law("grad.conv.impulse", needs="conv2d_backward", case=layers_backward(), place=indices)
def a_single_output_sends_its_filter_back_and_learns_its_window(
    conv2d_backward: Function, case: LayerBackward, place: int
) -> None:
    r"""If one output alone counts, its filter is painted on the image's gradient, and its window on the filter's.

    $$ \mathrm{dy} = \delta_{nfij} \quad\Longrightarrow\quad \mathrm{dx}_{is+ad,\,js+bd} = w_{fab}, \qquad
       \mathrm{dw}_{fab} = x_{is+ad,\,js+bd} $$

    Catches: kernels or windows that are turned, places that are off by the padding or the stride.
    Misses: sums that are not taken, since only one term is not zero.
    """
    at = np.unravel_index(place % case.dy.size, case.dy.shape)
    dy = np.zeros_like(case.dy)
    dy[at] = 1
    n, f, i, j = (int(index) for index in at)
    (_, depth, *kernel), s, p, d = case.w.shape, *map(as_pair, (case.stride, case.padding, case.dilation))
    first = f // (len(case.w) // case.groups) * depth
    wide = convolution.pad2d(case.x, case.padding)
    down, across = i * s.v + d.v * np.arange(kernel[0]), j * s.h + d.h * np.arange(kernel[1])
    cells = np.ix_(np.array([n]), np.arange(first, first + depth), down, across)
    painted, window, one = np.zeros_like(wide), np.zeros_like(case.w), np.zeros(len(case.w))
    painted[cells], window[f], one[f] = case.w[f], wide[cells][0], 1
    height, width = case.x.shape[2:]
    inside = painted[:, :, p.v : p.v + height, p.h : p.h + width]
    same_gradients(conv2d_backward(dy, case.x, case.w, **case.options), inside, window, one)


@law("grad.conv.no-flip", needs="conv2d_backward", x=entries((1, 1, 4, 3)), columns=st.integers(1, 3))
def the_gradient_of_the_weights_is_not_flipped(conv2d_backward: Function, x: Array, columns: int) -> None:
    r"""On a picture that gets brighter row by row, the gradient of the weights does so too: it is not turned.

    $$ x_{1\cdot} > x_{0\cdot} \quad\Longrightarrow\quad \mathrm{dw} = x \star \mathrm{dy}
       \ne \operatorname{rot}_{180}(x \star \mathrm{dy}) \qquad (\mathrm{dy} = 1) $$

    This refutes the claim that both gradients of a convolution are convolutions with flipped filters.

    Catches: the flipped gradient of the weights.
    Misses: almost all else; `grad.conv.correlation` says what the gradient is.
    """
    ramp = x + 100.0 * np.arange(4)[:, None]
    w, dy = np.zeros((1, 1, 2, columns)), np.ones((1, 1, 3, 4 - columns))
    _, dw, _ = three(conv2d_backward(dy, ramp, w))
    expected = channels.conv2d(ramp, dy)
    same(dw, expected)
    differs(dw, expected[:, :, ::-1, ::-1], "the gradient should not be turned")


@law("grad.conv.euler", needs="conv2d_backward", case=EXACT)
def image_weights_and_outputs_weigh_the_same(conv2d_backward: Function, case: LayerBackward) -> None:
    r"""Image, weights, and outputs without bias: each times its own gradient, and summed, gives the same number.

    $$ \langle x, \mathrm{dx} \rangle = \langle w, \mathrm{dw} \rangle = \langle y - b,\; \mathrm{dy} \rangle $$

    It is Euler's theorem for functions that grow in proportion, to the image and to the weights.

    Catches: gradients of wrong size, images or places that are missed, dx or dw turned alone.
    Misses: whatever is wrong only in other directions than x and w.
    """
    dx, dw, _ = three(conv2d_backward(case.dy, case.x, case.w, **case.options))
    expected = inner(channels.conv2d(case.x, case.w, **case.options), case.dy)
    same(inner(case.x, dx), expected, "the image and its gradient should weigh what the outputs weigh")
    same(inner(case.w, dw), expected, "the weights and their gradient should weigh what the outputs weigh")


@law("grad.conv.linear", needs="conv2d_backward", case=layers_backward(), other=directions, factors=coefficients)
def gradients_of_a_sum_are_sums_of_gradients(
    conv2d_backward: Function, case: LayerBackward, other: Array, factors: tuple[int, int]
) -> None:
    r"""Two losses, weighed and added, have the weighed and added gradients; no upstream gradient gives zeros.

    $$ J^{\mathsf T}(\alpha\, \mathrm{dy} + \beta\, \mathrm{dy}') = \alpha\, J^{\mathsf T} \mathrm{dy}
       + \beta\, J^{\mathsf T} \mathrm{dy}' $$

    Catches: constants that are added, signs or sizes of dy that are clipped, gradients kept from earlier calls.
    Misses: whatever is itself linear, such as a flip.
    """
    (alpha, beta), more = factors, like(other, case.dy.shape).astype(case.dy.dtype)
    one, two, both = (
        three(conv2d_backward(dy.astype(case.dy.dtype), case.x, case.w, **case.options))
        for dy in (case.dy, more, alpha * case.dy + beta * more)
    )
    same_gradients(both, *(alpha * p.astype(np.float64) + beta * q for p, q in zip(one, two, strict=True)))


@law("grad.conv.other-factor", needs="conv2d_backward", case=layers_backward(), other=directions)
def each_gradient_depends_on_the_other_factor_alone(
    conv2d_backward: Function, case: LayerBackward, other: Array
) -> None:
    r"""The gradient dx does not look at the image, dw not at the weights, and db at neither.

    $$ \mathrm{dx} = \mathrm{dx}(\mathrm{dy}, w), \qquad \mathrm{dw} = \mathrm{dw}(\mathrm{dy}, x), \qquad
       \mathrm{db} = \mathrm{db}(\mathrm{dy}) $$

    Catches: gradients masked by their own values, weight decay or clipping mixed into the gradient.
    Misses: whatever is wrong in the same way for all images and weights.
    """
    dx, dw, db = three(conv2d_backward(case.dy, case.x, case.w, **case.options))
    image, weights = like(other, case.x.shape).astype(case.x.dtype), like(other, case.w.shape).astype(case.w.dtype)
    elsewhere = three(conv2d_backward(case.dy, image, case.w, **case.options))
    reweighed = three(conv2d_backward(case.dy, case.x, weights, **case.options))
    same(elsewhere[0], dx, "dx should not depend on the image")
    same(reweighed[1], dw, "dw should not depend on the weights")
    for part in (elsewhere[2], reweighed[2]):
        same(part, db, "db should depend on dy alone")


@law("grad.conv.flat", needs="conv2d_backward", case=layers_backward(paddings=(0,)))
def pictures_without_an_edge_teach_no_filter_to_see_one(conv2d_backward: Function, case: LayerBackward) -> None:
    r"""Pictures that are the same in every column teach filters that are the same in every column.

    $$ x_{ncij} = r_{nci} \quad\Longrightarrow\quad
       \mathrm{dw}_{fcab} = \sum_{n,i} r_{n,\,c,\,is+ad} \sum_j \mathrm{dy}_{nfij} \quad\text{for every } b $$

    Training adds to a filter a sum of windows of its pictures, and nothing else. If no window has a vertical edge, no
    step adds one, whatever the loss is; and a filter that was zero never sees one. So edges are learnt from pictures
    with edges, and not by training as such.

    Catches: a dw that is transposed, gradients of pixels beside the window, noise, weight decay mixed in.
    Misses: a dw that is turned left to right.
    """
    _, dw, _ = three(conv2d_backward(case.dy, like_first_column(case.x), case.w, **case.options))
    s, d = as_pair(case.stride), as_pair(case.dilation)
    by_row = np.sum(case.dy, axis=3, keepdims=True)
    _, column, _ = gradients.conv2d_backward(
        by_row, case.x[..., :1], case.w[..., :1], stride=(s.v, 1), dilation=(d.v, 1), groups=case.groups
    )
    same(dw, np.broadcast_to(column, case.w.shape), "every column of dw should be that of one column")


def like_first_column(x: Array) -> Array:
    """Pictures that are the same in every column: the first one."""
    return np.broadcast_to(x[..., :1], x.shape).copy()


def output_padding(case: LayerBackward) -> tuple[int, int]:
    """The cells that the stride leaves over along each axis."""
    s, p, d = (as_pair(option) for option in (case.stride, case.padding, case.dilation))
    rows, columns = ((case.x.shape[2 + a] + 2 * p[a] - d[a] * (case.w.shape[2 + a] - 1) - 1) % s[a] for a in (0, 1))
    return rows, columns
