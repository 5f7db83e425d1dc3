"""The command: what it prints, writes and returns."""

from __future__ import annotations

import importlib.util
import inspect
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cnnspec import __version__
from cnnspec.check import citations, exercise
from cnnspec.check.links import CHAPTERS, YEAR
from cnnspec.cli import main
from cnnspec.laws import all_laws, find
from cnnspec.laws.operators import BOOK
from cnnspec.mutants import all_mutants

ROOT = Path(__file__).parents[1]
STEPS = [step for step in CHAPTERS if exercise.operators_of(step)]


def call(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def error(*words: str) -> str:
    """The one sentence of a command that cannot be carried out."""
    result = call(*words)
    assert result.exit_code == 2, result.output
    assert len(result.output.strip().splitlines()) == 1
    assert result.output.startswith("cnnspec: ")
    return result.output


def test_the_version_is_the_packages() -> None:
    assert call("--version").output.strip().endswith(__version__)


@pytest.mark.parametrize("command", [[], *([name] for name in main.commands)], ids=lambda c: " ".join(c) or "cnnspec")
def test_every_command_helps_with_examples(command: list[str]) -> None:
    result = call(*command, "--help")
    assert result.exit_code == 0
    assert "cnnspec " in result.output.split("Options:")[0], "an example"


def test_help_is_quick_and_imports_nothing_heavy() -> None:
    script = (
        "import sys; sys.argv = ['cnnspec', '--help']\n"
        "from cnnspec.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print({'hypothesis', 'rich', 'pytest', 'scipy'} & set(sys.modules))"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout.strip().endswith("set()")


# ---------------------------------------------------------------- check


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    path = tmp_path / "my pooling.py"
    path.write_text("def global_avg_pool2d(x):\n    return x.sum(axis=(2, 3))\n", encoding="utf-8")
    return path


def test_check_writes_its_reports(wrong: Path, tmp_path: Path) -> None:
    json_file, junit_file = tmp_path / "r.json", tmp_path / "r.xml"
    words = ["--only", "gap.definition", "--examples", "5", "--json", str(json_file), "--junit", str(junit_file)]
    result = call("check", str(wrong), *words)
    assert result.exit_code == 1
    assert "0 passed, 1 failed, 0 errors of 1 law" in result.output
    assert json.loads(json_file.read_text())["laws"][0]["status"] == "fail"
    assert junit_file.read_text().startswith("<?xml")
    assert "\x1b" not in result.output


def test_check_can_write_json_alone(wrong: Path) -> None:
    result = call("check", str(wrong), "--only", "gap.definition", "--examples", "5", "--json", "-")
    assert json.loads(result.stdout)["exit_code"] == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["check", "nothing.py"], "There is no file nothing.py"),
        (["check", str(ROOT / "cnnspec" / "pooling.py")], "part of cnnspec"),
        (["check", "x.py", "--json", "/no/such/folder/r.json"], "folder does not exist"),
        (["laws", "conv.delt"], "Did you mean conv.delta"),
        (["laws", "--operator", "conv2"], "Did you mean conv2d"),
        (["laws", "--step", "9"], "There is no step 9"),
        (["laws", "--word", "zebra"], "No law fits"),
        (["start", "environment"], "no operators to implement"),
        (["start", "poling"], "Did you mean pooling"),
        (["cite", "conv.delt"], "Did you mean conv.delta"),
        (["mutants", "flipped"], "There is no mutant flipped"),
        (["mutants", "--json", "x.json"], "--json belongs to --matrix"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(words: list[str], sentence: str) -> None:
    assert sentence in error(*words)


def test_a_pattern_without_laws_cannot_be_checked(wrong: Path) -> None:
    result = call("check", str(wrong), "--only", "no.such")
    assert result.exit_code == 2
    assert "No law is called no.such" in result.output


def test_an_interrupt_prints_what_is_known_and_returns_130(tmp_path: Path) -> None:
    path = tmp_path / "slow.py"
    path.write_text("import time\ndef max_pool2d(x, size, **o):\n    time.sleep(60)\n", encoding="utf-8")
    child = subprocess.Popen(
        [sys.executable, "-m", "cnnspec.cli", "check", str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A shell starts what runs in its background deaf to interrupts, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    time.sleep(4)
    os.kill(child.pid, signal.SIGINT)
    out, err = child.communicate(timeout=30)
    assert child.returncode == 130
    assert b"Interrupted" in out
    assert not err


# ---------------------------------------------------------------- reading


def test_laws_lists_every_law() -> None:
    output = call("laws").output
    assert not [law for law in all_laws() if law not in output]


def test_laws_can_be_filtered() -> None:
    output = call("laws", "--operator", "max_pool2d", "--step", "4").output
    assert "max.definition" in output
    assert "conv.delta" not in output
    assert "Step 2" not in output


@pytest.mark.parametrize("id", ["conv.delta", "max.definition"])
def test_a_law_is_shown_in_full(id: str) -> None:
    law, output = find(id), call("laws", id).output
    for part in (law.statement, law.catches, law.revision, "@law(", f"--only {id}", f"laws/{id}/"):
        assert part in output
    assert any(mutant.name in output for mutant in all_mutants().values() if mutant.operator in law.needs)


def test_env_names_the_versions() -> None:
    output = call("env").output
    assert all(word in output for word in ("numpy", "hypothesis", "linear algebra", "9007199254740992"))


def test_a_mutant_is_shown_with_its_killers() -> None:
    mutant = next(m for m in all_mutants().values() if m.operator == "conv2d_parameters")
    output = call("mutants", mutant.name).output
    assert f"def {mutant.name}" in output
    assert re.search(r"Killed by \d+ laws?: ", output)


def test_the_matrix_is_printed_both_ways() -> None:
    output = call("mutants", "--matrix", "--operator", "conv2d_parameters", "--json", "-").output
    table = json.loads(output)
    assert set(table) == {"mutants", "laws"}
    for mutant, laws in table["mutants"].items():
        assert all(mutant in table["laws"][law] for law in laws)


# ---------------------------------------------------------------- start


@pytest.mark.parametrize("step", STEPS)
def test_the_file_of_a_step_fails_its_laws_honestly(step: str, tmp_path: Path) -> None:
    path = tmp_path / f"{step}.py"
    result = call("start", step, "--output", str(path))
    assert result.exit_code == 0
    source = path.read_text(encoding="utf-8")
    assert "import cnnspec" not in source
    spec = importlib.util.spec_from_file_location(f"exercise_{step}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for operator in exercise.operators_of(step):
        function = getattr(module, operator.name)
        required = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
        with pytest.raises(NotImplementedError):
            function(*[None for _ in required])
    checked = call("check", str(path), "--examples", "2")
    assert checked.exit_code == 1
    assert "0 passed, 0 failed, 0 errors" in checked.output
    assert "not finished" in checked.output


def test_the_steps_cover_the_contract_and_nothing_else() -> None:
    names = [operator.name for step in STEPS for operator in exercise.operators_of(step)]
    assert names == [operator.name for operator in BOOK.values() if operator.public]
    for step in STEPS:
        source = exercise.stub(step, "x.py")
        assert '"same"' not in source, "the contract knows no words for a padding"
        assert "(top, bottom)" not in source
        assert max(map(len, source.splitlines())) <= 120


def test_a_file_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("precious", encoding="utf-8")
    assert "is there already" in error("start", "2", "--output", str(path))
    assert path.read_text() == "precious"
    assert call("start", "2", "--output", str(path), "--force").exit_code == 0
    assert "def correlate2d" in path.read_text()


# ---------------------------------------------------------------- cite


def test_citations_name_version_and_revision() -> None:
    law = find("conv.delta")
    entry = call("cite", "conv.delta").output
    assert entry.startswith("@misc{cnnspec:conv.delta,")
    assert f"revision {law.revision}" in entry
    assert f"edition      = {{{__version__}}}" in entry
    assert entry.count("{") == entry.count("}")
    assert call("cite", "4").output == call("cite", "pooling").output
    assert "chapter   = {4}" in call("cite", "pooling").output
    assert call("cite").output.startswith("@book{cnnspec,")


def test_citations_give_an_address_only_if_others_can_open_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CNNSPEC_BOOK", raising=False)
    assert all("url" not in call("cite", *what).output for what in ([], ["4"], ["l-12"], ["conv.delta"]))
    monkeypatch.setenv("CNNSPEC_BOOK", "https://example.org/0.1.0")
    assert "{https://example.org/0.1.0/}" in call("cite").output
    assert "laws/conv.delta/" in call("cite", "conv.delta").output
    assert "claims/#L-12" in call("cite", "l-12").output
    assert "reference/cnnspec.pooling/" in call("cite", "cnnspec.pooling").output
    assert "steps/faster/" in call("cite", "faster").output


def test_the_edition_is_that_of_the_book() -> None:
    assert f"year: {YEAR}" in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert citations._escaped("a_b & 50%") == r"a\_b \& 50\%"
