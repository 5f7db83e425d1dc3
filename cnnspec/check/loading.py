r"""Runs a subject's code and collects its operators; called in a process of its own."""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.machinery
import sys
import threading
import traceback
import types
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

from cnnspec.check.collecting import collect
from cnnspec.check.subjects import OWN_ANSWERS, Subject, Target, Unusable
from cnnspec.laws.operators import BOOK


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
    known = ", ".join(operator.name for operator in BOOK.values() if operator.public)
    what = f"{name} defines none of the operators that laws are about ({known}), and nothing that an exercise asks for."
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
