"""Every work that the book names by author and year stands in full on the page of works cited, and no other does."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NAME = r"(?:[A-ZÀ-Þ][\w'’-]+|[A-Z]\.|et al\.|and others|van|der|and|&)"
NAMED = re.compile(rf"({NAME}(?:,? {NAME})*,?) \((\d{{4}})(?:, revised \d{{4}})?\)")


def works(text: str) -> set[tuple[str, str]]:
    """The first author and the year of each work that a text names."""
    return {(found[1].split()[0].rstrip(","), found[2]) for found in NAMED.finditer(" ".join(text.split()))}


@cache
def named() -> dict[tuple[str, str], str]:
    """Each work that code, ledger or chapters name, and one file that does."""
    files = [
        *(ROOT / "cnnspec").rglob("*.py"),
        *(ROOT / "cnnspec").rglob("*.toml"),
        *(ROOT / "docs" / "steps").rglob("*.md"),
    ]
    return {work: path.name for path in sorted(files) for work in works(path.read_text(encoding="utf-8"))}


@cache
def entries() -> list[str]:
    page = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    return [" ".join(entry.split()) for entry in re.findall(r"(?ms)^- (.*?)(?=^- |^#|\Z)", page)]


def test_a_work_is_known_by_its_first_author_and_year() -> None:
    text = "theorem, Kimeldorf & Wahba (1971); Dumoulin & Visin (2016, revised\n    2018). He, T. et al. (2019)"
    assert works(text) == {("Kimeldorf", "1971"), ("Dumoulin", "2016"), ("He", "2019")}


def test_every_work_that_is_named_stands_on_the_page() -> None:
    listed = {work for entry in entries() for work in works(entry)}
    missing = {work: where for work, where in named().items() if work not in listed}
    assert not missing, f"docs/sources.md lacks {missing}"


@pytest.mark.parametrize("entry", [entry for entry in entries() if NAMED.match(entry)])
def test_every_work_on_the_page_is_named_and_has_a_title(entry: str) -> None:
    (work,) = works(entry)
    assert work in named() or work == ("Laurent", "2000"), f"nothing names {work}"
    assert re.search(r"\(\d{4}\)\. \*[^*]+\*.*\.$", entry), entry


def test_the_page_is_in_order() -> None:
    first = [next(iter(works(entry)))[0] for entry in entries() if NAMED.match(entry)]
    assert first == sorted(first, key=lambda name: name.lower().replace("ö", "o"))
