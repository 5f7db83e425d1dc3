r"""What makes a page of the built book light enough for a phone: fewer elements, one stylesheet, a smaller index."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

STYLES = "assets/styles.css"
"""Where all stylesheets of a page stand in one, so that it is painted after two answers instead of seven."""

# Names, operators, punctuation and spaces look like what surrounds them, and are two thirds of a program's tokens.
PLAIN = re.compile(r'<span class="(?:n|o|p|w)">([^<]*)</span>')
LINK = re.compile(r'\s*<link rel="stylesheet" href="([^":]*)">')
OWN = "assets/explore/"
"""Stylesheets of single pages, which stay apart."""
ADDRESS = re.compile(r"""url\((["']?)(?!data:|#|https?:)([^"')]+)\1\)""")
NOTE = re.compile(r"/\*# sourceMappingURL=.*?\*/")
SOURCE = '<details class="mkdocstrings-source">'


def on_page_content(html: str, **_: Any) -> str:
    """Keep the source code of the reference out of the search's index, which it would double."""
    return html.replace(SOURCE, SOURCE.replace(">", " data-search-exclude>"))


def on_post_page(output: str, page: Any, config: Any, **_: Any) -> str:
    """Lighten a page once it is rendered; MkDocs calls this for each."""
    links = [link for link in LINK.findall(output) if OWN not in link]
    paths = [posixpath.normpath(posixpath.join(posixpath.dirname(page.file.dest_uri), link)) for link in links]
    joined = Path(config.site_dir) / STYLES
    if not joined.exists():
        joined.write_text(join(Path(config.site_dir), paths), encoding="utf-8")
    return one_stylesheet(plain_tokens(output), posixpath.relpath(STYLES, posixpath.dirname(page.file.dest_uri) or "."))


def plain_tokens(html: str) -> str:
    """Unwrap the tokens of highlighted code that look like what is around them."""
    return PLAIN.sub(r"\1", html)


def one_stylesheet(html: str, address: str) -> str:
    """Ask for the joined stylesheet in place of the first that a page asks for, and for none of the others."""
    first = True

    def replace(link: re.Match[str]) -> str:
        nonlocal first
        if OWN in link[1]:
            return link[0]
        kept, first = link[0].replace(link[1], address) if first else "", False
        return kept

    return LINK.sub(replace, html)


def join(site: Path, paths: list[str]) -> str:
    """Put stylesheets behind each other, in their order, with addresses seen from where the whole will stand.

    Args:
        site: The folder of the built site.
        paths: The stylesheets in it, with slashes.
    """
    parts = []
    for path in paths:

        def moved(found: re.Match[str], folder: str = posixpath.dirname(path)) -> str:
            target = posixpath.normpath(posixpath.join(folder, found[2]))
            return f"url({posixpath.relpath(target, posixpath.dirname(STYLES))})"

        text = NOTE.sub("", (site / path).read_text(encoding="utf-8"))
        parts.append(ADDRESS.sub(moved, text).strip())
    return "\n".join(parts) + "\n"
