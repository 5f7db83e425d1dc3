"""Whether the built book is that of the sources: an unchanged book is not built again."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from cnnspec.book import cache
from cnnspec.book.provenance import provenance

SOURCES = ("mkdocs.yml", "CHANGELOG.md", "docs/**/*", "cnnspec/**/*", "tests/*.py")
"""What the book is made of; the tests, since the reference shows them."""

GENERATED = ("docs/laws/", "docs/claims", "docs/mutants", "docs/reference/", "docs/changelog.md")
"""What the build itself writes there."""


def state(root: Path) -> str:
    """Hash the sources of the book, the commit, the address, and the versions of what builds it."""
    files = {path for pattern in SOURCES for path in root.glob(pattern) if path.is_file() and path.suffix != ".pyc"}
    surroundings = (provenance(), cache.source_digest("arguments.py"), os.environ.get("SITE_URL", ""))
    total = hashlib.sha256("\0".join(surroundings).encode())
    for path in sorted(files):
        name = path.relative_to(root).as_posix()
        if not name.startswith(GENERATED):
            total.update(f"\0{name}\0".encode() + path.read_bytes())
    return total.hexdigest()


def note(root: Path, site: Path) -> None:
    """Remember from which sources a site was built."""
    stamp(site).write_text(state(root), encoding="utf-8")


def is_current(root: Path, site: Path) -> bool:
    """Whether a site was built from the sources as they are."""
    try:
        return (site / "index.html").exists() and stamp(site).read_text(encoding="utf-8") == state(root)
    except OSError:
        return False


def stamp(site: Path) -> Path:
    """Name the file, beside the site, that remembers; the site itself holds nothing that its sources do not."""
    return site.with_name(f".{site.name}.built")
