"""What a page's box says is what `cnnspec cite` prints, without an address that nobody else can open."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cnnspec import __version__
from cnnspec.book import hooks
from cnnspec.check import citations
from cnnspec.check.links import CHAPTERS
from cnnspec.laws import find

ROOT = Path(__file__).parents[1]


def page(name: str, url: str | None = None, **meta: Any) -> SimpleNamespace:
    return SimpleNamespace(canonical_url=url, meta=meta, file=SimpleNamespace(name=name), title="A page")


@pytest.mark.parametrize(
    ("cited", "entry"),
    [
        (page("conv.delta", law="conv.delta"), citations.for_law(find("conv.delta"))),
        (page("pooling", step=4), citations.for_chapter("pooling")),
        (page("faster", step=5), citations.for_chapter("faster")),
        (page("cnnspec.pooling", module="cnnspec.pooling"), citations.for_module("cnnspec.pooling")),
    ],
    ids=["law", "chapter", "further chapter", "module"],
)
def test_the_box_of_a_page_says_what_the_command_prints(cited: SimpleNamespace, entry: str) -> None:
    shown = hooks.bibtex(cited)
    assert "url" not in shown
    assert entry == shown
    assert f"edition {__version__}" in shown or re.search(rf"edition +=.*{re.escape(__version__)}", shown)
    cited.canonical_url = "https://example.org/0.1.0/page/"
    assert re.search(r"url += \{https://example.org/0.1.0/page/\}", hooks.bibtex(cited))


def test_a_page_of_claims_describes_them_for_search_engines() -> None:
    described = hooks.claims_on(page("claims", "https://example.org/claims/", ledger="L"))
    assert {"@type": "Claim", "identifier": "L-12", "url": "https://example.org/claims/#L-12"}.items() <= next(
        claim for claim in described if claim["identifier"] == "L-12"
    ).items()
    assert not hooks.claims_on(page("pooling", step=4))


def test_every_chapter_with_a_step_can_be_cited() -> None:
    for path in sorted((ROOT / "docs" / "steps").glob("*.md")):
        step = re.search(r"(?m)^step: (\d)$", path.read_text(encoding="utf-8"))
        assert step is not None, f"{path.name} needs a step in its front matter"
        assert path.stem in CHAPTERS, f"{path.name} is no chapter that links knows"
        assert f"chapter   = {{{step.group(1)}}}" in citations.for_chapter(path.stem)
