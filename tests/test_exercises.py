"""Every exercise of the book has a stub, laws that mark it, and a solution; the page shows the one that is run here."""

from __future__ import annotations

import ast
import html
import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

pytest.importorskip("mkdocs")

import markdown

from cnnspec import exercises
from cnnspec.book.exercises import chosen
from cnnspec.check import exercise as stubs
from cnnspec.check.links import CHAPTERS
from cnnspec.check.run import run_law
from cnnspec.cli import main
from cnnspec.exercises import FOLDER, Exercise, all_exercises, solution
from cnnspec.laws import all_laws
from cnnspec.laws.operators import BOOK, OPERATORS

ROOT = Path(__file__).parents[1]
ANSWERS = Path(__file__).parent / "answers"
EXERCISES = all_exercises()
LISTED = {"network", "gradients", "faster", "zoo", "residual", "transfer"}
"""Chapters whose exercises are still a list in the page, without stubs."""


def chapter(name: str) -> str:
    return (ROOT / "docs" / "steps" / f"{name}.md").read_text(encoding="utf-8")


def names(source: str) -> dict[str, Any]:
    """What source defines when it is run alone."""
    found: dict[str, Any] = {"__name__": "exercise"}
    exec(compile(source, "<exercise>", "exec"), found)
    return found


def statuses(exercise: Exercise, source: str, examples: int) -> dict[str, str]:
    """What comes of the laws of an exercise, by their ids."""
    found = names(source)
    subject = {name: found[name] for name in exercise.asks}
    results = [run_law(law, subject, examples=examples, patience=0) for law in stubs.marking(exercise)]
    return {result.law: result.message or result.status for result in results}


# ---------------------------------------------------------------- the register and the pages


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_shows_its_exercises_and_no_others(name: str) -> None:
    text = chapter(name)
    own = [exercise.id for exercise in EXERCISES.values() if exercise.chapter == name]
    by_hand = re.findall(r"(?m)^(?:\d+\.|\*\*Exercise \d+\*\*) ●", text)
    assert (name in LISTED) == (not own) == bool(by_hand), f"{name} should have its exercises in one place"
    if own:
        fences = re.findall(r"(?ms)^```exercises\n(.*?)^```$", text)
        assert [exercise.id for fence in fences for exercise in chosen(fence.split())] == own


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=list(EXERCISES))
def test_an_exercise_is_marked_in_all_that_it_asks_for(exercise: Exercise) -> None:
    laws = stubs.marking(exercise)
    assert {law.needs[0] for law in laws} == set(exercise.asks)
    for pattern in exercise.laws:
        found = [law for law in laws if stubs.fnmatchcase(law.id, pattern)]
        assert found, f"{pattern} stands for no law about {exercise.asks}"
    assert "{{" not in exercise.question, "a file has no page to compute a number on"
    assert exercise.title == exercise.title.strip(" .?")


def test_ids_rise_and_titles_differ() -> None:
    for name in CHAPTERS:
        numbers = [int(e.id.partition(".")[2]) for e in EXERCISES.values() if e.chapter == name]
        assert numbers == sorted(set(numbers))
    assert len({exercise.title for exercise in EXERCISES.values()}) == len(EXERCISES)


def test_every_answer_is_asked_for_and_every_law_about_one_marks_it() -> None:
    marked = {law.id for exercise in EXERCISES.values() for law in stubs.marking(exercise)}
    assert {law.id for law in all_laws().values() if OPERATORS[law.needs[0]].answer} <= marked
    for path in FOLDER.glob("[a-z]*.py"):
        shown = [name for e in EXERCISES.values() if e.chapter == path.stem for name in names(solution(e))]
        defined = [node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)]
        assert set(defined) <= set(shown), f"{path.name} has what no solution uses"


def test_a_law_names_the_exercises_that_it_marks() -> None:
    assert stubs.marks()["conv.delta"] == ["convolution.2", "convolution.3"]
    assert "  marks       pooling.6\n" in call("laws", "answer.maps-do-not-add-up").output


def test_the_contract_has_no_answers() -> None:
    assert not [operator for operator in BOOK.values() if operator.answer]
    for operator in OPERATORS.values():
        assert operator.public or not operator.answer
        assert operator.answer == (operator.name not in BOOK)


def test_a_malformed_entry_is_told_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {"id": "pooling.1", "title": "t", "level": 1, "asks": ["f"], "laws": ["a.b"], "question": "q"}
    monkeypatch.setattr(exercises, "FOLDER", tmp_path)
    wrong = [{"level": 4}, {"id": "pooling.0"}, {"id": "channels.1"}, {"asks": []}, {"hint": "none"}]
    for entry in ({**whole, **change} for change in wrong):
        lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in entry.items())
        (tmp_path / "pooling.toml").write_text(f"[[exercise]]\n{lines}\n", encoding="utf-8")
        with pytest.raises(ValueError, match="must"):
            all_exercises.__wrapped__()


