r"""What marks the answers to the exercises about backward passes (Step 5)."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
from hypothesis import strategies as st

from cnnspec import gradients, network
from cnnspec.arguments import Array
from cnnspec.convolution import correlate2d
from cnnspec.laws.answers import CLOSE, close, number, numbers, parts
from cnnspec.laws.compare import at_most, differs, holds, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import entries

kernels = st.tuples(st.integers(1, 3), st.integers(1, 3)).flatmap(entries)
images = st.tuples(st.integers(1, 4), st.integers(1, 5)).flatmap(entries)
paddings = st.integers(0, 2)


def fitting(kernel: Array, image: Array, padding: int) -> Array:
    """As much of a kernel as fits into the padded image."""
    return kernel[: image.shape[0] + 2 * padding, : image.shape[1] + 2 * padding]


@law("answer.matrix-forward", needs="correlation_matrix", kernel=kernels, image=images, padding=paddings)
def the_matrix_does_what_the_correlation_does(
    correlation_matrix: Function, kernel: Array, image: Array, padding: int
) -> None:
    r"""The matrix times the pixels, row after row, is the correlation.

    $$ M \operatorname{vec}(x) = \operatorname{vec}(x \star k) $$

    Catches: turned kernels, borders that are forgotten, columns before rows.
    Misses: nothing.
    """
    kernel = fitting(kernel, image, padding)
    expected = correlate2d(image, kernel, padding=padding)
    matrix = numbers(correlation_matrix(kernel, *image.shape, padding), expected.size, image.size, what="the matrix")
    close(matrix @ image.ravel(), expected.ravel(), "the matrix should answer what the correlation answers")


@law("answer.matrix-transposed", needs="correlation_matrix", kernel=kernels, image=images, padding=paddings)
def the_transposed_matrix_is_the_backward_pass(
    correlation_matrix: Function, kernel: Array, image: Array, padding: int
) -> None:
    r"""The transpose takes the gradient of the answers to the gradient of the pixels.

    $$ M^{\mathsf T} \operatorname{vec}(\mathrm{dy}) = \operatorname{vec}(\mathrm{dx}) $$

    Catches: turned kernels, borders that are forgotten, columns before rows.
    Misses: nothing.
    """
    kernel = fitting(kernel, image, padding)
    dy = correlate2d(image, kernel, padding=padding)[None, None]
    dx = gradients.conv2d_backward(dy, image[None, None], kernel[None, None], padding=padding)[0]
    matrix = numbers(correlation_matrix(kernel, *image.shape, padding), dy.size, image.size, what="the matrix")
    close(matrix.T @ dy.ravel(), dx.ravel(), "the transpose should answer what the backward pass answers")


@law("answer.along-measured", needs="left_along_the_batch", variance=st.sampled_from([1.0, 0.25, 4.0, 0.01, 100.0]),
     eps=st.sampled_from([1e-5, 1.0, 0.25, 4.0]), dy=entries((2,)))  # fmt: skip
def so_much_of_the_gradient_along_the_batch_is_left(
    left_along_the_batch: Function, variance: float, eps: float, dy: Array
) -> None:
    r"""The part of dx along the normalised batch is this multiple of what a fixed deviation would leave.

    $$ \langle \mathrm{dx}, \hat x \rangle
       = r \cdot \frac{\langle \mathrm{dy}, \hat x \rangle}{\sqrt{\sigma^2 + \varepsilon}} $$

    Catches: the part that is removed in place of the part that is left, square roots.
    Misses: nothing.
    """
    x = (math.sqrt(variance) * np.array([-1.0, 1.0])).reshape(1, 1, 1, 2)
    up = dy.reshape(x.shape)
    hat = x / math.sqrt(variance + eps)
    dx = gradients.batch_norm2d_backward(up, x, np.ones(1), eps=eps)[0]
    expected = number(left_along_the_batch(variance, eps)) * np.sum(up * hat) / math.sqrt(variance + eps)
    close(np.sum(dx * hat), expected, "the part along the batch should be this")


@law("answer.along-ends", needs="left_along_the_batch", size=st.sampled_from([1.0, 1e-5, 0.25, 9.0]))
def nothing_is_left_without_eps_and_all_in_a_constant_channel(left_along_the_batch: Function, size: float) -> None:
    r"""Without ε nothing along the batch is left; of a channel that is nearly constant, everything.

    $$ r(\sigma^2, 0) = 0, \qquad r(0, \varepsilon) = 1 $$

    Catches: the part that is removed in place of the part that is left.
    Misses: everything between.
    """
    close(number(left_along_the_batch(size, 0.0)), 0.0)
    close(number(left_along_the_batch(0.0, size)), 1.0)


def polynomial(coefficients: Array) -> Callable[[Any], Any]:
    """A polynomial with these coefficients, that of the constant first."""
    whole = [int(c) for c in coefficients]

    def value(x: Any) -> Any:
        return sum(c * x**power for power, c in enumerate(whole))

    return value


@law("answer.difference-exact", needs="fourth_order_difference", coefficients=entries((5,)), at=st.integers(-2, 2),
     halvings=st.integers(0, 3))  # fmt: skip
def the_difference_is_exact_up_to_the_fourth_power(
    fourth_order_difference: Function, coefficients: Array, at: int, halvings: int
) -> None:
    r"""Of every polynomial up to the fourth power the difference is the derivative itself, whatever the step is.

    $$ D_h\, x^k = k\, x^{k-1} \qquad (k \le 4) $$

    Catches: an error of the order $h^2$ that is left or doubled, a factor that is lost.
    Misses: errors of the order $h^4$, which are there.
    """
    slope = float(sum(k * c * float(at) ** (k - 1) for k, c in enumerate(coefficients.tolist()) if k))
    found = number(fourth_order_difference(polynomial(coefficients), float(at), 2.0**-halvings))
    close(found, slope, "the difference should be the derivative")


@law("answer.difference-order", needs="fourth_order_difference", at=st.integers(-2, 2), halvings=st.integers(0, 3))
def half_the_step_leaves_a_sixteenth_of_the_error(fourth_order_difference: Function, at: int, halvings: int) -> None:
    r"""Of the fifth power the error falls by 16, at least, when the step is halved.

    $$ \lvert e(h / 2) \rvert \le \tfrac1{16} \lvert e(h) \rvert $$

    Catches: errors of the order $h^2$.
    Misses: what is wrong for every step alike, which the other law sees.
    """
    step, true = 2.0**-halvings, 5.0 * at**4
    coarse, fine = (number(fourth_order_difference(lambda x: x**5, float(at), h)) - true for h in (step, step / 2))
    at_most(abs(fine), abs(coarse) / 16 + 1e-9, "the error should fall by 16")


@law("answer.difference-step", needs="best_step", halvings=st.integers(1, 40))
def the_best_step_falls_with_the_fifth_root(best_step: Function, halvings: int) -> None:
    r"""If values are rounded 32 times as finely, the best step is half as long.

    $$ h(u / 32) = \tfrac12 h(u) $$

    Catches: the powers that belong to the ordinary central difference and to the one-sided one.
    Misses: constant factors, which the argument leaves open.
    """
    unit = 2.0**-halvings
    coarse, fine = number(best_step(unit)), number(best_step(unit / 32))
    at_most(0, coarse, "a step should be above zero")
    close(fine / coarse, 0.5, "a step for a finer rounding should be half as long")


@law("answer.unbalanced-layers", needs="biases_that_unbalance")
def the_two_layers_disagree(biases_that_unbalance: Function) -> None:
    r"""With these weights and biases ⟨w, dw⟩ is not the same number in both layers, and without the biases it is.

    $$ \langle w_1, \mathrm{dw}_1 \rangle \ne \langle w_2, \mathrm{dw}_2 \rangle $$

    Catches: biases of zero, biases behind the last weights, biases of units that are silent.
    Misses: nothing.
    """
    x, w1, b1, w2, b2 = parts(biases_that_unbalance(), 5)
    x = numbers(x, None, None, what="x")
    w1 = numbers(w1, None, x.shape[1], what="w1")
    w2 = numbers(w2, None, len(w1), what="w2")
    b1, b2 = numbers(b1, len(w1), what="b1"), numbers(b2, len(w2), what="b2")

    def shares(first: Array, second: Array) -> tuple[float, float]:
        z = network.linear(x, w1, first)
        hidden = network.relu(z)
        dy = np.ones_like(network.linear(hidden, w2, second))
        dh, dw2, _ = gradients.linear_backward(dy, hidden, w2)
        _, dw1, _ = gradients.linear_backward(gradients.relu_backward(dh, z), x, w1)
        return float((w1 * dw1).sum()), float((w2 * dw2).sum())

    without = shares(0 * b1, 0 * b2)
    close(without[0], without[1], "without biases both layers should agree")
    one, other = shares(b1, b2)
    holds(abs(one - other) > 1e-6 * max(1, abs(one), abs(other)), "with these biases the layers should disagree")


sized = st.sampled_from([(2,), (3,), (1, 2), (2, 3), (1, 2, 2, 2)])


@law("answer.unseen-zero", needs="unseen_error", v=sized.flatmap(lambda shape: entries(shape, palette="small")))
def the_error_is_there_and_the_sum_does_not_show_it(unseen_error: Function, v: Array) -> None:
    r"""The error is not zero, and its product with v is.

    $$ e \ne 0, \qquad \langle v, e \rangle = 0 $$

    Catches: errors that show, and no errors.
    Misses: nothing.
    """
    error = numbers(unseen_error(v), *v.shape, what="the error")
    differs(error, np.zeros(v.shape), "the error should not be zero everywhere")
    close(np.sum(v * error), 0.0, "the sum should not show the error", by=CLOSE * float(np.abs(error).max()))


@law("answer.unseen-chance", needs="chance_to_miss", largest=st.integers(1, 9), wrong=st.integers(1, 9))
def an_error_in_one_entry_is_missed_by_zeros_alone(chance_to_miss: Function, largest: int, wrong: int) -> None:
    r"""Of all v of two such whole numbers, this share does not see an error in the first entry.

    Catches: zeros that are counted as one of $2m$ numbers, errors that may cancel.
    Misses: nothing.
    """
    line = range(-largest, largest + 1)
    missed = [v * wrong == 0 for v, _ in product(line, line)]
    close(number(chance_to_miss(largest)), float(Fraction(sum(missed), len(missed))))
    same(len(missed), (2 * largest + 1) ** 2)
