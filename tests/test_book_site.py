"""The built book: every link leads somewhere, nothing is asked of another host, the search knows every law."""

import json
import re
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

pytest.importorskip("mkdocs")

from cnnspec.book import permanent
from cnnspec.laws import all_laws
from cnnspec.mutants import all_mutants

ROOT = Path(__file__).parents[1]
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
LOADING = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src", "image": "xlink:href"}


class Page(HTMLParser):
    """What a page links to, loads, names, shows and says."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.prose: list[str] = []
        self.language = self.description = ""
        self.headings: list[int] = []
        self.pictures: list[str] = []
        self.nameless_pictures = 0
        self.quiet = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        if values.get("id"):
            self.ids.append(values["id"])
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if LOADING.get(tag, "") in values and values.get("rel") not in ("next", "prev", "canonical"):
            self.loads.append(values[LOADING[tag]])
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "html":
            self.language = values.get("lang", "")
        if tag == "meta" and values.get("name") == "description":
            self.description = values["content"]
        if values.get("role") == "img":
            self.pictures.append(values.get("aria-label", ""))
        if tag == "img" and "alt" not in values:
            self.nameless_pictures += 1
        unsaid = tag in ("code", "script", "style", "annotation") or values.get("class") == "katex-html"
        if unsaid or (self.quiet and tag not in VOID):
            self.quiet += 1

    def handle_endtag(self, tag: str) -> None:
        if self.quiet and tag not in VOID:
            self.quiet -= 1

    def handle_data(self, data: str) -> None:
        if not self.quiet:
            self.prose.append(data)


@pytest.fixture(scope="session")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}


def target(site: Path, page: Path, link: str) -> tuple[Path, str]:
    """Find the file and the fragment that a link means."""
    parts = urlsplit(link)
    path = unquote(parts.path)
    file = page if not path else (site / path.lstrip("/") if path.startswith("/") else page.parent / path)
    file = file.resolve()
    return (file / "index.html" if file.is_dir() else file), unquote(parts.fragment)


def test_every_link_leads_somewhere(site: Path, pages: dict[Path, Page]) -> None:
    broken = []
    for path, page in pages.items():
        for link in {*page.links, *page.loads}:
            if urlsplit(link).scheme:
                continue
            file, fragment = target(site, path, link)
            if not file.is_file() or (fragment and file in pages and fragment not in pages[file].ids):
                broken.append(f"{path.relative_to(site)}: {link}")
    assert not broken, "\n".join(broken)


def test_nothing_is_asked_of_another_host(site: Path, pages: dict[Path, Page]) -> None:
    asked = [load for page in pages.values() for load in page.loads if urlsplit(load).netloc]
    for path in site.rglob("*.css"):
        text = path.read_text(encoding="utf-8")
        asked += [url for url in re.findall(r"(?:url\(|@import\s*)[\"']?([^\"')\s]+)", text) if urlsplit(url).netloc]
    assert not asked


def test_every_font_and_picture_of_the_style_sheets_is_there(site: Path) -> None:
    for path in (site / "assets").rglob("*.css"):
        for url in re.findall(r"url\([\"']?([^\"')]+)", path.read_text(encoding="utf-8")):
            assert url.startswith("data:") or (path.parent / url).is_file(), f"{path.name}: {url}"


def test_an_id_stands_once_on_a_page(site: Path, pages: dict[Path, Page]) -> None:
    twice = {
        str(path.relative_to(site)): names
        for path, page in pages.items()
        if (names := [name for name, count in Counter(page.ids).items() if count > 1])
    }
    assert not twice


def test_every_picture_has_a_text_of_its_own(pages: dict[Path, Page]) -> None:
    assert not [path for path, page in pages.items() if page.nameless_pictures]
    texts = Counter(text for page in pages.values() for text in page.pictures)
    assert len(texts) > 20
    assert not [text for text, count in texts.items() if count > 1 or len(text.split()) < 6]


def test_every_page_says_what_it_is_and_no_two_say_the_same(site: Path, pages: dict[Path, Page]) -> None:
    titles = Counter(re.search("<title>(.*?)</title>", path.read_text(encoding="utf-8"))[1] for path in pages)
    assert not [title for title, count in titles.items() if count > 1]
    described = Counter(page.description for path, page in pages.items() if path != site / "404.html")
    assert not [text for text, count in described.items() if count > 1 or len(text.split()) < 4]
    assert {page.language for page in pages.values()} == {"en"}


def test_headings_descend_one_level_at_a_time(site: Path, pages: dict[Path, Page]) -> None:
    faults = [
        str(path.relative_to(site))
        for path, page in pages.items()
        if page.headings[:1] != [1]
        or page.headings.count(1) != 1
        or any(lower > upper + 1 for upper, lower in pairwise(page.headings))
    ]
    assert not faults


def test_no_formula_or_value_is_left_as_it_was_written(site: Path, pages: dict[Path, Page]) -> None:
    left = {
        str(path.relative_to(site)): found
        for path, page in pages.items()
        if (found := re.findall(r"\$\$|\\\(|\\\[|\{\{ |:::|\]\[|\$[a-z]_", "".join(page.prose)))
    }
    assert not left


def test_every_law_has_its_page_its_evidence_and_a_citation(site: Path) -> None:
    for law in all_laws().values():
        text = (site / "laws" / law.id / "index.html").read_text(encoding="utf-8")
        assert law.revision in text
        assert f"cnnspec:{law.id}" in text
        assert "<td>holds</td>" in text
        assert f'id="{law.id}"' in text


def test_every_mutant_is_listed(site: Path) -> None:
    index = (site / "mutants" / "index.html").read_text(encoding="utf-8")
    for mutant in all_mutants().values():
        page = site / "mutants" / mutant.step / "index.html"
        assert f'id="mutant.{mutant.name}"' in page.read_text(encoding="utf-8")
        assert f'{mutant.step}/#mutant.{mutant.name}"' in index


def test_the_search_finds_every_law_by_its_id(site: Path) -> None:
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    titles = {entry["location"]: re.sub("<[^>]*>", "", entry["title"]) for entry in index["docs"]}
    for law in all_laws().values():
        assert titles[f"laws/{law.id}/"].startswith(law.id)
        words = set(re.split(index["config"]["separator"], titles[f"laws/{law.id}/"].lower()))
        assert set(re.split(r"\.(?!\d)|-", law.id)) <= words


def test_chapters_laws_modules_and_claims_can_be_cited(site: Path) -> None:
    for page in ("steps/convolution", "steps/faster", "laws/conv.delta", "reference/cnnspec.pooling", "claims"):
        text = (site / page / "index.html").read_text(encoding="utf-8")
        assert '<meta name="citation_title"' in text
        assert re.search(r"@(incollection|misc)\{cnnspec:", text)
        assert re.search(r"edition +=", text)
        found = re.search(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
        assert found is not None
        assert json.loads(found.group(1))["isPartOf"]["name"] == "cnnspec"


def test_claims_and_the_laws_that_decide_them_are_linked_both_ways(site: Path) -> None:
    assert "laws/max.not-invariant/" in (site / "claims" / "index.html").read_text(encoding="utf-8")
    assert "claims/#L-12" in (site / "laws" / "max.not-invariant" / "index.html").read_text(encoding="utf-8")


def test_every_permanent_address_leads_somewhere(site: Path, pages: dict[Path, Page]) -> None:
    broken = []
    for (kind, name), address in permanent.read(ROOT / permanent.LIST).items():
        file, fragment = target(site, site / "index.html", address or ".")
        if file not in pages or (fragment and fragment not in pages[file].ids):
            broken.append(f"{kind} {name}: {address}")
    assert not broken, "\n".join(broken)


def test_the_site_can_stand_in_any_folder(pages: dict[Path, Page]) -> None:
    """An edition is published as a copy of the site in a folder of its own, so no address may begin at the root."""
    rooted = {
        path.name: links
        for path, page in pages.items()
        if path.name != "404.html" and (links := [link for link in (*page.links, *page.loads) if link.startswith("/")])
    }
    assert not rooted


def test_the_book_and_the_package_have_one_version() -> None:
    import cnnspec

    versions = {
        "mkdocs.yml": r"(?m)^  version: (.*)$",
        "pyproject.toml": r'(?m)^version = "(.*)"$',
        "CITATION.cff": r"(?m)^version: (.*)$",
        "./CITATION.cff": r"(?m)^  edition: (.*)$",
    }
    for name, pattern in versions.items():
        found = re.search(pattern, (ROOT / name).read_text(encoding="utf-8"))
        assert found is not None
        assert found.group(1) == cnnspec.__version__, name
