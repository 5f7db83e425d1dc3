r"""What holds of one kernel on one image (Step 2): where the kernel looks, and what it does with what it sees."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from cnnspec import convolution
from cnnspec.arguments import Array
from cnnspec.laws.cases import Correlation
from cnnspec.laws.compare import same
from cnnspec.laws.convolution_cases import axes, coefficients, one_hot, positive, ramp, shape_of
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import Line, correlations, kernels

cells = st.integers(0, 80)
"""Counts the cells of an array row by row and starts again at its end, so that every number names one."""


@law("conv.definition", needs="correlate2d", oracle=True, case=correlations())
def correlation_is_the_sum_of_products_under_the_kernel(correlate2d: Function, case: Correlation) -> None:
    r"""Every output is the sum of the products under the kernel.

    $$ y_{ij} = \sum_{a,b} x_{is+ad,\; js+bd}\; k_{ab} $$

    Catches: whatever changes an answer on the inputs drawn; it says that a subject is wrong, not how.
    Misses: nothing that small inputs can show.
    Source: Dumoulin & Visin (2016), section 1.1.
    """
    same(
        correlate2d(case.image, case.kernel, **case.options),
        convolution.correlate2d(case.image, case.kernel, **case.options),
    )


@law("conv.delta", needs="correlate2d", kernel=kernels())
def an_impulse_paints_the_kernel_turned(correlate2d: Function, kernel: Array) -> None:
    r"""A single bright pixel is answered by the kernel, turned by 180 degrees.

    $$ \delta \star k = \operatorname{rot}_{180}(k) $$

    Catches: a flipped or transposed kernel, which linearity, equivariance and adjointness all miss.
    Misses: anything about stride, dilation and several channels.
    Source: Dumoulin & Visin (2016), section 1.1.
    """
    rows, columns = kernel.shape
    impulse = np.ones((1, 1))
    same(correlate2d(impulse, kernel, padding=(rows - 1, columns - 1)), convolution.rot180(kernel))


@law("conv.one-hot", needs="correlate2d", case=correlations(), cell=cells)
def a_kernel_with_a_single_one_picks_a_pixel(correlate2d: Function, case: Correlation, cell: int) -> None:
    r"""A kernel of zeros with a single one at (a, b) answers with the image itself, shifted by (a, b) dilated cells.

    $$ y_{ij} = x_{is+ad,\; js+bd} \quad\text{for}\quad k = e_{ab} $$

    Catches: a turned kernel, exchanged axes, a stride, dilation or padding that is ignored or starts one cell late.
    Misses: how the products are summed when there are several.
    """
    place = np.unravel_index(cell % case.kernel.size, case.kernel.shape)
    a, b = int(place[0]), int(place[1])
    rows, columns = axes(case)
    bordered = convolution.pad2d(case.image, (rows.padding, columns.padding))
    seen = bordered[a * rows.dilation :: rows.stride, b * columns.dilation :: columns.stride]
    kernel = one_hot((rows.kernel, columns.kernel), (a, b), case.kernel.dtype)
    same(correlate2d(case.image, kernel, **case.options), seen[: rows.places, : columns.places])


@law("conv.linear-image", needs="correlate2d", case=correlations(), factors=coefficients)
def correlation_is_linear_in_the_image(correlate2d: Function, case: Correlation, factors: tuple[int, int]) -> None:
    r"""A weighted sum of two images is answered by the weighted sum of their answers.

    $$ (\alpha x + \beta x') \star k = \alpha\,(x \star k) + \beta\,(x' \star k), \qquad \alpha + \beta \ne 1 $$

    Catches: a border that is not zero, clipping, sums in float32, a bias; the last only because α + β is never 1.
    Misses: a turned kernel, and everything else that is linear.
    """
    (alpha, beta), other = factors, ramp(case.image)
    mixed = correlate2d(alpha * case.image + beta * other, case.kernel, **case.options)
    y, y_other = (correlate2d(x, case.kernel, **case.options) for x in (case.image, other))
    same(mixed, alpha * y + beta * y_other)


@law("conv.linear-kernel", needs="correlate2d", case=correlations(palette="small"), factors=coefficients)
def correlation_is_linear_in_the_kernel(correlate2d: Function, case: Correlation, factors: tuple[int, int]) -> None:
    r"""A weighted sum of two kernels gives the weighted sum of their answers: with the image, correlation is bilinear.

    $$ x \star (\alpha k + \beta k') = \alpha\,(x \star k) + \beta\,(x \star k'), \qquad \alpha + \beta \ne 1 $$

    Catches: a kernel that is normalised or clipped before it is used.
    Misses: a border of ones, which is linear in the kernel.
    """
    (alpha, beta), other = factors, ramp(case.kernel)
    mixed = correlate2d(case.image, alpha * case.kernel + beta * other, **case.options)
    y, y_other = (correlate2d(case.image, k, **case.options) for k in (case.kernel, other))
    same(mixed, alpha * y + beta * y_other)


SCALES = st.sampled_from([(4097.0, 1.0), (1.0, 4097.0), (2.0**-16, 1.0), (1.0, 2.0**-16), (2.0**16, 2.0**-16)])


@law("conv.scale", needs="correlate2d", case=correlations(palette="small"), scales=SCALES)
def the_units_do_not_matter(correlate2d: Function, case: Correlation, scales: tuple[float, float]) -> None:
    r"""In other units, tiny or large, the image and the kernel have the same answer in these units.

    $$ (\alpha x) \star (\beta k) = \alpha\beta\,(x \star k) $$

    Catches: small products taken for noise, weights stored in half precision, clipping.
    Misses: everything that is linear in the image and the kernel.
    """
    (alpha, beta), types = scales, (case.image.dtype.type, case.kernel.dtype.type)
    scaled = correlate2d(types[0](alpha) * case.image, types[1](beta) * case.kernel, **case.options)
    same(scaled, alpha * beta * correlate2d(case.image, case.kernel, **case.options))


@law("conv.zero", needs="correlate2d", case=correlations(palette="small"))
def nothing_comes_from_nothing(correlate2d: Function, case: Correlation) -> None:
    r"""A kernel of zeros answers with zeros, and so does every kernel on a black image.

    $$ x \star 0 = 0 = 0 \star k $$

    Catches: a border that is not zero, a constant added to every answer.
    Misses: every mistake that scales or moves the answer.
    """
    nothing = np.zeros(shape_of(case))
    same(correlate2d(case.image, 0 * case.kernel, **case.options), nothing)
    same(correlate2d(0 * case.image, case.kernel, **case.options), nothing)


@law("conv.constant", needs="correlate2d", case=correlations(paddings=(0,), palette="small"), c=st.integers(-5, 5))
def a_constant_image_is_answered_by_the_sum_of_the_kernel(correlate2d: Function, case: Correlation, c: int) -> None:
    r"""Without padding, an image of one grey has one answer everywhere: the grey times the sum of the kernel.

    $$ x \equiv c,\; p = 0 \;\Rightarrow\; y \equiv c \sum_{a,b} k_{ab} $$

    Catches: a cell of the kernel left out or counted twice, a sum that became a mean.
    Misses: the order of the kernel's cells, and all padding.
    """
    grey = np.full_like(case.image, c)
    same(correlate2d(grey, case.kernel, **case.options), np.full(shape_of(case), c * case.kernel.sum()))


@law("conv.full-sum", needs="correlate2d", case=correlations(strides=(1,), paddings=(0,), palette="small"))
def with_full_padding_the_sums_multiply(correlate2d: Function, case: Correlation) -> None:
    r"""With full padding every cell of the kernel meets every pixel once, so the sums multiply.

    $$ p = \tilde k - 1,\; s = 1 \;\Rightarrow\; \sum_{i,j} y_{ij} = \Bigl(\sum x\Bigr)\Bigl(\sum k\Bigr) $$

    Catches: a last row or column left out, a border that is not zero, some windows missed.
    Misses: every rearrangement of the answer.
    """
    rows, columns = axes(case)
    full = (rows.span - 1, columns.span - 1)
    answer = correlate2d(case.image, case.kernel, padding=full, dilation=case.dilation)
    same(answer.sum(dtype=np.float64), case.image.sum() * case.kernel.sum())


@law("conv.locality", needs="correlate2d", case=correlations(), cell=cells)
def a_pixel_reaches_only_the_windows_that_hold_it(correlate2d: Function, case: Correlation, cell: int) -> None:
    r"""Changing one pixel changes exactly those answers whose window holds it, if no weight is zero.

    $$ \frac{\partial y_{ij}}{\partial x_{uv}} \ne 0 \iff \exists\, a, b:\; is + ad - p = u,\; js + bd - p = v $$

    Catches: windows that reach too far or not far enough, a border that copies the edge or wraps around.
    Misses: which weight meets the pixel; see conv.one-hot.
    """
    place = np.unravel_index(cell % case.image.size, case.image.shape)
    changed = case.image.copy()
    changed[place] += 1
    kernel = positive(case.kernel)
    before, after = (correlate2d(x, kernel, **case.options) for x in (case.image, changed))
    rows, columns = (_places_that_see(axis, int(at)) for axis, at in zip(axes(case), place, strict=True))
    same(np.abs(after - before) > 0.5, np.outer(rows, columns), "only windows that hold the pixel should notice")


def _places_that_see(axis: Line, cell: int) -> Array:
    taps = axis.dilation * np.arange(axis.kernel) - axis.padding
    return np.array([cell in place * axis.stride + taps for place in range(axis.places)])


LEFTOVERS = correlations(strides=(2, 3, 5), paddings=(0, 0, 1), kernels=(1, 2, 3), palette="small")


@law("conv.leftovers", needs="correlate2d", case=LEFTOVERS)
def cells_that_the_stride_leaves_over_have_no_influence(correlate2d: Function, case: Correlation) -> None:
    r"""When the stride does not divide evenly, the last rows and columns may be seen by no window at all.

    $$ r = (i + 2p - \tilde k) \bmod s \;\Rightarrow\;
       \frac{\partial y}{\partial x_u} = 0 \text{ for the last } \max(0,\, r - p) \text{ cells } u $$

    Catches: sizes rounded up with a partial last window, windows aligned with the far end.
    Misses: everything when the division leaves no remainder.
    """
    changed = case.image.copy()
    for x, axis in zip((changed, changed.T), axes(case), strict=True):
        unseen = max(0, axis.remainder - axis.padding)
        x[axis.size - unseen :] += 9
    same(correlate2d(changed, case.kernel, **case.options), correlate2d(case.image, case.kernel, **case.options))


@law("conv.coverage", needs="correlate2d", case=correlations(palette="small"))
def windows_at_the_border_see_fewer_pixels(correlate2d: Function, case: Correlation) -> None:
    r"""A kernel of ones on an image of ones counts the pixels in each window: 4, 6 and 9 for 3×3 with padding 1.

    $$ y_{ij} = n_i\, n_j, \qquad n_i = \#\{\, a : 0 \le is + ad - p < H \,\} $$

    Catches: every border that is not zero, a mean over the real pixels, a window too few or too many.
    Misses: the order of the kernel's cells.
    """
    ones, kernel = np.ones_like(case.image), np.ones_like(case.kernel)
    rows, columns = (_pixels_in_each_window(axis) for axis in axes(case))
    same(correlate2d(ones, kernel, **case.options), np.outer(rows, columns))


def _pixels_in_each_window(axis: Line) -> Array:
    taps = axis.dilation * np.arange(axis.kernel) - axis.padding
    seen = axis.stride * np.arange(axis.places)[:, None] + taps
    count: Array = np.count_nonzero((seen >= 0) & (seen < axis.size), axis=1)
    return count


MATRICES = correlations(paddings=(0,), kernels=(1, 2, 3), longest=5, palette="small")


@law("conv.matrix", needs="correlate2d", case=MATRICES)
def correlation_is_a_matrix_that_repeats_the_kernel(correlate2d: Function, case: Correlation) -> None:
    r"""Without a border correlation is one matrix whose rows all hold each weight of the kernel once: they are shared.

    $$ \operatorname{vec}(x \star k) = A \operatorname{vec}(x), \qquad
       \{A_{ij,uv}\}_{uv} = \{k_{ab}\} \cup \{0, \dots, 0\} $$

    Catches: weights that depend on the place, a cell of the kernel left out, sums that are not linear.
    Misses: the order of the weights within a row.
    Source: Dumoulin & Visin (2016), section 4.1.
    """
    kernel = positive(case.kernel)
    basis = [one_hot(case.image.shape, (u, v), case.image.dtype) for u, v in np.ndindex(*case.image.shape)]
    matrix = np.stack([correlate2d(x, kernel, **case.options).ravel() for x in basis], axis=1)
    same(correlate2d(case.image, kernel, **case.options).ravel(), matrix @ case.image.ravel())
    weights = np.sort(np.concatenate([np.zeros(case.image.size - kernel.size), kernel.ravel()]))
    same(np.sort(matrix, axis=1), np.tile(weights, (len(matrix), 1)), "each row should hold each weight once")


@law("conv.lab", needs="correlate2d")
def the_filters_of_the_lab_find_the_edges_of_its_rectangle(correlate2d: Function) -> None:
    r"""On the lab's rectangle the three filters of the lab give these numbers, and no others.

    $$ y_\text{horizontal} = (1, 1, 0, 0, -1, -1)^\top (1, 2, 3, 3, 2, 1) $$

    Catches: a turned kernel, which exchanges the signs of opposite edges.
    Misses: padding, stride and dilation.
    """
    image, along, across = convolution.rectangle(), [1, 2, 3, 3, 2, 1], [1, 1, 0, 0, -1, -1]
    same(correlate2d(image, convolution.HORIZONTAL_EDGE), np.outer(across, along))
    same(correlate2d(image, convolution.VERTICAL_EDGE), np.outer(along, across))
    half = np.array([[0, -1, -1], [-1, 3, 2], [-1, 2, 1]])
    quarter = np.concatenate([half, half[:, ::-1]], axis=1)
    same(correlate2d(image, convolution.SHARPEN), np.concatenate([quarter, quarter[::-1]]))


@law(
    "conv.edges",
    needs="correlate2d",
    margins=st.tuples(*[st.integers(0, 3)] * 4),
    shape=st.tuples(st.integers(1, 4), st.integers(1, 4)),
)
def the_edge_filter_marks_top_and_bottom_with_opposite_signs(
    correlate2d: Function, margins: tuple[int, int, int, int], shape: tuple[int, int]
) -> None:
    r"""On a bright rectangle the horizontal-edge filter is positive above, negative below, and zero far from both.

    $$ y_{ij} = (R_{i+2} - R_i)\,(C_j + C_{j+1} + C_{j+2}), \qquad x_{ij} = R_i C_j $$

    Catches: a turned kernel, which exchanges top and bottom.
    Misses: whatever images of one rectangle cannot show.
    """
    (top, bottom, left, right), (height, width) = margins, shape
    rows = np.repeat([0.0, 1, 0], (top + 2, height, bottom + 2))
    columns = np.repeat([0.0, 1, 0], (left + 2, width, right + 2))
    edges = np.outer(rows[2:] - rows[:-2], columns[:-2] + columns[1:-1] + columns[2:])
    image = np.outer(rows, columns)
    same(correlate2d(image, convolution.HORIZONTAL_EDGE), edges)
    same(correlate2d(image.T.copy(), convolution.VERTICAL_EDGE), edges.T)
