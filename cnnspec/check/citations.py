r"""How to cite the book, a chapter or a law: BibTeX entries that name the version and, for a law, its wording."""

from __future__ import annotations

from cnnspec import __version__
from cnnspec.check.links import CHAPTERS, YEAR, book, chapter_page, law_page, number
from cnnspec.laws import Law

AUTHOR = "{The cnnspec authors}"
TITLE = "cnnspec: an executable literate specification of convolutional neural networks"


def entry(kind: str, key: str, fields: dict[str, str]) -> str:
    """One BibTeX entry."""
    width = max(map(len, fields))
    lines = [f"  {name.ljust(width)} = {{{text}}}," for name, text in fields.items()]
    return "\n".join([f"@{kind}{{{key},", *lines, "}"])


def for_book() -> str:
    """The entry of the whole book."""
    fields = {"author": AUTHOR, "title": f"{{{TITLE}}}", "year": str(YEAR), "version": __version__, "url": book()}
    return entry("book", "cnnspec", fields)


def for_chapter(step: str) -> str:
    """The entry of a chapter."""
    return entry(
        "incollection",
        f"cnnspec-{step}",
        {
            "author": AUTHOR,
            "title": f"{{{CHAPTERS[step]}}}",
            "booktitle": f"{{{TITLE}}}",
            "chapter": str(number(step)),
            "year": str(YEAR),
            "version": __version__,
            "url": chapter_page(step),
        },
    )


def for_law(law: Law) -> str:
    """The entry of a law, with the revision that says which wording is meant."""
    return entry(
        "misc",
        f"cnnspec-{law.id.replace('.', '-')}",
        {
            "author": AUTHOR,
            "title": f"{{Law {law.id}: {_escaped(law.name)}}}",
            "howpublished": f"In: {{{TITLE}}}, chapter {number(law.step)}",
            "year": str(YEAR),
            "version": __version__,
            "note": f"revision {law.revision}",
            "url": law_page(law.id),
        },
    )


def _escaped(text: str) -> str:
    return "".join(f"\\{c}" if c in "&%$#_{}" else c for c in text)
