r"""What is checked: a file, a module or a library, and which operators of the book it defines.

`find` looks from outside and runs nothing; `load` runs the reader's code, so it is called in a process of its own.
Both raise `Unusable` with one sentence when there is nothing to check.
"""

from __future__ import annotations

import ast
import difflib
import functools
import hashlib
import importlib
import importlib.machinery
import importlib.util
import inspect
import re
import sys
import threading
import traceback
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from cnnspec.laws.operators import OPERATORS

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


def load(target: Target, guard: Guard | None = None) -> Subject:
    """Run a subject's code and collect its operators.

    Args:
        target: The subject.
        guard: Notices whether the code imports cnnspec.

    Raises:
        Unusable: If the code does not run, belongs to cnnspec or defines no operator.
    """
    if target.kind == "library":
        return _library(target.name)
    try:
        module = _module_from(target) if target.kind == "file" else _module_named(target.name)
    finally:
        if guard is not None and guard.asked_at_once:
            raise Unusable(imports_us(target.name))
    subject = collect(module, target.name)
    found = vars(module)
    if not subject.operators and not any(callable(found[name]) for name in subject.problems):
        raise Unusable(_nothing(target.name, subject))
    origin = getattr(module, "__file__", None)
    if target.kind == "module" and origin and Path(origin).is_file():
        subject.path, subject.sha256 = str(origin), hashlib.sha256(Path(origin).read_bytes()).hexdigest()
    else:
        subject.path, subject.sha256 = target.path, target.sha256
    return subject


def _nothing(name: str, subject: Subject) -> str:
    known = ", ".join(operator.name for operator in OPERATORS.values() if operator.public)
    what = f"{name} defines none of the operators that laws are about ({known})."
    return " ".join([what, *(f"{problem}." for problem in subject.problems.values()), *subject.notes])


# ---------------------------------------------------------------- running the code


def _module_from(target: Target) -> types.ModuleType:
    path = Path(target.path)
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != target.sha256:
        raise Unusable(f"{target.name} changed while it was being checked.")
    code = _compiled(content, target)
    module = types.ModuleType(_module_name(path))
    module.__file__ = str(path)
    module.__spec__ = importlib.machinery.ModuleSpec(module.__name__, None, origin=str(path))
    sys.modules[module.__name__] = module
    sys.path.insert(0, str(path.parent))
    _run(lambda: exec(code, module.__dict__), target)
    return module


def _module_name(path: Path) -> str:
    stem = path.stem
    free = stem.isidentifier() and stem not in sys.modules and stem not in sys.stdlib_module_names
    return stem if free and stem != "cnnspec" else f"subject_{hashlib.sha256(stem.encode()).hexdigest()[:8]}"


def _compiled(content: bytes, target: Target) -> types.CodeType:
    try:
        tree = ast.parse(content, target.path)
        if imports_cnnspec(tree):
            raise Unusable(imports_us(target.name))
        return compile(tree, target.path, "exec", dont_inherit=True)
    except SyntaxError as error:
        kind = "indentation error" if isinstance(error, IndentationError) else "syntax error"
        place = f", line {error.lineno}" if error.lineno else ""
        raise Unusable(f"{target.name}{place}: {kind}: {stopped(error.msg)}", caret(error)) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unusable(f"{target.name} is no Python source: {error or type(error).__name__}.") from None


def stopped(text: str) -> str:
    """A message with one mark at its end."""
    return text if text.endswith(("?", "!")) else text.rstrip(".") + "."


def caret(error: SyntaxError) -> str:
    """The line of a syntax error with a caret under the place."""
    if not error.text or not error.text.strip():
        return ""
    line = error.text.rstrip("\n").expandtabs(1)
    shown = line.lstrip()
    column = max((error.offset or 1) - 1 - (len(line) - len(shown)), 0)
    width = (error.end_offset or 0) - (error.offset or 0) if error.end_lineno == error.lineno else 1
    return f"{shown[:200]}\n{' ' * min(column, 200)}{'^' * min(max(width, 1), 60)}"


