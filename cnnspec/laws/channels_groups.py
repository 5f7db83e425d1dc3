r"""What holds of groups, of depthwise layers and of 1×1 layers (Step 3)."""

from __future__ import annotations

import numpy as np

from cnnspec import convolution
from cnnspec.arguments import Array
from cnnspec.laws.cases import Layer
from cnnspec.laws.channels_cases import batches, cut, dense_weights, filters, over, vectors
from cnnspec.laws.compare import differs, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import layers


@law("conv2d.groups-concatenate", needs="conv2d", case=layers(groups=(2, 3)))
def groups_are_separate_layers_side_by_side(conv2d: Function, case: Layer) -> None:
    r"""A layer with $g$ groups is $g$ small layers, each with its share of the channels and of the filters.

    $$ y(x, w; g) = [\,y(x_1, w_1), \dots, y(x_g, w_g)\,] $$

    Catches: groups ignored, groups that take every $g$-th channel instead of neighbours, maps in the wrong order.
    Misses: what the layers without groups do wrong.
    Source: Krizhevsky et al. (2012), section 3.5.
    """
    options = {**case.options, "groups": 1}
    images, weights = np.split(case.x, case.groups, axis=1), np.split(case.w, case.groups)
    biases = [None] * case.groups if case.b is None else np.split(case.b, case.groups)
    parts = [conv2d(x, w, b, **options) for x, w, b in zip(images, weights, biases, strict=True)]
    same(conv2d(case.x, case.w, case.b, **case.options), np.concatenate(parts, axis=1))


@law("conv2d.groups-block-diagonal", needs="conv2d", case=layers(groups=(2, 3), batch=1))
def groups_are_a_layer_with_zeros_between_them(conv2d: Function, case: Layer) -> None:
    r"""A grouped layer is an ordinary one whose weights are zero wherever filter and channel lie in different groups.

    $$ y(x, w; g) = y\bigl(x, \operatorname{diag}(w_1, \dots, w_g); 1\bigr) $$

    Catches: groups ignored or interleaved.
    Misses: what the ordinary layer does wrong.
    Source: Xie et al. (2017), Aggregated Residual Transformations, figure 3, for the equivalence.
    """
    dense = dense_weights(case.w, case.groups)
    ordinary = conv2d(case.x, dense, case.b, **{**case.options, "groups": 1})
    same(conv2d(case.x, case.w, case.b, **case.options), ordinary)


@law("conv2d.groups-independent", needs="conv2d", case=layers(groups=(2, 3), batch=1))
def a_group_sees_no_channel_of_another_group(conv2d: Function, case: Layer) -> None:
    r"""Whatever happens in the channels of the other groups, the maps of a group stay as they are.

    $$ x_1 = x'_1 \;\Rightarrow\; y_1 = y'_1 $$

    Catches: groups that leak, in the channels or in the order of the maps.
    Misses: what is wrong within a group.
    """
    depth, width = case.w.shape[1], len(case.w) // case.groups
    other = case.x + 7
    other[:, :depth] = case.x[:, :depth]
    answer = conv2d(case.x, case.w, case.b, **case.options)
    same(conv2d(other, case.w, case.b, **case.options)[:, :width], answer[:, :width])


