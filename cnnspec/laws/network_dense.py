r"""What holds of flattening and of the dense layer (Step 5), and what a stack of dense layers can and cannot do."""

from __future__ import annotations

import functools

import numpy as np
from hypothesis import strategies as st

from cnnspec import channels, network
from cnnspec.arguments import Array
from cnnspec.laws.compare import differs, holds, same
from cnnspec.laws.law import law
from cnnspec.laws.network_cases import Dense, dense, dtype_kept, fresh_and_repeatable, indices, relaid
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import entries, maps

coefficients = st.sampled_from([(2, 3), (-1, 3), (4, 0), (-2, -5)])
"""Two coefficients that do not add up to 1, so that a constant added shows."""


def order_of(seed: int, length: int) -> Array:
    """An order of so many things."""
    return np.random.Generator(np.random.PCG64(seed)).permutation(length)


@law("flatten.order", needs="flatten", extended=True, x=maps())
def flattening_counts_channels_then_rows_then_columns(flatten: Function, x: Array) -> None:
    r"""The entry at channel c, row i and column j comes to the place $(cH + i)W + j$.

    $$ y_{n,\,(cH + i)W + j} = x_{ncij} $$

    Catches: columns before rows, channels last, reading memory in the order in which it lies.
    Misses: views.
    """
    batch, depth, height, width = x.shape
    y = flatten(x)
    same(y.shape, (batch, depth * height * width))
    for n, c, i, j in np.ndindex(x.shape):
        same(y[n, (c * height + i) * width + j], x[n, c, i, j])


@law("flatten.channels", needs="flatten", extended=True, x=maps(palette="small"))
def channels_lie_side_by_side(flatten: Function, x: Array) -> None:
    r"""Flattening channels one by one and joining the rows is flattening them together; the answer is a copy.

    Catches: channels last, views of the input.
    Misses: rows and columns exchanged.
    """
    same(flatten(x), np.concatenate([flatten(x[:, [c]]) for c in range(x.shape[1])], axis=1))
    fresh_and_repeatable(flatten, np.ascontiguousarray(x))
    dtype_kept(flatten(x), x)


@law("linear.definition", needs="linear", oracle=True, case=dense())
def a_dense_layer_is_a_matrix_product(linear: Function, case: Dense) -> None:
    r"""A dense layer multiplies by the transposed weights and adds the bias.

    $$ y = x\,w^{\mathsf T} + b $$

    Catches: everything that the inputs can show.
    Misses: nothing; but it only repeats the definition.
    Source: `torch.nn.functional.linear`.
    """
    x, w = case.x.astype(np.float64), case.w.astype(np.float64)
    same(linear(case.x, case.w, case.b), np.einsum("nd,fd->nf", x, w) + (0 if case.b is None else case.b))


@law("linear.identity", needs="linear", case=dense(palette="small"))
def each_input_alone_shows_its_column_of_weights(linear: Function, case: Dense) -> None:
    r"""A single input of 1 is answered by its column of the weights; none at all by the bias.

    $$ \operatorname{linear}(I, w) = w^{\mathsf T}, \qquad \operatorname{linear}(0, w, b) = b $$

    Catches: weights that are not transposed when they are square, inputs that are left out, a bias that is dropped.
    Misses: products that are not linear in the input.
    """
    size = case.w.shape[1]
    same(linear(np.eye(size, dtype=case.x.dtype), case.w), case.w.T)
    b = np.arange(1, len(case.w) + 1, dtype=case.x.dtype)
    same(linear(np.zeros((3, size), dtype=case.x.dtype), case.w, b), np.tile(b, (3, 1)))


@law("linear.bilinear", needs="linear", case=dense(bias=False), mixed=coefficients)
def a_dense_layer_is_linear_in_inputs_and_in_weights(linear: Function, case: Dense, mixed: tuple[int, int]) -> None:
    r"""A weighted sum of inputs, or of weights, has the weighted sum of the answers.

    $$ (\alpha x + \beta x')\,w^{\mathsf T} = \alpha\, x w^{\mathsf T} + \beta\, x' w^{\mathsf T} $$

    Catches: constants added, rectified answers, sums in a smaller precision.
    Misses: weights that are transposed or left out.
    """
    alpha, beta = (case.x.dtype.type(c) for c in mixed)
    x, w = case.x, case.w
    other, weights = x[::-1, ::-1], w[:, ::-1]
    before = alpha * np.asarray(linear(x, w)) + beta * np.asarray(linear(other, w))
    same(linear(alpha * x + beta * other, w), before)
    before = alpha * np.asarray(linear(x, w)) + beta * np.asarray(linear(x, weights))
    same(linear(x, alpha * w + beta * weights), before)