def imports_us(name: str) -> str:
    """The sentence about a file that imports cnnspec."""
    advice = 'comparisons of your own belong under `if __name__ == "__main__":`'
    return f"{name} imports cnnspec, so {OWN_ANSWERS}; {advice}."


def imports_cnnspec(tree: ast.AST) -> bool:
    """Whether source imports cnnspec as soon as it is imported itself; what functions do is left to the guard."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if isinstance(node, ast.If) and _only_as_script(node.test):
            continue
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        if any(name.split(".")[0] == "cnnspec" for name in names) or imports_cnnspec(node):
            return True
    return False


def _only_as_script(test: ast.expr) -> bool:
    return ast.unparse(test) in ("__name__ == '__main__'", "'__main__' == __name__")


def _module_named(name: str) -> types.ModuleType:
    if "" not in sys.path:
        sys.path.insert(0, "")
    target = Target(name, "module")
    module: types.ModuleType = _run(lambda: importlib.import_module(name), target)
    return module


def _run(call: Callable[[], Any], target: Target) -> Any:
    """Run the reader's top level; whatever it raises becomes one sentence."""
    try:
        return call()
    except SystemExit as error:
        code = "" if error.code is None else repr(error.code)
        raise Unusable(
            f"{target.name} ends the program while it is imported: sys.exit({code}).", where(error, target.path)
        ) from None
    except BaseException as error:
        if isinstance(error, ModuleNotFoundError) and error.name == target.name:
            raise Unusable(f"There is no file and no module {target.name}.") from None
        if isinstance(error, SyntaxError):
            place = f"{error.filename}, line {error.lineno}" if error.filename else target.name
            raise Unusable(f"{target.name} imports what does not compile: {place}: {error.msg}.") from None
        verb = "cannot import what it needs" if isinstance(error, ImportError) else "does not run"
        raise Unusable(f"{target.name} {verb}: {named(error)}.", where(error, target.path)) from None


def named(error: BaseException) -> str:
    """An exception as the last line of a traceback shows it, cut to a sentence's length."""
    try:
        text = " ".join(str(error).split())
    except BaseException:
        text = ""
    text = text if len(text) <= 300 else text[:300] + " …"
    return f"{type(error).__name__}: {text.rstrip('.')}" if text else type(error).__name__


def where(error: BaseException, path: str) -> str:
    """The last line of the reader's own source that an exception passed, or an empty string."""
    try:
        frames = traceback.extract_tb(error.__traceback__)
    except BaseException:
        return ""
    own = [f for f in frames if path and f.filename == path]
    folder = str(Path(path).parent) if path else ""
    near = own or [f for f in frames if folder and f.filename.startswith(folder) and "site-packages" not in f.filename]
    if not near:
        return ""
    last = near[-1]
    place = f"{Path(last.filename).name}, line {last.lineno}"
    place += f", in {last.name}" if last.name != "<module>" else ""
    return f"{place}: {last.line}" if last.line else place


# ---------------------------------------------------------------- collecting the operators


def collect(module: types.ModuleType, name: str) -> Subject:
    """The operators that a module defines, and what is wrong with those that cannot be called.

    Raises:
        Unusable: If one of them is cnnspec's own.
    """
    subject, found = Subject(), vars(module)
    for operator in OPERATORS.values():
        if not operator.public or operator.name not in found:
            continue
        candidate = found[operator.name]
        if belongs_to_cnnspec(candidate):
            raise Unusable(f"{operator.name} in {name} is cnnspec's own, so {OWN_ANSWERS}.")
        problem = unfit(operator.name, candidate)
        if problem:
            subject.problems[operator.name] = problem
        else:
            subject.operators[operator.name] = candidate
    missing = [o.name for o in OPERATORS.values() if o.public and o.name not in found]
    subject.notes = [
        f"{word} is no operator of the book; did you mean {meant}?"
        for word, meant in misspelt([w for w in found if defines(module, w)], missing)
    ]
    return subject


