"""The checker against files that know nothing of it: right ones pass, wrong ones fail, hostile ones get a verdict.

The tests here run a part of the corpus, so that they stay quick: right files on a few examples of every second law,
wrong files until the first law that fails, a choice of the hostile files. Everything, through the command and on all
examples:

    python tests/test_corpus.py [right|wrong|hostile] [--seed 0] [NAME ...]

It prints the files that disagree with what `tests/subjects/README.md` promises, and takes about half an hour.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import json
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cnnspec.check.loading import load
from cnnspec.check.run import run_law
from cnnspec.check.subjects import Unusable, find
from cnnspec.laws import Law, all_laws
from cnnspec.laws.law import EXAMPLES
from cnnspec.laws.operators import OPERATORS, Function

SUBJECTS = Path(__file__).parent / "subjects"
RIGHT = sorted((SUBJECTS / "right").glob("*.py"))
WRONG = sorted((SUBJECTS / "wrong").glob("*.py"))
HOSTILE = sorted((SUBJECTS / "hostile").rglob("*.py"))
FEW = 3
CHOSEN = """
    agrees_with_everything closes_every_descriptor closes_stdout edits_import_path exits_at_import exits_in_operator
    fails_only_the_first_time forks_a_daemon kills_itself misspelt_operator modifies_inputs not_implemented
    patches_builtins patches_the_definitions prints_gigabytes returns_a_masked_array segfault syntax_error
    unprintable_exception writes_a_report_itself
"""


@pytest.fixture(autouse=True)
def untouched(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give each file the import path as it was, and let it warn."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    for name in set(sys.modules) - before:
        if str(SUBJECTS) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def facts(path: Path) -> dict[str, Any]:
    """The constants at the top of a subject, such as REQUIRES and OPERATOR."""
    found: dict[str, Any] = {}
    for node in ast.parse(path.read_bytes()).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id.isupper():
            try:
                found[node.targets[0].id] = ast.literal_eval(node.value)
            except ValueError:
                continue
    return found


def subject(path: Path) -> dict[str, Function]:
    """The operators of a file, run in this process."""
    for package in facts(path).get("REQUIRES", []):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"needs {package}")
    try:
        return load(find(str(path))).operators
    except Unusable as reason:
        if "defines none" in str(reason):
            pytest.skip("about operators of a later step")
        raise


@pytest.mark.parametrize("path", RIGHT, ids=lambda p: p.stem)
def test_right_files_keep_every_law(path: Path) -> None:
    operators = subject(path)
    public = [law for law in all_laws().values() if law.applies_to(operators) and not law.extended]
    broken = {}
    for law in public[RIGHT.index(path) % 2 :: 2]:  # the file's neighbour is asked the others
        result = run_law(law, operators, examples=FEW, patience=0)
        if result.status != "pass":
            broken[law.id] = result.message
    assert not broken


@pytest.mark.parametrize("path", WRONG, ids=lambda p: p.stem)
def test_wrong_files_break_a_law(path: Path) -> None:
    operator = facts(path)["OPERATOR"]
    if operator not in OPERATORS:
        pytest.skip("about an operator of a later step")
    operators = subject(path)
    laws = [law for law in all_laws().values() if law.needs[0] == operator and not law.extended]
    assert first_broken(laws, operators) is not None, f"every law about {operator} passes"


def first_broken(laws: list[Law], operators: dict[str, Function]) -> Law | None:
    """A law that fails: most fail on the first inputs, so those are tried first."""
    for examples in (4, EXAMPLES):
        for law in laws:
            if run_law(law, operators, examples=examples, patience=0).status != "pass":
                return law
    return None


# ---------------------------------------------------------------- through the command


def checked(path: Path, *more: str, seconds: float = 60) -> tuple[int, dict[str, Any], str]:
    """Run the command; return its exit code, its report, and all it wrote."""
    answer = subprocess.run(
        [sys.executable, "-m", "cnnspec.cli", "check", str(path), "--json", "-", *more],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=seconds,
        check=False,
    )
    report = json.loads(answer.stdout) if answer.stdout.startswith("{") else {}
    return answer.returncode, report, answer.stdout + answer.stderr


def promised(path: Path) -> set[str]:
    """The verdicts that the first docstring line allows, in the words of the corpus."""
    if path.is_dir():
        return {"unreadable"}
    source = path.read_bytes().decode("latin-1")
    if '"""' not in source.replace("\0", ""):
        return {"nothing to check"} if not source.strip() else {"unreadable"}
    return set(source.replace("\0", "").split('"""')[1].split(":")[0].split(" or "))


def given(code: int, report: dict[str, Any]) -> set[str]:
    """The verdict of the checker, in the words of the corpus."""
    if code == 0:
        return {"pass"}
    if code == 2:
        late = "not imported within" in str(report.get("sentence"))
        return {"timeout"} if late else {"unreadable", "nothing to check", "refused"}
    bad = [law for law in report["laws"] if law["status"] != "pass"]
    crashed = any("the interpreter" in law["message"] for law in bad)
    late = any(law["status"] == "timeout" for law in bad)
    return {"crash"} if crashed else {"timeout"} if late else {"fail"}


def agrees(path: Path, code: int, report: dict[str, Any]) -> bool:
    # Gigabytes of output are never a pass here, whatever the operators answer.
    expected = {"unreadable"} if path.stem == "prints_gigabytes" else promised(path)
    return bool(expected & given(code, report))


@pytest.mark.parametrize("name", CHOSEN.split())
def test_hostile_files_get_their_verdict(name: str) -> None:
    path = SUBJECTS / "hostile" / f"{name}.py"
    code, report, output = checked(path, "--only", "conv.d*", "--examples", "4", "--workers", "1")
    if not report:
        assert code == 2
    assert agrees(path, code, report), (code, report.get("counts"), report.get("sentence"))
    assert "Traceback" not in output
    assert "cnnspec/check" not in output


def test_the_chosen_files_exist() -> None:
    assert not set(CHOSEN.split()) - {path.stem for path in HOSTILE}


def main() -> None:
    """Run the whole corpus through the command and print what disagrees."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", nargs="?", choices=("right", "wrong", "hostile"))
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seed", default="0")
    options = parser.parse_args()
    total, disagreeing = 0, []
    for folder, paths in (("right", RIGHT), ("wrong", WRONG), ("hostile", HOSTILE)):
        for path in paths if options.folder in (None, folder) else []:
            if options.names and path.stem not in options.names:
                continue
            if folder == "right" and not all(map(importlib.util.find_spec, facts(path).get("REQUIRES", []))):
                continue
            code, report, output = checked(path, "--seed", options.seed, seconds=300)
            if folder != "hostile" and code == 2 and "defines none" in str(report.get("sentence")):
                continue  # about operators of a later step
            if folder == "hostile":
                good = agrees(path, code, report) and "cnnspec/check" not in output
            else:
                operator = facts(path).get("OPERATOR")
                bad = [law for law in report["laws"] if law["status"] not in ("pass", "timeout")]
                good = code == 0 if folder == "right" else any(operator in law["operators"][0] for law in bad)
            total += 1
            if not good:
                disagreeing.append(f"{folder}/{path.name}: {report.get('sentence') or output.strip()}")
                print(disagreeing[-1], flush=True)
    print(f"{total - len(disagreeing)} of {total} files agree.")
    sys.exit(bool(disagreeing))


if __name__ == "__main__":
    main()