@law("linear.bias", needs="linear", case=dense(palette="small"), b=entries((4,), palette="fractions"))
def a_bias_is_added_once_to_each_output(linear: Function, case: Dense, b: Array) -> None:
    r"""The bias is added to every row, one number for each output.

    $$ \operatorname{linear}(x, w, b) = \operatorname{linear}(x, w) + b $$

    Catches: biases that are dropped, added once per input, to the first row only, or along the batch.
    Misses: everything about the weights.
    """
    b = (b[: len(case.w)] + 1).astype(case.x.dtype)
    same(linear(case.x, case.w, b), np.asarray(linear(case.x, case.w)) + b)


@law("linear.rows", needs="linear", case=dense())
def each_example_is_weighed_by_itself(linear: Function, case: Dense) -> None:
    r"""A batch is answered as its rows are one by one, and its outputs as the rows of the weights are one by one.

    $$ y_{n} = \operatorname{linear}(x_{n}, w), \qquad y_{\cdot f} = \operatorname{linear}(x, w_{f}) $$

    Catches: the first example's answer for all, normalisation over the batch or over the outputs.
    Misses: whatever is wrong in a single row.
    """
    y = np.asarray(linear(case.x, case.w, case.b))
    same(y.shape, (len(case.x), len(case.w)))
    for n in range(len(case.x)):
        same(linear(case.x[n : n + 1], case.w, case.b), y[n : n + 1])
    for f in range(len(case.w)):
        b = None if case.b is None else case.b[f : f + 1]
        same(linear(case.x, case.w[f : f + 1], b), y[:, f : f + 1])


@law("linear.no-neighbours", needs="linear", case=dense(), seed=indices)
def the_order_of_the_inputs_does_not_matter(linear: Function, case: Dense, seed: int) -> None:
    r"""Rearranging the inputs and their weights alike changes nothing: a dense layer knows no neighbours.

    $$ \operatorname{linear}(x_\pi, w_\pi) = \operatorname{linear}(x, w) $$

    So a dense layer on pixels would learn as well from a picture whose pixels are shuffled.

    Catches: inputs that are left out or counted twice by their place.
    Misses: weights that are transposed.
    """
    order = order_of(seed, case.x.shape[1])
    same(linear(case.x[:, order], case.w[:, order], case.b), linear(case.x, case.w, case.b))


LONG_SUM = Dense(np.array([[2.0**24, 1.0]]), np.array([[1.0, 1.0]]))
"""A sum that float32 cannot hold."""


@law("linear.pointwise", needs="linear", case=dense(), pinned=({"case": LONG_SUM},))
def a_dense_layer_is_a_1x1_convolution_of_one_pixel(linear: Function, case: Dense) -> None:
    r"""On maps of one pixel a 1×1 convolution and a dense layer are the same.

    $$ \operatorname{linear}(x, w, b)_{nf} = \operatorname{conv}(x_{nd11},\, w_{fd11},\, b)_{nf11} $$

    Catches: weights that are transposed or left out, biases that are dropped, sums in float32.
    Misses: nothing that a dense layer can do wrong with these numbers.
    """
    maps = channels.conv2d(case.x[:, :, None, None], case.w[:, :, None, None], case.b)
    same(linear(case.x, case.w, case.b), maps[:, :, 0, 0])


@law(
    "linear.full-kernel",
    needs="linear",
    x=maps(palette="small", most=3),
    w=entries((2, 3, 3, 3)),
    b=entries((2,), palette="fractions"),
)
def a_kernel_as_large_as_the_map_is_a_dense_layer(linear: Function, x: Array, w: Array, b: Array) -> None:
    r"""A convolution whose kernels cover the whole map is a dense layer on the flattened map, weights flattened alike.

    $$ \operatorname{conv}(x, w, b) = \operatorname{linear}(\operatorname{flatten}(x), \operatorname{flatten}(w), b) $$

    Catches: weights that are transposed, inputs that are left out.
    Misses: an order of flattening that is used for maps and kernels alike.
    """
    w = np.ascontiguousarray(w[:, : x.shape[1], : x.shape[2], : x.shape[3]]).astype(x.dtype)
    b = b.astype(x.dtype)
    answer = linear(network.flatten(x), network.flatten(w), b)
    same(answer, channels.conv2d(x, w, b)[:, :, 0, 0])


@law("linear.collapse", needs="linear", case=dense(palette="small"), w=entries((3, 4)), b=entries((3,)))
def two_dense_layers_without_a_rectifier_are_one(linear: Function, case: Dense, w: Array, b: Array) -> None:
    r"""A dense layer after a dense layer is a dense layer, with the weights multiplied.

    $$ \operatorname{linear}(\operatorname{linear}(x, w_1, b_1), w_2, b_2)
       = \operatorname{linear}(x,\; w_2 w_1,\; w_2 b_1 + b_2) $$

    Catches: biases that are dropped or counted twice, rectified answers, weights that are transposed.
    Misses: a wrong layer that is a matrix all the same.
    """
    w, b = np.ascontiguousarray(w[:, : len(case.w)]).astype(case.x.dtype), b.astype(case.x.dtype)
    first = np.zeros(len(case.w), dtype=case.x.dtype) if case.b is None else case.b
    two = linear(linear(case.x, case.w, case.b), w, b)
    same(two, linear(case.x, w @ case.w, w @ first + b))


