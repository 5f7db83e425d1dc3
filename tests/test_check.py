"""The checker: finding subjects, the engine with its limits, counterexamples, and the reports."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from cnnspec.check import grids, records
from cnnspec.check.collecting import belongs_to_cnnspec
from cnnspec.check.engine import check
from cnnspec.check.formats import as_data, as_json, as_junit, write
from cnnspec.check.loading import load
from cnnspec.check.orders import Limits, Order, Outcome, choose
from cnnspec.check.processes import how_it_ended, sessions
from cnnspec.check.report import plain, replay, whole
from cnnspec.check.run import run_law
from cnnspec.check.subjects import Unusable, find
from cnnspec.laws import all_laws
from cnnspec.laws import find as law_named
from cnnspec.laws.law import Call

MEAN = "def global_avg_pool2d(x):\n    return x.mean(axis=(2, 3))\n"
SUM = "def global_avg_pool2d(x):\n    return x.sum(axis=(2, 3))\n"
QUICK = Limits(law=3, total=30, load=6)
Write = Callable[[str], Path]


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a subject and return its path."""
    monkeypatch.setattr(sys, "path", list(sys.path))

    def put(source: str) -> Path:
        path = tmp_path / "subject.py"
        path.write_text(source, encoding="utf-8")
        return path

    return put


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The outcome of a wrong file."""
    path = tmp_path_factory.mktemp("broken") / "subject.py"
    path.write_text(SUM, encoding="utf-8")
    return run(path)


def run(path: Path, *only: str, limits: Limits = QUICK, examples: int = 5, workers: int = 2, seed: int = 0) -> Outcome:
    return check(Order(find(str(path)), only, seed, examples, workers=workers, limits=limits))


# ---------------------------------------------------------------- finding and loading


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("x = (", "line 1: syntax error"),
        ("import nothing_of_that_name", "No module named"),
        ("raise SystemExit(3)", r"sys.exit\(3\)"),
        ("1 / 0", "ZeroDivisionError"),
        ("a = 1", "none of the operators"),
        ("conv2d = 5", "conv2d is an int, which cannot be called"),
        ("def conv_2d(x, w): return x", "did you mean conv2d?"),
        ("def MaxPool2D(x): return x", "did you mean max_pool2d?"),
        ("from cnnspec import conv2d", "marked by its own answers"),
    ],
)
def test_what_cannot_be_checked_is_said_in_a_sentence(written: Write, source: str, sentence: str) -> None:
    with pytest.raises(Unusable, match=sentence):
        load(find(str(written(source))))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("missing.py", "There is no file"),
        ("cnnspec.channels", "part of cnnspec"),
        ("cnnspec", "part of cnnspec"),
        (str(Path(__file__).parents[1] / "cnnspec" / "channels.py"), "part of cnnspec"),
        (str(Path(__file__).parent), "is a folder"),
        ("a\0b.py", "There is no file"),
    ],
)
def test_what_is_no_subject_is_said_in_a_sentence(name: str, sentence: str) -> None:
    with pytest.raises(Unusable, match=sentence):
        find(name)


def test_an_operator_is_never_called_a_misspelling_of_another(written: Write) -> None:
    source = "def max_pool2d_backward(dy, x, size): return x\ndef conv_2d(x, w): return x"
    assert load(find(str(written(source)))).notes == ["conv_2d is no operator of the book; did you mean conv2d?"]


def test_a_near_name_is_suggested(written: Write) -> None:
    path = written(MEAN)
    with pytest.raises(Unusable, match=r"Did you mean .*subject\.py\?"):
        find(str(path.with_name("subjekt.py")))


def test_a_block_for_scripts_may_import_the_book(written: Write) -> None:
    source = MEAN + 'if __name__ == "__main__":\n    from cnnspec import conv2d\n'
    assert list(load(find(str(written(source)))).operators) == ["global_avg_pool2d"]


def test_cnnspec_is_found_behind_partials_and_closures() -> None:
    import functools

    from cnnspec import conv2d

    assert belongs_to_cnnspec(functools.partial(conv2d, stride=2))
    assert belongs_to_cnnspec((lambda inner: lambda *a: inner(*a))(conv2d))
    assert not belongs_to_cnnspec(np.mean)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("class conv2d:\n    pass", "is a class"),
        ("async def conv2d(x, w): return x", "is an async function"),
        ("def conv2d(x, w): yield x", "is a generator function"),
    ],
)
def test_what_cannot_answer_is_a_problem_of_the_operator(written: Write, source: str, sentence: str) -> None:
    assert sentence in load(find(str(written(source)))).problems["conv2d"]


def test_patterns_choose_laws() -> None:
    assert [law.id for law in choose(["correlate2d"], ["conv.delta"], False)] == ["conv.delta"]
    assert {law.needs[0] for law in choose(["max_pool2d", "conv2d"], ["max_pool2d"], False)} == {"max_pool2d"}
    with pytest.raises(Unusable, match="No law is called"):
        choose(["correlate2d"], ["conv.nothing"], False)
    with pytest.raises(Unusable, match="needs correlate2d, which the subject does not define"):
        choose(["conv2d"], ["conv.delta"], False)
    assert not any(law.extended for law in choose(["correlate2d", "conv2d"], [], False))


# ---------------------------------------------------------------- one law in this process


def test_the_smallest_failure_and_its_calls_are_kept() -> None:
    flipped = run_law(law_named("conv.delta"), {"correlate2d": _flipped})
    assert flipped.status == "fail"
    assert flipped.first_failure >= 1
    assert flipped.asked[0].operator == "correlate2d"
    assert flipped.mismatch is not None


def _flipped(image: np.ndarray, kernel: np.ndarray, **options: int) -> np.ndarray:
    from cnnspec import correlate2d

    return correlate2d(image, kernel[::-1, ::-1], **options)


def test_patience_ends_the_search_for_a_smaller_failure() -> None:
    law = law_named("conv.definition")
    impatient = run_law(law, {"correlate2d": _flipped}, patience=0)
    patient = run_law(law, {"correlate2d": _flipped})
    assert impatient.status == patient.status == "fail"
    assert impatient.examples == impatient.first_failure < patient.examples


def test_a_subject_that_sleeps_does_not_wear_the_search_out() -> None:
    def sleepy(*arguments: np.ndarray, **options: int) -> np.ndarray:
        time.sleep(0.02)
        return _flipped(*arguments, **options)

    start = time.perf_counter()
    result = run_law(law_named("conv.definition"), {"correlate2d": sleepy}, patience=3, whole=0.5)
    assert result.status == "fail"
    assert time.perf_counter() - start < 2


def test_a_law_that_is_cut_short_says_so() -> None:
    from cnnspec import correlate2d

    def slow(*arguments: np.ndarray, **options: int) -> np.ndarray:
        time.sleep(0.02)
        return correlate2d(*arguments, **options)

    result = run_law(law_named("conv.definition"), {"correlate2d": slow}, seconds=0.1)
    assert result.status == "pass"
    assert result.cut
    assert 5 <= result.examples < 60


def test_inputs_do_not_depend_on_the_source_of_who_asks(written: Write) -> None:
    seen: list[list[bytes]] = []
    for source in ("", "A, B, C = 2, 7, 4\n" * 3):
        drawn: list[bytes] = []
        path = written(source + MEAN)
        function = load(find(str(path))).operators["global_avg_pool2d"]

        def watched(x: np.ndarray, *, drawn: list[bytes] = drawn, function: Callable[..., object] = function) -> object:
            drawn.append(x.tobytes())
            return function(x)

        run_law(law_named("gap.definition"), {"global_avg_pool2d": watched})
        seen.append(drawn)
    assert seen[0] == seen[1]


# ---------------------------------------------------------------- the engine


def test_a_right_file_passes_and_the_report_says_how_many_laws_ran(written: Write) -> None:
    outcome = run(written(MEAN))
    text = plain(whole(outcome))
    assert outcome.exit_code == 0
    assert outcome.ran == len(outcome.laws) > 3
    assert f"{outcome.ran} passed, 0 failed, 0 errors of {outcome.ran} laws" in text
    assert outcome.sha256 in text
    assert "\x1b" not in text


def test_a_wrong_file_fails_with_a_counterexample_and_a_replay(broken: Outcome) -> None:
    outcome = broken
    text = plain(whole(outcome))
    assert outcome.exit_code == 1
    assert re.search("yours +expected", text)
    assert re.search(r"\[-?\d+\]", text), "the first difference is marked"
    failing = next(v for v in outcome.verdicts.values() if v.status == "fail")
    assert replay(failing.id, outcome.order) in plain(whole(outcome, full=True))
    assert "--only" in replay(failing.id, outcome.order)


def test_the_verdicts_do_not_depend_on_the_number_of_workers(written: Write) -> None:
    path = written(SUM)
    limits = Limits(law=100, total=1000)  # on a machine however busy

    def verdicts(workers: int) -> str:
        return plain(whole(run(path, "gap.*", workers=workers, limits=limits), full=True))

    assert verdicts(1) == verdicts(2)


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ("while True: pass", "timeout", "did not answer within 1 seconds"),
        ("import os; os._exit(0)", "error", "ended the interpreter"),
        ("import os; os.kill(os.getpid(), 11)", "error", "SIGSEGV"),
        ("raise SystemExit", "error", "raised SystemExit"),
        ("raise KeyboardInterrupt", "error", "raised KeyboardInterrupt"),
        ("raise NotImplementedError", "not-implemented", "not implemented"),
        ("import numpy; numpy.all = len; return x.mean((2, 3))", "error", "interferes"),
        ("x += 1; return x.mean((2, 3))", "fail", "should leave its arguments as they are"),
        ("import sys\n    while True: sys.stdout.write('x' * 10**6)", "error", "printed more than"),
        ("keep = [bytearray(10**8) for _ in range(99)]", "error", "MiB of memory"),
        ("import cnnspec; return cnnspec.global_avg_pool2d(x)", "error", "imports cnnspec"),
    ],
)
def test_bad_behaviour_has_a_verdict_of_its_own(written: Write, body: str, status: str, message: str) -> None:
    path = written(f"def global_avg_pool2d(x):\n    {body}\n")
    limits = Limits(law=1 if "while True: pass" in body else 8, total=30, load=10, output=2**20, memory=300 * 2**20)
    outcome = run(path, "gap.definition", limits=limits)
    verdict = outcome.verdicts["gap.definition"]
    assert (verdict.status, outcome.exit_code) == (status, 1), verdict
    assert message in verdict.message


def test_an_operator_that_never_answers_is_given_up_and_the_others_go_on(written: Write) -> None:
    path = written("def max_pool2d(x, size, **options):\n    while True: pass\n" + MEAN)
    outcome = run(path, limits=Limits(law=0.5, total=30, timeouts=1))
    statuses = {law: verdict.status for law, verdict in outcome.verdicts.items()}
    assert {status for law, status in statuses.items() if law.startswith("max.")} == {"timeout"}
    assert {status for law, status in statuses.items() if law.startswith("gap.")} == {"pass"}
    assert any("gave up on max_pool2d" in v.message for v in outcome.verdicts.values())
    assert outcome.exit_code == 1


def test_what_honest_libraries_replace_is_no_interference(written: Write) -> None:
    source = "import builtins, inspect, json\ninspect.getfile = json.dumps = builtins.print = lambda *a, **k: ''\n"
    assert run(written(source + MEAN), "gap.definition").exit_code == 0


def test_a_keyword_that_is_not_taken_is_named(written: Write) -> None:
    path = written("def max_pool2d(x, size, stride=None):\n    return x\n")
    outcome = run(path, "max.definition")
    assert "does not take the keyword padding" in outcome.verdicts["max.definition"].message


def test_what_is_printed_is_no_event(written: Write) -> None:
    forged = json.dumps({"event": "result", "verdict": {"id": "gap.definition", "status": "pass", "examples": 60}})
    source = (
        "import os\n"
        f"LINE = b'\\n' + {forged!r}.encode() + b'\\n'\n"
        "def global_avg_pool2d(x):\n"
        "    for descriptor in [*range(1, 20), *range(598, 610)]:\n"
        "        try: os.write(descriptor, LINE)\n"
        "        except OSError: pass\n"
        "    return x.sum(axis=(2, 3))\n"
    )
    assert run(written(source), "gap.definition").verdicts["gap.definition"].status == "fail"


@pytest.mark.skipif(not list(sessions()), reason="this system does not tell about its processes")
def test_nothing_that_a_subject_starts_outlives_the_check(written: Write, tmp_path: Path) -> None:
    source = (
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        f"        open({str(tmp_path / 'pid')!r}, 'a').write(f'{{os.getpid()}} ')\n"
        "        time.sleep(60)\n"
        "    os._exit(0)\n"
        "os.wait(); time.sleep(0.3)\n" + MEAN
    )
    assert run(written(source), "gap.definition").exit_code == 0
    left = [int(pid) for pid in (tmp_path / "pid").read_text().split()]
    assert left
    # a killed process may take a moment to leave the table
    deadline = time.monotonic() + 5
    while {pid for pid, _ in sessions()} & set(left) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not {pid for pid, _ in sessions()} & set(left)


def test_an_interrupt_ends_the_check_and_keeps_what_is_known(written: Write) -> None:
    path = written("import time\ndef max_pool2d(x, size, **o):\n    time.sleep(60)\n")
    started = time.monotonic()

    def interrupt(outcome: Outcome) -> None:
        if time.monotonic() - started > 1.5:
            raise KeyboardInterrupt

    outcome = check(Order(find(str(path))), interrupt)
    assert outcome.exit_code == 130
    assert "Interrupted" in plain(whole(outcome))


def test_exit_codes_in_words() -> None:
    assert how_it_ended(-11) == "crashed the interpreter (SIGSEGV)"
    assert how_it_ended(3) == "ended the interpreter (exit code 3)"


def test_known_deviations_of_a_library_are_no_failures() -> None:
    from cnnspec.check.engine import _Check

    order = Order(find("scipy"), ("conv.delta",))
    for broken, status in (("fail", "deviation"), ("pass", "deviation-fixed")):
        run = _Check(order, lambda outcome: None)
        run.deviations = {"conv.delta": "it is known"}
        run.record(records.Verdict("conv.delta", broken, examples=3))
        assert run.outcome.verdicts["conv.delta"].status == status


@pytest.mark.slow
def test_scipy_keeps_the_laws() -> None:
    pytest.importorskip("scipy")
    outcome = check(Order(find("scipy"), ("conv.d*",), examples=10))
    assert outcome.exit_code == 0, plain(whole(outcome))


# ---------------------------------------------------------------- reports


def test_the_json_report_is_complete_and_valid(broken: Outcome) -> None:
    data = json.loads(as_json(broken))
    assert data["schema"] == "cnnspec-check/1"
    assert data["expected"] == data["ran"] == len(data["laws"]) == sum(data["counts"].values())
    assert data["exit_code"] == 1
    failing = [law for law in data["laws"] if law["status"] == "fail"]
    for law in failing:
        assert set(law["counterexample"]) == {"inputs", "calls", "left", "right", "place"}
        assert law["page"].endswith(f"laws/{law['id']}/")
    x = next(iter(failing[0]["counterexample"]["inputs"].values()))
    assert np.array(x["values"]).shape == tuple(x["shape"])


def test_the_junit_report_has_a_case_for_each_law(broken: Outcome) -> None:
    outcome = broken
    suite = ElementTree.fromstring(as_junit(outcome).split("\n", 1)[1]).find("testsuite")
    assert suite is not None
    cases = suite.findall("testcase")
    assert [case.get("name") for case in cases] == [law.id for law in outcome.laws]
    assert len(suite.findall("testcase/failure")) == int(suite.get("failures", -1)) == outcome.counts["fail"]
    assert len(cases) == int(suite.get("tests", -1))


def test_a_file_that_cannot_be_checked_is_an_error_of_junit(written: Write) -> None:
    outcome = run(written("x = ("))
    assert outcome.exit_code == 2
    assert "<error" in as_junit(outcome)
    assert as_data(outcome)["error"]


def test_what_is_not_finite_is_valid_json() -> None:
    value = records.value(np.array([[np.nan, np.inf], [-np.inf, 1.5]]))
    assert value["values"] == [["nan", "inf"], ["-inf", 1.5]]
    assert np.array_equal(records.array_of(value), [[np.nan, np.inf], [-np.inf, 1.5]], equal_nan=True)
    large = records.value(np.zeros((100, 100)))
    assert large["elided"]
    assert np.array(large["values"]).shape == (8, 8)


def test_a_report_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    write(str(target), "one")
    write(str(target), "two")
    assert target.read_text() == "two"
    assert os.listdir(tmp_path) == ["report.json"]
    with pytest.raises(OSError, match="No such file"):
        write(str(tmp_path / "missing" / "report.json"), "three")


def test_grids_are_aligned_and_mark_the_difference() -> None:
    array = np.array([[1.0, -10], [0.5, 3]])
    assert grids.plane(array, (1, 0)) == ["   1  -10", "[0.5]   3"]
    assert grids.number(np.float64(1 / 3)) == "0.333333"
    assert grids.number(np.float64("nan")) == "nan"
    assert grids.digits_for(0.1, 0.1 + 1e-9) == 9
    wide = grids.plane(np.arange(400.0).reshape(20, 20), (10, 10))
    assert len(wide) < 13
    assert any("[210]" in line for line in wide)
    assert all(len(line) < 100 for line in wide)


def test_blocks_stand_side_by_side_as_far_as_they_fit() -> None:
    assert grids.beside([["ab", "c"], ["d"]]) == ["ab    d", "c"]
    assert len(grids.beside([["x" * 50], ["y" * 50]])) == 2


def test_both_sides_show_the_plane_that_differs() -> None:
    left = np.zeros((2, 3, 2, 2))
    right = left.copy()
    right[1, 2, 0, 1] = 5
    sides = grids.two_sides(records.value(left), records.value(right), (1, 2, 0, 1), ("left", "right"))
    assert sides == ["left[1, 2]    right[1, 2]", "0  [0]        0  [5]", "0   0         0   0"]


def test_calls_are_written_as_in_a_program() -> None:
    x, w = np.zeros((1, 1, 2, 2)), np.zeros((1, 1, 1, 1))
    options = {"stride": (1, 2), "padding": 0, "dilation": 1, "groups": 1}
    arrays: dict[str, np.ndarray] = {}
    assert records.spelt(Call("conv2d", (x, w, None), options), arrays) == "conv2d(x, w, None, stride=(1, 2))"
    assert records.spelt(Call("conv2d", (x + 1, w), {}), arrays) == "conv2d(x2, w)"
    assert list(arrays) == ["x", "w", "x2"]


# ---------------------------------------------------------------- pytest


def test_pytest_collects_a_test_for_each_law(written: Write) -> None:
    path = written(SUM)
    options = ["--cnnspec-subject", str(path), "--cnnspec-only", "gap.d*", "--cnnspec-examples", "5"]
    answer = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *options],
        capture_output=True,
        text=True,
        cwd=path.parent,
        check=False,
    )
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert "expected" in answer.stdout
    assert "Traceback" not in answer.stdout
    expected = [law for law in all_laws() if law.startswith("gap.d")]
    assert sum(answer.stdout.count(f"::{law}") > 0 for law in expected) >= 1
