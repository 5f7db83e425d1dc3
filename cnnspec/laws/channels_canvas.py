r"""What holds of the canvas of a transposed convolution (Step 3): overlaps, phases, tiles and edges."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from cnnspec import channels
from cnnspec.arguments import Array
from cnnspec.laws.cases import TransposedLayer, as_pair
from cnnspec.laws.channels_cases import batches, filters, over, stretched, vectors
from cnnspec.laws.compare import differs, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import transposed_layers

ratios = st.sampled_from([(1, 1), (2, 1), (2, 2), (3, 2), (1, 2), (4, 2), (3, 3), (2, 3), (4, 3), (5, 2), (6, 3)])
"""Sizes of kernels and strides."""


def counts(cells: int, kernel: int, stride: int) -> Array:
    """How many kernels paint each cell of a line."""
    painted = np.zeros(stride * (cells - 1) + kernel)
    for i in range(cells):
        painted[i * stride : i * stride + kernel] += 1
    return painted


@law("transpose.overlaps", needs="conv_transpose2d", rows=ratios, columns=ratios, cells=st.integers(1, 4))
def a_constant_image_and_kernel_show_how_often_each_place_is_painted(
    conv_transpose2d: Function, rows: tuple[int, int], columns: tuple[int, int], cells: int
) -> None:
    r"""Ones painted with ones count the kernels at each place: the product of a count of rows and one of columns.

    $$ y_{uv} = n_u\, n_v, \qquad n_u = \#\{\, i : 0 \le u - is < k \,\} $$

    Catches: kernels that overwrite each other, division by the overlaps, a stride that is off.
    Misses: what a constant cannot show, such as a turned kernel.
    Source: Odena, Dumoulin & Olah (2016), Deconvolution and checkerboard artifacts.
    """
    (k, s), (l, t) = rows, columns  # noqa: E741
    y = conv_transpose2d(np.ones((1, 1, cells, 4)), np.ones((1, 1, k, l)), stride=(s, t))
    same(y[0, 0], np.outer(counts(cells, k, s), counts(4, l, t)))


@law("transpose.checkerboard", needs="conv_transpose2d", rows=ratios, columns=ratios)
def the_paint_is_even_exactly_if_the_stride_divides_the_kernel(
    conv_transpose2d: Function, rows: tuple[int, int], columns: tuple[int, int]
) -> None:
    r"""Inside, equal weights paint a constant image evenly if $s$ divides $k$; otherwise a checkerboard appears.

    $$ y \text{ constant inside} \iff s_v \mid k_v \text{ and } s_h \mid k_h $$

    With $k = 3$ and $s = 2$ the places get 1, 2 and 4 layers of paint.

    Catches: kernels that overwrite each other, division by the overlaps, a stride that is ignored.
    Misses: what a constant cannot show.
    Source: Odena, Dumoulin & Olah (2016), Deconvolution and checkerboard artifacts.
    """
    (k, s), (l, t) = rows, columns  # noqa: E741
    cells = 8
    y = conv_transpose2d(np.ones((1, 1, cells, cells)), np.ones((1, 1, k, l)), stride=(s, t))
    inside = y[0, 0, k : s * (cells - 1), l : t * (cells - 1)]
    level = np.full(inside.shape, k * l / (s * t))
    if k % s == 0 and l % t == 0:
        same(inside, level, "the paint should be even")
    else:
        differs(inside, np.full(inside.shape, inside.flat[0]), "the paint should be uneven")


@law("transpose.dilation-spreads", needs="conv_transpose2d", case=transposed_layers(dilations=(2, 3)))
def its_dilation_puts_zeros_between_the_weights(conv_transpose2d: Function, case: TransposedLayer) -> None:
    r"""As in a convolution, a dilated kernel is a larger one with zeros between neighbouring weights.

    $$ y^{\mathsf T}(x, w; d) = y^{\mathsf T}(x, w \uparrow d; 1) $$

    Catches: a dilation that is ignored, swapped or off by one.
    Misses: what undilated kernels do wrong.
    """
    ordinary = {**case.options, "dilation": 1}
    spread = conv_transpose2d(case.x, stretched(case.w, case.dilation), case.b, **ordinary)
    same(conv_transpose2d(case.x, case.w, case.b, **case.options), spread)


@law("transpose.stride-stretches", needs="conv_transpose2d", case=transposed_layers(strides=(2, 3), paddings=(0, 1, 2)))
def its_stride_stretches_the_image(conv_transpose2d: Function, case: TransposedLayer) -> None:
    r"""A stride is $s - 1$ zeros between neighbouring cells: what a convolution skips, its transpose leaves empty.

    $$ y^{\mathsf T}(x, w; s) = y^{\mathsf T}(x \uparrow s, w; 1) $$

    Catches: rows and columns swapped, a stride that is off by one, zeros that are appended at the end.
    Misses: output padding, and what stride 1 does wrong.
    Source: Dumoulin & Visin (2016), relationship 12.
    """
    options = {**case.options, "output_padding": 0}
    s, p, d = as_pair(case.stride), as_pair(case.padding), as_pair(case.dilation)
    canvas = [s[i] * (case.x.shape[2 + i] - 1) + d[i] * (case.w.shape[2 + i] - 1) + 1 for i in range(2)]
    if any(canvas[i] <= 2 * p[i] for i in range(2)):
        options["padding"] = 0
    wide = conv_transpose2d(stretched(case.x, case.stride), case.w, case.b, **{**options, "stride": 1})
    same(conv_transpose2d(case.x, case.w, case.b, **options), wide)


@law("transpose.padding-crops", needs="conv_transpose2d", case=transposed_layers(paddings=(0, 1, 2)))
def its_padding_cuts_the_canvas(conv_transpose2d: Function, case: TransposedLayer) -> None:
    r"""Padding does the opposite of what its name says: $p$ rows and columns are cut off on every side.

    $$ y^{\mathsf T}(x, w; p)_{uv} = y^{\mathsf T}(x, w; 0)_{u+p,\, v+p} $$

    Catches: padding that is added to the image, cut on one side only, or swapped.
    Misses: what is wrong without padding.
    Source: Dumoulin & Visin (2016), relationships 9 and 13.
    """
    p = as_pair(case.padding)
    canvas = conv_transpose2d(case.x, case.w, case.b, **{**case.options, "padding": 0})
    kept = canvas[:, :, p.v : canvas.shape[2] - p.v, p.h : canvas.shape[3] - p.h]
    same(conv_transpose2d(case.x, case.w, case.b, **case.options), kept)


@law("transpose.output-padding", needs="conv_transpose2d", x=batches(2), w=filters(2, 2), a=st.integers(0, 2))
def output_padding_adds_rows_and_columns_at_the_end(conv_transpose2d: Function, x: Array, w: Array, a: int) -> None:
    r"""Output padding adds rows at the bottom and columns on the right, and leaves the rest as it is.

    $$ y(a)_{uv} = y(0)_{uv} \; (u < OH, v < OW), \qquad y(a)_{uv} = 0 \text{ beyond the canvas} $$

    What is added is what padding had cut off there, and beyond that nothing.

    Catches: rows added on top, repeated instead of empty, or on both sides; output padding taken for padding.
    Misses: what the operator does without it.
    Source: `torch.nn.functional.conv_transpose2d`.
    """
    plain = conv_transpose2d(x, w, stride=3)
    longer = conv_transpose2d(x, w, stride=3, output_padding=(a, 2 - a))
    same(longer, np.pad(plain, ((0, 0), (0, 0), (0, a), (0, 2 - a))))
    rows = conv_transpose2d(x, w, stride=(3, 2), padding=(0, 0), output_padding=(a, 1))
    same(rows[:, :, : plain.shape[2]], conv_transpose2d(x, w, stride=(3, 2), output_padding=(0, 1)))


@law("transpose.tiles", needs="conv_transpose2d", x=batches(2, most=4), w=filters(2, 3), b=vectors(3))
def with_a_stride_of_one_kernel_it_lays_tiles(conv_transpose2d: Function, x: Array, w: Array, b: Array) -> None:
    r"""When the stride is the kernel's size, each cell becomes a tile of its own, and tiles do not overlap.

    $$ s = k \;\Rightarrow\; \text{tile}_{ij} = \sum_c x_{cij}\, w_c + b $$

    Catches: turned kernels, a stride that is off, tiles in the wrong place.
    Misses: overlaps.
    """
    k, l = w.shape[2:]  # noqa: E741
    tiles = np.einsum("ncij,cfab->nfiajb", x, w).reshape(len(x), 3, x.shape[2] * k, x.shape[3] * l)
    same(conv_transpose2d(x, w, b, stride=(k, l)), tiles + over(b))


@law(
    "transpose.pixel-shuffle",
    needs="conv_transpose2d",
    x=batches(2, most=3),
    w=filters(2, 2, least=6, most=6),
    scale=st.sampled_from([(1, 2), (2, 1), (2, 2), (2, 3), (3, 2), (3, 1)]),
)
def it_is_a_convolution_followed_by_a_shuffle_of_pixels(
    conv_transpose2d: Function, x: Array, w: Array, scale: tuple[int, int]
) -> None:
    r"""With stride $r$, the places that leave the same rest modulo $r$ form a small map of their own: a convolution.

    $$ y^{\mathsf T}(x, w; r)_{\,ir+u,\; jr+v} =
       y\bigl(x,\, \operatorname{rot}_{180}(w^{\top}_{u::r,\, v::r});\, p = k/r - 1\bigr)_{ij} $$

    So a transposed convolution with a kernel of $rk$ is an ordinary one with $r^2$ times the filters, whose maps are
    interleaved: the sub-pixel convolution.

    Catches: turned kernels, a stride that is off, weights read as (filters, channels).
    Misses: padding and output padding.
    Source: Shi et al. (2016), Is the deconvolution layer the same as a convolutional layer?
    """
    r, t = scale
    y = conv_transpose2d(x, w, stride=scale)
    expected = np.zeros_like(y)
    for u, v in np.ndindex(r, t):
        kernel = w[:, :, u::r, v::t][..., ::-1, ::-1].swapaxes(0, 1)
        padding = (kernel.shape[2] - 1, kernel.shape[3] - 1)
        expected[:, :, u::r, v::t] = channels.conv2d(x, kernel, padding=padding)
    same(y, expected)
