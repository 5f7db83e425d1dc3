r"""What the book's template asks for while MkDocs builds: how to cite a page."""

from __future__ import annotations

from typing import Any

from cnnspec.book.claims import all_claims
from cnnspec.check import citations
from cnnspec.laws import find


def on_env(env: Any, **_: Any) -> Any:
    """Let the template call these functions; MkDocs calls this once a build."""
    env.globals |= {"bibtex": bibtex, "claims_on": claims_on}
    return env


def bibtex(page: Any) -> str:
    """Return the BibTeX entry of a page that can be cited, with its address if the book is published somewhere."""
    url, meta = page.canonical_url or "", page.meta
    if meta.get("law"):
        return citations.for_law(find(meta["law"]), url)
    if meta.get("module"):
        return citations.for_module(meta["module"], url)
    if meta.get("step"):
        return citations.for_chapter(page.file.name, url)
    return citations.for_page(page.file.name, page.title, url)


def claims_on(page: Any) -> list[dict[str, str]]:
    """Describe the claims of a page of the ledger in the words of schema.org."""
    family = page.meta.get("ledger", "")
    return [
        {"@type": "Claim", "identifier": claim.id, "text": claim.claim, "url": f"{page.canonical_url or ''}#{claim.id}"}
        for claim in all_claims().values()
        if family and claim.id.startswith(family)
    ]
