"""What the laws of transfer draw beside the common strategies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy, composite

from cnnspec.arguments import Array
from cnnspec.laws import compare
from cnnspec.laws.compare import at_most
from cnnspec.laws.strategies import entries

OPTIMUM = 1e-6
"""How near two least losses' weights must be; Newton's method leaves a gradient of 1e-11."""

seeds = st.integers(0, 2**32)
"""Seeds of shuffles."""

indices = st.integers(0, 96)
"""A place to start counting at, reduced to the size of whatever is counted."""

penalties = st.sampled_from([1.0, 0.5, 0.25, 2.0])
"""Factors of the penalty."""


@dataclass(frozen=True, eq=False)
class Learning:
    """A case for the probe: features, classes, a penalty, and weights to try."""

    x: Array
    y: Array
    classes: int
    penalty: float
    w: Array
    b: Array

    @property
    def given(self) -> tuple[Array, Array, Array, Array]:
        """Weights, biases, features and classes."""
        return self.w, self.b, self.x, self.y

    def but(self, **changes: Any) -> Learning:
        """The same case with some fields replaced."""
        return replace(self, **changes)

    @property
    def tags(self) -> tuple[str, ...]:
        """The properties worth counting."""
        return (
            *(["two classes"] if self.classes == 2 else []),
            *(["more features than examples"] if self.x.shape[1] > len(self.x) else []),
            *(["unequal classes"] if len(set(np.bincount(self.y).tolist())) > 1 else []),
        )


@composite
def learnings(draw: DrawFn, /, *, penalty: float | None = None, everywhere: bool = False) -> Learning:
    """Cases for the probe, in which every class occurs.

    Args:
        draw: Given by Hypothesis.
        penalty: The penalty, or None for any positive one.
        everywhere: Whether each feature vector comes with every class, so that no weights are infinite.
    """
    classes, width, more = draw(st.sampled_from([2, 3])), draw(st.integers(1, 3)), draw(st.integers(0, 4))
    count = 2 if everywhere else classes + more
    x = draw(entries((count, width), palette=draw(st.sampled_from(["small", "fractions", "ties"]))))
    content = np.frombuffer(draw(st.binary(min_size=8, max_size=8)), dtype=np.uint8)
    y = np.append(np.arange(classes), np.resize(content, more) % classes).astype(np.int64)
    if everywhere:
        x, y = np.concatenate([np.repeat(x, classes, axis=0), x]), np.append(np.tile(np.arange(classes), 2), [0, 1])
    return Learning(
        x,
        y,
        classes,
        draw(penalties) if penalty is None else penalty,
        draw(entries((classes, width), palette="fractions")),
        draw(entries((classes,), palette="fractions")),
    )


@composite
def regressions(draw: DrawFn, /) -> tuple[Array, Array]:
    """Features of shape (N, D) and targets of shape (N,)."""
    count, width = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    return draw(entries((count, width))), draw(entries((count,)))


@dataclass(frozen=True, eq=False)
class Guesses:
    """True classes and predicted ones."""

    y: Array
    predicted: Array
    classes: int

    @property
    def tags(self) -> tuple[str, ...]:
        """The properties worth counting."""
        seen = len(set(self.y.tolist()))
        return ("all right",) if (self.y == self.predicted).all() else (("a class is missing",) * (seen < self.classes))


@composite
def guesses(draw: DrawFn, /) -> Guesses:
    """True and predicted classes, among them rare and missing ones."""
    classes, count = draw(st.integers(1, 4)), draw(st.integers(1, 12))
    content = np.frombuffer(draw(st.binary(min_size=24, max_size=24)), dtype=np.uint8).astype(np.int64)
    y, other = content[:count] % classes, content[12 : 12 + count]
    return Guesses(y, np.where(other % 3 == 0, y, other // 3 % classes), classes)


@dataclass(frozen=True, eq=False)
class Ranking:
    """Scores of positive and negative examples, of which each kind has at least one."""

    y: Array
    scores: Array

    @property
    def tags(self) -> tuple[str, ...]:
        """The properties worth counting."""
        return ("ties",) if len(set(self.scores.tolist())) < len(self.scores) else ()


@composite
def rankings(draw: DrawFn, /) -> Ranking:
    """Scores with and without ties."""
    count = draw(st.integers(2, 10))
    content = np.frombuffer(draw(st.binary(min_size=10, max_size=10)), dtype=np.uint8)
    y = np.append([1, 0], content[: count - 2] % 2).astype(np.int64)
    return Ranking(y, draw(entries((count,), palette=draw(st.sampled_from(["ties", "small", "fractions"])))))


@composite
def frozen(draw: DrawFn, /, *, kernel: int | None = None) -> tuple[Array, ...]:
    """Pictures, filters, scales, shifts, moving means and moving variances."""
    size = draw(st.sampled_from([1, 2, 3])) if kernel is None else kernel
    filters, channels = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    x = draw(entries((draw(st.integers(2, 3)), channels, size + draw(st.integers(1, 2)), size + 1)))
    w = draw(entries((filters, channels, size, size)))
    gamma, beta, mean = (draw(entries((filters,))) for _ in range(3))
    return x, w, gamma, beta, mean, draw(entries((filters,), palette="negative")) * -1


def shares(least: int = 0) -> SearchStrategy[Array]:
    """A number from 0 to 1 in sixteenths, as an array without axes."""
    return st.integers(least, 16).map(lambda n: np.array(n / 16))


def near(left: Any, right: Any, claim: str = "both sides should be the same", by: float = 1e-9) -> None:
    """Require that two sides differ by no more than rounding, or by what is left of a search for the least loss."""
    gap = np.abs(np.asarray(left, dtype=np.float64) - np.asarray(right, dtype=np.float64))
    if gap.any():
        compare.current.exact = False
    at_most(gap, by, claim)


def shuffled(seed: int, count: int) -> Array:
    """A rearrangement."""
    return np.random.default_rng(seed).permutation(count)
