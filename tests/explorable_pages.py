"""Pages for the tests of the explorables, each with one of them, and how the tests move and read them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnspec.book import explorables, figures

if TYPE_CHECKING:
    from playwright.sync_api import Page

MODULES = Path(__file__).parents[1] / "docs" / "assets" / "explore"
NAMES = ("tape", "convolution", "shifts", "signal")


def write_all(assets: Path, grid: dict[str, Any]) -> Path:
    """Write the modules, the style sheets and a page for each explorable; return the folder of the pages."""
    folder = assets / "explore"
    folder.mkdir()
    (assets / "book.css").write_bytes((MODULES.parent / "book.css").read_bytes())
    for path in MODULES.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    figures.take()
    explorables.hand_over("signals", grid)
    (data,) = figures.take()
    for name in NAMES:
        (folder / f"{name}.html").write_text(draw(name, data.html if name == "signal" else ""), encoding="utf-8")
    return folder


def draw(name: str, data: str = "") -> str:
    """Return a page that holds one explorable, as the fence writes it, in the book's style."""
    fence = explorables.show(name, "explorable", "explorable", {}, None)
    style = "".join(f'<link rel="stylesheet" href="{sheet}">' for sheet in ("../book.css", "explore.css"))
    return (
        f'<!doctype html><html lang="en" style="font-size:125%"><meta charset="utf-8"><title>{name}</title>'
        f'<link rel="icon" href="data:,">{style}'
        f'<body class="md-typeset" data-md-color-scheme="default">{data}{fence}</body></html>'
    )


def open_anew(tab: Page, address: str) -> None:
    """Load a page, also if only its fragment is another one."""
    tab.goto("about:blank")
    tab.goto(address)


def computed(tab: Page, address: str, module: str, function: str, settings: list[Any]) -> list[Any]:
    """Let the browser import a module, `m`, and apply a function of it to every setting."""
    tab.goto(f"{address}tape.html")
    return each(tab, f"const m = await import('{address}{module}');", function, settings)


MOVE = """
    const move = (name, value) => { const one = document.querySelector(`input[type=range][name=${name}]`);
        one.value = value; one.dispatchEvent(new Event("input", {bubbles: true})); };
    const choose = (name, word) => document.querySelector(`input[name=${name}][value=${word}]`).click();
    const pick = (name, word) => { const one = document.querySelector(`select[name=${name}]`);
        one.value = word; one.dispatchEvent(new Event("change", {bubbles: true})); };
    const cells = (label) =>
        [...document.querySelector(`table[aria-label^="${label}"]`).rows].map((row) => [...row.cells]);
    const number = (cell) => Number(cell.textContent.replace("−", "-"));
    const numbers = (label) => cells(label).map((row) => row.map(number));
    const said = () => [...document.querySelectorAll(".told")].map((node) => node.textContent);"""


def shown(tab: Page, page: str, function: str, settings: list[Any]) -> list[Any]:
    """Open an explorable and, for every setting, move its controls and read what it shows."""
    tab.goto(f"{page}#shown=1")
    assert tab.locator(".explorable.ready").count() == 1
    return each(tab, MOVE, function, settings)


def each(tab: Page, prelude: str, function: str, settings: list[Any]) -> list[Any]:
    """Apply a function of JavaScript to every setting; the answers travel as one text, which is far quicker."""
    script = f"async (settings) => {{ {prelude} return JSON.stringify(settings.map({function})); }}"
    return list(json.loads(tab.evaluate(script, settings)))
