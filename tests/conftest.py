"""What several modules of the tests share: the built book, and a browser to read it with."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import ThreadingHTTPServer
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
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the book strictly, as `make site` does, once for all workers, into a folder of its own."""
    pytest.importorskip("mkdocs")
    from filelock import FileLock

    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "built" / "site"
    with FileLock(shared / "site.lock"):
        if not folder.exists():
            for command in (["cnnspec.book", "write"], ["mkdocs", "build", "--strict", "--site-dir", str(folder)]):
                _build(command)
    return folder


def _build(command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        # A site to look at needs no mutants; what kills them is asked in test_matrix.
        env=os.environ | {"CNNSPEC_MUTANT_EXAMPLES": "0"},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}"
    assert not re.search(r"(?m)^WARNING", done.stderr)


@pytest.fixture(scope="session")
def served(site: Path) -> Iterator[str]:
    """Serve the built book on this machine; the address ends with a slash."""
    from cnnspec.book.__main__ import Handler

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Start the browser of this machine; without one the tests that need it are skipped."""
    playwright = pytest.importorskip("playwright.sync_api")
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("there is no Chromium on this machine")
    with playwright.sync_playwright() as session:
        browser = session.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()
