r"""The `exercises` fence: questions from the register of exercises, each with its solution folded away under it.

It becomes Markdown before anything else of the page is read, so a question may hold formulas, links and whatever a
chapter may hold.
"""

from __future__ import annotations

import re
import textwrap
from fnmatch import fnmatchcase

from markdown import Extension, Markdown
from markdown.preprocessors import Preprocessor

from cnnspec.check.exercise import heading, marking
from cnnspec.exercises import Exercise, all_exercises, solution

FENCES = re.compile(r"(?ms)^(`{4,})[^`].*?^\1$|^```exercises\n(?P<ids>.*?)^```$")
"""Longer fences are looked at so that one which shows how to write this fence is left alone."""
FEW = 5
"""Up to so many laws are named under a question."""


def chosen(patterns: list[str]) -> list[Exercise]:
    """Find exercises by id, or by a pattern such as `pooling.*`, in the order of the patterns.

    Raises:
        KeyError: If a pattern fits no exercise.
    """
    all_chosen: dict[str, Exercise] = {}
    for pattern in patterns:
        fitting = {name: found for name, found in all_exercises().items() if fnmatchcase(name, pattern)}
        if not fitting:
            raise KeyError(f"no exercise has the id {pattern!r}")
        all_chosen |= fitting
    return list(all_chosen.values())


def markdown_of(exercise: Exercise) -> str:
    """Write an exercise as it stands on its page: the question, how to begin, and the solution under a fold."""
    laws = [law.id for law in marking(exercise)]
    marks = ", ".join(f"[{law}][]" for law in laws) if len(laws) <= FEW else f"{len(laws)} laws"
    code = textwrap.indent(f"```python\n{solution(exercise)}```", "    ")
    return f"""\
### {heading(exercise)} {{ #{exercise.id} .exercise data-toc-label="{exercise.id} {exercise.title}" }}

{exercise.question.strip()}

`cnnspec start {exercise.id}` · marked by {marks}
{{ .marks }}

??? success "Solution of {exercise.id}"

{code}
"""


class ExercisesPreprocessor(Preprocessor):
    """Replaces the fence by the Markdown of its exercises."""

    def run(self, lines: list[str]) -> list[str]:
        """Read the page once, before its other fences."""
        return FENCES.sub(self.expand, "\n".join(lines)).split("\n")

    def expand(self, fence: re.Match[str]) -> str:
        """Return the exercises that a fence names, or a longer fence as it is."""
        if fence["ids"] is None:
            return fence[0]
        return "\n".join(map(markdown_of, chosen(fence["ids"].split())))


class ExercisesExtension(Extension):
    """Shows exercises."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (the name Markdown calls)
        """Register the preprocessor behind the one that tidies white space and before those that read fences."""
        md.preprocessors.register(ExercisesPreprocessor(md), "cnnspec_exercises", 29)


def makeExtension(**settings: object) -> ExercisesExtension:  # noqa: N802 (the name Markdown looks for)
    """Make the extension for `markdown_extensions: [cnnspec.book.exercises]`."""
    return ExercisesExtension(**settings)
