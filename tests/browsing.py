"""What the tests need to read pages in a real browser: where it is, a server, and what a page should not have done."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cnnspec.book.server import Handler

if TYPE_CHECKING:
    from playwright.sync_api import Page

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine and give its address, which ends with a slash."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def complaints_of(tab: Page) -> list[str]:
    """Keep a list of what happens in a tab and no reader should have to suffer, each with the page's address."""
    found: list[str] = []

    def complain(what: str) -> None:
        found.append(f"{tab.url}: {what}")

    tab.on("console", lambda said: complain(said.text) if said.type in ("error", "warning", "assert") else None)
    tab.on("pageerror", lambda error: complain(str(error)))
    tab.on("response", lambda answer: complain(f"{answer.status}: {answer.url}") if answer.status >= 400 else None)
    tab.on("request", lambda asked: complain(f"asked {asked.url}") if elsewhere(asked.url) else None)
    # Leaving a page ends what it still loads.
    tab.on(
        "requestfailed",
        lambda asked: complain(f"{asked.failure}: {asked.url}") if "ABORTED" not in (asked.failure or "") else None,
    )
    return found


def elsewhere(url: str) -> bool:
    """Tell whether an address is on another machine."""
    parts = urlsplit(url)
    return parts.scheme not in ("about", "data", "blob", "file") and parts.hostname != "127.0.0.1"
