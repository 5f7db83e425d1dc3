"""`python -m cnnspec.book` builds the book, serves it on this machine, and packs it.

`permanent` adds to the list of permanent addresses what is new in this edition.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import zipfile
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path


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


def pack(folder: Path, file: Path) -> None:
    """Pack a built site; the same site gives the same bytes."""
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
    date = max(time.gmtime(epoch)[:6], (1980, 1, 1, 0, 0, 0))
    unfinished = file.with_suffix(".unfinished")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder.parent).as_posix(), date)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes())
    unfinished.replace(file)
    print(f"Wrote {file}; unpack it and open {folder.name}/index.html in a browser.")


def keep_addresses() -> None:
    """Add to the list of permanent addresses what is new."""
    from cnnspec.book.permanent import LIST, current, extend

    print(f"Added {extend(LIST, current(Path()))} lines to {LIST}.")


def site(folder: Path) -> None:
    """Build the book strictly, unless it stands there already."""
    from cnnspec.book.state import is_current, note

    if is_current(Path(), folder):
        print(f"The book in {folder}/ is that of these sources.")
        return
    write()
    done = subprocess.run([sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)], check=False)
    if done.returncode:
        sys.exit(done.returncode)
    note(Path(), folder)


def serve(port: int, site: str) -> None:
    """Serve the built site until it is interrupted."""
    from cnnspec.book.server import Handler

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
    """Read the command line: `write`, `site`, `serve`, `zip` or `permanent`."""
    parser = argparse.ArgumentParser(prog="python -m cnnspec.book", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("write", help="write the generated pages")
    building = commands.add_parser("site", help="build the book, if its sources have changed")
    building.add_argument("folder", type=Path, nargs="?", default=Path("site"))
    commands.add_parser("permanent", help="add what is new to the list of permanent addresses")
    serving = commands.add_parser("serve", help="serve the built site")
    serving.add_argument("--port", type=int, default=8000)
    serving.add_argument("--site", default="site")
    packing = commands.add_parser("zip", help="pack a built site")
    packing.add_argument("folder", type=Path)
    packing.add_argument("file", type=Path)
    arguments = parser.parse_args()
    if arguments.command == "write":
        write()
    elif arguments.command == "site":
        site(arguments.folder)
    elif arguments.command == "zip":
        pack(arguments.folder, arguments.file)
    elif arguments.command == "permanent":
        keep_addresses()
    else:
        serve(arguments.port, arguments.site)


if __name__ == "__main__":
    main()
