r"""How kernels combine, and what kernels of particular kinds do to images (Step 2)."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st

from cnnspec import convolution
from cnnspec.arguments import Array
from cnnspec.laws.cases import Correlation, as_pair
from cnnspec.laws.compare import at_most, holds, same
from cnnspec.laws.convolution_cases import Stack, positive, stacks, stuffed
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import correlations, entries, images, kernels


def joined(first: Array, second: Array, stride: tuple[int, int] = (1, 1)) -> Array:
    """The one kernel that does what two do in a row, the first with a stride."""
    full = (first.shape[0] - 1, first.shape[1] - 1)
    return convolution.convolve2d(stuffed(second, stride), first, padding=full)


@law("conv.composition", needs="correlate2d", stack=stacks())
def two_kernels_in_a_row_are_one_larger_kernel(correlate2d: Function, stack: Stack) -> None:
    r"""Without padding, two correlations in a row are one: strides multiply; kernels, the second spread out, convolve.

    $$ (x \star_s k) \star_{s'} k' = x \star_{ss'} \bigl(k \ast (k' \uparrow s)\bigr) $$

    Catches: a stride that starts elsewhere, a constant added, a sum that became a mean.
    Misses: a turned kernel, because it turns both sides alike.
    Source: Zhang et al. (2023), Dive into Deep Learning, section 7.4, exercise 1.
    """
    between = correlate2d(stack.image, stack.first, stride=stack.first_stride)
    strides = tuple(s * t for s, t in zip(stack.first_stride, stack.second_stride, strict=True))
    kernel = joined(stack.first, stack.second, stack.first_stride)
    same(
        correlate2d(between, stack.second, stride=stack.second_stride),
        correlate2d(stack.image, kernel, stride=strides),
    )


@law(
    "conv.composition-border",
    needs="correlate2d",
    image=images(palette="small", most=6),
    first=entries((3, 3)),
    second=entries((3, 3)),
)
def two_padded_kernels_are_one_only_away_from_the_border(
    correlate2d: Function, image: Array, first: Array, second: Array
) -> None:
    r"""Two 3×3 layers with padding 1 are one 5×5 layer with padding 2 inside, and less on the ring if all is positive.

    $$ (x \star_{p=1} k) \star_{p=1} k' \;<\; x \star_{p=2} (k \ast k') \text{ on the border, if all are positive} $$

    Catches: borders that wrap around or copy the edge; padding that does not put zeros around the second image.
    Misses: a turned kernel.
    """
    x = positive(image)
    one_kernel, other = positive(first).astype(x.dtype), positive(second).astype(x.dtype)
    two = correlate2d(correlate2d(x, one_kernel, padding=1), other, padding=1)
    one = correlate2d(x, joined(one_kernel, other), padding=2)
    same(two.shape, one.shape, "both should keep the size")
    same(two[1:-1, 1:-1], one[1:-1, 1:-1], "away from the border both should agree")
    inside = np.zeros(x.shape, dtype=bool)
    inside[1:-1, 1:-1] = True
    at_most(two[~inside] + 0.5, one[~inside], "on the border two layers should see less than one")


@law("conv.separable", needs="correlate2d", case=correlations(palette="small"))
def a_kernel_of_rank_one_works_axis_by_axis(correlate2d: Function, case: Correlation) -> None:
    r"""A kernel that is a column times a row works like the column first and the row after it.

    $$ x \star (u v^\top) = (x \star u) \star v^\top $$

    Catches: options exchanged between the axes, a constant added, a border that is not zero.
    Misses: a turned kernel, because both sides turn it.
    """
    s, p, d = as_pair(case.stride), as_pair(case.padding), as_pair(case.dilation)
    u, v = case.kernel[:, :1], case.kernel[:1, :]
    columns = correlate2d(case.image, u, stride=(s.v, 1), padding=(p.v, 0), dilation=(d.v, 1))
    both = correlate2d(columns, v, stride=(1, s.h), padding=(0, p.h), dilation=(1, d.h))
    same(correlate2d(case.image, u @ v, **case.options), both)


@law("conv.monotone", needs="correlate2d", case=correlations(palette="small"))
def weights_that_are_not_negative_keep_the_order(correlate2d: Function, case: Correlation) -> None:
    r"""If no weight is negative, a brighter image has a brighter answer; and no answer outgrows the magnitudes.

    $$ k \ge 0,\; x \le x' \;\Rightarrow\; x \star k \le x' \star k,
       \qquad \lvert x \star k \rvert \le \lvert x \rvert \star \lvert k \rvert $$

    Catches: answers that overflow, alternate in sign or lose the mean.
    Misses: every mistake that keeps the order, such as a turned kernel.
    """
    magnitude, weights = np.abs(case.image), np.abs(case.kernel)
    largest = correlate2d(magnitude, weights, **case.options)
    at_most(correlate2d(case.image, weights, **case.options), largest, "the brighter image should win")
    at_most(np.abs(correlate2d(case.image, case.kernel, **case.options)), largest)


@law(
    "conv.brightness",
    needs="correlate2d",
    case=correlations(paddings=(0,), palette="small"),
    gain=st.integers(-3, 3),
    offset=st.sampled_from([1, -1, 2, -4]),
)
def only_a_kernel_whose_sum_is_zero_ignores_brightness(
    correlate2d: Function, case: Correlation, gain: int, offset: int
) -> None:
    r"""Without padding, gain passes through and brightness adds its multiple of the kernel's sum, which may be zero.

    $$ (\alpha x + c) \star k = \alpha\,(x \star k) + c \sum_{a,b} k_{ab} $$

    Catches: a kernel or a window that is normalised, clipping at 0 or 255.
    Misses: padding, for which the law is false: the border stays black.
    """
    answer = correlate2d(case.image, case.kernel, **case.options)
    brighter = correlate2d(gain * case.image + offset, case.kernel, **case.options)
    same(brighter, gain * answer + offset * case.kernel.sum())
    balanced = case.kernel - np.roll(case.kernel, 1)
    plain, shifted = (correlate2d(x, balanced, **case.options) for x in (case.image, case.image + offset))
    same(shifted, plain, "a kernel whose sum is zero should not see brightness")
    holds(case.kernel.sum() == 0 or (brighter != gain * answer).any(), "any other kernel should see it")


@law(
    "conv.difference",
    needs="correlate2d",
    order=st.integers(1, 3),
    polynomial=st.tuples(*[st.integers(-3, 3)] * 3),
    downwards=st.booleans(),
)
def differences_of_order_m_see_no_polynomial_below_m(
    correlate2d: Function, order: int, polynomial: tuple[int, int, int], downwards: bool
) -> None:
    r"""The kernel (−1, 1), used m times, answers every polynomial below degree m with 0, and t^m with m!.

    $$ \Delta^m\, t^j = 0 \;\; (j < m), \qquad \Delta^m\, t^m = m! $$

    Catches: a turned kernel when m is odd, a cell of the kernel left out.
    Misses: padding, stride and dilation.
    """
    t = np.arange(7.0)
    line = t**order + sum(c * t**j for j, c in enumerate(polynomial[:order]))
    image = np.stack([line, line], axis=int(downwards)) if downwards else np.stack([line, line])
    kernel = np.array([[-1.0, 1.0]])
    answer = image
    for _ in range(order):
        answer = correlate2d(answer, kernel.T.copy() if downwards else kernel)
    at_once = np.array([[(-1.0) ** (order - a) * math.comb(order, a) for a in range(order + 1)]])
    same(answer, np.full_like(answer, math.factorial(order)), "differences in a row should leave m!")
    same(correlate2d(image, at_once.T.copy() if downwards else at_once), answer, "one kernel should do the same")


@law("conv.binomial", needs="correlate2d", times=st.integers(1, 6), downwards=st.booleans())
def blurring_again_and_again_writes_pascal_s_triangle(correlate2d: Function, times: int, downwards: bool) -> None:
    r"""The kernel (1, 1), used n times on one bright pixel, leaves the n-th row of Pascal's triangle.

    $$ \delta \star (1, 1)^{n} = \binom{n}{0}, \binom{n}{1}, \dots, \binom{n}{n} $$

    Catches: padding on one side only, borders that are not zero.
    Misses: a turned kernel, because this one is symmetric.
    Source: Zhang (2019), Making Convolutional Networks Shift-Invariant Again, for the blur kernels.
    """
    answer, kernel, padding = np.ones((1, 1)), np.ones((1, 2)), (0, 1)
    if downwards:
        kernel, padding = kernel.T.copy(), (1, 0)
    for _ in range(times):
        answer = correlate2d(answer, kernel, padding=padding)
    row = np.array([[math.comb(times, a) for a in range(times + 1)]])
    same(answer, row.T if downwards else row)


@law(
    "conv.exchange",
    needs="correlate2d",
    image=images(least=5, most=7, palette="small"),
    first=entries((3, 3)),
    second=entries((3, 3)),
    stride=st.integers(1, 3),
    bright=st.sampled_from([1, -1, 2, 8]),
)
def two_kernels_may_be_exchanged_if_no_border_is_padded(
    correlate2d: Function, image: Array, first: Array, second: Array, stride: int, bright: int
) -> None:
    r"""Without padding the order of two kernels does not matter, if the stride comes last; with zeros around, it does.

    $$ (x \star k) \star_s k' = (x \star k') \star_s k, \qquad\text{but with } p = 1:\quad
       (1, 0) \mapsto (2, 1) \text{ or } (1, 1) \text{ for } (0, 1, -1) \text{ and } (1, 2, 1) $$

    What the first kernel answers beyond the border is replaced by zeros. Two pixels are enough to show it.

    Catches: borders that wrap around, rounding between the two, a constant added, a sum that became a mean.
    Misses: a turned kernel, because it turns both sides alike.
    Source: Zhang (2019), who exchanges blur and convolution.
    """
    one, other = first.astype(image.dtype), second.astype(image.dtype)
    same(
        correlate2d(correlate2d(image, one), other, stride=stride),
        correlate2d(correlate2d(image, other), one, stride=stride),
    )
    pixel, edge, blur = np.array([[bright, 0.0]]), np.array([[0.0, 1, -1]]), np.array([[1.0, 2, 1]])
    padding = (0, 1)
    same(correlate2d(correlate2d(pixel, edge, padding=padding), blur, padding=padding), bright * np.array([[2, 1]]))
    same(correlate2d(correlate2d(pixel, blur, padding=padding), edge, padding=padding), bright * np.array([[1, 1]]))


@law("conv.turned", needs="convolve2d", extended=True, case=correlations())
def convolution_turns_the_kernel_and_correlates(convolve2d: Function, case: Correlation) -> None:
    r"""Convolution in the sense of mathematics is correlation with the kernel turned by 180 degrees.

    $$ x \ast k = x \star \operatorname{rot}_{180}(k) $$

    Catches: a kernel not turned, or turned along one axis only.
    Misses: whatever is wrong in the correlation too.
    Source: Zhang et al. (2023), Dive into Deep Learning, section 7.2.
    """
    turned = convolution.rot180(case.kernel)
    same(
        convolve2d(case.image, case.kernel, **case.options),
        convolution.correlate2d(case.image, turned, **case.options),
    )


@law("conv.commutative", needs="convolve2d", extended=True, first=kernels(), second=kernels())
def convolution_is_commutative(convolve2d: Function, first: Array, second: Array) -> None:
    r"""With full padding, image and kernel of a convolution may be exchanged.

    $$ x \ast k = k \ast x $$

    Catches: a kernel not turned, or turned along one axis only.
    Misses: stride and dilation.
    """
    one = convolve2d(first, second, padding=(second.shape[0] - 1, second.shape[1] - 1))
    same(one, convolve2d(second, first, padding=(first.shape[0] - 1, first.shape[1] - 1)))


@law("conv.point-spread", needs="convolve2d", extended=True, kernel=kernels())
def an_impulse_convolved_paints_the_kernel_as_it_is(convolve2d: Function, kernel: Array) -> None:
    r"""A single bright pixel, convolved, is answered by the kernel as it is written: the optician's point spread.

    $$ \delta \ast k = k $$

    Catches: a kernel not turned, or turned along one axis only.
    Misses: stride and dilation.
    Source: Dumoulin & Visin (2016), section 1.1.
    """
    rows, columns = kernel.shape
    same(convolve2d(np.ones((1, 1)), kernel, padding=(rows - 1, columns - 1)), kernel)