# ---------------------------------------------------------------- stubs, solutions, other answers


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=list(EXERCISES))
def test_a_stub_runs_and_fails_every_law(exercise: Exercise) -> None:
    source = stubs.exercise_stub(exercise, "mine.py")
    assert "import cnnspec" not in source
    assert "][" not in source.split('"""')[1], "a link should leave its words alone"
    assert max(map(len, source.splitlines())) <= 120
    found = statuses(exercise, source, 1)
    assert {message.partition(" ")[2] for message in found.values()} == {"is not implemented"}


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=list(EXERCISES))
def test_a_solution_stands_alone_and_passes_every_law(exercise: Exercise) -> None:
    code = solution(exercise)
    assert "cnnspec" not in code
    assert set(statuses(exercise, code, 3).values()) == {"pass"}


@pytest.mark.parametrize("name", [operator.name for operator in OPERATORS.values() if operator.answer])
def test_a_right_answer_of_another_kind_passes_too(name: str) -> None:
    other = runpy.run_path(str(ANSWERS / f"{OPERATORS[name].step}.py"))[name]
    laws = [law for law in all_laws().values() if law.needs[0] == name]
    assert {law.id: run_law(law, {name: other}, seed=1, examples=20).message for law in laws} == {
        law.id: "" for law in laws
    }


# ---------------------------------------------------------------- what the page shows


def shown(text: str) -> str:
    """The HTML of some Markdown, with the extensions that exercises need."""
    extensions = ["attr_list", "toc", "pymdownx.details", "pymdownx.highlight", "pymdownx.superfences"]
    return markdown.markdown(text, extensions=[*extensions, "cnnspec.book.exercises"])


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=list(EXERCISES))
def test_the_page_shows_the_solution_that_was_run(exercise: Exercise) -> None:
    page = shown(f"```exercises\n{exercise.id}\n```")
    assert f'<h3 class="exercise" id="{exercise.id}">{exercise.id} {exercise.dots} ' in page
    folded = re.search(r'<details class="success">.*?<code>(.*?)</code></pre>.*?</details>', page, re.DOTALL)
    assert folded is not None
    assert html.unescape(re.sub(r"<[^>]+>", "", folded[1])) == solution(exercise)


def test_a_fence_that_is_only_shown_stays_as_it_is() -> None:
    page = shown("````markdown\n```exercises\npooling.1\n```\n````")
    assert "pooling.1" in page
    assert EXERCISES["pooling.1"].title not in page


def test_an_exercise_that_is_not_there_ends_the_build() -> None:
    with pytest.raises(KeyError, match=r"no exercise has the id 'pooling\.99'"):
        shown("```exercises\npooling.99\n```")


# ---------------------------------------------------------------- the commands


def call(*words: str) -> Any:
    return CliRunner().invoke(main, list(words))


def test_start_lists_every_exercise_with_its_level() -> None:
    lines = call("start").output.splitlines()
    for exercise in EXERCISES.values():
        (line,) = [line for line in lines if line.startswith(f"  {exercise.id} ")]
        assert f" {exercise.dots} " in line
        assert exercise.title in line


def test_an_exercise_is_begun_marked_and_solved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    begun = call("start", "pooling.6")
    assert begun.output.splitlines()[-1].endswith("cnnspec check pooling_6.py --exercise pooling.6")
    path = tmp_path / "pooling_6.py"
    words = ["check", "pooling_6.py", "--exercise", "pooling.6"]
    words += ["--json", "marks.json", "--junit", "marks.xml"]
    assert call(*words).exit_code == 1
    path.write_text(solution(EXERCISES["pooling.6"]), encoding="utf-8")
    marked = call(*words)
    assert (marked.exit_code, marked.output.splitlines()[-1]) == (
        0,
        "pooling_6.py keeps the one law that was tried, on 1 example.",
    )
    report = json.loads((tmp_path / "marks.json").read_text(encoding="utf-8"))
    assert (report["exercise"], report["expected"]) == ("pooling.6", 1)
    assert 'name="exercise" value="pooling.6"' in (tmp_path / "marks.xml").read_text(encoding="utf-8")


def test_what_an_exercise_cannot_be_is_said_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("def global_avg_pool2d(x):\n    return x.mean(axis=(2, 3))\n", encoding="utf-8")
    for words, sentence in [
        (["start", "pooling.66"], "There is no exercise pooling.66. Did you mean pooling.6"),
        (["start", "poling.6"], "There is no exercise poling.6. Did you mean pooling.6"),
        (["check", str(path), "--exercise", "pooling"], "There is no exercise pooling."),
        (["check", str(path), "--exercise", "pooling.1", "--only", "gap.*"], "nothing left for --only"),
        (["check", str(path), "--exercise", "pooling.3"], "pooling.3 asks for max_pool2d, which the subject does not"),
    ]:
        result = call(*words)
        assert result.exit_code == 2
        assert sentence in result.output
