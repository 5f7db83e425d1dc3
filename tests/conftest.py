"""What several modules of the tests share: the built book, and a browser to read it with."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

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
    from devtools import served

    with served(site) as here:
        yield here


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Start the browser of this machine; without one the tests that need it are skipped."""
    playwright = pytest.importorskip("playwright.sync_api")
    from devtools import BROWSER

    if BROWSER is None:
        pytest.skip("there is no Chromium on this machine")
    with playwright.sync_playwright() as session:
        browser = session.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()
