r"""What the laws of residual networks draw: branches that can be read, signals, weights of whole numbers.

A branch answers with an array of the shape and dtype of its question and leaves the question as it is, as the
contract with subjects says. All of them are exact on whole numbers and quarters. A report shows each as a line of
Python, with which the failing call can be made again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, composite

from cnnspec.arguments import Array
from cnnspec.laws.strategies import entries, styles


@dataclass(frozen=True, repr=False)
class Affine:
    """A branch that treats each entry alike: x → slope·x + shift."""

    slope: float
    shift: float = 0

    def __repr__(self) -> str:
        return f"lambda x: {self.slope:g} * x + {self.shift:g}"

    def __call__(self, x: Array) -> Array:
        """The branch's answer."""
        return (self.slope * x + self.shift).astype(x.dtype)

    def backward(self, dy: Array, x: Array) -> Array:
        """The branch's backward pass."""
        return self.slope * dy


@dataclass(frozen=True, repr=False)
class Bent:
    """A branch with a kink: x → slope·max(x, 0) + shift."""

    slope: float
    shift: float = 0

    def __repr__(self) -> str:
        return f"lambda x: {self.slope:g} * np.maximum(x, 0) + {self.shift:g}"

    def __call__(self, x: Array) -> Array:
        """The branch's answer."""
        return (self.slope * np.where(x > 0, x, 0) + self.shift).astype(x.dtype)


@dataclass(frozen=True, repr=False)
class Magnitude:
    """A branch that forgets the sign: x → slope·|x|."""

    slope: float

    def __repr__(self) -> str:
        return f"lambda x: {self.slope:g} * np.abs(x)"

    def __call__(self, x: Array) -> Array:
        """The branch's answer."""
        return (self.slope * np.abs(x)).astype(x.dtype)


@dataclass(frozen=True, repr=False)
class Turned:
    """A linear branch that mixes entries: the last axis reversed, times slope."""

    slope: float

    def __repr__(self) -> str:
        return f"lambda x: {self.slope:g} * x[..., ::-1]"

    def __call__(self, x: Array) -> Array:
        """The branch's answer."""
        return (self.slope * x[..., ::-1]).astype(x.dtype)

    def backward(self, dy: Array, x: Array) -> Array:
        """The branch's backward pass: the matrix is symmetric."""
        return self.slope * dy[..., ::-1]


@dataclass(frozen=True, repr=False)
class Rolled:
    """A linear branch that mixes entries: the last axis moved by one, in a circle, times slope."""

    slope: float

    def __repr__(self) -> str:
        return f"lambda x: {self.slope:g} * np.roll(x, 1, axis=-1)"

    def __call__(self, x: Array) -> Array:
        """The branch's answer."""
        return (self.slope * np.roll(x, 1, axis=-1)).astype(x.dtype)

    def backward(self, dy: Array, x: Array) -> Array:
        """The branch's backward pass: moved the other way."""
        return self.slope * np.roll(dy, -1, axis=-1)


@dataclass(frozen=True, repr=False)
class Summed:
    """A linear branch in which images meet: each entry becomes the sum over the first axis, times slope."""

    slope: float

    def __repr__(self) -> str:
        return f"lambda x: {self.slope:g} * x.sum(axis=0) + 0 * x"

    def __call__(self, x: Array) -> Array:
        """The branch's answer."""
        return (self.slope * np.broadcast_to(x.sum(axis=0), x.shape)).astype(x.dtype)

    def backward(self, dy: Array, x: Array) -> Array:
        """The branch's backward pass: the matrix is symmetric."""
        return self(dy)


@dataclass(frozen=True, eq=False, repr=False)
class Matrix:
    """A dense layer as a branch: x → xA along the last axis."""

    a: Array

    def __repr__(self) -> str:
        return f"lambda x: x @ np.array({self.a.tolist()})"

    def __call__(self, x: Array) -> Array:
        """The branch's answer."""
        answer: Array = (x @ self.a).astype(x.dtype)
        return answer

    def backward(self, dy: Array, x: Array) -> Array:
        """The branch's backward pass."""
        dx: Array = dy @ self.a.T
        return dx


@dataclass(repr=False)
class Asked:
    """A branch that notes what it is asked, and what it answers."""

    branch: Any
    questions: list[Array] = field(default_factory=list)
    answers: list[Array] = field(default_factory=list)

    def __repr__(self) -> str:
        return repr(self.branch)

    def __call__(self, x: Array) -> Array:
        """The branch's answer, noted."""
        answer: Array = self.branch(x)
        self.questions.append(x.copy())
        self.answers.append(answer.copy())
        return answer


