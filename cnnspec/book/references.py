"""An extension of griffe that leads from each operator in the reference to the laws about it."""

from __future__ import annotations

from typing import Any

import griffe

from cnnspec.book.evidence import laws_about
from cnnspec.laws.operators import OPERATORS


class LawReferences(griffe.Extension):
    """Adds to docstrings what the register of laws knows."""

    def __init__(self) -> None:
        super().__init__()
        self.operators = {
            f"{operator.definition.__module__}.{operator.definition.__name__}": name
            for name, operator in OPERATORS.items()
        }

    def on_function(self, *, func: griffe.Function, **_: Any) -> None:
        """Extend the docstring of an operator."""
        laws = laws_about(self.operators.get(func.path, ""))
        if func.docstring is not None and laws:
            links = ", ".join(f"[`{law}`][{law}]" for law in laws)
            func.docstring.value = f"{func.docstring.value.rstrip()}\n\nLaws:\n    {links}\n"
