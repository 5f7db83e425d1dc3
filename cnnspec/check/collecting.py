r"""Which operators of the book a module defines, and what is wrong with those that cannot be called."""

from __future__ import annotations

import difflib
import functools
import inspect
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cnnspec.check.subjects import OWN_ANSWERS, PACKAGE, Subject, Unusable
from cnnspec.laws.operators import OPERATORS


def collect(module: types.ModuleType, name: str) -> Subject:
    """The operators that a module defines, and what is wrong with those that cannot be called.

    Raises:
        Unusable: If one of them is cnnspec's own.
    """
    subject, found = Subject(), vars(module)
    for operator in OPERATORS.values():
        if not operator.public or operator.name not in found:
            continue
        candidate = found[operator.name]
        if belongs_to_cnnspec(candidate):
            raise Unusable(f"{operator.name} in {name} is cnnspec's own, so {OWN_ANSWERS}.")
        problem = unfit(operator.name, candidate)
        if problem:
            subject.problems[operator.name] = problem
        else:
            subject.operators[operator.name] = candidate
    public = [operator.name for operator in OPERATORS.values() if operator.public]
    words = [word for word in found if word not in public and defines(module, word)]
    subject.notes = [
        f"{word} is no operator of the book; did you mean {meant}?"
        for word, meant in misspelt(words, [name for name in public if name not in found])
    ]
    return subject


def defines(module: types.ModuleType, name: str) -> bool:
    """Whether a public name of a module is a function or class of its own."""
    value = getattr(module, name, None)
    return not name.startswith("_") and callable(value) and getattr(value, "__module__", None) == module.__name__


def misspelt(words: list[str], missing: list[str]) -> Iterator[tuple[str, str]]:
    """Names that look like a missing operator, each with that operator."""
    plain = {operator.replace("_", ""): operator for operator in missing}
    for word in words:
        near = difflib.get_close_matches(word.lower().replace("_", ""), plain, n=1, cutoff=0.86)
        if near:
            yield word, plain[near[0]]


def unfit(name: str, value: Any) -> str:
    """Why a value cannot be an operator, or an empty string."""
    if isinstance(value, type):
        makers: tuple[Any, Any] = (type(value).__call__, value.__new__)
        ordinary = makers == (type.__call__, object.__new__)
        return f"{name} is a class; calling it makes an object, not an answer" if ordinary else ""
    if not callable(value):
        return f"{name} is {_a(type(value).__name__)}, which cannot be called"
    if inspect.iscoroutinefunction(value):
        return f"{name} is an async function; calling it makes a coroutine, not an answer"
    if inspect.isasyncgenfunction(value) or inspect.isgeneratorfunction(value):
        return f"{name} is a generator function; it should return an array instead of yielding"
    return ""


def _a(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def belongs_to_cnnspec(value: Any, depth: int = 6) -> bool:
    """Whether a function lies in cnnspec, or leads there through wrappers, partials, methods or closures."""
    if depth == 0 or value is None:
        return False
    if isinstance(value, types.BuiltinFunctionType):
        return False
    code = getattr(value, "__code__", None)
    if isinstance(code, types.CodeType) and Path(code.co_filename).is_relative_to(PACKAGE):
        return True
    if str(getattr(value, "__module__", "")).split(".")[0] == "cnnspec":
        return True
    inner = [getattr(value, name, None) for name in ("__wrapped__", "__func__")]
    if isinstance(value, functools.partial):
        inner += [value.func, *value.args, *value.keywords.values()]
    cells = getattr(value, "__closure__", None)
    for cell in cells if isinstance(cells, tuple) else ():
        try:
            inner.append(cell.cell_contents)
        except ValueError:
            continue
    return any(belongs_to_cnnspec(i, depth - 1) for i in inner if callable(i))
