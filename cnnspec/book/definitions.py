"""The `definition` fence: the code of an operator, read from the module while the book is built.

The docstring is left out, since the chapter around it says the same with more room; `docstring` keeps it.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import textwrap
from typing import Any

from markdown import Markdown
from pymdownx.superfences import SuperFencesException

from cnnspec.book.evidence import laws_about
from cnnspec.book.strict import strict


def accepts(
    language: str, inputs: dict[str, Any], options: dict[str, Any], attrs: dict[str, Any], md: Markdown
) -> bool:
    """Accept the fence; `docstring` and `fold` are its options."""
    for option in inputs:
        if option not in ("docstring", "fold"):
            raise SuperFencesException(f"a definition has no option {option!r}; it may have docstring, fold")
        options[option] = True
    return True


@strict
def show(source: str, language: str, class_name: str, options: dict[str, Any], md: Markdown, **more: Any) -> str:
    """Show the code of every name in the body, one a line, such as `convolution.correlate2d`."""
    docstring, fold = options.pop("docstring", False), options.pop("fold", False)
    parts = []
    for name in source.split():
        thing = lookup(name)
        text = inspect.getsource(thing) if docstring else without_docstring(inspect.getsource(thing))
        path = f"{thing.__module__}.{thing.__qualname__}"
        code = md.preprocessors["fenced_code_block"].highlight(
            src=text, class_name="highlight", language="python", options={}, md=md, **more
        )
        if fold:
            code = f'<details class="code"><summary>Code of <code>{thing.__name__}</code></summary>{code}</details>'
        parts.append(code + below(path, thing.__name__))
    return f'<div class="definition">{"".join(parts)}</div>'


def below(path: str, name: str) -> str:
    """Lead from a definition to its reference and to the laws about it."""
    laws = [f'<autoref identifier="{law}"><code>{law}</code></autoref>' for law in laws_about(name)]
    chips = f" · laws: {' '.join(laws)}" if laws else ""
    reference = f'<autoref identifier="{path}">Arguments and errors of <code>{name}</code></autoref>'
    return f'<p class="where">{reference}{chips}</p>'


def lookup(name: str) -> Any:
    """Find a function or class of the package by its dotted name, with or without `cnnspec.` before it.

    Raises:
        SuperFencesException: If there is nothing of that name.
    """
    module, _, attribute = name.removeprefix("cnnspec.").rpartition(".")
    try:
        return getattr(importlib.import_module(f"cnnspec.{module}".rstrip(".")), attribute)
    except (ImportError, AttributeError) as mistake:
        raise SuperFencesException(f"the package has no definition {name!r}") from mistake


def without_docstring(source: str) -> str:
    """Take the docstring out of the source of a function or class."""
    source = textwrap.dedent(source)
    body = ast.parse(source).body[0]
    if not isinstance(body, (ast.FunctionDef, ast.ClassDef)) or ast.get_docstring(body) is None:
        return source
    first = body.body[0]
    lines = source.splitlines()
    kept = lines[: first.lineno - 1] + lines[first.end_lineno or first.lineno :]
    return "\n".join(kept).strip("\n") + "\n"
