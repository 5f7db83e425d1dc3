r"""The files that readers begin with: an exercise, or a whole step, with docstrings and without bodies."""

from __future__ import annotations

import inspect
import re
import textwrap
from fnmatch import fnmatchcase
from functools import cache

from cnnspec.check.links import CHAPTERS, chapter_page, exercise_page, number
from cnnspec.exercises import Exercise, all_exercises
from cnnspec.laws import Law, all_laws
from cnnspec.laws.operators import BOOK, OPERATORS, Operator

PADDINGS = {
    "output_size": "Cells added before and as many after.",
    "correlate2d": "Rows and columns of zeros around the image.",
    "conv2d": "Rows and columns of zeros around each image.",
    "conv_transpose2d": "Rows and columns cut off the canvas.",
    "max_pool2d": "Border around each map, at most half of the window.",
    "avg_pool2d": "Border around each map, at most half of the window.",
}
"""What `padding` is in the contract; the book's own operators take more."""

BEYOND = {"max_pool2d_backward": {"dilation", "ceil_mode"}, "avg_pool2d_backward": {"ceil_mode"}}
"""Parameters of the book's own operators that the contract does not have, so that an exercise does not ask for them."""

STEP = '''\
r"""Step {number}: {title}. Write the bodies; the laws will tell you how far you are.

    cnnspec check {file}

Arrays are N, C, H, W. `stride`, `padding`, `dilation` and `size` are an integer or a pair (vertical, horizontal).
Inputs are floating-point arrays (float64 or float32) and must stay as they are; answers keep their dtype.
The chapter: {page}
"""

import numpy as np
'''

EXERCISE = '''\
r"""{heading}

{question}

    cnnspec check {file} --exercise {id}

The exercise in the book: {page}
"""

import numpy as np
'''


def find(id: str) -> Exercise:
    """The exercise with this id.

    Raises:
        KeyError: If there is none.
    """
    return all_exercises()[id]


def exercises_of(step: str) -> list[Exercise]:
    """The exercises of a chapter."""
    return [exercise for exercise in all_exercises().values() if exercise.chapter == step]


def heading(exercise: Exercise) -> str:
    """An exercise in a line: its id, its level and its title."""
    return f"{exercise.id} {exercise.dots} {exercise.title}"


def marking(exercise: Exercise) -> list[Law]:
    """The laws that mark an exercise, in the order of the book.

    A pattern stands for the laws that every subject is held to; an id may also name one that asks for more.
    """
    return [
        law
        for law in all_laws().values()
        if law.needs[0] in exercise.asks
        and any(law.id == word or (not law.extended and fnmatchcase(law.id, word)) for word in exercise.laws)
    ]


@cache
def marks() -> dict[str, list[str]]:
    """The ids of the exercises that each law marks, by the law's id."""
    found: dict[str, list[str]] = {}
    for exercise in (exercise for step in CHAPTERS for exercise in exercises_of(step)):
        for law in marking(exercise):
            found.setdefault(law.id, []).append(exercise.id)
    return found


def exercise_stub(exercise: Exercise, file: str) -> str:
    """The source that an exercise begins with.

    Args:
        exercise: The exercise.
        file: The name that the file will have.
    """
    head = EXERCISE.format(
        heading=heading(exercise),
        question=without_links(exercise.question.strip()),
        file=file,
        id=exercise.id,
        page=exercise_page(exercise.id),
    )
    return _source(head, [OPERATORS[name] for name in exercise.asks])


def without_links(text: str) -> str:
    """Markdown with only the words of its links, as it reads in a file.

    >>> without_links("[conv.delta][] holds, see [the chapter](index.md) and $[0, 1]$.")
    'conv.delta holds, see the chapter and $[0, 1]$.'
    """
    return re.sub(r"\[([^\]\n]+)\](\[[^\]\n]*\]|\([^)\n]+\))", r"\1", text)


def operators_of(step: str) -> list[Operator]:
    """The operators of a step that a reader may implement."""
    return [operator for operator in BOOK.values() if operator.step == step and operator.public]


def stub(step: str, file: str) -> str:
    """The source that a whole step begins with.

    Args:
        step: The step's name.
        file: The name that the file will have.
    """
    head = STEP.format(number=number(step), title=CHAPTERS[step], file=file, page=chapter_page(step))
    return _source(head, operators_of(step))


def _source(head: str, operators: list[Operator]) -> str:
    return "\n\n".join([head.rstrip("\n") + "\n", *(_function(operator) for operator in operators)])


def _function(operator: Operator) -> str:
    found = inspect.signature(operator.definition)
    asked = (p for p in found.parameters.values() if p.name not in BEYOND.get(operator.name, ()))
    bare = [p.replace(annotation=p.empty) for p in asked]
    signature = found.replace(parameters=bare, return_annotation=found.empty)
    body = f'r"""{_docstring(operator)}\n"""\nraise NotImplementedError("{operator.name} is yours to write")\n'
    return f"def {operator.name}{signature}:\n{textwrap.indent(body, '    ')}"


def _docstring(operator: Operator) -> str:
    """The definition's docstring up to what it returns, with the paddings that the contract knows."""
    text = inspect.getdoc(operator.definition) or ""
    text = re.split(r"(?m)^(Raises|Source):", text)[0].rstrip()
    for name in BEYOND.get(operator.name, ()):
        text = re.sub(rf"(?m)^    {name}: .*(\n     +.*)*\n?", "", text)
    padding = PADDINGS.get(operator.name)
    if padding is None:
        return text
    return re.sub(r"(?m)^    padding: .*(\n     +.*)*", f"    padding: {padding}", text)
