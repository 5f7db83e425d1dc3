r"""What holds of the backward passes of the rectifier and of the dense layer (Step 5)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from cnnspec import gradients, network
from cnnspec.arguments import Array
from cnnspec.laws.channels_cases import coefficients
from cnnspec.laws.compare import at_most, holds, same
from cnnspec.laws.gradients_cases import (
    DenseBackward,
    dense_backward,
    double,
    habits,
    inner,
    like,
    same_gradients,
    three,
)
from cnnspec.laws.law import law
from cnnspec.laws.network_cases import anything, nonzero
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import entries

directions = entries((61,), palette="fractions")
"""Upstream gradients, or changes in any direction."""

UPSTREAM = st.one_of(directions, entries((61,), palette="large"))
"""Upstream gradients that may have more digits than float32: the rectifier hands them on as they are."""

EXACT = dense_backward(palette="fractions").map(double)
"""Cases in quarters and float64: sums of three factors are exact."""


@law("grad.relu.definition", needs="relu_backward", oracle=True, x=anything(), upstream=UPSTREAM)
def what_is_positive_passes(relu_backward: Function, x: Array, upstream: Array) -> None:
    r"""The upstream gradient passes where the input is positive, and is stopped where it is negative.

    $$ \mathrm{dx} = \mathrm{dy} \cdot [x > 0] \qquad (x \ne 0) $$

    Catches: everything away from the kink.
    Misses: what happens at zero.
    """
    x, dy = nonzero(x), like(upstream, x.shape).astype(x.dtype)
    same(relu_backward(dy, x), np.where(x > 0, dy, 0))


@law("grad.relu.zero", needs="relu_backward", x=anything(palette="ties"), upstream=UPSTREAM)
def at_the_kink_any_slope_between_zero_and_one_is_right(relu_backward: Function, x: Array, upstream: Array) -> None:
    r"""Where the input is zero, the gradient lies between nothing and all of dy.

    $$ x_p = 0 \quad\Longrightarrow\quad \min(0, \mathrm{dy}_p) \le \mathrm{dx}_p \le \max(0, \mathrm{dy}_p) $$

    PyTorch takes 0 there; 1 and ½ are subgradients as well.

    Catches: slopes beyond 1, signs that are lost.
    Misses: everything away from zero.
    """
    dy = like(upstream, x.shape).astype(x.dtype)
    dx = np.asarray(relu_backward(dy, x))
    same(dx.shape, x.shape)
    at_most(np.minimum(dy, 0)[x == 0], dx[x == 0], "a gradient at zero should have no other sign than dy")
    at_most(dx[x == 0], np.maximum(dy, 0)[x == 0], "a gradient at zero should not exceed dy")
    same(dx[x < 0], np.zeros(int((x < 0).sum())), "where x is negative, nothing should pass")


@law("grad.relu.quotient", needs="relu_backward", x=anything(palette="fractions"), upstream=directions)
def between_kinks_the_rectifier_is_linear(relu_backward: Function, x: Array, upstream: Array) -> None:
    r"""As long as no input changes its sign, a difference quotient is the derivative, and not only close to it.

    $$ \operatorname{sign}(x \pm hv) = \operatorname{sign}(x) \quad\Longrightarrow\quad
       \frac{\operatorname{relu}(x + hv) - \operatorname{relu}(x - hv)}{2h} = \mathrm{dx}(v) $$

    The law asserts the signs instead of tolerating the error of a kink.

    Catches: gradients that pass where the input is negative, masks instead of gradients, wrong slopes.
    Misses: what happens at zero.
    """
    x = nonzero(x).astype(np.float64)
    v, h = like(upstream, x.shape), 1 / 16
    pattern = x > 0
    holds(np.array_equal(x + h * v > 0, pattern), "no input should change its sign between x and x + hv")
    holds(np.array_equal(x - h * v > 0, pattern), "no input should change its sign between x and x - hv")
    same(relu_backward(v, x), (network.relu(x + h * v) - network.relu(x - h * v)) / (2 * h))


@law("grad.relu.euler", needs="relu_backward", x=anything(), upstream=UPSTREAM)
def input_and_output_weigh_the_same(relu_backward: Function, x: Array, upstream: Array) -> None:
    r"""Entry by entry, the input times its gradient is the output times its own, also at zero.

    $$ x \cdot \mathrm{dx} = \operatorname{relu}(x) \cdot \mathrm{dy} $$

    Catches: gradients masked by dy instead of x, gradients that pass everywhere, masks instead of gradients.
    Misses: the slope at zero.
    """
    x, dy = x.astype(np.float64), like(upstream, x.shape)
    same(x * np.asarray(relu_backward(dy, x)), network.relu(x) * dy)


@law("grad.relu.contract", needs="relu_backward", x=anything(), upstream=UPSTREAM)
def the_backward_rectifier_is_a_good_neighbour(relu_backward: Function, x: Array, upstream: Array) -> None:
    r"""The gradient has the shape and the dtype of the input, and depends on nothing but the question.

    Catches: float64 in answers, upstream gradients that are overwritten or handed on as they are.
    Misses: wrong numbers.
    """
    habits(relu_backward, (like(upstream, x.shape).astype(x.dtype), x), (x.shape,))


@law("grad.linear.definition", needs="linear_backward", oracle=True, case=dense_backward())
def each_gradient_is_dy_times_the_other_factor(linear_backward: Function, case: DenseBackward) -> None:
    r"""The gradient of each factor is dy times the other, summed over what they share.

    $$ \mathrm{dx} = \mathrm{dy}\, w, \qquad \mathrm{dw} = \mathrm{dy}^{\mathsf T} x, \qquad
       \mathrm{db} = \mathbb 1^{\mathsf T} \mathrm{dy} $$

    Catches: everything that the inputs can show.
    Misses: nothing; but it only repeats the definition.
    """
    same_gradients(linear_backward(case.dy, case.x, case.w), *gradients.linear_backward(case.dy, case.x, case.w))


@law("grad.linear.adjoint", needs="linear_backward", case=EXACT, direction=directions)
def the_gradients_are_transposes_of_the_layer(linear_backward: Function, case: DenseBackward, direction: Array) -> None:
    r"""Changing input, weights or bias by v changes the outputs, weighed by dy, as much as the gradients say.

    $$ \langle \mathrm{dy}, v w^{\mathsf T} \rangle = \langle \mathrm{dx}, v \rangle, \qquad
       \langle \mathrm{dy}, x v^{\mathsf T} \rangle = \langle \mathrm{dw}, v \rangle, \qquad
       \langle \mathrm{dy}, \mathbb 1 v^{\mathsf T} \rangle = \langle \mathrm{db}, v \rangle $$

    Catches: missing transposes, means or single examples instead of sums, gradients in another order.
    Misses: nothing that one direction can show.
    """
    dx, dw, db = three(linear_backward(case.dy, case.x, case.w))
    x, w, b = (like(direction, shape) for shape in (case.x.shape, case.w.shape, case.w.shape[:1]))
    same(inner(dx, x), inner(case.dy, network.linear(x, case.w)), "dx should be the transpose")
    same(inner(dw, w), inner(case.dy, network.linear(case.x, w)), "dw should be the transpose")
    same(inner(db, b), inner(case.dy, network.linear(case.x, 0 * case.w, b)), "db should be the transpose")


@law("grad.linear.euler", needs="linear_backward", case=EXACT)
def input_weights_and_outputs_weigh_the_same(linear_backward: Function, case: DenseBackward) -> None:
    r"""Each of the three, weighed with its own gradient, gives one and the same number.

    $$ \langle x, \mathrm{dx} \rangle = \langle w, \mathrm{dw} \rangle = \langle y - b,\; \mathrm{dy} \rangle $$

    Catches: means instead of sums, missing transposes, examples that are missed.
    Misses: everything about db.
    """
    dx, dw, _ = three(linear_backward(case.dy, case.x, case.w))
    expected = inner(network.linear(case.x, case.w), case.dy)
    same(inner(case.x, dx), expected, "the input and its gradient should weigh what the outputs weigh")
    same(inner(case.w, dw), expected, "the weights and their gradient should weigh what the outputs weigh")


@law("grad.linear.batch", needs="linear_backward", case=dense_backward(), other=directions, factors=coefficients)
def examples_add_up_and_do_not_mix(
    linear_backward: Function, case: DenseBackward, other: Array, factors: tuple[int, int]
) -> None:
    r"""Each example's gradient is what it is alone, in proportion to its dy; weights and biases get the sum.

    $$ \mathrm{dw}(\alpha\, \mathrm{dy}, \beta\, \mathrm{dy}';\ x, x) = \alpha\, \mathrm{dw}(\mathrm{dy}; x)
       + \beta\, \mathrm{dw}(\mathrm{dy}'; x) $$

    Catches: means over the batch, the first example only, constants that are added, a db of ones.
    Misses: whatever is wrong for a single example and linear.
    """
    (alpha, beta), more = factors, like(other, case.dy.shape).astype(case.dy.dtype)
    one, two = three(linear_backward(case.dy, case.x, case.w)), three(linear_backward(more, case.x, case.w))
    dy = np.concatenate([alpha * case.dy, beta * more])
    both = linear_backward(dy, np.concatenate([case.x, case.x]), case.w)
    (p, *ps), (q, *qs) = ([part.astype(np.float64) for part in parts] for parts in (one, two))
    sums = [alpha * left + beta * right for left, right in zip(ps, qs, strict=True)]
    same_gradients(both, np.concatenate([alpha * p, beta * q]), *sums)


@law("grad.linear.one-by-one", needs="linear_backward", case=dense_backward())
def a_dense_layer_is_a_convolution_of_single_pixels(linear_backward: Function, case: DenseBackward) -> None:
    r"""A 1×1 convolution of 1×1 maps has the same gradients.

    $$ \operatorname{linear}(x, w) = \operatorname{conv}_{1 \times 1}(x, w) $$

    Catches: sums over the wrong axis, gradients in another order.
    Misses: what is wrong in both in the same way.
    """
    maps = (a[:, :, None, None] for a in (case.dy, case.x, case.w))
    dx, dw, db = gradients.conv2d_backward(*maps)
    same_gradients(linear_backward(case.dy, case.x, case.w), dx[:, :, 0, 0], dw[:, :, 0, 0], db)


@law("grad.linear.rank-one", needs="linear_backward", case=dense_backward(batch=1), factor=st.sampled_from([0, 1, -4]))
def one_example_teaches_one_direction(linear_backward: Function, case: DenseBackward, factor: int) -> None:
    r"""A single example changes each row of weights along itself: dw is an outer product, as large as its dy.

    $$ N = 1 \quad\Longrightarrow\quad \mathrm{dw}_{fd} = \mathrm{dy}_f\, x_d $$

    Catches: missing transposes, gradients mixed with the weights, constants that are added.
    Misses: everything about batches.
    """
    scaled = replace(case, dy=(case.dy * factor).astype(case.dy.dtype))
    _, dw, db = three(linear_backward(scaled.dy, case.x, case.w))
    same(dw, np.outer(scaled.dy[0].astype(np.float64), case.x[0]))
    same(db, scaled.dy[0])


@law("grad.linear.contract", needs="linear_backward", case=dense_backward())
def the_backward_dense_layer_is_a_good_neighbour(linear_backward: Function, case: DenseBackward) -> None:
    r"""Gradients have the shapes and the dtype of what they belong to, and depend on nothing but the question.

    Catches: missing transposes, float64 in answers, arrays that are shared, kept, or read in memory order.
    Misses: wrong numbers.
    """
    habits(linear_backward, (case.dy, case.x, case.w), (case.x.shape, case.w.shape, case.w.shape[:1]))
