"""A browser for tests: Chromium's DevTools protocol over two pipes, which needs no library."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import F_DUPFD_CLOEXEC, fcntl
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from select import select
from threading import Thread
from typing import Any

from cnnspec.book.server import Handler

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
QUIETLY = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Any request that leaves the machine fails, and a failed request is a complaint.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--remote-debugging-pipe",
)
PATIENCE = 60.0
KEYS = {" ": "Space", "Enter": "Enter", "Tab": "Tab", "Home": "Home", "End": "End"}
CODES = {"Tab": 9, "Enter": 13, " ": 32, "End": 35, "Home": 36}
ARROWS = {"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine and give its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


class Tab:
    """One page of a browser, and everything that it complained about."""

    def __init__(self, send: int, receive: int) -> None:
        self.send, self.receive = send, receive
        self.rest = b""
        self.count = 0
        self.session: str | None = None
        self.seen: list[dict[str, Any]] = []
        self.complaints: list[str] = []

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and wait for its answer."""
        self.count += 1
        number = self.count
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.send, json.dumps(message).encode() + b"\0")
        answer = self.wait(lambda said: said.get("id") == number)
        assert "error" not in answer, f"{method}: {answer['error']}"
        return dict(answer["result"])

    def wait(self, wanted: Any) -> dict[str, Any]:
        """Read messages until one is wanted."""
        end = time.monotonic() + PATIENCE
        while True:
            while b"\0" not in self.rest:
                left = end - time.monotonic()
                assert left > 0, "the browser does not answer"
                assert select([self.receive], [], [], left)[0], "the browser does not answer"
                part = os.read(self.receive, 1 << 16)
                assert part, "the browser has ended"
                self.rest += part
            raw, _, self.rest = self.rest.partition(b"\0")
            message = json.loads(raw)
            self.note(message)
            if wanted(message):
                return dict(message)

    def note(self, message: dict[str, Any]) -> None:
        """Keep a complaint: an error on the console, an exception, a request that failed."""
        told = message.get("params", {})
        match message.get("method"):
            case "Runtime.exceptionThrown":
                details = told["exceptionDetails"]
                self.complaints.append(details.get("exception", {}).get("description", details["text"]))
            case "Log.entryAdded" if told["entry"]["level"] in ("error", "warning"):
                self.complaints.append(told["entry"]["text"])
            case "Runtime.consoleAPICalled" if told["type"] in ("error", "warning", "assert"):
                self.complaints.append(str([part.get("value") for part in told["args"]]))

    def begin(self) -> None:
        """Open the tab and ask to be told of what happens in it."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.ask(f"{domain}.enable")

    def open(self, address: str) -> None:
        """Load a page, also if only its fragment is another one."""
        self.ask("Page.navigate", url="about:blank")
        self.wait(lambda said: said.get("method") == "Page.loadEventFired")
        self.ask("Page.navigate", url=address)
        self.wait(lambda said: said.get("method") == "Page.loadEventFired")

    def value(self, expression: str) -> Any:
        """Evaluate an expression of JavaScript; a promise is awaited."""
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, *keys: str) -> None:
        """Press keys, as a reader would."""
        for key in keys:
            code = CODES.get(key) or ARROWS.get(key) or ord(key.upper())
            text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
            what = {"key": key, "code": KEYS.get(key, key), "windowsVirtualKeyCode": code}
            self.ask("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", text=text, **what)
            self.ask("Input.dispatchKeyEvent", type="keyUp", **what)

    def look(self, *, width: int = 1280, height: int = 900, dark: bool = False, medium: str = "screen") -> None:
        """Choose the size of the window, light or dark, and screen or print."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.ask("Emulation.setEmulatedMedia", media=medium, features=scheme)


BEGIN = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"
)
"""The protocol is spoken on the descriptors 3 and 4, whatever their numbers are here."""


def pipe() -> tuple[int, int]:
    """Make a pipe whose descriptors are neither 3 nor 4."""
    ends = os.pipe()
    high = tuple(fcntl(end, F_DUPFD_CLOEXEC, 10) for end in ends)
    for end in ends:
        os.close(end)
    return high[0], high[1]


@contextmanager
def browser() -> Iterator[Tab]:
    """Start a browser without a window and give its one tab."""
    assert BROWSER is not None
    (there, send), (receive, here) = pipe(), pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [sys.executable, "-SEc", BEGIN, str(there), str(here), BROWSER, *QUIETLY, f"--user-data-dir={profile}"],
            pass_fds=(there, here),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(there)
        os.close(here)
        try:
            tab = Tab(send, receive)
            tab.begin()
            yield tab
        finally:
            process.terminate()
            process.wait(20)
            os.close(send)
            os.close(receive)
