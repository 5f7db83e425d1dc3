"""What the pages say of laws and mutants was run, and is what running them one by one says."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mkdocs")

from cnnspec.book import cache, evidence
from cnnspec.book.evidence import BrokenLaw, chosen, gather, mutants_of
from cnnspec.check.run import killed_by, kills
from cnnspec.laws import find


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNSPEC_CACHE", str(tmp_path))


@pytest.mark.parametrize("name", ["conv.delta", "size.half", "pad.inside", "max.lab"])
def test_mutants_die_as_they_do_one_by_one(name: str) -> None:
    law = find(name)
    mutants = mutants_of(law)
    assert mutants
    assert killed_by(law, mutants, examples=60) == [mutant.name for mutant in mutants if kills(law, mutant)]


def test_a_law_that_fails_on_the_definitions_stops_the_book() -> None:
    def wrong(correlate2d: Any, kernel: Any) -> None:
        raise AssertionError("never")

    with pytest.raises(BrokenLaw, match=r"conv\.delta does not hold for the definitions"):
        gather(replace(find("conv.delta"), function=wrong))


def test_the_evidence_counts_inputs_and_sorts_mutants() -> None:
    law = find("conv.delta")
    found = gather(law)
    assert found.examples >= 60
    assert "flipped_kernel" in found.killed
    assert {*found.killed, *found.survived} == {mutant.name for mutant in mutants_of(law)}
    assert not {*found.killed} & {*found.survived}


def test_evidence_is_run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    law = find("conv.delta")
    first = gather(law)

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("it was run again")

    monkeypatch.setattr(evidence, "run_law", forbidden)
    monkeypatch.setattr(evidence, "killed_by", forbidden)
    assert gather(law) == first


def test_evidence_is_forgotten_when_its_source_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "cnnspec"
    shutil.copytree(cache.PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(cache, "PACKAGE", copy)
    law = find("conv.delta")

    def keys_after_emptying(name: str) -> tuple[str, str]:
        (copy / name).write_text("")
        cache.forget_sources()
        return evidence.held_key(law), evidence.kills_key(law)

    cache.forget_sources()
    first = evidence.held_key(law), evidence.kills_key(law)
    assert keys_after_emptying("laws/pooling.py") == first
    assert keys_after_emptying("training/sgd.py") == first
    held, kills = keys_after_emptying("mutants/convolution.py")
    assert held == first[0]
    assert kills != first[1]
    assert keys_after_emptying("laws/strategies.py") != (held, kills)
    monkeypatch.undo()
    cache.forget_sources()


def test_algorithms_count_for_the_laws_that_they_meet_and_for_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "cnnspec"
    shutil.copytree(cache.PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(cache, "PACKAGE", copy)
    cache.forget_sources()
    met, others = find("conv.delta"), find("softmax.shift")
    first = evidence.held_key(met), evidence.held_key(others)
    (copy / "algorithms" / "im2col.py").write_text("")
    cache.forget_sources()
    assert evidence.held_key(met) != first[0]
    assert evidence.held_key(others) == first[1]
    monkeypatch.undo()
    cache.forget_sources()


def test_every_algorithm_meets_a_law_and_its_runs_are_counted() -> None:
    runs = {run.subject: run.examples for name in ("conv2d.impulse", "max.entry") for run in gather(find(name)).runs}
    assert runs == {"the definitions": 60, "im2col": 15, "Winograd in pieces": 15, "taps": 15}


def test_what_a_module_stands_on_is_found_in_its_imports() -> None:
    files = cache.closure("cnnspec.pooling")
    assert {"pooling.py", "convolution.py", "arguments.py"} <= {*files}
    assert not [file for file in files if file.startswith(("laws/", "gradients"))]
    assert cache.closure("cnnspec.pooling", leaves=("cnnspec.pooling",)) == ("pooling.py",)


def test_laws_are_chosen_by_id_and_pattern() -> None:
    assert [law.id for law in chosen(["conv.delta"])] == ["conv.delta"]
    sizes = [law.id for law in chosen(["size.*"])]
    assert len(sizes) > 5
    assert all(name.startswith("size.") for name in sizes)
    assert [law.id for law in chosen(["conv.delta", "conv.delta"])] == ["conv.delta"]
    with pytest.raises(KeyError, match=r"conv\.nothing"):
        chosen(["conv.nothing"])


def test_a_page_says_what_its_evidence_was_found_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import numpy as np

    from cnnspec import __version__
    from cnnspec.book import provenance

    line = provenance.provenance()
    assert f"cnnspec {__version__}" in line
    assert f"NumPy {np.__version__}" in line
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert provenance.commit() == "unknown"


def test_a_book_is_current_until_a_source_changes(tmp_path: Path) -> None:
    from cnnspec.book import state

    site = tmp_path / "site"
    for name in ("docs/index.md", "docs/laws/conv.delta.md", "cnnspec/convolution.py", "site/index.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    assert not state.is_current(tmp_path, site)
    state.note(tmp_path, site)
    assert state.is_current(tmp_path, site)
    (tmp_path / "docs" / "laws" / "conv.delta.md").write_text("written by the build")
    assert state.is_current(tmp_path, site)
    (tmp_path / "cnnspec" / "convolution.py").write_text("changed")
    assert not state.is_current(tmp_path, site)
