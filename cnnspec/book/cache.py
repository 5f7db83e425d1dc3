"""Results that need not be computed twice, kept in `.cache/` under a hash of everything they depend on."""

from __future__ import annotations

import ast
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
    texts = [f"{path.relative_to(PACKAGE).as_posix()}\n{_text(path)}" for path in files]
    return digest(platform.python_version(), platform.machine(), *map(installed, LIBRARIES), *texts)


@cache
def closure(*modules: str, leaves: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Find the package's source files that some modules stand on: their own, and what those import, and so on.

    Args:
        *modules: Dotted names, such as `cnnspec.laws.pooling`; a package stands for all its modules.
        leaves: Modules whose own imports do not count.

    Returns:
        Paths inside the package, in order, as `source_digest` takes them.
    """
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        path = _path_of(module)
        if path is not None and path not in found:
            found.add(path)
            if module not in leaves:
                waiting += imported(_text(PACKAGE / path))
                waiting += _members(module) if path.endswith("__init__.py") else ()
    return tuple(sorted(found))


@cache
def imported(source: str) -> list[str]:
    """List what source imports from the package, wherever the import stands; a name may be no module."""
    names: list[str] = []
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a block of a page may show one
        return []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [name for name in names if name.startswith("cnnspec.")]


def _members(package: str) -> list[str]:
    """List the modules of a package, which may find them by other means than imports."""
    folder = PACKAGE.joinpath(*package.split(".")[1:])
    return [f"{package}.{path.stem}" for path in folder.glob("*.py") if path.stem != "__init__"]


def _path_of(module: str) -> str | None:
    place = PACKAGE.joinpath(*module.split(".")[1:])
    for path in (place.with_suffix(".py"), place / "__init__.py"):
        if path.is_file():
            return path.relative_to(PACKAGE).as_posix()
    return None


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def forget_sources() -> None:
    """Read the source files anew when they are asked for next; only tests change them while a process runs."""
    _text.cache_clear()
    source_digest.cache_clear()
    closure.cache_clear()


@cache
def installed(library: str) -> str:
    """Name a library with its version, or say that it is not there."""
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
