r"""Makes sure that the ground a comparison stands on is what it was before the subject's code ran.

A subject shares its process with the laws, so it could replace what they compare with, by malice or by an eager
`from numpy import *` into the wrong module. The referee remembers every function that the laws stand on, puts
back what was replaced, and says so; then no verdict of that process counts. `canary` finds what the referee cannot
see: a law that no longer fails on a known-wrong operator.
"""

from __future__ import annotations

import sys
import types
from typing import Any

from cnnspec.check.run import run_law
from cnnspec.laws import Law
from cnnspec.laws.compare import Mismatch, same
from cnnspec.laws.operators import OPERATORS

FOUNDATIONS = ("numpy", "hypothesis", "hypothesis.core", "builtins")
"""Modules outside cnnspec that laws stand on; of each, what it holds at the top. (`inspect` is PyTorch's to change.)"""

HARMLESS = frozenset(
    {"__import__", "breakpoint", "copyright", "credits", "exit", "help", "input", "open", "print", "quit"}
)
"""Builtins that no comparison uses, and that honest libraries replace."""

MOVING = frozenset({"current", "_register", "__warningregistry__", "_sys_modules_len", "_local_constants", "_"})
"""Names that change while laws run."""


class Referee:
    """Remembers what the laws stand on."""

    def __init__(self) -> None:
        modules = [m for n, m in sys.modules.items() if n.split(".")[0] == "cnnspec"]
        modules += [sys.modules[n] for n in FOUNDATIONS if n in sys.modules]
        self._spaces: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
        self._classes: list[tuple[str, type, dict[str, Any]]] = []
        self._code: list[tuple[str, Any, Any, Any]] = []
        for module in modules:
            space = vars(module)
            held = {k: v for k, v in space.items() if k not in MOVING | HARMLESS}
            self._spaces.append((module.__name__, space, held))
            if module.__name__.startswith("cnnspec"):
                for name, thing in held.items():
                    self._look_at(f"{module.__name__}.{name}", thing)

    def _look_at(self, name: str, thing: Any) -> None:
        if isinstance(thing, types.FunctionType):
            self._code.append((name, thing, thing.__code__, thing.__defaults__))
        elif isinstance(thing, type) and thing.__module__.startswith("cnnspec"):
            members = {k: v for k, v in vars(thing).items() if k not in ("__dict__", "__weakref__")}
            self._classes.append((name, thing, members))

    def restore(self) -> str:
        """Put back whatever was replaced, and return the name of the first such thing, or an empty string.

        Written without a call of anything that could have been replaced.
        """
        found = ""
        for name, space, held in self._spaces:
            for key in held:
                if key not in space or space[key] is not held[key]:
                    space[key] = held[key]
                    found = found or name + "." + key
        for name, kind, members in self._classes:
            now = kind.__dict__
            for key in members:
                if key not in now or now[key] is not members[key]:
                    type.__setattr__(kind, key, members[key])
                    found = found or name + "." + key
        for name, function, code, defaults in self._code:
            if function.__code__ is not code or function.__defaults__ is not defaults:
                function.__code__, function.__defaults__ = code, defaults
                found = found or name
        return found


def canary(laws: dict[str, Law], seed: int) -> str:
    """Whether the comparison still tells a wrong operator from the right one; a sentence if it does not."""
    try:
        same(0.0, 1.0)
    except Mismatch:
        pass
    else:
        return "the comparison calls 0 and 1 the same"
    law = next((law for law in laws.values() if law.oracle and law.needs[0] == "correlate2d"), None)
    if law is not None:
        right = OPERATORS["correlate2d"].definition
        wrong = {"correlate2d": lambda image, kernel, **options: right(image, kernel, **options) + 1}
        if run_law(law, wrong, examples=5, seed=seed, patience=0).status != "fail":
            return f"{law.id} no longer fails on an operator that adds one to every answer"
    return ""
