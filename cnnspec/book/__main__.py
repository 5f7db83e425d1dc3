"""`python -m cnnspec.book write` writes the generated pages; `serve` shows the built site on this machine.

`permanent` adds to the list of permanent addresses what is new in this edition.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class Handler(SimpleHTTPRequestHandler):
    """Serves the site quietly, and never an old page."""

    def end_headers(self) -> None:
        """Tell the browser to ask again."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing about each request."""


def write() -> None:
    """Write the generated pages of the book into `docs/`."""
    from cnnspec.book.claims import BrokenClaim
    from cnnspec.book.evidence import BrokenLaw, unknown
    from cnnspec.book.pages import write_all

    if missing := unknown():
        print(f"Trying {len(missing)} laws on the definitions and on the mutants; the results are kept.", flush=True)
    try:
        pages = write_all(Path("docs"), Path())
    except (BrokenLaw, BrokenClaim) as broken:
        sys.exit(f"The book cannot be built: {broken}")
    print(f"Wrote {len(pages)} pages from the laws, the mutants and the modules.")


def keep_addresses() -> None:
    """Add to the list of permanent addresses what is new."""
    from cnnspec.book.permanent import LIST, current, extend

    print(f"Added {extend(LIST, current(Path()))} lines to {LIST}.")


def serve(port: int, site: str) -> None:
    """Serve the built site until it is interrupted."""
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, directory=site))
    except OSError as mistake:
        sys.exit(f"Port {port} cannot be used ({mistake.strerror}); choose another with PORT=.")
    print(f"The book is at http://127.0.0.1:{server.server_port}/ (Ctrl+C ends)", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()
    finally:
        server.server_close()


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m cnnspec.book", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("write", help="write the generated pages")
    commands.add_parser("permanent", help="add what is new to the list of permanent addresses")
    serving = commands.add_parser("serve", help="serve the built site")
    serving.add_argument("--port", type=int, default=8000)
    serving.add_argument("--site", default="site")
    arguments = parser.parse_args()
    if arguments.command == "write":
        write()
    elif arguments.command == "permanent":
        keep_addresses()
    else:
        serve(arguments.port, arguments.site)


if __name__ == "__main__":
    main()