def defines(module: types.ModuleType, name: str) -> bool:
    """Whether a public name of a module is a function or class of its own."""
    value = getattr(module, name, None)
    return not name.startswith("_") and callable(value) and getattr(value, "__module__", None) == module.__name__


def misspelt(words: list[str], missing: list[str]) -> Iterator[tuple[str, str]]:
    """Names that look like a missing operator, each with that operator."""
    plain = {operator.replace("_", ""): operator for operator in missing}
    for word in words:
        near = difflib.get_close_matches(word.lower().replace("_", ""), plain, n=1, cutoff=0.86)
        if near:
            yield word, plain[near[0]]


def unfit(name: str, value: Any) -> str:
    """Why a value cannot be an operator, or an empty string."""
    if isinstance(value, type):
        makers: tuple[Any, Any] = (type(value).__call__, value.__new__)
        ordinary = makers == (type.__call__, object.__new__)
        return f"{name} is a class; calling it makes an object, not an answer" if ordinary else ""
    if not callable(value):
        return f"{name} is {_a(type(value).__name__)}, which cannot be called"
    if inspect.iscoroutinefunction(value):
        return f"{name} is an async function; calling it makes a coroutine, not an answer"
    if inspect.isasyncgenfunction(value) or inspect.isgeneratorfunction(value):
        return f"{name} is a generator function; it should return an array instead of yielding"
    return ""


def _a(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def belongs_to_cnnspec(value: Any, depth: int = 6) -> bool:
    """Whether a function lies in cnnspec, or leads there through wrappers, partials, methods or closures."""
    if depth == 0 or value is None:
        return False
    if isinstance(value, types.BuiltinFunctionType):
        return False
    code = getattr(value, "__code__", None)
    if isinstance(code, types.CodeType) and Path(code.co_filename).is_relative_to(PACKAGE):
        return True
    if str(getattr(value, "__module__", "")).split(".")[0] == "cnnspec":
        return True
    inner = [getattr(value, name, None) for name in ("__wrapped__", "__func__")]
    if isinstance(value, functools.partial):
        inner += [value.func, *value.args, *value.keywords.values()]
    cells = getattr(value, "__closure__", None)
    for cell in cells if isinstance(cells, tuple) else ():
        try:
            inner.append(cell.cell_contents)
        except ValueError:
            continue
    return any(belongs_to_cnnspec(i, depth - 1) for i in inner if callable(i))


# ---------------------------------------------------------------- libraries


def _library(name: str) -> Subject:
    adapter = importlib.import_module(f"cnnspec.check.libraries.{name}")
    try:
        operators = adapter.operators()
    except ImportError as error:
        raise Unusable(f"{name} is not installed here ({error}); see https://pypi.org/project/{name}/.") from None
    version = metadata.version(name)
    return Subject(operators, deviations=adapter.DEVIATIONS, version=version)


class Guard(importlib.machinery.PathFinder):
    """Keeps cnnspec out of reach of the subject's code, and notices when it is asked for.

    The laws hold all they need, so the modules can leave `sys.modules`; an import of them then comes here, in
    whatever way it was written.
    """

    def __init__(self) -> None:
        self.asked = False
        self.asked_at_once = False
        self.kept: dict[str, types.ModuleType] = {}

    def close(self) -> None:
        """Hide cnnspec."""
        for name in [n for n in sys.modules if n.split(".")[0] == "cnnspec"]:
            self.kept[name] = sys.modules.pop(name)
        sys.modules["__main__"] = types.ModuleType("__main__")
        sys.meta_path.insert(0, self)

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:  # type: ignore[override]
        """Refuse cnnspec, and leave every other module to the finders that follow."""
        if fullname.split(".")[0] == "cnnspec":
            self.asked = True
            self.asked_at_once |= threading.current_thread() is threading.main_thread()
            raise ImportError(f"cnnspec is out of reach of a subject: {OWN_ANSWERS}")
