r"""What holds of stride, padding, dilation and kernel size when images have many channels (Step 3)."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from cnnspec.arguments import Array
from cnnspec.laws.cases import Layer, as_pair
from cnnspec.laws.channels_cases import batches, bordered, filters, joined, over, stretched, turned, vectors
from cnnspec.laws.compare import at_most, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import entries, layers, lines

LINES = lines(kernels=(1, 2, 3), strides=(1,), dilations=(1,), paddings=(0,))


@law("conv2d.stride-subsamples", needs="conv2d", case=layers(strides=(2, 3, 5)))
def a_stride_leaves_out_answers_and_changes_none(conv2d: Function, case: Layer) -> None:
    r"""A stride computes nothing new: it keeps every $s$-th row and column of the answer with stride 1.

    $$ y(x, w; s)_{nfij} = y(x, w; 1)_{nf,\,is,\,js} $$

    Catches: rows and columns swapped, a stride that rounds up, windows that are centred or begin elsewhere.
    Misses: what stride 1 does wrong.
    Source: Dumoulin & Visin (2016), section 1.1.
    """
    s = as_pair(case.stride)
    every = conv2d(case.x, case.w, case.b, **{**case.options, "stride": 1})
    same(conv2d(case.x, case.w, case.b, **case.options), every[:, :, :: s.v, :: s.h])


@law("conv2d.dilation-spreads", needs="conv2d", case=layers(dilations=(2, 3)))
def a_dilation_puts_zeros_between_the_weights(conv2d: Function, case: Layer) -> None:
    r"""A dilated kernel is an ordinary, larger one with $d - 1$ zeros between neighbouring weights.

    $$ y(x, w; d) = y(x, w \uparrow d; 1) $$

    Catches: a dilation that is ignored, swapped or off by one ("dilation 0 is ordinary").
    Misses: what undilated kernels do wrong.
    Source: Dumoulin & Visin (2016, revised 2018), section 5.1.
    """
    ordinary = conv2d(case.x, stretched(case.w, case.dilation), case.b, **{**case.options, "dilation": 1})
    same(conv2d(case.x, case.w, case.b, **case.options), ordinary)


@law("conv2d.padding-is-a-border", needs="conv2d", case=layers(paddings=(1, 2, 4)))
def padding_is_a_border_of_zeros(conv2d: Function, case: Layer) -> None:
    r"""To pad is to write $p$ rows and columns of zeros on every side of every channel, and then not to pad.

    $$ y(x, w; p) = y\bigl(\operatorname{pad}_p(x), w; 0\bigr) $$

    Catches: borders of another value, on one side only, or with rows and columns swapped.
    Misses: what is wrong without padding.
    Source: Dumoulin & Visin (2016), section 2.2.
    """
    explicit = conv2d(bordered(case.x, case.padding), case.w, case.b, **{**case.options, "padding": 0})
    same(conv2d(case.x, case.w, case.b, **case.options), explicit)


@law(
    "conv2d.patches",
    needs="conv2d",
    rows=st.sampled_from([(1, 1), (2, 1), (2, 3), (3, 2)]),
    columns=st.sampled_from([(1, 1), (3, 1), (1, 3), (2, 2)]),
    x=batches(2, least=6, most=6),
    w=filters(3, 2, least=3),
    b=vectors(3),
)
def with_a_stride_of_one_kernel_the_image_is_cut_into_patches(
    conv2d: Function, rows: tuple[int, int], columns: tuple[int, int], x: Array, w: Array, b: Array
) -> None:
    r"""When the stride is the kernel's size, windows are tiles: reshape them into vectors and multiply by a matrix.

    $$ s = k \;\Rightarrow\; y_{n \cdot ij} = W \operatorname{vec}(\text{tile}_{ij}) + b $$

    Catches: tiles that overlap or leave gaps, vectors read in another order than the weights.
    Misses: windows that overlap.
    Source: Dosovitskiy et al. (2021), section 3.1: the patch embedding of a vision transformer.
    """
    (k, down), (l, right) = rows, columns  # noqa: E741
    x, w = x[:, :, : k * down, : l * right], w[:, :, :k, :l]
    tiles = x.reshape(len(x), 2, down, k, right, l).transpose(0, 2, 4, 1, 3, 5).reshape(len(x), down, right, -1)
    vectors = tiles @ w.reshape(3, -1).T
    same(conv2d(x, w, b, stride=(k, l)), vectors.transpose(0, 3, 1, 2) + over(b))


@law("conv2d.dense", needs="conv2d", x=batches(2, most=4), w=filters(3, 2, least=4, most=4), b=vectors(3))
def a_kernel_as_large_as_the_image_makes_a_dense_layer(conv2d: Function, x: Array, w: Array, b: Array) -> None:
    r"""When kernel and image have the same size there is one window: the layer is the dense layer of the flat image.

    $$ KH = H, \; KW = W \;\Rightarrow\; y = \operatorname{vec}(w) \operatorname{vec}(x) + b $$

    Catches: a turned kernel, channels in the wrong order, weights normalised.
    Misses: whatever needs two windows.
    Source: CS231n notes, Convolutional Networks, "Converting FC layers to CONV layers".
    """
    w = w[:, :, : x.shape[2], : x.shape[3]]
    dense = x.reshape(len(x), -1) @ w.reshape(3, -1).T + b
    same(conv2d(x, w, b), dense[:, :, None, None])


@law("conv2d.shifted-pointwise", needs="conv2d", case=layers(groups=(1,), kernels=(1, 2, 3), bias=False, batch=1))
def a_layer_is_a_sum_of_shifted_pointwise_layers(conv2d: Function, case: Layer) -> None:
    r"""Each of the $k^2$ places of a kernel is a 1×1 layer on a shifted image; their sum is the layer.

    $$ y(x, w) = \sum_{a,b} y\bigl(x_{\,\cdot + ad,\; \cdot + bd},\; w_{\cdot\cdot ab}\bigr) $$

    Catches: a turned or transposed kernel, a stride or dilation that is wrong for large kernels only.
    Misses: biases and groups.
    Source: Wu et al. (2018), Shift: a zero FLOP, zero parameter alternative to spatial convolutions, for the idea.
    """
    x, s, d = bordered(case.x, case.padding), as_pair(case.stride), as_pair(case.dilation)
    answer = conv2d(case.x, case.w, **case.options)
    height, width = (answer.shape[2] - 1) * s.v + 1, (answer.shape[3] - 1) * s.h + 1
    parts = [
        conv2d(
            x[:, :, a * d.v : a * d.v + height, b * d.h : b * d.h + width],
            case.w[:, :, a : a + 1, b : b + 1],
            stride=case.stride,
        )
        for a, b in np.ndindex(*case.w.shape[2:])
    ]
    same(answer, sum(parts))


@law(
    "conv2d.two-layers-are-one",
    needs="conv2d",
    x=batches(2, least=7, most=8),
    v=filters(3, 2),
    w=filters(2, 3),
    strides=st.sampled_from([(1, 1), (2, 1), (1, 2), (2, 3)]),
)
def two_unpadded_layers_are_one_with_a_larger_kernel(
    conv2d: Function, x: Array, v: Array, w: Array, strides: tuple[int, int]
) -> None:
    r"""Without padding, bias and activation, two layers collapse into one; its kernel has $k_1 + s_1 (k_2 - 1)$ rows.

    $$ y\bigl(y(x, v; s_1), w; s_2\bigr) = y(x, u; s_1 s_2), \qquad u_{fc} = \sum_m v_{mc} * (w_{fm} \uparrow s_1) $$

    The star is convolution proper, with a turned kernel, although both layers correlate.

    Catches: a built-in activation, kernels turned or channels mixed in one of the layers only.
    Misses: kernels that are turned everywhere: the law holds for convolution as it does for correlation.
    Source: Zhang et al. (2023), Dive into Deep Learning, section 7.4, exercise 1.
    """
    first, second = strides
    both = conv2d(conv2d(x, v, stride=first), w, stride=second)
    same(both, conv2d(x, joined(v, w, first), stride=first * second))


@law(
    "conv2d.two-small-are-not-one-large",
    needs="conv2d",
    v=filters(1, 1, least=3),
    w=filters(1, 1, least=3),
)
def two_small_kernels_in_a_row_do_not_reach_every_large_one(conv2d: Function, v: Array, w: Array) -> None:
    r"""Refuted: "two 3×3 layers can do what one 5×5 layer does". One channel between them reaches 17 dimensions of 25.

    $$ \operatorname{rank} \frac{\partial (v * w)}{\partial (v, w)} \le 9 + 9 - 1 = 17 < 25 $$

    Of the 18 weights one is wasted, because $2v * w = v * 2w$. With many channels in between there are more.

    Catches: a border of ones.
    Misses: every error that is linear in image and weights: the waste is the same for any such operator.
    Source: Simonyan & Zisserman (2015), section 2.3, for the claim, which they make about what is seen.
    """
    units = np.eye(9).reshape(9, 1, 3, 3)
    along_v = conv2d(units, turned(-w), padding=2)
    along_w = conv2d(v, turned(-units), padding=2)
    directions = np.concatenate([along_v.reshape(9, 25), along_w.reshape(9, 25)])
    at_most(np.linalg.matrix_rank(directions, tol=1e-6), 17, "the kernels reached should have at most 17 dimensions")


@law(
    "conv2d.four-between",
    needs="conv2d",
    x=batches(1, least=5, most=7),
    kernel=entries((5, 5)),
)
def two_small_layers_with_four_channels_between_them_reach_every_large_one(
    conv2d: Function, x: Array, kernel: Array
) -> None:
    r"""With four channels between them, two 3×3 layers do what any 5×5 layer does: one shifts, the other filters.

    $$ u = \sum_{m=1}^4 \delta_{(0,0),\,(0,2),\,(2,0),\,(2,2)} * w_m $$

    The four shifted kernels cover the large one, and each of its cells is given to one of them.

    Catches: kernels turned in one of the layers only, channels mixed up or averaged, windows cut short.
    Misses: stride, padding and dilation.
    """
    v, w = np.zeros((4, 1, 3, 3)), np.zeros((1, 4, 3, 3))
    for m, (i, j) in enumerate(((0, 0), (0, 2), (2, 0), (2, 2))):
        v[m, 0, i, j] = 1
        w[0, m, i // 2 :, j // 2 :] = kernel[i + i // 2 : i + 3, j + j // 2 : j + 3]
    x = x.astype(np.float64)
    same(conv2d(conv2d(x, v), w), conv2d(x, kernel[None, None].astype(np.float64)))
