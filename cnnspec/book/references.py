"""An extension of griffe that leads from each law in the reference to its page, and from each operator to its laws."""

from __future__ import annotations

import re
from typing import Any

import griffe

from cnnspec.book.evidence import laws_about
from cnnspec.laws import all_laws
from cnnspec.laws.operators import OPERATORS


class LawReferences(griffe.Extension):
    """Adds to docstrings what the register of laws knows."""

    def __init__(self) -> None:
        super().__init__()
        self.laws = {f"{law.function.__module__}.{law.function.__name__}": law.id for law in all_laws().values()}
        self.operators = {
            f"{operator.definition.__module__}.{operator.definition.__name__}": name
            for name, operator in OPERATORS.items()
        }

    def on_function(self, *, func: griffe.Function, **_: Any) -> None:
        """Extend the docstring of a law or of an operator."""
        if func.docstring is None:
            return
        if func.path in self.laws:
            text = re.sub(r"(?m)^(Catches|Misses|Source):", r"\n**\1:**", func.docstring.value)
            func.docstring.value = (
                f"{text}\n\n**Page of the law:** [`{self.laws[func.path]}`][{self.laws[func.path]}]\n"
            )
        elif func.path in self.operators:
            laws = laws_about(self.operators[func.path])
            if laws:
                links = ", ".join(f"[`{law}`][{law}]" for law in laws)
                func.docstring.value = f"{func.docstring.value.rstrip()}\n\nLaws:\n    {links}\n"
