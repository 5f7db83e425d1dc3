r"""Addresses that never change: the list of all that was ever citable, and where each of it is now.

`docs/permanent.txt` has a line for each chapter, page, exercise, law, claim, mutant and module: what it is, its id, its
address. New ones are added by `make permanent`; nothing is ever taken out. What is renamed keeps its old address: a law
through its former ids, anything else through `MOVED`, and the book has a page at each that leads on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import cnnspec
from cnnspec.book.claims import all_claims
from cnnspec.check.links import CLAIMS
from cnnspec.exercises import all_exercises
from cnnspec.laws import all_laws
from cnnspec.mutants import all_mutants

LIST = Path("docs/permanent.txt")

MOVED: dict[str, str] = {}
"""Addresses of renamed pages, each with the address that it leads to, such as `reference/cnnspec.old/`."""

Name = tuple[str, str]
"""What something is, and its id: `("law", "conv.delta")`."""


def current(root: Path) -> dict[Name, str]:
    """List all that can be cited in this edition, with its address.

    Args:
        root: The folder of the project.
    """
    found: dict[Name, str] = {}
    for page in pages_of_the_menu(root):
        kind = "chapter" if page.startswith("steps/") else "page"
        found[kind, Path(page).stem if kind == "chapter" else page.removesuffix(".md")] = address(page)
    for law in all_laws().values():
        for name in (law.id, *law.aliases):
            found["law", name] = f"laws/{name}/"
    found |= {
        ("exercise", exercise.id): f"steps/{exercise.chapter}/#{exercise.id}" for exercise in all_exercises().values()
    }
    found |= {("claim", claim): f"{CLAIMS[claim[0]]}#{claim}" for claim in all_claims()}
    found |= {
        ("mutant", mutant.name): f"mutants/{mutant.step}/#mutant.{mutant.name}" for mutant in all_mutants().values()
    }
    return found | {("module", name): f"reference/{name}/" for name in modules()}


def pages_of_the_menu(root: Path) -> list[str]:
    """Read the pages of the menu from the book's configuration."""
    menu = re.search(r"(?ms)^nav:\n(.*?)^\w", (root / "mkdocs.yml").read_text(encoding="utf-8"))
    return re.findall(r"(?m)(\S+\.md)$", menu.group(1)) if menu else []


def address(page: str) -> str:
    """Turn the path of a Markdown file into the address of its page.

    >>> address("steps/pooling.md"), address("laws/index.md")
    ('steps/pooling/', 'laws/')
    """
    return re.sub(r"(^|/)index$", r"\1", page.removesuffix(".md")).rstrip("/") + ("" if page == "index.md" else "/")


@cache
def modules() -> list[str]:
    """Name every module of the package."""
    package = Path(cnnspec.__file__).parent
    paths = [path.relative_to(package.parent).with_suffix("") for path in package.rglob("*.py")]
    return sorted(".".join(path.parts).removesuffix(".__init__") for path in paths if path.name != "__main__")


def read(path: Path) -> dict[Name, str]:
    """Read the list.

    Raises:
        ValueError: If a line is not three words, or an id stands twice.
    """
    found: dict[Name, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        words = line.split()
        if not words or line.startswith("#"):
            continue
        if len(words) != 3 or (words[0], words[1]) in found:
            raise ValueError(
                f"{path.name} must have lines of a kind, an id and an address, each once, but {line!r} came."
            )
        found[words[0], words[1]] = words[2].replace("<root>", "")
    return found


def faults(listed: Mapping[Name, str], now: Mapping[Name, str]) -> list[str]:
    """Say what was promised and is not kept, and what is not promised yet.

    Args:
        listed: What the list holds.
        now: What this edition has.
    """
    said = []
    reachable = {*now.values(), *MOVED}
    for (kind, name), place in listed.items():
        if place not in reachable:
            what = "has disappeared" if (kind, name) not in now else f"has moved to {now[kind, name]}"
            said.append(f"the {kind} {name} {what}: its address {place} is permanent, so let it lead on.")
    said += [
        f"the {kind} {name} is not in {LIST.name}: run make permanent."
        for kind, name in now
        if (kind, name) not in listed
    ]
    return said


def extend(path: Path, now: Mapping[Name, str]) -> int:
    """Add what is new to the list, and return how many lines that made."""
    listed = read(path) if path.exists() else {}
    new = {name: place for name, place in now.items() if name not in listed}
    lines = sorted(f"{kind} {name} {place or '<root>'}" for (kind, name), place in (listed | new).items())
    head = "# What can be cited and where it is, for ever. Lines are added by `make permanent` and never removed.\n"
    path.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    return len(new)


def leading_on() -> dict[str, str]:
    """Write the pages that stand at former addresses, by their path."""
    former = {f"laws/{alias}.md": (alias, f"{law.id}.md") for law in all_laws().values() for alias in law.aliases}
    for old, new in MOVED.items():
        up = "../" * old.rstrip("/").count("/")
        former[f"{old.rstrip('/')}.md"] = (old.rstrip("/").rpartition("/")[2], f"{up}{new.rstrip('/')}.md")
    return {path: forwarding(name, link) for path, (name, link) in former.items()}


def forwarding(name: str, link: str) -> str:
    """Write one page that leads on, by itself and with a link."""
    goal = link.removesuffix(".md").rpartition("/")[2]
    return f"""---
title: {name}
moved: ../{link.removesuffix(".md")}/
search:
  exclude: true
---

# {name}

This has another name now: [{goal}]({link}).
"""
