r"""What holds of the transposed convolution (Step 3): the adjoint, what it gives back, and what it paints."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from cnnspec import channels, convolution
from cnnspec.arguments import Array
from cnnspec.laws.cases import Layer, TransposedLayer, as_pair
from cnnspec.laws.channels_cases import (
    batches,
    coefficients,
    direct_equivalent,
    filters,
    over,
    seeds,
    transposed_layers_with_bias,
    turned,
    vectors,
)
from cnnspec.laws.compare import differs, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import layers, transposed_layers


@law("transpose.definition", needs="conv_transpose2d", oracle=True, case=transposed_layers())
def every_cell_paints_its_kernel(conv_transpose2d: Function, case: TransposedLayer) -> None:
    r"""Every input cell adds its kernel, scaled by the cell, to the canvas; the padding is cut off.

    $$ y_{n,\,f_0+f,\; is+ad-p,\; js+bd-p} \mathrel{+}= x_{ncij}\; w_{cfab} $$

    Catches: whatever changes an answer on the inputs drawn; it says that a subject is wrong, not how.
    Misses: nothing that small inputs can show.
    Source: Dumoulin & Visin (2016), chapter 4; `torch.nn.functional.conv_transpose2d`.
    """
    expected = channels.conv_transpose2d(case.x, case.w, case.b, **case.options)
    same(conv_transpose2d(case.x, case.w, case.b, **case.options), expected)


@law(
    "transpose.adjoint",
    needs="conv_transpose2d conv2d",
    case=transposed_layers(bias=False, palette="small"),
    content=seeds,
)
def it_is_the_adjoint_of_the_convolution(
    conv_transpose2d: Function, conv2d: Function, case: TransposedLayer, content: int
) -> None:
    r"""To compare a map with a filtered image is to compare the map, transposed back, with the image.

    $$ \langle y(x, w),\, z \rangle = \langle x,\, y^{\mathsf T}(z, w) \rangle $$

    One array of weights serves both sides: (F, C/g, KH, KW) is (channels, filters/g, ...) on the way back.

    Catches: every difference between the two operators: stride, padding, dilation, groups, a kernel turned in one.
    Misses: an error in both of them, such as a kernel that is turned in both.
    Source: Dumoulin & Visin (2016), section 4.1.
    """
    z, w = case.x.astype(np.float64), case.w.astype(np.float64)
    back = conv_transpose2d(z, w, **case.options)
    x = np.random.default_rng(content).integers(-5, 6, back.shape).astype(np.float64)
    options = {name: value for name, value in case.options.items() if name != "output_padding"}
    same(np.sum(conv2d(x, w, **options) * z), np.sum(x * back))


@law("transpose.direct", needs="conv_transpose2d", case=transposed_layers())
def it_is_a_convolution_of_the_stretched_image(conv_transpose2d: Function, case: TransposedLayer) -> None:
    r"""Stretch the image by $s - 1$ zeros, pad it, turn the kernels, swap channels and filters: then convolve.

    $$ y^{\mathsf T}(x, w; s, p) = y\bigl(x \uparrow s,\, \operatorname{rot}_{180}(w^{\top}); 1, p'\bigr), \qquad
       p' = d(k-1) - p $$

    The $a$ further rows and columns are padded at the bottom and on the right only, and a negative $p'$ crops. This is
    relationships 8 to 14 in one, for dilation and groups too; the guide leaves out that the kernel is turned.

    Catches: kernels not turned or not swapped, wrong stretching, output padding on the wrong side.
    Misses: nothing about values; it follows the formula along another way.
    Source: Dumoulin & Visin (2016), relationships 8 to 14.
    """
    image, w = direct_equivalent(case)
    y = channels.conv2d(image, w, case.b, dilation=case.dilation, groups=case.groups)
    same(conv_transpose2d(case.x, case.w, case.b, **case.options), y)


@law("transpose.size", needs="conv_transpose2d", case=transposed_layers(batch=1))
def it_has_the_size_that_the_convolution_took(conv_transpose2d: Function, case: TransposedLayer) -> None:
    r"""The answer has a size that the convolution shrinks to the input's; output padding says which of $s$ such sizes.

    $$ OH = s(H-1) + d(k-1) + 1 - 2p + a, \qquad \operatorname{size}(OH) = H $$

    Catches: output padding that is ignored or counted twice, padding that enlarges, dilation that is ignored.
    Misses: every value.
    Source: Dumoulin & Visin (2016), relationships 13 and 14.
    """
    rows, columns = conv_transpose2d(case.x, case.w, case.b, **case.options).shape[2:]
    s, p, d = as_pair(case.stride), as_pair(case.padding), as_pair(case.dilation)
    a, (height, width), (k, l) = as_pair(case.output_padding), case.x.shape[2:], case.w.shape[2:]  # noqa: E741
    same(rows, s.v * (height - 1) + d.v * (k - 1) + 1 - 2 * p.v + a.v, "the answer should have so many rows")
    same(columns, s.h * (width - 1) + d.h * (l - 1) + 1 - 2 * p.h + a.h, "the answer should have so many columns")
    back = [
        convolution.output_size(*sizes, stride=s[i], padding=p[i], dilation=d[i])
        for i, sizes in enumerate([(rows, k), (columns, l)])
    ]
    same(back, (height, width), "the convolution should shrink the answer to the input's size")


@law("transpose.restores-size", needs="conv_transpose2d conv2d", case=layers(bias=False, batch=1))
def with_output_padding_the_size_comes_back(conv_transpose2d: Function, conv2d: Function, case: Layer) -> None:
    r"""Convolve and transpose: the size is back if the stride left nothing over, else the remainder must be added.

    $$ a = (i + 2p - \tilde k) \bmod s $$

    Without it, 6 cells with a kernel of 3, stride 2 and padding 1 become 3, and 3 become 5.

    Catches: sizes that round up, output padding that is ignored.
    Misses: every value; it is the size that comes back, not the image.
    Source: Dumoulin & Visin (2016), relationship 14.
    """
    s, p, d = as_pair(case.stride), as_pair(case.padding), as_pair(case.dilation)
    left_over = tuple((case.x.shape[2 + i] + 2 * p[i] - d[i] * (case.w.shape[2 + i] - 1) - 1) % s[i] for i in range(2))
    y = conv2d(case.x, case.w, **case.options)
    same(conv_transpose2d(y, case.w, **case.options, output_padding=left_over).shape, case.x.shape)


@law(
    "transpose.not-an-inverse",
    needs="conv_transpose2d",
    x=batches(1).map(np.abs),
    w=filters(1, 1).map(np.abs),
)
def it_does_not_undo_a_convolution(conv_transpose2d: Function, x: Array, w: Array) -> None:
    r"""Refuted: "deconvolution undoes convolution". The kernel 2 is enough: 3 becomes 6, and 6 becomes 12.

    $$ y^{\mathsf T}\bigl(y(x, w), w\bigr) \ne x \quad \text{in general} $$

    Here all numbers are positive, and all that is painted overlaps or grows.

    Catches: an operator that is scaled so that it looks like an inverse.
    Misses: every ordinary error. What is true is `transpose.adjoint`; when it does undo, `transpose.inverse`.
    Source: Zeiler, Krishnan, Taylor & Fergus (2010), Deconvolutional networks, which are something else.
    """
    x, w = x + 1, w + 2
    padding = (w.shape[2] - 1, w.shape[3] - 1)
    y = channels.conv2d(x, w, padding=padding)
    differs(conv_transpose2d(y, w, padding=padding), x, "it should not give the image back")


@law(
    "transpose.inverse",
    needs="conv_transpose2d conv2d",
    rows=st.sampled_from([(1, 1), (2, 2), (3, 1), (2, 3)]),
    columns=st.sampled_from([(1, 1), (2, 1), (3, 2), (1, 3)]),
    shuffle=seeds,
    x=batches(2, least=6, most=6),
)
def it_undoes_patches_with_orthonormal_filters(
    conv_transpose2d: Function,
    conv2d: Function,
    rows: tuple[int, int],
    columns: tuple[int, int],
    shuffle: int,
    x: Array,
) -> None:
    r"""When the windows are tiles and the filters an orthonormal basis, nothing is lost and the image comes back.

    $$ s = k, \; F = C k^2, \; W W^{\mathsf T} = I \;\Rightarrow\; y^{\mathsf T}\bigl(y(x, w), w\bigr) = x $$

    Here the filters are the rows of a shuffled identity with signs: each output copies one pixel of a tile.

    Catches: a stride that is ignored, a kernel that is turned in one of the two operators.
    Misses: what both operators do wrong together; overlaps.
    """
    (k, down), (l, right) = rows, columns  # noqa: E741
    dice = np.random.default_rng(shuffle)
    basis = np.eye(2 * k * l)[dice.permutation(2 * k * l)] * dice.choice([-1, 1], 2 * k * l)
    w, image = basis.reshape(-1, 2, k, l), x[:, :, : k * down, : l * right].copy()
    same(conv_transpose2d(conv2d(image, w, stride=(k, l)), w, stride=(k, l)), image)


@law("transpose.impulse", needs="conv_transpose2d", case=transposed_layers(batch=1, paddings=(0,)), place=seeds)
def a_single_cell_paints_its_kernel_unturned(conv_transpose2d: Function, case: TransposedLayer, place: int) -> None:
    r"""One cell with the value 1 paints its kernel as it is, with the upper left corner at $(is, js)$.

    $$ x = \delta_{cij} \;\Rightarrow\; y_{f_0+f,\; is+ad,\; js+bd} = w_{cfab}, \text{ and nothing else} $$

    Catches: a turned or transposed kernel, wrong steps, channels and filters of a group mixed up.
    Misses: what overlapping kernels do, and padding.
    Source: Dumoulin & Visin (2016), section 4.1.
    """
    c, i, j = (place // step % n for step, n in zip((1, 7, 49), case.x.shape[1:], strict=True))
    impulse = np.zeros_like(case.x)
    impulse[0, c, i, j] = 1
    y = conv_transpose2d(impulse, case.w, **case.options)
    (k, l), filters = case.w.shape[2:], case.w.shape[1]  # noqa: E741
    s, d, first = as_pair(case.stride), as_pair(case.dilation), c // (case.x.shape[1] // case.groups) * filters
    expected = np.zeros_like(y)
    rows, columns = i * s.v + np.arange(k) * d.v, j * s.h + np.arange(l) * d.h
    expected[0, first : first + filters, rows[:, None], columns] = case.w[c].transpose(1, 2, 0)
    same(y, expected)


@law("transpose.linear", needs="conv_transpose2d", case=transposed_layers(bias=False, batch=1), factors=coefficients)
def it_is_linear_in_the_image_and_in_the_kernels(
    conv_transpose2d: Function, case: TransposedLayer, factors: tuple[int, int]
) -> None:
    r"""Without a bias, sums of images and sums of kernels are answered by sums.

    $$ y^{\mathsf T}(\alpha x + \beta x', w) = \alpha y^{\mathsf T}(x, w) + \beta y^{\mathsf T}(x', w),
       \text{ and alike in } w $$

    Catches: a maximum in place of the sum, an activation, kernels that are normalised.
    Misses: linear errors: a turned kernel, division by the overlaps, and even kernels that cover each other.
    """
    x, w, options = case.x, case.w, case.options
    (alpha, beta), answer = factors, conv_transpose2d(case.x, case.w, **case.options)
    images = conv_transpose2d(alpha * x + beta * turned(x), w, **options)
    same(images, alpha * answer + beta * conv_transpose2d(turned(x), w, **options), "it should be linear in x")
    kernels = conv_transpose2d(x, alpha * w + beta * turned(w), **options)
    same(kernels, alpha * answer + beta * conv_transpose2d(x, turned(w), **options), "it should be linear in w")


@law("transpose.bias", needs="conv_transpose2d", case=transposed_layers_with_bias())
def its_bias_is_added_once_at_every_place(conv_transpose2d: Function, case: TransposedLayer) -> None:
    r"""The bias lifts the whole map, also where no kernel paints: in the gaps of a large stride and in added rows.

    $$ y^{\mathsf T}(x, w, b)_{nfij} = y^{\mathsf T}(x, w)_{nfij} + b_f $$

    Catches: a bias that is dropped, painted with every cell, or missing in the gaps.
    Misses: what the operator does wrong without a bias.
    """
    assert case.b is not None
    without = conv_transpose2d(case.x, case.w, **case.options)
    same(conv_transpose2d(case.x, case.w, case.b, **case.options), without + over(case.b))


@law("transpose.batch", needs="conv_transpose2d", case=transposed_layers(batch=1))
def its_images_do_not_see_each_other(conv_transpose2d: Function, case: TransposedLayer) -> None:
    r"""Each image of a batch is answered as if it had come alone.

    $$ y^{\mathsf T}([x_1, \dots, x_N]) = [\,y^{\mathsf T}(x_1), \dots, y^{\mathsf T}(x_N)\,] $$

    Catches: all images painted on one canvas, a loop that answers the first only.
    Misses: what is wrong with every image alike.
    """
    other = turned(case.x)
    alone = [conv_transpose2d(x, case.w, case.b, **case.options) for x in (case.x, other)]
    together = conv_transpose2d(np.concatenate([case.x, other]), case.w, case.b, **case.options)
    same(together, np.concatenate(alone))


@law("transpose.groups", needs="conv_transpose2d", case=transposed_layers(groups=(2, 3)))
def its_groups_are_separate_operators_side_by_side(conv_transpose2d: Function, case: TransposedLayer) -> None:
    r"""With $g$ groups, each part of the channels paints its own part of the filters.

    $$ y^{\mathsf T}(x, w; g) = [\,y^{\mathsf T}(x_1, w_1), \dots, y^{\mathsf T}(x_g, w_g)\,] $$

    Catches: groups ignored, interleaved or added up.
    Misses: what one group does wrong.
    """
    options, g = {**case.options, "groups": 1}, case.groups
    biases = [None] * g if case.b is None else np.split(case.b, g)
    parts = [
        conv_transpose2d(x, w, b, **options)
        for x, w, b in zip(np.split(case.x, g, axis=1), np.split(case.w, g), biases, strict=True)
    ]
    same(conv_transpose2d(case.x, case.w, case.b, **case.options), np.concatenate(parts, axis=1))


@law("transpose.filters", needs="conv_transpose2d", x=batches(3), w=filters(3, 2), b=vectors(2))
def its_channels_add_up_and_its_filters_stand_side_by_side(
    conv_transpose2d: Function, x: Array, w: Array, b: Array
) -> None:
    r"""Every pair of a channel and a filter has its kernel: over channels the pictures add up, by filter they stack.

    $$ y^{\mathsf T}_f = b_f + \sum_c y^{\mathsf T}(x_c, w_{cf}) $$

    Catches: weights read as (filters, channels), channels averaged or lost.
    Misses: what is wrong within one channel.
    """
    maps = [
        sum(conv_transpose2d(x[:, c : c + 1], w[c : c + 1, f : f + 1], stride=2) for c in range(3)) for f in range(2)
    ]
    same(conv_transpose2d(x, w, b, stride=2), np.concatenate(maps, axis=1) + over(b))
