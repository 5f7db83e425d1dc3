"""How laws read the answers to exercises, which may be written as arrays, lists or plain numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnspec.arguments import Array
from cnnspec.laws import compare
from cnnspec.laws.compare import Mismatch

CLOSE = 1e-6
"""How near a right answer is that was rounded, perhaps to single precision, relative to its size if that is above 1."""


def numbers(answer: Any, *shape: int | None, what: str = "the answer") -> Array:
    """An answer as an array of finite numbers.

    Args:
        answer: What the reader's function answered.
        *shape: The shape that it must have; None stands for any size.
        what: What the answer is called in a report.

    Raises:
        Mismatch: If it holds anything else, or has another shape.
    """
    try:
        found = np.asarray(answer, dtype=np.float64)
    except (TypeError, ValueError):
        raise Mismatch(f"{what} should hold numbers", repr(answer)[:200]) from None
    fits = len(found.shape) == len(shape) and all(
        wanted in (None, size) for size, wanted in zip(found.shape, shape, strict=True)
    )
    if not fits:
        wanted = ", ".join("any" if size is None else str(size) for size in shape)
        raise Mismatch(f"{what} should have the shape ({wanted}), but its shape is {found.shape}", found)
    if not np.isfinite(found).all():
        raise Mismatch(f"{what} should be finite", found)
    return found


def number(answer: Any, what: str = "the answer") -> float:
    """An answer as one finite number.

    Raises:
        Mismatch: If it is none.
    """
    return float(numbers(answer, what=what))


def parts(answer: Any, count: int) -> tuple[Any, ...]:
    """An answer of several parts.

    Raises:
        Mismatch: If there are not so many.
    """
    try:
        found = tuple(answer)
    except TypeError:
        found = ()
    if len(found) != count:
        raise Mismatch(f"the answer should have {count} parts", repr(answer)[:200])
    return found


def close(left: Any, right: Any, claim: str = "both sides should be the same", by: float = CLOSE) -> None:
    """Require that two sides have the same shape, and the same numbers up to rounding.

    Raises:
        Mismatch: If they differ.
    """
    a, b = np.asarray(left, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if a.shape != b.shape:
        raise Mismatch(f"{claim}, but the shapes are {a.shape} and {b.shape}", a, b)
    gap = np.abs(a - b)
    wrong = ~(gap <= by * np.maximum(1, np.abs(b)))
    if wrong.any():
        place = np.unravel_index(int(wrong.argmax()), wrong.shape) if wrong.ndim else ()
        raise Mismatch(claim, a, b, tuple(int(i) for i in place))
    if gap.any():
        compare.current.exact = False
