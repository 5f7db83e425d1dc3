r"""How to cite the book, a chapter, a module, a law or a claim: BibTeX entries that name the edition.

An edition is a version of the package. A law's entry names the revision of its wording as well, since a law may be put
into other words without becoming another law. An address is given only if others can open it: that of a page, or below
the copy that `CNNSPEC_BOOK` names.
"""

from __future__ import annotations

import os

from cnnspec import __version__
from cnnspec.check.links import (
    CHAPTERS,
    YEAR,
    book,
    chapter_page,
    claim_page,
    law_page,
    module_page,
    number,
)
from cnnspec.laws import Law

AUTHOR = "{The cnnspec authors}"
TITLE = "cnnspec: an executable literate specification of convolutional neural networks"


def entry(kind: str, key: str, fields: dict[str, str]) -> str:
    """One BibTeX entry; fields without content are left out."""
    fields = {name: text for name, text in fields.items() if text}
    width = max(map(len, fields))
    lines = [f"  {name.ljust(width)} = {{{text}}}," for name, text in fields.items()]
    return "\n".join([f"@{kind}{{{key},", *lines, "}"])


def for_book(url: str | None = None) -> str:
    """The entry of the whole book."""
    fields = {
        "author": AUTHOR,
        "title": f"{{{TITLE}}}",
        **_edition(),
        "url": _published(book()) if url is None else url,
    }
    return entry("book", "cnnspec", fields)


def for_chapter(name: str, url: str | None = None) -> str:
    """The entry of a chapter."""
    fields = {
        "author": AUTHOR,
        "title": f"{{{CHAPTERS[name]}}}",
        "booktitle": f"{{{TITLE}}}",
        "chapter": str(number(name)),
        **_edition(),
        "url": _published(chapter_page(name)) if url is None else url,
    }
    return entry("incollection", f"cnnspec:{name}", fields)


def for_law(law: Law, url: str | None = None) -> str:
    """The entry of a law, with the revision that says which wording is meant."""
    note = f"edition {__version__}, revision {law.revision}"
    where = _published(law_page(law.id)) if url is None else url
    return _part(law.id, f"Law {law.id}: {_escaped(law.name)}", f"chapter {number(law.step)}", note, where)


def for_module(name: str, url: str | None = None) -> str:
    """The entry of a module of the package, by its dotted name."""
    where = _published(module_page(name)) if url is None else url
    return _part(name, f"Module {_escaped(name)}", "reference", f"edition {__version__}", where)


def for_claim(id: str, sentence: str, verdict: str, url: str | None = None) -> str:
    """The entry of a claim in the ledger, with the verdict of this edition."""
    where = _published(claim_page(id)) if url is None else url
    return _part(
        id, f"Claim {id}: {_escaped(sentence.rstrip('.'))}", "claims", f"edition {__version__}, {verdict}", where
    )


def for_page(key: str, title: str, url: str | None = None) -> str:
    """The entry of any other page of the book."""
    return _part(key, _escaped(title), "", f"edition {__version__}", url or "")


def _part(key: str, title: str, place: str, note: str, url: str) -> str:
    fields = {
        "author": AUTHOR,
        "title": f"{{{title}}}",
        "howpublished": f"In: {{{TITLE}}}" + (f", {place}" if place else ""),
        **_edition(),
        "note": note,
        "url": url,
    }
    return entry("misc", f"cnnspec:{key}", fields)


def _published(address: str) -> str:
    return address if os.environ.get("CNNSPEC_BOOK") else ""


def _edition() -> dict[str, str]:
    return {"year": str(YEAR), "edition": __version__}


def _escaped(text: str) -> str:
    return "".join(f"\\{c}" if c in "&%$#_{}" else c for c in text)
