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
    "network": "The network",
    "gradients": "Gradients",
    "zoo": "The architecture zoo",
    "residual": "Residual networks",
    "transfer": "Transfer",
}
"""The chapters by the name of their module, in the order of the steps."""

STEPS = {
    "environment": 1,
    "convolution": 2,
    "channels": 3,
    "pooling": 4,
    "network": 5,
    "gradients": 5,
    "zoo": 6,
    "residual": 7,
    "transfer": 8,
}
"""The number of the lab's step that a module belongs to; Step 5 takes two."""

FURTHER_CHAPTERS = {"faster": ("The same laws, faster", 5)}
"""Chapters that belong to no module: their titles and their steps."""

CLAIMS = {"L": "claims/", "C": "claims/popular/"}
"""The pages of the claims ledger, by the first letter of an id."""


def book() -> str:
    """The address of the book, with a slash at its end."""
    return os.environ.get("CNNSPEC_BOOK", BOOK).rstrip("/") + "/"


def law_page(law: str) -> str:
    """The permanent address of a law."""
    return f"{book()}laws/{law}/"


def chapter_page(step: str) -> str:
    """The address of a chapter."""
    return f"{book()}steps/{step}/"


def chapter_title(name: str) -> str:
    """What a chapter is called, by the name of its module or of its page."""
    return CHAPTERS[name] if name in CHAPTERS else FURTHER_CHAPTERS[name][0]


def chapter_number(name: str) -> int:
    """The step that a chapter belongs to."""
    return STEPS[name] if name in STEPS else FURTHER_CHAPTERS[name][1]


def module_page(name: str) -> str:
    """The permanent address of a module's reference."""
    return f"{book()}reference/{name}/"


def claim_page(id: str) -> str:
    """The permanent address of a claim."""
    return f"{book()}{CLAIMS[id[0]]}#{id}"


def number(step: str) -> int:
    """The number of a step."""
    return STEPS[step]


def step_named(word: str) -> str | None:
    """The step that a reader means by its name or its number, or None."""
    for name, number in STEPS.items():
        if word.lower() == name or word == str(number):
            return name
    return None
