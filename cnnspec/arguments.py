r"""What the operators accept: pairs, paddings, arrays, and the sentences that refuse anything else.

Every operator of the book takes its `stride`, `padding`, `dilation` and window `size` as one integer or as a
pair (vertical, horizontal), as PyTorch does. This module turns those spellings into one form, so that a
definition can start with its formula. It knows nothing about any operator.
"""

from __future__ import annotations

import operator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]
IntOrPair = int | tuple[int, int]
Padding = str | int | tuple[int | tuple[int, int], int | tuple[int, int]]


class Pair(NamedTuple):
    """A vertical and a horizontal number: rows first, then columns."""

    v: int
    h: int


class Sides(NamedTuple):
    """How many rows and columns are added on each side of a map."""

    top: int
    bottom: int
    left: int
    right: int


def integer(value: object, name: str, *, least: int) -> int:
    """Return `value` as an int of at least `least`.

    Raises:
        TypeError: If the value is not a whole number.
        ValueError: If it is below `least`.
    """
    if isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} must be an integer, but a {type(value).__name__} came: {value!r}.")
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{name} must be an integer, but a {type(value).__name__} came: {value!r}.") from None
    if number < least:
        raise ValueError(f"{name} must be at least {least}, but {number} came.")
    return number


def pair(value: object, name: str, *, least: int) -> Pair:
    """Return an int or a pair (vertical, horizontal) as a `Pair`.

    Raises:
        TypeError: If the value is neither an integer nor a pair of integers.
        ValueError: If a number is below `least`, or there are not exactly two.
    """
    if isinstance(value, (tuple, list, np.ndarray)):
        if len(value) != 2:
            raise ValueError(
                f"{name} must be an integer or a pair (vertical, horizontal), but {len(value)} values came: {value!r}."
            )
        return Pair(integer(value[0], name, least=least), integer(value[1], name, least=least))
    number = integer(value, name, least=least)
    return Pair(number, number)


def reach(kernel: Pair, dilation: Pair) -> Pair:
    r"""How many rows and columns a dilated kernel spans: $\tilde k = d(k-1)+1$."""
    return Pair(dilation.v * (kernel.v - 1) + 1, dilation.h * (kernel.h - 1) + 1)


def same_padding(size: int, span: int, stride: int) -> tuple[int, int]:
    r"""The padding that makes the output size $\lceil i/s \rceil$; an odd cell goes to the end.

    This is `SAME` of TensorFlow and `SAME_UPPER` of ONNX.
    """
    outputs = -(-size // stride)
    total = max((outputs - 1) * stride + span - size, 0)
    return total // 2, total - total // 2


def sides(padding: object, *, size: Pair, span: Pair, stride: Pair) -> Sides:
    """Return any spelling of a padding as four numbers.

    Args:
        padding: `"valid"`, `"same"`, an integer, a pair (vertical, horizontal), or
            `((top, bottom), (left, right))`.
        size: The map's rows and columns, which `"same"` needs.
        span: The rows and columns the dilated kernel spans.
        stride: The stride in both directions.

    Raises:
        TypeError: If the padding has another type.
        ValueError: If a number is negative or a word is not known.
    """
    if isinstance(padding, str):
        if padding == "valid":
            return Sides(0, 0, 0, 0)
        if padding == "same":
            return Sides(*same_padding(size.v, span.v, stride.v), *same_padding(size.h, span.h, stride.h))
        raise ValueError(f'padding must be numbers, "same" or "valid", but {padding!r} came.')
    if isinstance(padding, (tuple, list, np.ndarray)) and len(padding) == 2:
        return Sides(*pair(padding[0], "padding", least=0), *pair(padding[1], "padding", least=0))
    both = pair(padding, "padding", least=0)
    return Sides(both.v, both.v, both.h, both.h)


def array(value: ArrayLike, name: str, axes: str, *, real: bool = False) -> Array:
    """Return `value` as an array of numbers with the given axes.

    Args:
        value: The array, or nested sequences of numbers.
        name: The argument's name, for the error.
        axes: The axes' names, separated by commas, such as `"N, C, H, W"`.
        real: Whether complex numbers are refused.

    Raises:
        TypeError: If the entries are not numbers.
        ValueError: If the rank differs or an axis is empty.
    """
    try:
        result = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} must be an array ({axes}), but rows of different lengths came.") from None
    kinds, wanted = ("iuf", "real numbers") if real else ("iufc", "numbers")
    if result.dtype.kind not in kinds:
        raise TypeError(f"{name} must hold {wanted}, but its dtype is {result.dtype}.")
    rank = axes.count(",") + 1 if axes else 0
    if result.ndim != rank:
        raise ValueError(f"{name} must have {rank} axes ({axes}), but its shape is {result.shape}.")
    if 0 in result.shape:
        raise ValueError(f"{name} must have no empty axis, but its shape is {result.shape}.")
    return result


def common_dtype(*arrays: Array | None) -> np.dtype[Any]:
    """The dtype of a sum of products: floating inputs keep theirs, integers count in 64 bits."""
    dtype = np.result_type(*(a.dtype for a in arrays if a is not None))
    return np.dtype(np.int64) if dtype.kind in "iu" else dtype