@law("linear.bend", needs="linear relu", corner=entries((2, 2), palette="fractions"))
def a_rectifier_between_two_dense_layers_does_what_none_can_do(linear: Function, relu: Function, corner: Array) -> None:
    r"""Two dense layers with a rectifier between them compute the distance of two numbers; without, no layers can.

    $$ \lvert a - b \rvert = (1, 1) \operatorname{relu}\left(\begin{pmatrix} 1 & -1 \\ -1 & 1 \end{pmatrix}
       \begin{pmatrix} a \\ b \end{pmatrix}\right) $$

    An affine map has $f(0,0) + f(1,1) = f(0,1) + f(1,0)$ at the corners of a square; this one has 0 and 2, which is
    the exclusive or.

    Catches: biases out of nowhere, weights that are left out, a rectifier that does not bend.
    Misses: larger layers.
    Source: Goodfellow, Bengio & Courville (2016), section 6.1.
    """
    first, second = np.array([[1.0, -1.0], [-1.0, 1.0]]), np.array([[1.0, 1.0]])
    square = np.array([[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 0.0]])
    bent = np.asarray(linear(relu(linear(square, first)), second))
    same(bent, np.array([[0.0], [0.0], [1.0], [1.0]]))
    straight = np.asarray(linear(linear(square + corner[:1], corner), second))
    same(straight[0] + straight[1], straight[2] + straight[3], "an affine map should not tell the diagonals apart")
    differs(bent[0] + bent[1], bent[2] + bent[3])


@functools.cache
def padded_stack(seed: int) -> tuple[Array, Array, Array, Array]:
    """A picture of 7×7 pixels, two zero-padded 3×3 layers as one matrix, their answer, and that of one 5×5 layer."""
    dice = np.random.Generator(np.random.PCG64(seed))
    first, second = dice.integers(1, 6, (2, 1, 1, 3, 3)).astype(np.float64)
    picture = dice.integers(1, 9, (1, 1, 7, 7)).astype(np.float64)

    def both(x: Array) -> Array:
        return channels.conv2d(channels.conv2d(x, first, padding=1), second, padding=1)

    joined = channels.conv2d(first, second[:, :, ::-1, ::-1], padding=2)
    matrix = both(np.eye(49).reshape(49, 1, 7, 7)).reshape(49, 49).T.copy()
    return picture, matrix, both(picture), channels.conv2d(picture, joined, padding=2)


@law("linear.not-convolution", needs="linear", seed=st.integers(0, 2))
def a_padded_stack_without_rectifiers_is_a_matrix_and_no_kernel(linear: Function, seed: int) -> None:
    r"""Two padded 3×3 convolutions of positive weights, without a rectifier, are one matrix, but no kernel's.

    $$ \operatorname{conv}_{p=1}(\operatorname{conv}_{p=1}(x, k_1), k_2) = \operatorname{linear}(x, w)
       \ne \operatorname{conv}_{p=2}(x, k_1 \ast k_2) $$

    The 5×5 kernel is right inside, and wrong on the whole outer ring if all weights are positive, because what the
    first layer would answer beyond the border is replaced by zeros. On a 7×7 map that is 24 of the 49 answers. Nor is
    another kernel right: each answers a single bright pixel alike at that pixel's own place, wherever it is, and the
    two layers answer one in the corner with less than one in the middle.

    Catches: weights that are transposed or left out.
    Misses: biases.
    """
    picture, matrix, two, one = padded_stack(seed)
    same(linear(picture.reshape(1, 49), matrix), two.reshape(1, 49), "one matrix should do the work of both layers")
    ring = np.ones((7, 7), dtype=bool)
    ring[1:-1, 1:-1] = False
    same((two < one)[0, 0].astype(int), ring.astype(int), "the single kernel should be wrong exactly on the ring")
    same(int(ring.sum()), 24)
    at_its_own_place = np.diag(linear(np.eye(49), matrix))
    holds(at_its_own_place[0] < at_its_own_place[24], "the corner should see less of itself")


@law("linear.contract", needs="linear", case=dense(palette="small"))
def a_dense_layer_keeps_dtype_and_remembers_nothing(linear: Function, case: Dense) -> None:
    r"""An answer is a new array of the inputs' dtype, depends on nothing but the question, and not on memory layout.

    Catches: another dtype, shared buffers, answers that are the bias itself.
    Misses: wrong entries.
    """
    dtype_kept(linear(case.x, case.w, case.b), case.x)
    fresh_and_repeatable(lambda x: linear(x, case.w, case.b), case.x, case.w, case.b)
    rows, columns, view = relaid(case.w)
    same(linear(case.x, columns, case.b), linear(case.x, rows, case.b), "the layout in memory should not matter")
    same(linear(case.x, view, case.b), linear(case.x, rows, case.b), "the layout in memory should not matter")
