r"""The `explorable` fence: a picture that the reader can change, from the modules in `docs/assets/explore/`.

The modules are plain ES modules that import each other by name. A page holds them in its own text, so that it works
without a server too: a browser loads no module from a file, but it runs one that stands in the page, and an import
map says where the imported ones stand.
"""

from __future__ import annotations

import base64
import html
import json
import re
from pathlib import Path
from typing import Any

from markdown import Markdown
from pymdownx.superfences import SuperFencesException

from cnnspec.book import figures
from cnnspec.book.strict import strict

FOLDER = Path("docs/assets/explore")
IMPORT = re.compile(r'(?m)^import [^"]*"\./([a-z-]+\.js)";$')


def accepts(
    language: str, inputs: dict[str, Any], options: dict[str, Any], attrs: dict[str, Any], md: Markdown
) -> bool:
    """Accept the fence; it has no options."""
    if inputs:
        raise SuperFencesException(f"an explorable has no options, but it has {', '.join(inputs)}")
    return True


@strict
def show(source: str, language: str, class_name: str, options: dict[str, Any], md: Markdown, **more: Any) -> str:
    """Put the explorable whose name stands in the body into the page."""
    name = source.strip()
    return (
        f'<div class="explorable" data-name="{html.escape(name)}" data-search-exclude>'
        "<p>This picture needs JavaScript. What it shows at the start is drawn below.</p></div>"
        + scripts(FOLDER, f"show-{name}.js")
    )


def scripts(folder: Path, entry: str) -> str:
    """Return a module and those it imports as the text of a page.

    Args:
        folder: Where the modules are.
        entry: The module that draws; the modules that it imports import nothing themselves.

    Raises:
        ValueError: If a module is missing, or an imported one imports.
    """
    text = module(folder, entry)
    imported = {f"./{name}": data_address(folder, name) for name in IMPORT.findall(text)}
    places = json.dumps({"imports": imported})
    return f'<script type="importmap">{places}</script><script type="module">{text}</script>'


def data_address(folder: Path, name: str) -> str:
    """Return a module as an address that holds its text."""
    text = module(folder, name)
    if IMPORT.search(text):
        raise ValueError(f"{name} is imported by an explorable and must import nothing itself.")
    return "data:text/javascript;base64," + base64.b64encode(text.encode()).decode()


def module(folder: Path, name: str) -> str:
    """Read a module."""
    path = folder / name
    if not path.is_file():
        raise ValueError(f"the explorable needs {path.as_posix()}, which is not there.")
    text = path.read_text(encoding="utf-8")
    if "</script" in text:
        raise ValueError(f"{name} must not contain the end of a script, for its text stands in a page.")
    return text


def hand_over(name: str, data: Any) -> None:
    """Give the explorable of this page data that a block has computed; the element `data-name` holds it as JSON."""
    text = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    element = f'<script type="application/json" id="data-{html.escape(name)}">{text}</script>'
    figures.SHOWN.append(figures.Item("data", element))
