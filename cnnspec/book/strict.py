"""SuperFences swallows all exceptions but its own, and then prints the fence as plain code; `strict` lets none pass."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec

from pymdownx.superfences import SuperFencesException

Arguments = ParamSpec("Arguments")


def strict(fence: Callable[Arguments, str]) -> Callable[Arguments, str]:
    """Make every exception of a fence end the build."""

    @functools.wraps(fence)
    def wrapped(*arguments: Arguments.args, **options: Arguments.kwargs) -> str:
        try:
            return fence(*arguments, **options)
        except SuperFencesException:
            raise
        except Exception as mistake:
            raise SuperFencesException(f"{type(mistake).__name__}: {mistake}") from mistake

    return wrapped
