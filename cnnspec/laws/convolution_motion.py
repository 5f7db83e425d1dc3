r"""What happens when the image moves, turns or is bordered, and what stride and dilation really do (Step 2)."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from cnnspec import convolution
from cnnspec.arguments import Array
from cnnspec.laws.cases import Correlation, as_pair
from cnnspec.laws.compare import at_most, differs, same
from cnnspec.laws.convolution_cases import axes, one_hot, positive, shape_of, stuffed
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import Line, correlations, entries, images, kernels

nonzero = st.sampled_from([1, -1, 2, -2, 3, -3])
cells = st.integers(0, 48)
moves = st.tuples(st.integers(-2, 2), st.integers(-2, 2))


def moved(x: Array, down: int, right: int) -> Array:
    """The image shifted by whole pixels; what leaves the frame is lost, and zeros come in."""
    height, width = x.shape
    bordered = convolution.pad2d(x, ((max(down, 0), max(-down, 0)), (max(right, 0), max(-right, 0))))
    top, left = max(-down, 0), max(-right, 0)
    return bordered[top : top + height, left : left + width].copy()


MOVABLE = correlations(kernels=(1, 2, 3), strides=(1, 2, 3), paddings=(0, 1), dilations=(1, 2), palette="small")


@law("conv.equivariance", needs="correlate2d", case=MOVABLE, move=moves)
def inside_the_frame_a_moved_image_has_a_moved_answer(
    correlate2d: Function, case: Correlation, move: tuple[int, int]
) -> None:
    r"""Moving the image by δ strides moves the answer by δ, at every place whose window lies inside the frame.

    $$ (T_{s\delta}\, x) \star k\,[u] = (x \star k)[u - \delta]
       \quad\text{if}\quad 0 \le us - p,\;\; us - p + \tilde k \le H $$

    Catches: weights that depend on the place, normalisation over the map, a stride that starts elsewhere.
    Misses: a turned kernel; and it says nothing of the border, where the claim is false: conv.equivariance-border.
    Source: Zhang et al. (2023), Dive into Deep Learning, section 7.1.
    """
    rows, columns = axes(case)
    there = moved(case.image, move[0] * rows.stride, move[1] * columns.stride)
    answer, before = (correlate2d(x, case.kernel, **case.options) for x in (there, case.image))
    at = np.ix_(_inside(rows, move[0]), _inside(columns, move[1]))
    origin = np.ix_(_inside(rows, move[0]) - move[0], _inside(columns, move[1]) - move[1])
    same(answer[at], before[origin])


def _inside(axis: Line, move: int) -> Array:
    places = np.arange(axis.places)
    first = places * axis.stride - axis.padding
    known = (places - move >= 0) & (places - move < axis.places)
    return places[known & (first >= 0) & (first + axis.span <= axis.size)]


@law("conv.equivariance-border", needs="correlate2d", cells=st.integers(3, 6), weights=st.tuples(*[nonzero] * 3))
def at_the_border_a_moved_image_has_another_answer(
    correlate2d: Function, cells: int, weights: tuple[int, int, int]
) -> None:
    r"""With zero padding, even an image that is rolled round has no rolled answer: what crosses the border is lost.

    $$ T_\delta\,(x \star k) \ne (T_\delta\, x) \star k \quad\text{for}\quad x = (0, \dots, 0, 1),\; p = 1 $$

    Catches: a border that wraps around, which alone would make the popular claim true.
    Misses: everything away from the border.
    """
    image, kernel = one_hot((1, cells), (0, cells - 1)), np.array([weights], dtype=np.float64)
    answer = correlate2d(image, kernel, padding=(0, 1))
    rolled = correlate2d(np.roll(image, 1, axis=1), kernel, padding=(0, 1))
    same(rolled[0, 1], weights[0], "the second place should see the pixel that came round")
    differs(rolled, np.roll(answer, 1, axis=1), "zero padding should not be equivariant at the border")


@law(
    "conv.equivariance-stride",
    needs="correlate2d",
    strides=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    place=st.tuples(st.integers(0, 6), st.integers(0, 6)),
    weight=nonzero,
)
def a_pixel_between_two_strides_vanishes(
    correlate2d: Function, strides: tuple[int, int], place: tuple[int, int], weight: int
) -> None:
    r"""A kernel of one cell sees moves by multiples of its stride as moves: a pixel in between it does not see at all.

    $$ e_{uv} \star (w) = \begin{cases} w\, e_{u/s,\, v/s} & s \mid u,\; s \mid v \\ 0 & \text{otherwise} \end{cases} $$

    Catches: a stride that is ignored, used on one axis only, or that starts later than at the first pixel.
    Misses: kernels larger than one cell.
    Source: Azulay & Weiss (2019), Why do deep convolutional networks generalize so poorly to small image
    transformations?, on subsampling; Zhang (2019), Making Convolutional Networks Shift-Invariant Again.
    """
    image, kernel = one_hot((7, 7), place), np.array([[weight]], dtype=np.float64)
    expected = np.zeros((6 // strides[0] + 1, 6 // strides[1] + 1))
    if place[0] % strides[0] == 0 and place[1] % strides[1] == 0:
        expected[place[0] // strides[0], place[1] // strides[1]] = weight
    same(correlate2d(image, kernel, stride=strides), expected)


@law("conv.subsampling", needs="correlate2d", case=correlations())
def a_stride_leaves_out_answers_and_changes_none(correlate2d: Function, case: Correlation) -> None:
    r"""A stride computes the answers of stride 1 and keeps every s-th of them, starting with the first.

    $$ (x \star_s k)_{ij} = (x \star_1 k)_{is,\, js} $$

    Catches: a stride that is ignored, exchanged between the axes, or that starts elsewhere.
    Misses: whatever is wrong at stride 1 too.
    Source: Dumoulin & Visin (2016), section 1.1.
    """
    s = as_pair(case.stride)
    dense = correlate2d(case.image, case.kernel, padding=case.padding, dilation=case.dilation)
    same(correlate2d(case.image, case.kernel, **case.options), dense[:: s.v, :: s.h])


@law("conv.polyphase", needs="correlate2d", case=correlations(strides=(2, 3), paddings=(0,), dilations=(1,)))
def a_stride_is_a_sum_of_small_dense_correlations(correlate2d: Function, case: Correlation) -> None:
    r"""Sort pixels and weights by their place within a stride: each sort is correlated densely, and the answers added.

    $$ x \star_s k = \sum_{a, b < s} x[a{::}s,\; b{::}s] \star_1 k[a{::}s,\; b{::}s] $$

    Catches: a stride that is ignored or starts elsewhere, stride and dilation exchanged.
    Misses: padding and dilation.
    """
    s, (rows, columns) = as_pair(case.stride), shape_of(case)
    total = np.zeros((rows, columns))
    for a, b in np.ndindex(min(s.v, case.kernel.shape[0]), min(s.h, case.kernel.shape[1])):
        phase = correlate2d(case.image[a :: s.v, b :: s.h].copy(), case.kernel[a :: s.v, b :: s.h].copy())
        total += phase[:rows, :columns]
    same(correlate2d(case.image, case.kernel, **case.options), total)


@law("conv.stuffing", needs="correlate2d", case=correlations(kernels=(1, 2, 3), dilations=(2, 3)))
def dilation_writes_zeros_into_the_kernel(correlate2d: Function, case: Correlation) -> None:
    r"""A dilated kernel is an ordinary kernel with d − 1 zeros between its neighbours.

    $$ x \star_d k = x \star_1 (k \uparrow d) $$

    Catches: dilation that is ignored, counted from 0, exchanged between the axes, or applied to the image.
    Misses: whatever is wrong for ordinary kernels too.
    Source: Dumoulin & Visin (2016, revised 2018), section 5.1.
    """
    wide = stuffed(case.kernel, as_pair(case.dilation))
    same(
        correlate2d(case.image, case.kernel, **case.options),
        correlate2d(case.image, wide, stride=case.stride, padding=case.padding),
    )


PHASES = correlations(strides=(1,), paddings=(0,), kernels=(1, 2, 3), dilations=(2, 3))


@law("conv.phases", needs="correlate2d", case=PHASES)
def a_dilated_kernel_works_on_interleaved_images(correlate2d: Function, case: Correlation) -> None:
    r"""A dilated correlation is d² ordinary ones that never meet, on images made of every d-th row and column.

    $$ (x \star_d k)[a{::}d,\; b{::}d] = x[a{::}d,\; b{::}d] \star_1 k $$

    Catches: dilation that is ignored or exchanged between the axes.
    Misses: padding and stride.
    """
    d = as_pair(case.dilation)
    answer = correlate2d(case.image, case.kernel, dilation=case.dilation)
    for a, b in np.ndindex(min(d.v, answer.shape[0]), min(d.h, answer.shape[1])):
        same(answer[a :: d.v, b :: d.h], correlate2d(case.image[a :: d.v, b :: d.h].copy(), case.kernel))


@law("conv.padding", needs="correlate2d", case=correlations(paddings=(0, 1, 2, 4)))
def padding_is_a_border_of_zeros(correlate2d: Function, case: Correlation) -> None:
    r"""Padding gives the answer of the image with a border of zeros written around it.

    $$ x \star_p k = \operatorname{pad}_p(x) \star_0 k $$

    Catches: borders of ones, of copied or of wrapped pixels; padding on one side only or with exchanged axes.
    Misses: whatever is wrong without padding too.
    Source: Dumoulin & Visin (2016), section 2.2.
    """
    bordered = convolution.pad2d(case.image, as_pair(case.padding))
    same(
        correlate2d(case.image, case.kernel, **case.options),
        correlate2d(bordered, case.kernel, stride=case.stride, dilation=case.dilation),
    )


@law("conv.transpose", needs="correlate2d", case=correlations())
def rows_and_columns_have_equal_rights(correlate2d: Function, case: Correlation) -> None:
    r"""Transposing image, kernel and the pairs of options transposes the answer.

    $$ x^\top \star k^\top = (x \star k)^\top $$

    Catches: an option used for one axis only, a kernel turned upside down but not left to right.
    Misses: every mistake made on both axes alike.
    """
    swapped = {name: as_pair(value)[::-1] for name, value in case.options.items()}
    same(
        correlate2d(case.image.T.copy(), case.kernel.T.copy(), **swapped),
        correlate2d(case.image, case.kernel, **case.options).T,
    )


@law("conv.rotation", needs="correlate2d", case=correlations(remainders=False))
def turning_image_and_kernel_turns_the_answer(correlate2d: Function, case: Correlation) -> None:
    r"""Turning image and kernel by 180 degrees turns the answer, if the stride leaves nothing over.

    $$ s \mid i + 2p - \tilde k \;\Rightarrow\; \operatorname{rot}(x) \star \operatorname{rot}(k)
       = \operatorname{rot}(x \star k) $$

    Catches: padding on one side only, a stride that starts late, a kernel turned on one axis.
    Misses: a turned kernel, because both sides turn it.
    """
    turned = correlate2d(convolution.rot180(case.image), convolution.rot180(case.kernel), **case.options)
    same(turned, convolution.rot180(correlate2d(case.image, case.kernel, **case.options)))


@law(
    "conv.rotation-leftovers",
    needs="correlate2d",
    case=correlations(strides=(2, 3, 5), paddings=(0,), kernels=(1, 2, 3), dilations=(1, 2), palette="small"),
    slope=st.tuples(nonzero, nonzero),
)
def what_the_stride_leaves_over_is_at_the_other_end_after_a_turn(
    correlate2d: Function, case: Correlation, slope: tuple[int, int]
) -> None:
    r"""If the stride leaves r cells over, turning does not commute: on an even slope the answers are off by r steps.

    $$ \operatorname{rot}(\operatorname{rot}(x) \star \operatorname{rot}(k)) - x \star k
       = (\alpha r_v + \beta r_h) \sum_{a,b} k_{ab}, \qquad x_{ij} = \alpha i + \beta j $$

    Catches: windows centred in the image or aligned with its far end instead of its beginning.
    Misses: padding, and the order of the kernel's cells.
    """
    rows, columns = axes(case)
    i, j = np.indices(case.image.shape).astype(case.image.dtype)
    image = slope[0] * i + slope[1] * j
    there = convolution.rot180(correlate2d(convolution.rot180(image), convolution.rot180(case.kernel), **case.options))
    here = correlate2d(image, case.kernel, **case.options)
    step = (slope[0] * rows.remainder + slope[1] * columns.remainder) * case.kernel.sum()
    same(there - here, np.full(shape_of(case), step))


@law(
    "conv.crop",
    needs="correlate2d",
    image=images(least=5, most=7, palette="small"),
    kernel=entries((3, 3)),
)
def a_crop_has_the_answers_of_the_whole_image_if_nothing_is_padded(
    correlate2d: Function, image: Array, kernel: Array
) -> None:
    r"""Without padding, the answer to a crop is a crop of the answer; with it, both differ on the whole ring.

    $$ x_{1:-1} \star k = (x \star k)_{1:-1}, \qquad x_{1:-1} \star_{p=1} k \;<\; (x \star_{p=1} k)_{1:-1}
       \text{ on the border, if all are positive} $$

    Where the whole image has pixels, the crop has zeros.

    Catches: borders that copy the edge or wrap around, weights that depend on the place.
    Misses: a turned kernel.
    Source: CS231n notes, Convolutional Networks, "Converting FC layers to CONV layers", for the claim.
    """
    x, weights = positive(image), positive(kernel).astype(image.dtype)
    crop = x[1:-1, 1:-1].copy()
    same(correlate2d(crop, weights), np.asarray(correlate2d(x, weights))[1:-1, 1:-1])
    whole, part = np.asarray(correlate2d(x, weights, padding=1))[1:-1, 1:-1], correlate2d(crop, weights, padding=1)
    same(np.shape(part), whole.shape)
    inside = np.zeros(whole.shape, dtype=bool)
    inside[1:-1, 1:-1] = True
    same(part[inside], whole[inside], "away from its border the crop should have the answers of the whole")
    at_most(part[~inside] + 0.5, whole[~inside], "on its border the crop should see less than the whole")


@law(
    "conv.uses",
    needs="correlate2d",
    case=correlations(strides=(1,), dilations=(1,), paddings=(0, 1, 2), palette="small"),
    cell=cells,
)
def only_a_wide_border_uses_all_pixels_alike(correlate2d: Function, case: Correlation, cell: int) -> None:
    r"""With padding 1, a pixel of a 3×3 image is in 4, 6 or 9 windows of 3×3; with padding 2 it is in 9 wherever it is.

    $$ \sum_{ij} (e_{uv} \star \mathbf 1)_{ij} = n_u\, n_v, \qquad
       n_u = \#\{\, 0 \le i < o : i - p \le u < i - p + k \,\}, \qquad n_u = k \text{ if } p \ge k - 1 $$

    With stride 1, zeros have to be written k − 1 wide on every side before all pixels are used alike.

    Catches: every border that is not zero, windows left out at the end, kernels that are too small.
    Misses: the order of the kernel's cells.
    Source: Zhang et al., Dive into Deep Learning, section 7.3, for the claim.
    """
    place = np.unravel_index(cell % case.image.size, case.image.shape)
    pixel, ones = one_hot(case.image.shape, (int(place[0]), int(place[1]))), np.ones(case.kernel.shape)
    used = [_uses(axis, int(at)) for axis, at in zip(axes(case), place, strict=True)]
    same(np.sum(correlate2d(pixel, ones, padding=case.padding)), used[0] * used[1])
    rows, columns = case.kernel.shape
    wide = correlate2d(pixel, ones, padding=(rows - 1, columns - 1))
    same(np.sum(wide), rows * columns, "a wide border should use each pixel k² times")
    nine = [one_hot((3, 3), (i, j)) for i, j in np.ndindex(3, 3)]
    same([np.sum(correlate2d(x, np.ones((3, 3)), padding=1)) for x in nine], [4, 6, 4, 6, 9, 6, 4, 6, 4])


def _uses(axis: Line, at: int) -> int:
    first = np.arange(axis.places) - axis.padding
    return int(np.sum((first <= at) & (at < first + axis.kernel)))


@law("conv.not-commutative", needs="correlate2d", first=kernels(), second=kernels())
def exchanging_image_and_kernel_turns_the_answer(correlate2d: Function, first: Array, second: Array) -> None:
    r"""Correlation is not commutative: exchanging image and kernel, with full padding, turns the answer around.

    $$ x \star k = \operatorname{rot}_{180}(k \star x) $$

    Catches: a turned kernel: convolution, which is commutative, breaks this law.
    Misses: stride and dilation.
    """
    one = correlate2d(first, second, padding=(second.shape[0] - 1, second.shape[1] - 1))
    other = correlate2d(second, first, padding=(first.shape[0] - 1, first.shape[1] - 1))
    same(one, convolution.rot180(other))
