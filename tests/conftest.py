"""What several modules of the tests share: the built book, the explorables, and a browser to read them with."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[1]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs the pretrained network where its package is not installed."""
    if item.get_closest_marker("pretrained"):
        from cnnspec.transfer.lite import PACKAGE

        if importlib.util.find_spec(PACKAGE) is None:
            pytest.skip("the extra `pretrained` is not installed")


@pytest.fixture(scope="session")
def site() -> Path:
    """The book as `make site` has built it; to build it here as well would double the time of all tests."""
    pytest.importorskip("mkdocs")
    from cnnspec.book.state import is_current

    if not is_current(ROOT, ROOT / "site"):
        pytest.skip("the book is not built, or not from these sources: run make site")
    return ROOT / "site"


@pytest.fixture(scope="session")
def served(site: Path) -> Iterator[str]:
    """Serve the built book on this machine; the address ends with a slash."""
    from browsing import served

    with served(site) as here:
        yield here


@pytest.fixture(scope="session")
def signal_grid() -> dict[str, Any]:
    """The curves that the explorable of signals shows, each from two random stacks."""
    from cnnspec.book import signals

    return signals.signal_grid(runs=2)


@pytest.fixture(scope="session")
def explorables(signal_grid: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a page for each explorable, which needs no build of the book."""
    pytest.importorskip("pymdownx")
    from explorable_pages import write_all

    return write_all(tmp_path_factory.mktemp("assets"), signal_grid)


@pytest.fixture(scope="session")
def explore(explorables: Path) -> Iterator[str]:
    """Serve the pages of the explorables on this machine; the address ends with a slash."""
    from browsing import served

    with served(explorables.parent) as here:
        yield f"{here}{explorables.name}/"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start the browser of this machine; without one the tests that need it are skipped."""
    playwright = pytest.importorskip("playwright.sync_api")
    from browsing import BROWSER

    if BROWSER is None:
        pytest.skip("there is no Chromium on this machine")
    with playwright.sync_playwright() as session:
        browser = session.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Page]:
    """A tab in which, when a test has ended, nothing has gone wrong and nothing was asked of another host."""
    from browsing import DESK, complaints_of

    context = chromium.new_context(viewport=DESK)
    page = context.new_page()
    complaints = complaints_of(page)
    yield page
    context.close()
    assert not complaints
