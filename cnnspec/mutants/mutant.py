"""What a mutant is: an operator with one known bug, small enough to read at a glance."""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from cnnspec.laws.operators import OPERATORS, Function

Body = TypeVar("Body", bound=Callable[..., Any])

_register: dict[str, Mutant] = {}


@dataclass(frozen=True)
class Mutant:
    """A known-wrong operator.

    Attributes:
        name: The function's name, unique in the book.
        operator: The operator it pretends to be.
        bug: What is wrong, in a clause.
        function: The wrong operator.
    """

    name: str
    operator: str
    bug: str
    function: Function

    @property
    def step(self) -> str:
        """The module, and so the chapter, to which the operator belongs."""
        return OPERATORS[self.operator].step

    @property
    def code(self) -> str:
        """The mutant's source text."""
        return inspect.getsource(self.function)

    @property
    def subject(self) -> Mapping[str, Function]:
        """The mutant as a subject of laws; all other operators come from the book."""
        return {self.operator: self.function}


def mutant(operator: str, bug: str) -> Callable[[Body], Body]:
    """Register a function as a mutant of an operator and return it unchanged.

    Raises:
        ValueError: If the operator is unknown or the name taken.
    """

    def register(function: Body) -> Body:
        if operator not in OPERATORS:
            raise ValueError(f"operator must be one of the book's, but {operator!r} came.")
        if function.__name__ in _register:
            raise ValueError(f"a mutant must have a new name, but {function.__name__!r} is taken.")
        _register[function.__name__] = Mutant(function.__name__, operator, bug, function)
        return function

    return register


@functools.cache
def _loaded() -> dict[str, Mutant]:
    from cnnspec.mutants import MODULES

    for module in MODULES:
        importlib.import_module(f"cnnspec.mutants.{module}")
    return _register


def all_mutants() -> dict[str, Mutant]:
    """Every mutant of the book by its name, in the order of the steps."""
    return dict(_loaded())
