r"""What is checked: a file, a module or a library.

`find` looks from outside and runs nothing; `cnnspec.check.loading` runs the reader's code, in a process of its own.
Both raise `Unusable` with one sentence when there is nothing to check.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parents[1]
"""The folder of cnnspec itself; nothing inside it can be a subject."""

LIBRARIES = ("torch", "scipy")
"""Libraries with an adapter in `cnnspec.check.libraries`."""

LARGEST = 16 * 2**20
"""No file of more bytes is read."""

OWN_ANSWERS = "it would be marked by its own answers"


class Unusable(Exception):
    """There is nothing that laws could be run on; the message is one sentence for the reader.

    Attributes:
        detail: Further lines, such as the line of a syntax error with a caret.
    """

    def __init__(self, sentence: str, detail: str = "") -> None:
        super().__init__(sentence)
        self.detail = detail


@dataclass(frozen=True)
class Target:
    """A subject seen from outside.

    Attributes:
        name: What the reader called it.
        kind: `file`, `module` or `library`.
        path: The file's absolute path, if it is one.
        sha256: The file's hash, if it is one.
    """

    name: str
    kind: str
    path: str = ""
    sha256: str = ""


@dataclass
class Subject:
    """A subject after its code has run.

    Attributes:
        operators: What laws can be run on, by the operator's name.
        problems: Operators that are defined but cannot be called as the contract says, each with the reason.
        notes: Sentences for the reader, such as which name looks misspelt.
        deviations: Laws that a library is known to break, each with the reason.
        version: A library's version.
        path: Where the code lies.
        sha256: The hash of that file.
    """

    operators: dict[str, Callable[..., Any]] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    deviations: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    path: str = ""
    sha256: str = ""


def find(name: str) -> Target:
    """Say what a reader's word names, without running anything.

    Raises:
        Unusable: If it names nothing that can be checked.
    """
    path = Path(name).expanduser()
    if name in LIBRARIES and not path.is_file():
        return Target(name, "library")
    looks_like_module = re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*", name) and not name.endswith(".py")
    try:
        exists = path.exists()
    except (OSError, ValueError):
        exists = False
    if looks_like_module and (not exists or path.is_dir()) and (not path.is_dir() or _is_package(path)):
        if name.split(".")[0] == "cnnspec":
            raise Unusable(f"{name} is part of cnnspec, so {OWN_ANSWERS}.")
        return Target(name, "module")
    if not exists:
        near = difflib.get_close_matches(path.name, _neighbours(path), n=1)
        raise Unusable(f"There is no file {name}." + (f" Did you mean {path.with_name(near[0])}?" if near else ""))
    return _file(name, path)


def _is_package(folder: Path) -> bool:
    return (folder / "__init__.py").is_file()


def _neighbours(path: Path) -> list[str]:
    try:
        return sorted(p.name for p in path.parent.iterdir() if p.suffix == ".py")
    except OSError:
        return []


def _file(name: str, path: Path) -> Target:
    if path.is_dir():
        raise Unusable(f"{name} is a folder; give the Python file that defines the operators.")
    if not path.is_file():
        raise Unusable(f"{name} is no ordinary file.")
    if path.suffix == ".ipynb":
        raise Unusable(f"{name} is a notebook; save its functions in a Python file and give that.")
    if path.stat().st_size > LARGEST:
        raise Unusable(f"{name} has {path.stat().st_size} bytes, more than a file of source can reasonably have.")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Unusable(f"{name} cannot be read: {error.strerror}.") from None
    real = path.resolve()
    if real.is_relative_to(PACKAGE):
        raise Unusable(f"{name} is part of cnnspec, so {OWN_ANSWERS}.")
    if not content.strip():
        raise Unusable(f"{name} is empty; it should define at least one operator, such as conv2d.")
    return Target(name, "file", str(path.absolute()), hashlib.sha256(content).hexdigest())
