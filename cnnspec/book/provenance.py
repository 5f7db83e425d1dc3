"""What the evidence of a build was found with: versions, and the commit of the sources."""

from __future__ import annotations

import subprocess
from functools import cache

from cnnspec import __version__
from cnnspec.environment import versions

TOLD = {"python": "Python", "numpy": "NumPy", "hypothesis": "Hypothesis"}
"""The versions that decide what is drawn and what comes out, and how a page writes their names."""


@cache
def provenance() -> str:
    """Say in a line what this build's evidence was found with."""
    known = versions()
    parts = [f"cnnspec {__version__}", f"commit `{commit()}`"]
    return ", ".join([*parts, *(f"{name} {known[package]}" for package, name in TOLD.items() if package in known)])


def commit() -> str:
    """Name the commit of the sources, and whether they have been changed since; without git, say that it is unknown."""
    describe = ["git", "describe", "--always", "--exclude=*", "--abbrev=12", "--dirty=, with changes"]
    try:
        done = subprocess.run(describe, capture_output=True, text=True, check=False)
    except OSError:
        return "unknown"
    return done.stdout.strip() or "unknown"
