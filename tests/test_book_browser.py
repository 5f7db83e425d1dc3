"""The built book in a real browser: quiet, legible to everyone, wide and narrow, light and dark, by keyboard alone.

A part of the generated pages is opened here. Every page, in both colours:

    CNNSPEC_EVERY_PAGE=1 pytest tests/test_book_browser.py
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[1]
WRITTEN = sorted(
    path.relative_to(ROOT / "docs").with_suffix("").as_posix().removesuffix("index").rstrip("/")
    for pattern in ("*.md", "steps/*.md", "explore/*.md")
    for path in (ROOT / "docs").glob(pattern)
)
GENERATED = ["laws", "laws/conv.delta", "laws/max.not-invariant", "mutants/pooling", "reference/cnnspec.convolution"]
FEW = ["", "steps/pooling", "laws/conv.delta"]  # axe takes seconds for a chapter
PAGES = [*WRITTEN, *(page for page in GENERATED if page not in WRITTEN)]
COLOURS = ("light", "dark")
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}


def address(page: str) -> str:
    return f"{page}/" if page else ""


@pytest.fixture
def tab(chromium: Any) -> Iterator[Any]:
    """A tab that keeps a list of what a reader should not have to suffer."""
    context = chromium.new_context(viewport=DESK)
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda m: page.complaints.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    # Leaving a page ends what it still loads.
    page.on(
        "requestfailed",
        lambda r: page.complaints.append(f"{r.failure}: {r.url}") if "ABORTED" not in r.failure else None,
    )
    page.on("response", lambda r: page.complaints.append(f"{r.status}: {r.url}") if r.status >= 400 else None)
    page.on("request", lambda r: page.complaints.append(f"asked {r.url}") if elsewhere(r.url) else None)
    yield page
    context.close()


def elsewhere(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme not in ("data", "blob", "file") and parts.hostname != "127.0.0.1"


def pages_of(site: Path, usual: list[str] = PAGES) -> list[str]:
    """The pages to open: all of them if asked to."""
    if not os.environ.get("CNNSPEC_EVERY_PAGE"):
        return usual
    return sorted(path.parent.relative_to(site).as_posix().removeprefix(".") for path in site.rglob("index.html"))


def test_no_page_complains_or_asks_another_host_or_is_wider_than_a_phone(tab: Any, served: str, site: Path) -> None:
    tab.set_viewport_size(PHONE)
    wide = {}
    for page in pages_of(site):
        tab.goto(served + address(page), wait_until="load")
        assert tab.locator("article h1").count(), page
        assert not tab.complaints, page
        width = tab.evaluate("document.scrollingElement.scrollWidth")
        if width > PHONE["width"]:
            wide[page] = width
    assert not wide


@pytest.mark.parametrize("colour", COLOURS)
def test_axe_finds_nothing_serious(tab: Any, served: str, site: Path, colour: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    tab.emulate_media(color_scheme=colour, reduced_motion="reduce")
    found = {}
    for page in pages_of(site, FEW):
        tab.goto(served + address(page), wait_until="load")
        serious = [
            (violation["id"], [node["target"] for node in violation["nodes"]][:3])
            for violation in axe.run(tab).response["violations"]
            if violation["impact"] in ("serious", "critical")
        ]
        if serious:
            found[page] = serious
    assert not found


@pytest.mark.parametrize("words", ["conv.delta", "impulse paints", "impulse"])
def test_the_search_finds_a_law_by_its_id_by_its_name_and_by_a_word(tab: Any, served: str, words: str) -> None:
    tab.goto(served, wait_until="load")
    tab.keyboard.press("/")
    tab.keyboard.type(words)
    tab.wait_for_selector(".md-search-result__link")
    links = tab.eval_on_selector_all(".md-search-result__link", "nodes => nodes.map(node => node.href)")
    assert any("laws/conv.delta/" in link for link in links[:10]), links[:10]


def test_the_keyboard_alone_opens_a_chapter_and_a_fold(tab: Any, served: str) -> None:
    tab.goto(served, wait_until="load")
    tab.keyboard.press("Tab")
    assert "md-skip" in tab.evaluate("document.activeElement.className")
    for _ in range(60):
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement.textContent.trim()").startswith("4 · Pooling"):
            break
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/steps/pooling/")
    fold = tab.locator("article details:not([open]) > summary").first.element_handle()
    fold.focus()
    tab.keyboard.press("Enter")
    assert fold.evaluate("node => node.parentElement.open")


def test_print_leaves_out_what_only_a_screen_needs(tab: Any, served: str) -> None:
    tab.emulate_media(media="print")
    for step in ("pooling", "zoo"):
        tab.goto(f"{served}steps/{step}/", wait_until="load")
        for part in (".md-header", ".md-sidebar--primary", ".md-search"):
            assert not tab.locator(part).first.is_visible(), (step, part)
        assert tab.locator("article h1").is_visible()


@pytest.mark.skipif(not os.environ.get("CNNSPEC_EVERY_PAGE"), reason="builds the book once more")
def test_the_book_opens_and_is_searched_without_a_server(tab: Any, site: Path, tmp_path: Path) -> None:
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "cnnspec")]
    subprocess.run(build, cwd=ROOT, env=os.environ | {"OFFLINE": "true"}, check=True, timeout=900)
    tab.goto((tmp_path / "cnnspec" / "index.html").as_uri())
    tab.click("text=4 · Pooling")
    tab.wait_for_url("**/steps/pooling.html")
    tab.keyboard.press("/")
    tab.keyboard.type("conv.delta")
    tab.wait_for_selector(".md-search-result__link")
    assert "laws/conv.delta.html" in tab.locator(".md-search-result__link").first.get_attribute("href")
    assert not tab.complaints
