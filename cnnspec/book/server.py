r"""How the built book is served on a reader's own machine: compressed, as a published book is."""

from __future__ import annotations

import gzip
from http.server import SimpleHTTPRequestHandler
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

TEXTS = {".html", ".css", ".js", ".mjs", ".json", ".svg", ".txt", ".xml", ".map"}


class Handler(SimpleHTTPRequestHandler):
    """Serves the site quietly, compressed, and never an old page."""

    protocol_version = "HTTP/1.1"
    """One connection for many answers."""

    def send_head(self) -> BytesIO | BinaryIO | None:
        """Compress text for a browser that can read it so; anything else goes the usual way."""
        path = Path(self.translate_path(self.path))
        if path.is_dir() and self.path.split("?")[0].endswith("/"):
            path /= "index.html"
        if path.suffix not in TEXTS or not path.is_file() or "gzip" not in self.headers.get("Accept-Encoding", ""):
            return super().send_head()
        body = gzip.compress(path.read_bytes(), 6, mtime=0)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return BytesIO(body)

    def end_headers(self) -> None:
        """Tell the browser to ask again, but for fonts, which never change and are wanted with the first line."""
        fonts = self.path.endswith(".woff2")
        self.send_header("Cache-Control", "max-age=86400" if fonts else "no-cache")
        super().end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing about each request."""
