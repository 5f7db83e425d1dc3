r"""What holds of the backward pass of a convolution (Step 5): which parts of it have nothing to do with each other."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from cnnspec import convolution, gradients
from cnnspec.arguments import Array
from cnnspec.laws.cases import as_pair
from cnnspec.laws.compare import same
from cnnspec.laws.gradients_cases import LayerBackward, habits, layers_backward, same_gradients, three
from cnnspec.laws.law import law
from cnnspec.laws.network_cases import indices
from cnnspec.laws.operators import Function


def added(parts: list[Array]) -> Array:
    """The sum of arrays, in float64."""
    total: Array = np.sum([part.astype(np.float64) for part in parts], axis=0)
    return total


@law("grad.conv.batch", needs="conv2d_backward", case=layers_backward())
def images_share_the_weights_and_nothing_else(conv2d_backward: Function, case: LayerBackward) -> None:
    r"""Each image's gradient is what it is alone; those of the weights and biases are sums over the images.

    $$ \mathrm{dx}(x_1, \dots, x_N)_n = \mathrm{dx}(x_n), \qquad
       \mathrm{dw}(x_1, \dots, x_N) = \sum_n \mathrm{dw}(x_n) $$

    Catches: gradients of the first or last image, means over the batch, images that are mixed.
    Misses: whatever is wrong for a single image.
    """
    x, dy = np.concatenate([case.x, case.x[::-1] - 1]), np.concatenate([case.dy, case.dy + 1])
    dx, dw, db = three(conv2d_backward(dy, x, case.w, **case.options))
    alone = [three(conv2d_backward(dy[n : n + 1], x[n : n + 1], case.w, **case.options)) for n in range(len(x))]
    same(dx, np.concatenate([parts[0] for parts in alone]), "an image's gradient should not depend on other images")
    same(dw, added([parts[1] for parts in alone]), "dw should be the sum over the images")
    same(db, added([parts[2] for parts in alone]), "db should be the sum over the images")


@law("grad.conv.groups", needs="conv2d_backward", case=layers_backward(groups=(2, 3, 2)))
def groups_go_back_side_by_side(conv2d_backward: Function, case: LayerBackward) -> None:
    r"""With groups, the gradients are those of several small convolutions, one after the other.

    $$ \mathrm{dx} = [\mathrm{dx}_1, \dots, \mathrm{dx}_G], \qquad
       \mathrm{dw} = [\mathrm{dw}_1, \dots, \mathrm{dw}_G] $$

    Catches: groups that are ignored, mixed or interleaved on the way back.
    Misses: whatever is wrong without groups.
    """
    depth, width = case.w.shape[1], len(case.w) // case.groups
    options = {**case.options, "groups": 1}
    found = []
    for g in range(case.groups):
        c, f = slice(g * depth, (g + 1) * depth), slice(g * width, (g + 1) * width)
        found.append(three(conv2d_backward(case.dy[:, f], case.x[:, c], case.w[f], **options)))
    dx, dw, db = zip(*found, strict=True)
    expected = np.concatenate(dx, axis=1), np.concatenate(dw), np.concatenate(db)
    same_gradients(conv2d_backward(case.dy, case.x, case.w, **case.options), *expected)


@law(
    "grad.conv.unseen",
    needs="conv2d_backward",
    case=layers_backward(kernels=(1, 2), strides=(3, 2, 5), paddings=(0, 1), dilations=(1, 2, 3)),
)
def pixels_that_no_window_sees_neither_learn_nor_teach(conv2d_backward: Function, case: LayerBackward) -> None:
    r"""A pixel between or beyond all windows has the gradient zero, and its value changes no gradient.

    $$ p \notin \bigcup_{ij} W_{ij} \quad\Longrightarrow\quad \mathrm{dx}_p = 0, \qquad
       \frac{\partial\, \mathrm{dw}}{\partial x_p} = 0 $$

    Catches: strides or dilations that are ignored, gradients shifted by the padding.
    Misses: wrong gradients of the pixels that are seen.
    """
    seen = np.ix_(*(reached(case, axis) for axis in (0, 1)))
    unseen = np.ones(case.x.shape[2:], dtype=bool)
    unseen[seen] = False
    dx, dw, _ = three(conv2d_backward(case.dy, case.x, case.w, **case.options))
    same(dx[:, :, unseen], np.zeros((*case.x.shape[:2], int(unseen.sum()))), "unseen pixels should have no gradient")
    painted = np.where(unseen, case.x.dtype.type(9), case.x)
    same(three(conv2d_backward(case.dy, painted, case.w, **case.options))[1], dw, "unseen pixels should not matter")


def reached(case: LayerBackward, axis: int) -> Array:
    """The cells of the map that some window sees along one axis."""
    s, p, d = (as_pair(option)[axis] for option in (case.stride, case.padding, case.dilation))
    first, tap = np.ogrid[: case.dy.shape[2 + axis], : case.w.shape[2 + axis]]
    cells = np.unique(first * s + tap * d - p)
    inside: Array = cells[(cells >= 0) & (cells < case.x.shape[2 + axis])]
    return inside


@law("grad.conv.dead", needs="conv2d_backward", case=layers_backward(), channel=indices)
def what_is_zero_passes_no_gradient(conv2d_backward: Function, case: LayerBackward, channel: int) -> None:
    r"""A filter without upstream gradient learns nothing; black channels teach nothing; zero weights pass nothing back.

    $$ \mathrm{dy}_f = 0 \Rightarrow \mathrm{dw}_f = 0,\ \mathrm{db}_f = 0 \qquad
       x_c = 0 \Rightarrow \mathrm{dw}_{\cdot c} = 0 \qquad w_{\cdot c} = 0 \Rightarrow \mathrm{dx}_c = 0 $$

    Catches: constants in a gradient, weight decay in dw, channels or filters that are mixed up.
    Misses: wrong factors and wrong places.
    """
    c, f = channel % case.w.shape[1], channel % len(case.w)
    dy, x, w = case.dy.copy(), case.x.copy(), case.w.copy()
    dy[:, f] = 0
    x[:, c] = 0  # channels of the first group
    w[:, c] = 0  # the same one of each group
    dx, dw, db = three(conv2d_backward(dy, x, w, **case.options))
    first, width = slice(c, None, case.w.shape[1]), len(w) // case.groups
    same(dw[f], np.zeros(w.shape[1:]), "a filter without upstream gradient should have none")
    same(db[f], 0.0, "a bias without upstream gradient should have none")
    same(dw[:width, c], np.zeros((width, *w.shape[2:])), "weights of a black channel should have no gradient")
    same(dx[:, first], np.zeros_like(x[:, first]), "a channel with zero weights should have no gradient")


@law("grad.conv.twins", needs="conv2d_backward", case=layers_backward(groups=(1,)))
def identical_filters_stay_identical(conv2d_backward: Function, case: LayerBackward) -> None:
    r"""Two equal filters with equal upstream gradients have equal gradients, and send back the same twice.

    $$ w_f = w_g,\ \mathrm{dy}_f = \mathrm{dy}_g \quad\Longrightarrow\quad \mathrm{dw}_f = \mathrm{dw}_g $$

    That is why weights have to start at random: filters that start alike never become different.

    Catches: gradients that depend on a filter's number, filters whose parts of dx overwrite each other.
    Misses: whatever is wrong for each filter in the same way.
    Source: Goodfellow, Bengio & Courville (2016), section 8.4.
    """
    one = three(conv2d_backward(case.dy, case.x, case.w, **case.options))
    twice = np.concatenate([case.dy, case.dy], axis=1), case.x, np.concatenate([case.w, case.w])
    dx, dw, db = three(conv2d_backward(*twice, **case.options))
    same(dx, 2 * one[0].astype(np.float64), "the twins should send back the same")
    same(dw, np.concatenate([one[1]] * 2), "twins should have equal gradients")
    same(db, np.concatenate([one[2]] * 2), "the biases of twins should have equal gradients")


@law("grad.conv.padding", needs="conv2d_backward", case=layers_backward(paddings=(1, 2, 4)))
def a_border_gets_a_gradient_that_is_cut_off(conv2d_backward: Function, case: LayerBackward) -> None:
    r"""Padding by hand and cutting the border off the image's gradient afterwards gives the same three gradients.

    $$ \mathrm{dx}_p(x) = \operatorname{crop}_p \bigl(\mathrm{dx}_0(\operatorname{pad}_p x)\bigr), \qquad
       \mathrm{dw}_p(x) = \mathrm{dw}_0(\operatorname{pad}_p x) $$

    Catches: borders that are cut off on the wrong side or not at all, paddings whose two numbers are swapped.
    Misses: whatever is wrong without padding.
    """
    p, (height, width) = as_pair(case.padding), case.x.shape[2:]
    wide = convolution.pad2d(case.x, case.padding)
    dx, dw, db = three(conv2d_backward(case.dy, wide, case.w, **{**case.options, "padding": 0}))
    inside = dx[:, :, p.v : p.v + height, p.h : p.h + width]
    same_gradients(conv2d_backward(case.dy, case.x, case.w, **case.options), inside, dw, db)


@law(
    "grad.conv.padding-sides",
    needs="conv2d_backward",
    extended=True,
    case=layers_backward(paddings=(0,)),
    border=st.sampled_from([((1, 0), (0, 2)), ((0, 2), (1, 0)), ((2, 1), (0, 1)), ((0, 1), (2, 0)), "same", "valid"]),
)
def each_side_of_a_border_is_cut_off_by_itself(conv2d_backward: Function, case: LayerBackward, border: Any) -> None:
    r"""With unequal sides, or sides chosen by name, the gradient is still that of the image padded by hand.

    $$ \mathrm{dx} = \operatorname{crop} \bigl(\mathrm{dx}_0(\operatorname{pad} x)\bigr) $$

    Catches: the first side used for both, the odd cell of `"same"` on the wrong side.
    Misses: whatever is wrong without padding.
    """
    (height, width), s, d = case.x.shape[2:], as_pair(case.stride), as_pair(case.dilation)
    spans = [d[a] * (case.w.shape[2 + a] - 1) + 1 for a in (0, 1)]
    if border == "same":
        missing = [max((-(-n // s[a]) - 1) * s[a] + spans[a] - n, 0) for a, n in enumerate((height, width))]
        sides: Any = tuple((m // 2, m - m // 2) for m in missing)
    else:
        sides = ((0, 0), (0, 0)) if border == "valid" else border
    wide = convolution.pad2d(case.x, sides)
    counts = [(wide.shape[2 + a] - spans[a]) // s[a] + 1 for a in (0, 1)]
    dy = np.resize(case.dy, (*case.dy.shape[:2], *counts))
    options = {**case.options, "padding": 0}
    dx, dw, db = gradients.conv2d_backward(dy, wide, case.w, **options)
    (top, _), (left, _) = sides
    inside = dx[:, :, top : top + height, left : left + width]
    same_gradients(conv2d_backward(dy, case.x, case.w, **{**options, "padding": border}), inside, dw, db)


@law("grad.conv.contract", needs="conv2d_backward", case=layers_backward())
def the_backward_convolution_is_a_good_neighbour(conv2d_backward: Function, case: LayerBackward) -> None:
    r"""Gradients have the shapes and the dtype of what they belong to, and depend on nothing but the question.

    Catches: missing or swapped gradients, float64 in answers, arrays that are shared, kept, or read in memory order.
    Misses: wrong numbers.
    """
    arguments = case.dy, case.x, case.w
    shapes = case.x.shape, case.w.shape, case.w.shape[:1]
    habits(lambda *given: conv2d_backward(*given, **case.options), arguments, shapes)