@dataclass(frozen=True, repr=False)
class Written:
    """A branch that is made for one law, and the line of code that a report shows for it."""

    code: str
    function: Callable[[Array], Array]

    def __repr__(self) -> str:
        return self.code

    def __call__(self, x: Array) -> Array:
        """The branch's answer."""
        return self.function(x)


NOTHING = Affine(0)
"""The branch that is zero."""

OPPOSITE = Affine(-1)
"""The branch that takes away all that the trunk carries."""

LINEAR = (NOTHING, Affine(2), Turned(1), OPPOSITE, Affine(-3), Turned(-2), Rolled(1), Summed(1), Summed(-1), Rolled(3))
CURVED = (Bent(1), Affine(1, 2), Magnitude(1), Affine(0, -1), Bent(-2, 1), Magnitude(-2))
HALVES = (Affine(-0.5), Bent(-0.5), Magnitude(0.5), Turned(0.5), Rolled(-0.5), Affine(0.5, 1), Bent(0.5, -1))
"""Branches that are contractions: two inputs are at least twice as far apart as their answers."""

linear_branches = st.sampled_from(LINEAR)
branches = st.sampled_from((*LINEAR, *CURVED))
contractions = st.sampled_from(HALVES)

SHAPES = ((1,), (4,), (1, 3), (3, 2), (2, 1, 3), (1, 2, 3, 2), (2, 3, 2, 2))


@composite
def signals(draw: DrawFn, /, *, palette: str | None = None, least: int = 1) -> Array:
    """Arrays of one to four axes in any style; large numbers only where sums of a few of them are exact."""
    style = draw(styles(palette, negative=True))
    shape = draw(st.sampled_from([s for s in SHAPES if s[-1] >= least]))
    return draw(entries(shape, dtype=style.dtype, palette=style.palette, layout=style.layout))


@composite
def matrices(draw: DrawFn, /, *, least: int = 1, most: int = 4, size: int = 3) -> list[Array]:
    """Square matrices of small whole numbers, as many as there are blocks."""
    count = draw(st.integers(least, most))
    stacked = draw(entries((count, size, size), palette="ties"))
    return list(stacked)


@dataclass(frozen=True, eq=False)
class Stack:
    """A case for the stacks: a batch of rows and the weights of every layer."""

    x: Array
    weights: Array

    @property
    def tags(self) -> tuple[str, ...]:
        """The properties worth counting."""
        return (*(["batch > 1"] if len(self.x) > 1 else []), *(["one layer"] if len(self.weights) == 1 else []))


@composite
def stacks(draw: DrawFn, /, *, pairs: bool = False, most: int = 3) -> Stack:
    """Plain stacks, or residual ones with two matrices a block, of whole numbers."""
    depth, n = draw(st.integers(1, most)), draw(st.integers(1, 4))
    shape = (depth, 2, n, n) if pairs else (depth, n, n)
    x = draw(entries((draw(st.integers(1, 3)), n)))
    return Stack(x, draw(entries(shape, palette="ties" if pairs else "small")))


def stacked(block: Any, x: Array, branches: Sequence[Any]) -> Array:
    """Blocks one behind the other."""
    for branch in branches:
        x = block(x, branch)
    return x


@dataclass(frozen=True, eq=False)
class Maps:
    """A case for the blocks of convolutions: a batch and the weights by name."""

    x: Array
    weights: dict[str, Array]


@composite
def map_blocks(draw: DrawFn, /, *, kind: str = "basic") -> Maps:
    """Blocks of few channels on small maps; `kind` is `basic` or `bottleneck`."""
    n, c = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    x = draw(entries((n, c, draw(st.integers(2, 3)), draw(st.integers(2, 4)))))
    kernels = {"basic": ((c, c, 3), (c, c, 3)), "bottleneck": ((1, c, 1), (1, 1, 3), (c, 1, 1))}[kind]
    weights: dict[str, Array] = {}
    for place, (filters, channels, k) in enumerate(kernels, start=1):
        weights[f"conv{place}"] = draw(entries((filters, channels, k, k), palette="ties"))
        units = channels if kind == "pre" else filters
        weights[f"norm{place}.gamma"] = draw(entries((units,)))
        weights[f"norm{place}.beta"] = draw(entries((units,)))
    return Maps(x, weights)
