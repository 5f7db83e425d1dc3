"""Pages are light: one stylesheet, few elements, and an index that waits until somebody searches."""

from __future__ import annotations

import gzip
import json
import re
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from cnnspec.book.lighten import STYLES, join, on_page_content, one_stylesheet, plain_tokens


def test_tokens_without_a_colour_of_their_own_are_unwrapped() -> None:
    code = '<span class="k">if</span><span class="w"> </span><span class="n">x</span> <span class="o">&lt;</span>'
    assert plain_tokens(code) == '<span class="k">if</span> x &lt;'
    linked = '<span class="n"><a href="#x">x</a></span>'
    assert plain_tokens(linked) == linked


def test_the_first_stylesheet_stands_for_all_but_those_of_single_pages() -> None:
    head = """<head>
      <link rel="stylesheet" href="../assets/a.css">
        <link rel="stylesheet" href="../assets/b.css">
      <link rel="stylesheet" href="../assets/explore/explore.css">
      <link rel="icon" href="../assets/favicon.svg"></head>"""
    lighter = one_stylesheet(head, "../assets/styles.css")
    found = re.findall(r'<link rel="(\w+)" href="([^"]*)">', lighter)
    assert found == [
        ("stylesheet", "../assets/styles.css"),
        ("stylesheet", "../assets/explore/explore.css"),
        ("icon", "../assets/favicon.svg"),
    ]


def test_addresses_in_a_joined_stylesheet_lead_where_they_led(tmp_path: Path) -> None:
    (tmp_path / "assets" / "deep").mkdir(parents=True)
    (tmp_path / "assets" / "deep" / "one.css").write_text(
        "a { src: url(x.woff2) } b { mask: url('../y.svg') } c { d: url(\"data:image/svg+xml,<svg/>\") }"
        "/*# sourceMappingURL=one.css.map */"
    )
    (tmp_path / "assets" / "two.css").write_text("e { src: url(deep/x.woff2) }\n")
    joined = join(tmp_path, ["assets/deep/one.css", "assets/two.css"])
    assert joined == (
        'a { src: url(deep/x.woff2) } b { mask: url(y.svg) } c { d: url("data:image/svg+xml,<svg/>") }\n'
        "e { src: url(deep/x.woff2) }\n"
    )


def test_source_code_stays_out_of_the_index() -> None:
    page = '<details class="mkdocstrings-source"><summary>Source code</summary></details>'
    assert on_page_content(page).startswith('<details class="mkdocstrings-source" data-search-exclude>')


def test_every_page_has_one_stylesheet_which_holds_all_of_them(site: Path) -> None:
    styles = (site / STYLES).read_text(encoding="utf-8")
    for mark in (".md-typeset", "Book Serif", ".katex", ".law", ".doc-contents"):
        assert mark in styles, mark
    for address in re.findall(r"url\((?!data:|[\"'])([^)]*)\)", styles):
        assert (site / "assets" / address).is_file(), address
    for page in site.rglob("index.html"):
        links = re.findall(r'<link rel="stylesheet" href="([^"]*)">', page.read_text(encoding="utf-8"))
        assert [link for link in links if "explore.css" not in link][1:] == [], page
        assert (page.parent / links[0]).resolve() == (site / STYLES).resolve(), page


def test_a_formula_stands_in_the_index_once(site: Path) -> None:
    documents = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))["docs"]
    law = next(entry for entry in documents if entry["location"] == "laws/auc.definition/")
    assert law["text"].count("AUC") == 1, law["text"]
    assert not any("Source code in" in entry["text"] for entry in documents)


def test_the_server_compresses_for_who_can_read_it(served: str, site: Path) -> None:
    connection = HTTPConnection(urlsplit(served).netloc)
    page = (site / "steps" / "pooling" / "index.html").read_bytes()
    for accepted, unpack in (("gzip", gzip.decompress), ("identity", bytes)):
        connection.request("GET", "/steps/pooling/?x=1", headers={"Accept-Encoding": accepted})
        assert unpack(connection.getresponse().read()) == page
    connection.request("GET", "/steps/pooling", headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (301, b"")
    connection.request("GET", "/nowhere/", headers={"Accept-Encoding": "gzip"})
    assert connection.getresponse().status == 404
    connection.close()


def test_the_index_is_asked_for_when_the_reader_turns_to_the_search(chromium: Any, served: str) -> None:
    tab = chromium.new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(served, wait_until="networkidle")
    assert asked
    assert not any("search_index" in url for url in asked)
    with tab.expect_request("**/search_index.json"):
        tab.keyboard.press("/")
    tab.keyboard.type("pooling")
    assert tab.wait_for_selector(".md-search-result__link")
    tab.close()


@pytest.mark.parametrize("page", ["", "steps/pooling/", "claims/", "laws/conv.delta/"])
def test_a_page_and_all_it_asks_for_weigh_little(chromium: Any, served: str, page: str) -> None:
    tab = chromium.new_page()
    sizes: list[int] = []
    tab.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    tab.goto(served + page, wait_until="networkidle")
    tab.close()
    assert sum(sizes) < 300_000, sizes
