r"""What may be taken for granted of a layer (Step 3): its precision, its units, answers of its own, whole counts."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from cnnspec.arguments import Array
from cnnspec.laws.cases import Layer, TransposedLayer
from cnnspec.laws.compare import holds, same, unchanged
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.strategies import layers, transposed_layers

precisions = st.sampled_from([np.float32, np.float64])
units = st.tuples(*[st.sampled_from([2.0**e for e in (-12, -10, 0, 10, 12)])] * 2)


def require_dtype(y: Any, dtype: type) -> None:
    """Require that an answer has the dtype of its inputs."""
    found = np.asarray(y).dtype
    holds(found == dtype, f"the answer to {np.dtype(dtype)} should be {np.dtype(dtype)}, but it is {found}")


@law("conv2d.dtype", needs="conv2d", case=layers(palette="small"), dtype=precisions)
def a_layer_keeps_the_precision_of_its_inputs(conv2d: Function, case: Layer, dtype: type) -> None:
    r"""Images and weights in float32 are answered in float32, in float64 in float64.

    Catches: answers that are always float64, or lose half of their digits.
    Misses: sums that are rounded on the way; conv2d.definition sees them on numbers beyond $2^{24}$.
    """
    b: Array | None = None if case.b is None else case.b.astype(dtype)
    require_dtype(conv2d(case.x.astype(dtype), case.w.astype(dtype), b, **case.options), dtype)


@law("transpose.dtype", needs="conv_transpose2d", case=transposed_layers(palette="small"), dtype=precisions)
def a_transposed_layer_keeps_the_precision_of_its_inputs(
    conv_transpose2d: Function, case: TransposedLayer, dtype: type
) -> None:
    r"""Images and weights in float32 are answered in float32, in float64 in float64.

    Catches: answers that are always float64, or lose half of their digits.
    Misses: sums that are rounded on the way.
    """
    b: Array | None = None if case.b is None else case.b.astype(dtype)
    require_dtype(conv_transpose2d(case.x.astype(dtype), case.w.astype(dtype), b, **case.options), dtype)


@law("conv2d.units", needs="conv2d", case=layers(palette="fractions", batch=1, bias=False), scales=units)
def the_units_of_images_and_weights_do_not_matter(conv2d: Function, case: Layer, scales: tuple[float, float]) -> None:
    r"""In other units, tiny or large, images and weights have the same answer in these units.

    $$ y(\alpha x, \beta w) = \alpha \beta\, y(x, w) $$

    Catches: weights that are stored with few digits, small products taken for noise, clipping.
    Misses: everything that is linear in images and weights.
    """
    alpha, beta = (case.x.dtype.type(scale) for scale in scales)
    y = conv2d(case.x, case.w, **case.options)
    same(np.asarray(conv2d(alpha * case.x, beta * case.w, **case.options)) / alpha / beta, y)


@law(
    "transpose.units",
    needs="conv_transpose2d",
    case=transposed_layers(palette="fractions", batch=1, bias=False),
    scales=units,
)
def the_units_of_cells_and_kernels_do_not_matter(
    conv_transpose2d: Function, case: TransposedLayer, scales: tuple[float, float]
) -> None:
    r"""In other units, tiny or large, images and weights have the same answer in these units.

    $$ y^{\mathsf T}(\alpha x, \beta w) = \alpha \beta\, y^{\mathsf T}(x, w) $$

    Catches: weights that are stored with few digits, small products taken for noise, clipping.
    Misses: everything that is linear in images and weights.
    """
    alpha, beta = (case.x.dtype.type(scale) for scale in scales)
    y = conv_transpose2d(case.x, case.w, **case.options)
    same(np.asarray(conv_transpose2d(alpha * case.x, beta * case.w, **case.options)) / alpha / beta, y)


@law("conv2d.fresh", needs="conv2d", case=layers(palette="small", batch=1, dilations=(1,), kernels=(1, 2)))
def every_map_is_an_array_of_its_own(conv2d: Function, case: Layer) -> None:
    r"""No answer shares memory with the images, not even when the filters are single ones that copy them.

    Catches: the batch itself, or a view of it, returned where nothing has to be done; one buffer for every answer.
    Misses: wrong numbers.
    """
    copying = np.zeros_like(case.w)
    depth = case.w.shape[1]
    copying[np.arange(len(copying)), np.arange(len(copying)) % depth, 0, 0] = 1
    first = np.asarray(conv2d(case.x, copying, **case.options))
    kept = first.copy()
    second = conv2d(case.x + 1, 2 * copying, **case.options)
    holds(not np.shares_memory(first, case.x), "the answer should not share memory with the images")
    holds(not np.shares_memory(first, second), "two answers should not share memory")
    unchanged(first, kept, "an answer should stay as it is when the operator is called again")


@law(
    "transpose.fresh",
    needs="conv_transpose2d",
    case=transposed_layers(palette="small", batch=1, dilations=(1,), kernels=(1, 2)),
)
def every_canvas_is_an_array_of_its_own(conv_transpose2d: Function, case: TransposedLayer) -> None:
    r"""No answer shares memory with the images, not even when the kernels are single ones that copy them.

    Catches: the batch itself, or a view of it, returned where nothing has to be done; one canvas for every answer.
    Misses: wrong numbers.
    """
    copying = np.zeros_like(case.w)
    width = case.w.shape[1]
    copying[np.arange(len(copying)), np.arange(len(copying)) % width, 0, 0] = 1
    first = np.asarray(conv_transpose2d(case.x, copying, **case.options))
    kept = first.copy()
    second = conv_transpose2d(case.x + 1, 2 * copying, **case.options)
    holds(not np.shares_memory(first, case.x), "the answer should not share memory with the images")
    holds(not np.shares_memory(first, second), "two answers should not share memory")
    unchanged(first, kept, "an answer should stay as it is when the operator is called again")


@law("count.whole", needs="conv2d_parameters", width=st.integers(1, 6), groups=st.integers(1, 4), bias=st.booleans())
def a_count_is_a_whole_number(conv2d_parameters: Function, width: int, groups: int, bias: bool) -> None:
    r"""A number of parameters can be used as one: as a length, an index, the shape of an array.

    Catches: a division that makes a float of it.
    Misses: wrong numbers.
    """
    count = conv2d_parameters(width * groups, groups, (3, 2), groups=groups, bias=bias)
    whole = np.asarray(count).dtype.kind in "iu" and np.ndim(count) == 0
    holds(whole, f"the count should be a whole number, but a {type(count).__name__} came: {count!r}")
