r"""When two sides of a law are the same.

Laws draw whole numbers, so that sums of products are exact in every order and two right answers are equal bit
for bit. Some right algorithms are not exact even then: a Fourier transform rounds, an average may multiply by a
reciprocal. For them, and for nothing else, `same` allows the rounding error that the operators under test can
have made on their inputs, a multiple of $u \cdot \max|x| \cdot \sum|w|$ (or what `magnitudes` says of the operator)
which the bound operators note while the law runs. Operators that only select, such as max pooling, are allowed nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy import abs as absolute
from numpy import array_equal, asarray, isfinite, isnan, maximum, unravel_index

from cnnspec.arguments import Array

CEILING = 2.0**-10
"""No allowance is larger than this: whole numbers that differ do so by 1, their averages by a hundredth or more."""


class Mismatch(AssertionError):
    """Two sides of a law that differ, with the place where they first do.

    Attributes:
        left: What the operator under test answered, or what was computed from its answers.
        right: What the law expects.
        place: Index of the first difference, or None when the shapes differ.
        claim: A sentence that says what should have held.
    """

    def __init__(self, claim: str, left: Any = None, right: Any = None, place: tuple[int, ...] | None = None) -> None:
        super().__init__(claim)
        self.claim, self.left, self.right, self.place = claim, left, right, place


class Raised(Exception):
    """An operator under test raised an exception.

    Attributes:
        operator: The operator's name.
        error: What it raised.
    """

    def __init__(self, operator: str, error: BaseException) -> None:
        try:
            text = f": {error}" if str(error) else ""
        except Exception:  # an exception that cannot be printed
            text = ""
        super().__init__(f"{operator} raised {type(error).__name__}{text}")
        self.operator, self.error = operator, error


@dataclass
class Rounding:
    """The rounding error that the operators called so far can have made.

    Attributes:
        allowance: The largest absolute error that counts as rounding.
        unit: The unit roundoff of the coarsest dtype seen.
        exact: Whether every comparison so far was equal bit for bit.
    """

    allowance: float = 0.0
    unit: float = 0.0
    exact: bool = True

    def allow(self, unit: float, scale: float) -> None:
        """Make room for sums whose terms have the magnitude `scale`, rounded to `unit`."""
        self.unit = max(self.unit, unit)
        self.allowance = max(self.allowance, 256 * unit * scale)

    def within(self, left: Array, right: Array) -> Array:
        """Where two arrays are equal, or differ by no more than rounding."""
        equal: Array = (left == right) | (isnan(left) & isnan(right))
        if equal.all() or self.unit == 0:
            return equal
        size = maximum(absolute(left), absolute(right))
        room = maximum(min(self.allowance, CEILING), 4 * self.unit * size)
        near: Array = isfinite(left) & isfinite(right) & (absolute(left - right) <= room)
        self.exact = False
        return equal | near


current = Rounding()
"""The rounding of the law that is running; `fresh` starts another."""


def fresh() -> Rounding:
    """Forget all rounding: a new example of a law begins."""
    global current
    current = Rounding()
    return current


def same(left: Any, right: Any, claim: str = "both sides should be the same") -> None:
    """Require that two sides are the same: their shapes, and their entries up to rounding.

    Args:
        left: What the operator under test answered.
        right: What the law expects.
        claim: What should have held, for the report.

    Raises:
        Mismatch: If they differ.
    """
    a, b = _numbers(left, claim), _numbers(right, claim)
    if a.shape != b.shape:
        raise Mismatch(f"{claim}, but the shapes are {a.shape} and {b.shape}", left, right)
    if a.dtype.kind in "iub" and b.dtype.kind in "iub":
        agree = a == b
    else:
        agree = current.within(*(side.astype(np.result_type(side, np.float64)) for side in (a, b)))
    if not agree.all():
        raise Mismatch(claim, left, right, _first(~agree))


def differs(left: Any, right: Any, claim: str = "the two sides should differ") -> None:
    """Require that two sides are *not* the same: the heart of a law that refutes a claim.

    Raises:
        Mismatch: If they are equal, up to rounding.
    """
    exact = current.exact
    try:
        same(left, right)
    except Mismatch:
        current.exact = exact
        return
    raise Mismatch(claim, left, right)


def at_most(left: Any, right: Any, claim: str = "the left side should be at most the right") -> None:
    """Require `left <= right` everywhere, up to rounding.

    Raises:
        Mismatch: If an entry on the left is larger.
    """
    a, b = np.broadcast_arrays(_numbers(left, claim).astype(np.float64), _numbers(right, claim).astype(np.float64))
    agree = a <= b
    if not agree.all():
        agree = agree | current.within(a, b)
    if not agree.all():
        raise Mismatch(claim, left, right, _first(~agree))


def holds(condition: Any, claim: str) -> None:
    """Require that a condition is true.

    Raises:
        Mismatch: If it is not.
    """
    if not bool(condition):
        raise Mismatch(claim)


def unchanged(left: Any, right: Any, claim: str) -> None:
    """Require that two arrays are equal bit for bit, in shape, dtype and entries.

    Raises:
        Mismatch: If they are not.
    """
    a, b = asarray(left), asarray(right)
    if a.dtype != b.dtype or not array_equal(a, b, equal_nan=a.dtype.kind == "f"):
        raise Mismatch(claim, left, right)


def refuses(call: Callable[[], Any], claim: str, *, naming: str = "") -> None:
    """Require that a call raises `ValueError` or `TypeError` instead of answering.

    Args:
        call: The call.
        claim: What should have held, for the report.
        naming: An argument's name that the error must mention, if it must mention one.

    Raises:
        Mismatch: If it answers, or its error does not name the argument.
    """
    try:
        answer = call()
    except Raised as refusal:
        if not isinstance(refusal.error, (ValueError, TypeError)):
            raise
        if naming not in str(refusal.error):
            raise Mismatch(f"{claim}, but the error says: {refusal.error}") from None
        return
    raise Mismatch(f"{claim}, but an answer came", answer)


def _numbers(side: Any, claim: str) -> Array:
    try:
        numbers = asarray(side)
    except ValueError:
        raise Mismatch(f"{claim}, but a side is no array", side) from None
    if numbers.dtype.kind not in "iufcb":
        raise Mismatch(f"{claim}, but a side holds no numbers ({numbers.dtype})", side)
    return numbers


def _first(wrong: Array) -> tuple[int, ...]:
    return tuple(int(i) for i in unravel_index(int(wrong.argmax()), wrong.shape)) if wrong.ndim else ()
