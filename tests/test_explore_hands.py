"""The explorables in a reader's hands: keys, addresses, phones, paper, files, and no scripts at all."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("playwright.sync_api")
pytest.importorskip("pymdownx")

from browsing import DESK
from explorable_pages import NAMES, open_anew
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

STATES = {
    "tape": "#size=14&kernel=2&stride=4&poke=3&shown=1",
    "convolution": "#size=5&stride=2&padding=1&way=back&place=-1&tap=3&shown=1",
    "shifts": "#drawing=6666666666666666&pooling=blur&down=-3&right=1&all=1&shown=1",
    "signal": "#stack=residual&weights=he&way=backward&depth=9&kept=plain.he.forward&shown=1",
}


def expect_state(tab: Page, state: str) -> None:
    """Wait until the address holds a state; it follows the controls a moment later."""
    expect(tab).to_have_url(re.compile(re.escape(state) + "$"))


def test_the_keyboard_predicts_walks_and_pokes(tab: Page, explore: str) -> None:
    told, focused = tab.locator(".told").nth(1), tab.locator(":focus")
    tab.goto(f"{explore}tape.html")
    assert not tab.locator("table").is_visible()
    for key in ("Tab", "4", "Enter"):
        tab.keyboard.press(key)
    expect(tab.locator(".judged")).to_contain_text("There are 3, not 4.")
    assert tab.locator("table").is_visible()
    # The keyboard goes on from the first slider.
    tab.keyboard.press("ArrowRight")
    expect_state(tab, "#size=9&shown=1")
    tab.locator("input[name=mode]:checked").focus()
    tab.keyboard.press("Tab")
    expect(focused).to_have_attribute("aria-label", "cell 1, holds 1")
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowRight")
    expect(told).to_contain_text("Cell 3 is read by windows 1, 2.")
    tab.keyboard.press("End")
    tab.keyboard.press("Enter")
    expect(told).to_contain_text("1 answer of 4 changed")
    expect_state(tab, "#size=9&poke=8&shown=1")
    tab.keyboard.press("Home")
    expect(focused).to_have_attribute("aria-label", "cell 1, holds 1")


def test_arrow_keys_move_the_drawing(tab: Page, explore: str) -> None:
    tab.goto(f"{explore}shifts.html#shown=1&right=1")
    tab.locator('table[aria-label^="The field"] [tabindex="0"]').focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown"):
        tab.keyboard.press(key)
    expect_state(tab, "#down=2&right=2&shown=1")
    answer = "2 pixels down, 2 pixels to the right. The answer is what it was, moved along."
    expect(tab.locator(".told").first).to_contain_text(answer)


@pytest.mark.parametrize("name", NAMES)
def test_every_control_has_a_name_and_the_tab_key_reaches_it(tab: Page, explore: str, name: str) -> None:
    tab.goto(f"{explore}{name}.html#shown=1")
    controls = tab.evaluate("""() => [...document.querySelectorAll("input, select, button, [role=grid]")]
        .filter((one) => one.checkVisibility()).map((one, n) => { one.dataset.number = n;
            return one.getAttribute("aria-label") || one.labels?.[0]?.textContent || one.textContent; })""")
    assert len(controls) > 5
    assert all(controls)
    reached = set()
    for _ in range(60):
        tab.keyboard.press("Tab")
        reached.add(tab.evaluate("document.activeElement.closest('[data-number]')?.dataset.number ?? 'body'"))
    # Of radio buttons the chosen one is reached, and the arrow keys lead to the others.
    others = tab.locator("[type=radio]:not(:checked)").evaluate_all("all => all.map((one) => one.dataset.number)")
    assert {str(n) for n in range(len(controls))} <= reached | set(others)


@pytest.mark.parametrize("name", NAMES)
def test_an_address_shows_the_same_again(tab: Page, explore: str, name: str) -> None:
    page, picture, sentence = f"{explore}{name}.html", tab.locator(".explorable"), tab.locator(".told").first

    def shown_at(state: str) -> str:
        open_anew(tab, page + state)
        return picture.evaluate("one => one.outerHTML")

    start, said = shown_at("#shown=1"), sentence.inner_text()
    first = shown_at(STATES[name])
    assert shown_at(STATES[name]) == first != start
    # A question mark serves as well, since other tools take what follows a # for a heading.
    assert shown_at(STATES[name].replace("#", "?")) == first
    # Nonsense in an address changes nothing.
    nonsense = "&size=99999&kernel=&mode=%F0&drawing=zz&stack=__proto__&depth=1e9&kept=a.b.c&pooling&=&way=back%"
    assert shown_at("#shown=1" + nonsense) == start
    # Whoever changes the address of an open page sees the change.
    shown_at(STATES[name])
    tab.evaluate("location.hash = '#shown=1'")
    expect(sentence).to_have_text(said)


@pytest.mark.parametrize("name", NAMES)
def test_it_fits_on_a_phone_and_stays_off_paper(tab: Page, explore: str, name: str) -> None:
    tab.set_viewport_size(DESK | {"width": 360})
    width = "document.documentElement.scrollWidth"
    tab.goto(f"{explore}{name}.html{STATES[name]}")
    assert tab.evaluate(width) <= 360
    open_anew(tab, f"{explore}{name}.html")
    tab.locator(".prediction input").fill("1000")
    tab.locator(".prediction button").first.click()
    expect(tab.locator(".judged")).to_contain_text("1000")
    assert tab.evaluate(width) <= 360
    tab.emulate_media(media="print")
    assert not tab.locator(".explorable").is_visible()


def test_it_moves_only_for_those_who_like_it(tab: Page, explore: str) -> None:
    tab.emulate_media(reduced_motion="no-preference")
    tab.goto(f"{explore}tape.html#shown=1")
    row = tab.locator("tr").first
    expect(row).to_have_css("animation-name", "drop")
    tab.emulate_media(reduced_motion="reduce")
    expect(row).to_have_css("animation-name", "none")


@pytest.mark.parametrize("name", NAMES)
def test_it_opens_from_a_file(tab: Page, explorables: Path, name: str) -> None:
    tab.goto((explorables / f"{name}.html").as_uri() + STATES[name].replace("#", "?"))
    expect(tab.locator(".explorable")).to_have_class("explorable ready")
    tab.locator("input[type=radio]:not(:checked), .tries button").first.click()
    expect(tab).to_have_url(re.compile(r"html#."))
    assert not tab.url.endswith(STATES[name])


def test_without_scripts_a_sentence_leads_to_the_figure(chromium: Browser, explore: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{explore}tape.html")
    expect(tab.locator(".explorable")).to_contain_text("needs JavaScript")
    context.close()
