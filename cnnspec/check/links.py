"""Where the book is: the one place that knows its address."""

from __future__ import annotations

import os

BOOK = "http://127.0.0.1:8000/"
"""Where `make book` shows the book; a published copy is named by the environment variable CNNSPEC_BOOK."""

YEAR = 2026
"""The year of this edition."""

CHAPTERS = {
    "environment": "Environment",
    "convolution": "Convolution",
    "channels": "Channels",
    "pooling": "Pooling",
}
"""The chapters by the name of their module, in the order of the steps."""


def book() -> str:
    """The address of the book, with a slash at its end."""
    return os.environ.get("CNNSPEC_BOOK", BOOK).rstrip("/") + "/"


def law_page(law: str) -> str:
    """The permanent address of a law."""
    return f"{book()}laws/{law}/"


def chapter_page(step: str) -> str:
    """The address of a chapter."""
    return f"{book()}steps/{step}/"


def number(step: str) -> int:
    """The number of a step."""
    return list(CHAPTERS).index(step) + 1


def step_named(word: str) -> str | None:
    """The step that a reader means by its name or its number, or None."""
    names = list(CHAPTERS)
    if word.isdigit() and 1 <= int(word) <= len(names):
        return names[int(word) - 1]
    return word.lower() if word.lower() in names else None