@law("conv2d.depthwise", needs="conv2d", x=batches(3, least=3), w=filters(6, 1))
def with_one_group_for_each_channel_nothing_is_added_up(conv2d: Function, x: Array, w: Array) -> None:
    r"""With as many groups as channels, every map is the correlation of a single channel; neighbours share one.

    $$ g = C, \; F = mC \;\Rightarrow\; y_f = x_{\lfloor f/m \rfloor} \star w_{f0} $$

    Catches: the maps of a depthwise layer ordered filter by filter ($x_{f \bmod C}$) instead of channel by channel.
    Misses: layers with other groups.
    Source: Chollet (2017), Xception, for depthwise separable layers.
    """
    maps = [[convolution.correlate2d(image[f // 2], w[f, 0]) for f in range(6)] for image in x]
    same(conv2d(x, w, groups=3), np.array(maps))


@law("conv2d.separable", needs="conv2d", x=batches(2, least=3), d=filters(2, 1), p=filters(3, 2, most=1))
def a_depthwise_and_a_pointwise_layer_make_one_layer_of_rank_one(
    conv2d: Function, x: Array, d: Array, p: Array
) -> None:
    r"""Depthwise, then 1×1, is one ordinary layer in which every filter uses the same kernel for a channel, scaled.

    $$ y\bigl(y(x, d; C), p\bigr) = y(x, w), \qquad w_{fc} = p_{fc}\, d_c $$

    Catches: groups ignored, 1×1 layers special-cased wrongly.
    Misses: biases; with one between the layers the equation would need another at the end.
    Source: Howard et al. (2017), MobileNets, section 3.1.
    """
    same(conv2d(conv2d(x, d, groups=2), p), conv2d(x, p * d[:, 0]))


@law("conv2d.pointwise-dense", needs="conv2d", x=batches(2), w=filters(3, 2, most=1), b=vectors(3))
def a_pointwise_layer_is_a_dense_layer_at_every_pixel(conv2d: Function, x: Array, w: Array, b: Array) -> None:
    r"""A 1×1 layer takes the channels of one pixel as a vector and multiplies it by one matrix, the same everywhere.

    $$ y_{n \cdot ij} = W x_{n \cdot ij} + b $$

    Catches: 1×1 layers special-cased wrongly, matrices transposed, channels averaged.
    Misses: whatever needs a window to show.
    Source: Lin, Chen & Yan (2014), Network in Network, section 3.1.
    """
    same(conv2d(x, w, b), np.einsum("fc,ncij->nfij", w[:, :, 0, 0], x) + over(b))


@law("conv2d.pointwise-product", needs="conv2d", x=batches(3), v=filters(2, 3, most=1), w=filters(3, 2, most=1))
def two_pointwise_layers_are_one_with_the_product_of_the_matrices(
    conv2d: Function, x: Array, v: Array, w: Array
) -> None:
    r"""Two 1×1 layers in a row do no more than one: without an activation between them, matrices multiply.

    $$ y\bigl(y(x, V), W\bigr) = y(x, WV) $$

    Catches: an activation or a normalisation within the layer.
    Misses: everything that respects matrix products.
    """
    product = w[:, :, 0, 0] @ v[:, :, 0, 0]
    same(conv2d(conv2d(x, v), w), conv2d(x, product[:, :, None, None]))


@law(
    "conv2d.pointwise-folds",
    needs="conv2d",
    x=batches(2, least=3),
    w=filters(3, 2),
    b=vectors(3),
    v=filters(2, 3, most=1),
    a=vectors(2),
)
def a_pointwise_layer_folds_into_the_layer_before_it(
    conv2d: Function, x: Array, w: Array, b: Array, v: Array, a: Array
) -> None:
    r"""A 1×1 layer after a k×k layer folds into it, biases and padding included: it mixes the filters and the biases.

    $$ V\bigl(y(x, w, b)\bigr) + a = y(x,\, Vw,\, Vb + a) $$

    Catches: a bias added per channel or before the sum, a built-in activation.
    Misses: errors that a single layer shares with the folded one.
    """
    matrix = v[:, :, 0, 0]
    folded = conv2d(x, np.einsum("fm,mckl->fckl", matrix, w), matrix @ b + a, padding=1)
    same(conv2d(conv2d(x, w, b, padding=1), v, a), folded)


@law(
    "conv2d.pointwise-folds-forward",
    needs="conv2d",
    x=batches(2, least=3),
    v=filters(3, 2, most=1),
    a=vectors(3),
    w=filters(2, 3),
)
def a_pointwise_layer_folds_into_the_unpadded_layer_after_it(
    conv2d: Function, x: Array, v: Array, a: Array, w: Array
) -> None:
    r"""A 1×1 layer before a k×k layer folds into it as well, if no border of zeros comes between them.

    $$ y\bigl(Vx + a,\, w\bigr) = y\Bigl(x,\, wV,\, \sum_{cab} w_{\cdot cab}\, a_c\Bigr) $$

    Catches: a bias added per channel, an activation, a normalisation.
    Misses: what happens at a border; see `conv2d.pointwise-folds-not-into-padding`.
    """
    folded = conv2d(x, np.einsum("fmkl,mc->fckl", w, v[:, :, 0, 0]), np.einsum("fmkl,m->f", w, a))
    same(conv2d(conv2d(x, v, a), w), folded)


ONE = np.ones((1, 1, 1, 1))


@law(
    "conv2d.pointwise-folds-not-into-padding",
    needs="conv2d",
    x=batches(1),
    w=filters(1, 1, least=3),
    b=vectors(1).map(np.abs),
)
def a_bias_before_zero_padding_does_not_fold(conv2d: Function, x: Array, w: Array, b: Array) -> None:
    r"""Refuted: "a 1×1 layer always folds into the next layer". Its bias stops at the border, where the zeros begin.

    $$ y(x + a,\, w;\, p) = y(x, w;\, p) + a \sum w \quad \text{inside; at the border it is false} $$

    The smallest counterexample is a single black pixel: lifted to 1 and padded by 1, it has one bright cell in nine.

    Catches: a border that repeats the image instead of being zero.
    Misses: anything inside.
    """
    positive = np.abs(w) + 1
    lifted, bias = b + 1, (b + 1) * positive.sum()
    padded = conv2d(conv2d(x, ONE, lifted), positive, padding=1)
    folded = conv2d(x, positive, bias, padding=1)
    differs(padded, folded, "a bias before zero padding should not fold into the next layer")
    same(cut(padded, 1), cut(folded, 1), "away from the border it should fold")
