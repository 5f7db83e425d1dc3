r"""Exercises: the operators of a step with their docstrings and without their bodies."""

from __future__ import annotations

import inspect
import re
import textwrap

from cnnspec.check.links import CHAPTERS, chapter_page, number
from cnnspec.laws.operators import OPERATORS, Operator

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

HEAD = '''\
r"""Step {number}: {title}. Write the bodies; the laws will tell you how far you are.

    cnnspec check {file}

Arrays are N, C, H, W. `stride`, `padding`, `dilation` and `size` are an integer or a pair (vertical, horizontal).
Inputs are floating-point arrays (float64 or float32) and must stay as they are; answers keep their dtype.
The chapter: {page}
"""

import numpy as np
'''


def operators_of(step: str) -> list[Operator]:
    """The operators of a step that a reader may implement."""
    return [operator for operator in OPERATORS.values() if operator.step == step and operator.public]


def stub(step: str, file: str) -> str:
    """The source of an exercise.

    Args:
        step: The step's name.
        file: The name that the file will have.
    """
    head = HEAD.format(number=number(step), title=CHAPTERS[step], file=file, page=chapter_page(step))
    return "\n\n".join([head.rstrip("\n") + "\n", *(_function(operator) for operator in operators_of(step))])


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
