"""The built book in a real browser: quiet, legible to everyone, wide and narrow, light and dark, by keyboard alone.

The written pages and a few of each kind of generated ones are opened here. Every page, with axe on each:

    CNNSPEC_EVERY_PAGE=1 pytest -n 2 tests/test_book_browser.py

The written pages are then shown to axe in both colours, the generated ones, which share a few templates, in turns.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("playwright.sync_api")

from browsing import DESK, PHONE
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[1]
EVERY_PAGE = bool(os.environ.get("CNNSPEC_EVERY_PAGE"))
WRITTEN = sorted(
    path.relative_to(ROOT / "docs").with_suffix("").as_posix().removesuffix("index").rstrip("/")
    for pattern in ("*.md", "steps/*.md", "explore/*.md")
    for path in (ROOT / "docs").glob(pattern)
)
GENERATED = ["laws", "laws/conv.delta", "laws/max.not-invariant", "mutants/pooling", "reference/cnnspec.convolution"]
PAGES = [*WRITTEN, *(page for page in GENERATED if page not in WRITTEN)]
FEW = ["", "steps/faster", "laws/conv.delta", "explore/tape", "glossary"]
"""One page of each kind for axe, which takes seconds for a chapter."""

PARTS = 4
"""The pages are opened in so many tests, so that several processes can share them."""


def pages_of(site: Path) -> list[str]:
    """The pages to open: all of them if asked to."""
    if not EVERY_PAGE:
        return PAGES
    return sorted(path.parent.relative_to(site).as_posix().removeprefix(".") for path in site.rglob("index.html"))


def address(page: str) -> str:
    return f"{page}/" if page else ""


# --- every page, in one visit ---------------------------------------------------------------------------------------

# What is written smaller than twelve pixels. An index of a formula or of an axis may be.
SMALL_PRINT = """() => {
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), small = new Set();
    for (let text = walk.nextNode(); text; text = walk.nextNode()) {
        const one = text.parentElement;
        if (!text.data.trim() || !one.checkVisibility({visibilityProperty: true})) continue;
        if (one.closest(".katex, tspan, sub, sup, .explorable")) continue;
        const {a, b} = one.ownerSVGElement ? one.getScreenCTM() : {a: 1, b: 0}, scale = Math.hypot(a, b);
        if (parseFloat(getComputedStyle(one).fontSize) * scale < 11.9) small.add(one.outerHTML.slice(0, 80));
    }
    return [...small].slice(0, 3);
}"""

# Of its two buttons for the colours Material hides one.
SCHEMES = {"light": "default", "dark": "slate"}
OTHER_COLOURS = "() => document.querySelector('[data-md-component=palette] label:not([hidden])').click()"
SETTLED = """(scheme) => document.body.dataset.mdColorScheme === scheme
    && document.getAnimations().every((one) => one.playState === "finished")"""

AXE = """(rules) => axe.run(document, {resultTypes: ["violations"], preload: false, ...rules}).then(({violations}) =>
    violations.filter(({impact}) => ["moderate", "serious", "critical"].includes(impact))
        .map(({id, nodes}) => `${id}: ${nodes.slice(0, 3).map((node) => node.target).join(" ")}`))"""
OF_A_COLOUR = {"runOnly": ["color-contrast", "link-in-text-block"]}
OF_A_WIDTH = {"runOnly": ["scrollable-region-focusable"]}


@pytest.fixture
def reader(tab: Page) -> Page:
    """A tab that brings axe with it, does not wait for colours to fade, and forgets which were chosen."""
    base = pytest.importorskip("axe_playwright_python.base")
    tab.context.add_init_script(path=base.AXE_FILE_PATH)
    tab.context.add_init_script("localStorage.clear()")
    tab.emulate_media(reduced_motion="reduce")
    return tab


@pytest.mark.parametrize("part", range(PARTS))
def test_a_page_is_quiet_and_fits_a_phone_and_axe_finds_nothing(
    reader: Page, served: str, site: Path, part: int
) -> None:
    """Console, other hosts, width, small print and axe, because to load a page is a good part of what they cost."""
    found = {}
    for place, page in enumerate(pages_of(site)[part::PARTS]):
        both = page in WRITTEN or page in FEW
        first, second = ("dark", "light") if place % 2 else ("light", "dark")
        reader.emulate_media(color_scheme=first)
        reader.set_viewport_size(PHONE)
        reader.goto(served + address(page))
        assert reader.locator("article h1").count(), page
        faults = reader.evaluate(SMALL_PRINT)
        if (width := reader.evaluate("document.scrollingElement.scrollWidth")) > PHONE["width"]:
            faults.append(f"{width} pixels wide")
        if EVERY_PAGE or page in FEW:
            faults += reader.evaluate(AXE, OF_A_WIDTH)
            reader.set_viewport_size(DESK)
            reader.wait_for_function(SETTLED, arg=SCHEMES[first])
            faults += reader.evaluate(AXE, {})
            if both:
                reader.evaluate(OTHER_COLOURS)
                reader.wait_for_function(SETTLED, arg=SCHEMES[second])
                faults += reader.evaluate(AXE, OF_A_COLOUR)
        if faults:
            found[page] = faults
    assert not found


# --- the search -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["conv.delta", "impulse paints", "impulse"])
def test_the_search_finds_a_law_by_its_id_by_its_name_and_by_a_word(tab: Page, served: str, words: str) -> None:
    tab.goto(served)
    tab.keyboard.press("/")
    tab.keyboard.type(words)
    tab.wait_for_selector(".md-search-result__link")
    links = tab.eval_on_selector_all(".md-search-result__link", "nodes => nodes.map(node => node.href)")
    assert any("laws/conv.delta/" in link for link in links[:10]), links[:10]


# --- the keyboard ---------------------------------------------------------------------------------------------------

# Notes each element that takes the focus: whether a ring is drawn around it, and whether it is seen.
WATCH = """() => {
    const open = (one) => one.checkVisibility({visibilityProperty: true});
    const scrolls = (one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth
        && /auto|scroll/.test(getComputedStyle(one).overflowX);
    const chosen = (one) => one.type !== "radio" || one.checked || !document.querySelector(
        `input[name="${one.name}"]:checked`) && document.querySelector(`input[name="${one.name}"]`) === one;
    window.wanted = [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")]
        .filter((one) => open(one) && one.tabIndex >= 0 && !one.matches("button.md-top, [hidden]") && chosen(one));
    window.boxes = [...document.querySelectorAll("article *")].filter((one) => open(one) && scrolls(one));
    window.reached = new Map();
    addEventListener("focusin", ({target}) => {
        const style = getComputedStyle(target), {left, right, top, bottom} = target.getClientRects()[0];
        const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
        const seen = right > 0 && left < innerWidth && bottom > 0 && top < innerHeight;
        window.reached.set(target, ring && seen);
    });
}"""
REACHED = """() => {
    const name = (one) => one.outerHTML.slice(0, 120), stops = [...reached.keys()];
    return {
        // What turned out to have nothing to scroll is no stop any more.
        missed: wanted.filter((one) => one.tabIndex >= 0 && !reached.has(one)).map(name),
        unseen: stops.filter((one) => !reached.get(one)).map(name),
        shut: boxes.filter((box) => !stops.some((one) => box.contains(one))).map(name),
        count: stops.length,
    };
}"""
TEMPLATES = ["", "steps/pooling", "laws/conv.delta", "explore/shifts", "glossary", "mutants/environment"]


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("page", TEMPLATES)
def test_the_tab_key_reaches_everything_shows_where_it_is_and_comes_round(
    tab: Page, served: str, page: str, size: Any
) -> None:
    tab.set_viewport_size(size)
    tab.emulate_media(reduced_motion="reduce")
    tab.goto(served + address(page) + ("#shown=1" if page.startswith("explore") else ""))
    tab.add_style_tag(content="* { transition: none !important; }")
    tab.evaluate(WATCH)
    for _ in range(tab.evaluate("wanted.length") + 20):
        tab.keyboard.press("Tab")
    found = tab.evaluate(REACHED)
    assert found.pop("count") > 15
    assert found == {"missed": [], "unseen": [], "shut": []}


def test_the_first_stop_leads_past_the_menu(tab: Page, served: str) -> None:
    tab.goto(f"{served}steps/pooling/")
    tab.keyboard.press("Tab")
    expect(tab.locator(":focus")).to_have_text("Skip to content")
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.closest('article') !== null")


def test_the_keyboard_alone_opens_a_chapter_and_a_fold(tab: Page, served: str) -> None:
    tab.goto(served)
    press_until(tab, "4 · Pooling")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/steps/pooling/")
    fold = tab.locator("article details:not([open]) > summary").first.element_handle()
    fold.focus()
    tab.keyboard.press("Enter")
    assert fold.evaluate("node => node.parentElement.open")


def test_the_keyboard_alone_opens_the_menu_of_a_phone(tab: Page, served: str) -> None:
    tab.set_viewport_size(PHONE)
    tab.emulate_media(reduced_motion="reduce")
    tab.goto(f"{served}laws/conv.delta/")
    menu = tab.locator(".md-sidebar--primary")
    assert not menu.is_visible()
    tab.get_by_role("button", name="Menu").focus()
    tab.keyboard.press("Enter")
    expect(menu).to_be_visible()
    press_until(tab, "Steps")
    tab.keyboard.press("Enter")
    press_until(tab, "4 · Pooling")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/steps/pooling/")


def press_until(tab: Page, name: str) -> None:
    """Press Tab until the focus is on what begins with a name."""
    for _ in range(60):
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement.textContent.trim()").startswith(name):
            return
    pytest.fail(f"the Tab key does not lead to {name}")


# --- paper, lost readers, and no server -----------------------------------------------------------------------------

# A sheet of A4 less margins of 15 millimetres.
SHEET = {"width": 680, "height": 1000}


@pytest.mark.parametrize("page", ["steps/pooling", "steps/zoo", "claims"])
def test_paper_shows_all_of_a_page_and_nothing_that_only_a_screen_needs(tab: Page, served: str, page: str) -> None:
    tab.set_viewport_size(SHEET)
    tab.goto(f"{served}{page}/")
    tab.emulate_media(media="print")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    for part in (".md-header", ".md-sidebar--primary", ".md-search", ".md-footer", ".md-code__nav"):
        assert not tab.locator(part).first.is_visible(), part
    assert tab.locator("article h1").is_visible()
    assert tab.locator("article details > :not(summary)").first.is_visible(), "a fold is shut"
    cut = tab.evaluate("""() => [...document.querySelectorAll("article :is(table, figure, svg, img, .katex-html, pre)")]
        .filter((one) => one.getBoundingClientRect().right > innerWidth).map((one) => one.outerHTML.slice(0, 120))""")
    assert not cut


def test_whoever_is_lost_is_told_so_and_finds_the_menu(chromium: Browser, served: str, site: Path) -> None:
    tab = chromium.new_page()
    tab.goto(f"{served}404.html")
    expect(tab.locator("article h1")).to_contain_text("404")
    expect(tab.locator(".md-nav--primary")).to_contain_text("4 · Pooling")
    tab.close()


@pytest.mark.skipif(not EVERY_PAGE, reason="builds the book once more")
def test_the_book_opens_and_is_searched_without_a_server(tab: Page, site: Path, tmp_path: Path) -> None:
    copy = tmp_path / "cnnspec"
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(copy)]
    subprocess.run(build, cwd=ROOT, env=os.environ | {"OFFLINE": "true"}, check=True, timeout=900)
    tab.goto((copy / "index.html").as_uri())
    tab.click("text=4 · Pooling")
    tab.wait_for_url("**/steps/pooling.html")
    tab.keyboard.press("/")
    tab.keyboard.type("conv.delta")
    tab.wait_for_selector(".md-search-result__link")
    assert "laws/conv.delta.html" in tab.locator(".md-search-result__link").first.get_attribute("href")
    for page in PAGES:
        file = next(path for path in (copy / f"{page}.html", copy / page / "index.html") if path.is_file())
        tab.goto(file.as_uri())
        if page.startswith("explore/"):
            expect(tab.locator(".explorable")).to_have_class(re.compile("ready"))
