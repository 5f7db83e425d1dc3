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
    "faster": "The same laws, faster",
    "zoo": "The architecture zoo",
    "residual": "Residual networks",
    "transfer": "Transfer",
}
"""The chapters by the name of their page, which is that of their module too if they have one, in the book's order."""

STEPS = {
    "environment": 1,
    "convolution": 2,
    "channels": 3,
    "pooling": 4,
    "network": 5,
    "gradients": 5,
    "faster": 5,
    "zoo": 6,
    "residual": 7,
    "transfer": 8,
}
"""The number of the lab's step that a chapter belongs to; Step 5 takes three."""

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


def exercise_page(id: str) -> str:
    """The permanent address of an exercise."""
    return f"{chapter_page(id.partition('.')[0])}#{id}"


def module_page(name: str) -> str:
    """The permanent address of a module's reference."""
    return f"{book()}reference/{name}/"


def claim_page(id: str) -> str:
    """The permanent address of a claim."""
    return f"{book()}{CLAIMS[id[0]]}#{id}"


def number(step: str) -> int:
    """The number of the step that a chapter belongs to."""
    return STEPS[step]


def step_named(word: str) -> str | None:
    """The step that a reader means by its name or its number, or None."""
    for name, number in STEPS.items():
        if word.lower() == name or word == str(number):
            return name
    return None
