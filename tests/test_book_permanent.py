"""Addresses for ever: everything that can be cited is on the list, and nothing on the list is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnspec.book import permanent
from cnnspec.laws import all_laws, find

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def now() -> dict[permanent.Name, str]:
    return permanent.current(ROOT)


def test_every_id_is_listed_and_every_listed_address_is_still_there(now: dict[permanent.Name, str]) -> None:
    assert permanent.faults(permanent.read(ROOT / permanent.LIST), now) == []


def test_what_disappears_moves_or_is_new_is_told_in_a_sentence(now: dict[permanent.Name, str]) -> None:
    listed = {("law", "conv.gone"): "laws/conv.gone/", ("module", "cnnspec.pooling"): "reference/pooling/"}
    said = permanent.faults(
        listed, {("module", "cnnspec.pooling"): "reference/cnnspec.pooling/", ("law", "a.b"): "laws/a.b/"}
    )
    assert said == [
        "the law conv.gone has disappeared: its address laws/conv.gone/ is permanent, so let it lead on.",
        "the module cnnspec.pooling has moved to reference/cnnspec.pooling/: its address reference/pooling/ is"
        " permanent, so let it lead on.",
        "the law a.b is not in permanent.txt: run make permanent.",
    ]


def test_a_former_address_is_kept_by_a_page_that_leads_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permanent, "MOVED", {"reference/cnnspec.old/": "reference/cnnspec.pooling/"})
    listed = {("module", "cnnspec.old"): "reference/cnnspec.old/"}
    new = {("module", "cnnspec.pooling"): "reference/cnnspec.pooling/"}
    assert permanent.faults(listed, new) == ["the module cnnspec.pooling is not in permanent.txt: run make permanent."]
    page = permanent.leading_on()["reference/cnnspec.old.md"]
    assert "moved: ../../reference/cnnspec.pooling/\n" in page
    assert "[cnnspec.pooling](../reference/cnnspec.pooling.md)" in page


def test_a_former_id_of_a_law_has_a_page_that_leads_on(monkeypatch: pytest.MonkeyPatch) -> None:
    law = find("max.overlap")
    object.__setattr__(law, "aliases", ("max.once",))
    try:
        assert permanent.current(ROOT)["law", "max.once"] == "laws/max.once/"
        assert "moved: ../max.overlap/\n" in permanent.leading_on()["laws/max.once.md"]
    finally:
        object.__setattr__(law, "aliases", ())


def test_the_list_grows_and_forgets_nothing(tmp_path: Path) -> None:
    path = tmp_path / "permanent.txt"
    assert permanent.extend(path, {("law", "a.b"): "laws/a.b/", ("page", "index"): ""}) == 2
    assert permanent.extend(path, {("law", "a.c"): "laws/a.c/"}) == 1
    assert permanent.read(path) == {
        ("law", "a.b"): "laws/a.b/",
        ("law", "a.c"): "laws/a.c/",
        ("page", "index"): "",
    }
    path.write_text("law a.b\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"permanent\.txt must have lines of a kind, an id and an address"):
        permanent.read(path)


def test_all_kinds_are_found(now: dict[permanent.Name, str]) -> None:
    assert {kind for kind, _ in now} == {"page", "chapter", "exercise", "law", "claim", "mutant", "module"}
    assert now["page", "index"] == ""
    assert now["chapter", "pooling"] == "steps/pooling/"
    assert now["exercise", "pooling.3"] == "steps/pooling/#pooling.3"
    assert now["page", "laws/index"] == "laws/"
    assert now["claim", "L-12"] == "claims/#L-12"
    assert sum(kind == "law" for kind, _ in now) >= len(all_laws())


def test_the_book_has_no_address_of_its_own_unless_it_is_published() -> None:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert 'site_url: !ENV [SITE_URL, ""]' in text
