"""Results that need not be computed twice, kept in `.cache/` under a hash of everything they depend on."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import cnnspec

PACKAGE = Path(cnnspec.__file__).parent
LIBRARIES = ("numpy", "hypothesis", "matplotlib", "scipy", "scikit-learn", "pillow", "pygments")


def folder() -> Path:
    """Name the folder of the cache: `.cache` where the build was started, or `CNNSPEC_CACHE`."""
    return Path(os.environ.get("CNNSPEC_CACHE", ".cache"))


def digest(*parts: str) -> str:
    """Hash some texts, each apart from the next."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@cache
def source_digest(*patterns: str) -> str:
    """Hash the package's source files that match, and the versions of what runs them.

    Args:
        *patterns: Globs inside the package, such as `laws/*.py`; none stands for every file.
    """
    files = sorted({path for pattern in patterns or ("**/*.py",) for path in PACKAGE.glob(pattern)})
    texts = [f"{path.relative_to(PACKAGE).as_posix()}\n{path.read_text(encoding='utf-8')}" for path in files]
    return digest(platform.python_version(), platform.machine(), *map(_version, LIBRARIES), *texts)


def _version(library: str) -> str:
    try:
        return f"{library} {version(library)}"
    except PackageNotFoundError:
        return f"no {library}"


def remembered(kind: str, key: str, compute: Callable[[], Any]) -> Any:
    """Return what was computed under this key before, or compute it now and keep it.

    Args:
        kind: A folder of the cache.
        key: A hash of everything the result depends on.
        compute: Called when nothing is known; its result must be plain JSON.
    """
    known = recall(kind, key)
    return known if known is not None else keep(kind, key, compute())


def recall(kind: str, key: str) -> Any:
    """Return what was kept under this key, or None."""
    try:
        return json.loads((folder() / kind / f"{key}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def keep(kind: str, key: str, result: Any) -> Any:
    """Keep a result and return it; a build that is stopped half-way leaves no half-written file."""
    path = folder() / kind / f"{key}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}")
    unfinished.write_text(json.dumps(result), encoding="utf-8")
    unfinished.replace(path)
    return result
