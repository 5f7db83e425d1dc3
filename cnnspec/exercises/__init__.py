r"""The exercises of the book: what each asks for, which laws mark it, and a solution.

An exercise is data, in the file of its chapter, `cnnspec/exercises/<chapter>.toml`. Its solution is code beside it, in
`cnnspec/exercises/<chapter>.py`: a function for each name that the chapter's exercises ask for. Some of these names are
operators of the book, which the reader writes anew. The others are answers, made for one exercise, and the solution is
the definition that their laws are tried on. The page shows a solution as `solution` cuts it out, and the tests run
exactly that.
"""

from __future__ import annotations

import ast
import importlib
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
LEVELS = {1: "●", 2: "●●", 3: "●●●"}
"""How an exercise's level is shown: one reading, a sheet of paper, an evening."""


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    Attributes:
        id: Permanent name: the chapter, a dot and a number; never reused.
        title: A few words for lists and headings.
        level: 1, 2 or 3.
        asks: The functions that the reader writes.
        laws: Ids or patterns of the laws that mark them.
        question: What is asked, in Markdown.
    """

    id: str
    title: str
    level: int
    asks: tuple[str, ...]
    laws: tuple[str, ...]
    question: str

    @property
    def chapter(self) -> str:
        """The chapter that it belongs to."""
        return self.id.partition(".")[0]

    @property
    def dots(self) -> str:
        """Its level as the book shows it."""
        return LEVELS[self.level]


@cache
def all_exercises() -> dict[str, Exercise]:
    """Every exercise by its id, chapter by chapter.

    Raises:
        ValueError: If an entry is malformed, or an id stands twice.
    """
    found: dict[str, Exercise] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["exercise"]:
            exercise = _read(entry)
            if exercise.chapter != path.stem or exercise.id in found:
                raise ValueError(f"{path.name}: an id must be new and begin with the chapter, not be {exercise.id!r}.")
            found[exercise.id] = exercise
    return found


def _read(entry: dict[str, Any]) -> Exercise:
    entry = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    try:
        exercise = Exercise(**entry)
    except TypeError as mistake:
        raise ValueError(f"an exercise must have the fields of Exercise, but {entry} came.") from mistake
    if not re.fullmatch(r"[a-z]+\.[1-9]\d*", exercise.id) or exercise.level not in LEVELS or not exercise.asks:
        raise ValueError(f"an exercise must have an id, a level and what it asks for, but {exercise} came.")
    return exercise


def solution(exercise: Exercise) -> str:
    """The solution of an exercise: what it asks for, and all that this uses, out of the module of its chapter."""
    text = (FOLDER / f"{exercise.chapter}.py").read_text(encoding="utf-8")
    places = dict(_top_level(ast.parse(text)))
    wanted: set[ast.stmt] = set()
    waiting = list(exercise.asks)
    while waiting:
        node = places[waiting.pop()]
        if node not in wanted:
            wanted.add(node)
            waiting += [word.id for word in ast.walk(node) if isinstance(word, ast.Name) and word.id in places]
    lines = text.splitlines()
    kept = ["\n".join(lines[n.lineno - 1 : n.end_lineno]) for n in sorted(wanted, key=lambda node: node.lineno)]
    imports = [code for code in kept if code.startswith(("import ", "from "))]
    return "\n\n\n".join(filter(None, ["\n".join(imports), *(c for c in kept if c not in imports)])) + "\n"


def _top_level(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    """Every name that a module defines or imports, with the statement that does it."""
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name, node
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from ((alias.asname or alias.name, node) for alias in node.names)
        elif isinstance(node, ast.Assign):
            yield from ((target.id, node) for target in node.targets if isinstance(target, ast.Name))


def functions() -> Iterator[tuple[str, str, Callable[..., Any]]]:
    """Every function that an exercise asks for: the chapter, its name, and our solution."""
    for exercise in all_exercises().values():
        module = importlib.import_module(f"cnnspec.exercises.{exercise.chapter}")
        yield from ((exercise.chapter, name, getattr(module, name)) for name in exercise.asks)
