"""What the pages say of laws and mutants was run, and is what running them one by one says."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mkdocs")

from cnnspec.book import cache, evidence
from cnnspec.book.evidence import BrokenLaw, chosen, evidence_for, gather, killed_by, mutants_of
from cnnspec.check.run import kills
from cnnspec.laws import find


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNSPEC_CACHE", str(tmp_path))


@pytest.mark.parametrize("name", ["conv.delta", "size.half", "pad.inside", "max.lab"])
def test_mutants_die_as_they_do_one_by_one(name: str) -> None:
    law = find(name)
    mutants = mutants_of(law)
    assert mutants
    assert killed_by(law, mutants) == {mutant.name for mutant in mutants if kills(law, mutant)}


def test_a_law_that_fails_on_the_definitions_stops_the_book() -> None:
    def wrong(correlate2d: Any, kernel: Any) -> None:
        raise AssertionError("never")

    with pytest.raises(BrokenLaw, match=r"conv\.delta does not hold for the definitions"):
        gather(replace(find("conv.delta"), function=wrong))


def test_the_evidence_counts_inputs_and_sorts_mutants() -> None:
    law = find("conv.delta")
    found = evidence_for(law)
    assert found.examples >= 60
    assert "flipped_kernel" in found.killed
    assert {*found.killed, *found.survived} == {mutant.name for mutant in mutants_of(law)}
    assert not {*found.killed} & {*found.survived}


def test_evidence_is_run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    law = find("conv.delta")
    first = evidence_for(law)

    def forbidden(_: object) -> None:
        raise AssertionError("it was run again")

    monkeypatch.setattr(evidence, "gather", forbidden)
    assert evidence_for(law) == first


def test_evidence_is_forgotten_when_its_source_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    law = find("conv.delta")
    before = evidence.key_of(law)
    for folder in ("laws", "mutants"):
        for path in (cache.PACKAGE / folder).glob("*.py"):
            copy = tmp_path / folder / path.name
            copy.parent.mkdir(exist_ok=True)
            copy.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(cache, "PACKAGE", tmp_path)
    cache.source_digest.cache_clear()
    changed = evidence.key_of(law)
    (tmp_path / "laws" / "convolution.py").write_text("")
    cache.source_digest.cache_clear()
    changed_again = evidence.key_of(law)
    (tmp_path / "laws" / "pooling.py").write_text("")
    cache.source_digest.cache_clear()
    unrelated = evidence.key_of(law)
    cache.source_digest.cache_clear()
    assert len({before, changed, changed_again}) == 3
    assert unrelated == changed_again


def test_laws_are_chosen_by_id_and_pattern() -> None:
    assert [law.id for law in chosen(["conv.delta"])] == ["conv.delta"]
    sizes = [law.id for law in chosen(["size.*"])]
    assert len(sizes) > 5
    assert all(name.startswith("size.") for name in sizes)
    assert [law.id for law in chosen(["conv.delta", "conv.delta"])] == ["conv.delta"]
    with pytest.raises(KeyError, match=r"conv\.nothing"):
        chosen(["conv.nothing"])
