"""The claims ledger: whole, decided by laws that exist and ran, its examples run, linked from both sides."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace

import numpy as np
import pytest

from cnnspec.book import claims, claims_pages, lab, session
from cnnspec.book.claims import LEDGER, VERDICTS, BrokenClaim, all_claims, all_printed, deciding, read
from cnnspec.book.evidence import Evidence, Run
from cnnspec.laws import all_laws, find

CLAIMS = list(all_claims().values())
ENTRY = {
    "id": "L-99",
    "topic": "a topic",
    "claim": "A claim.",
    "source": "the lab",
    "verdict": "refuted",
    "laws": ["max.not-invariant"],
    "because": "A law refutes it.",
    "instead": "Something else.",
}


def ran(*laws: str) -> dict[str, Evidence]:
    return {law: Evidence(law, [Run("the definitions", 60, True, {})]) for law in laws}


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return claims_pages.claims_pages(ran(*all_laws()))


def test_ids_are_of_one_form_and_every_text_is_one_line() -> None:
    for claim in CLAIMS:
        assert re.fullmatch(r"[LC]-\d\d", claim.id)
        for text in (claim.claim, claim.because, claim.instead, claim.topic):
            assert "\n" not in text
            assert text == text.strip()
        assert claim.claim.endswith(".")
        assert len(claim.topic) < 40
        assert len(deciding(claim)) == len({law.id for law in deciding(claim)}) >= 1


def test_a_claim_that_simply_holds_needs_no_other_sentence() -> None:
    assert all(bool(claim.instead) == (claim.verdict != "holds") for claim in CLAIMS)
    assert {claim.verdict for claim in CLAIMS} == set(VERDICTS)


@pytest.mark.parametrize("page", claims_pages.PAGES.values(), ids=["lab", "popular"])
def test_examples_run_and_those_that_draw_are_described(pages: dict[str, str], page: str) -> None:
    """They run in their order and through the cache of the build: what one of both ran is there for the other."""
    running = session.Session()
    blocks = re.findall(r"(?s)```python run fold([^\n]*)\n(.*?)\n```", pages[page])
    shown = [running.run(source) for _, source in blocks]
    assert len(blocks) > 10
    for (options, source), seen in zip(blocks[1:], shown[1:], strict=True):
        assert seen.printed or seen.items, source
        assert any(item.kind == "figure" for item in seen.items) == ('alt="' in options), source
    for claim in CLAIMS:
        assert '"' not in claim.alt + claim.caption


def test_the_pages_hold_every_claim_with_its_verdict_and_its_laws(pages: dict[str, str]) -> None:
    for claim in CLAIMS:
        text = pages[claims_pages.PAGES[claim.id[0]]]
        entry = text.partition(f"{{ #{claim.id} .claim")[2].partition("\n### ")[0]
        assert claim.verdict in entry
        for law in deciding(claim):
            assert f"[`{law.id}`][{law.id}]" in entry
        assert entry.count("Held on 60 inputs.") == len(claim.laws)
    for name, text in pages.items():
        ids = re.findall(r"\{ #([LC]-\d\d) \.claim", text)
        assert sorted(ids) == sorted(claim.id for claim in CLAIMS if claims_pages.PAGES[claim.id[0]] == name)


def test_the_summary_counts_what_the_ledger_holds(pages: dict[str, str]) -> None:
    for name, text in pages.items():
        counts = [int(found) for found in re.findall(r"(?m)^\| <span class=\"verdict.*?\| (\d+) \|", text)]
        assert len(counts) == len(VERDICTS)
        assert sum(counts) == sum(claims_pages.PAGES[claim.id[0]] == name for claim in CLAIMS)


def test_a_law_lists_the_claims_that_it_decides() -> None:
    text = claims_pages.decides(find("max.not-invariant"))
    assert "[L-12 translation invariance](../claims.md#L-12), refuted" in text
    assert claims_pages.decides(find("conv.spelling")) == ""


def test_a_claim_of_an_unknown_law_ends_the_build() -> None:
    with pytest.raises(BrokenClaim, match=r"^the claim L-99 is decided by the law no\.law, which does not exist\.$"):
        claims.require_decided([read(ENTRY | {"laws": ["no.law"]})], ran(*all_laws()))


def test_a_claim_of_a_law_that_did_not_run_ends_the_build() -> None:
    claim = read(ENTRY)
    message = r"^the claim L-99 is decided by the law max\.not-invariant, which was not tried in this build\.$"
    claims.require_decided([claim], ran("max.not-invariant"))
    with pytest.raises(BrokenClaim, match=message):
        claims.require_decided([claim], {})
    with pytest.raises(BrokenClaim, match=message):
        claims.require_decided([claim], {"max.not-invariant": Evidence("max.not-invariant")})


def test_the_whole_book_asks_before_it_writes_the_ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = replace(CLAIMS[0], laws=("no.law",))
    monkeypatch.setattr(claims_pages, "all_claims", lambda: {broken.id: broken})
    with pytest.raises(BrokenClaim, match=r"no\.law, which does not exist"):
        claims_pages.claims_pages(ran(*all_laws()))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"verdict": "true"},
            "must be one of holds, holds under conditions, refuted, but 'true' came",
        ),
        ({"because": ""}, "the claim L-99 lacks because"),
        ({"laws": []}, "the claim L-99 lacks laws"),
        ({"instead": ""}, "does not say what to say instead"),
        ({"colour": "red"}, "has a field that no claim has: colour"),
    ],
)
def test_an_entry_that_is_not_whole_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(BrokenClaim, match=message):
        read(ENTRY | change)


def test_no_id_stands_twice_over_all_files() -> None:
    ids = [
        entry["id"]
        for path in LEDGER.glob("*.toml")
        for entry in tomllib.loads(path.read_text(encoding="utf-8")).get("claim", [])
    ]
    assert len(ids) == len(set(ids)) == len(CLAIMS)


def test_every_claim_of_the_lab_has_a_verdict_and_every_output_it_prints_stands_beside_the_true_one() -> None:
    assert [claim.id for claim in CLAIMS if not claim.popular] == [f"L-{number:02}" for number in range(1, 29)]
    assert [printed.step for printed in all_printed()] == [2, 3, 4, 5, 6, 7, 8]


def test_the_lab_s_seeds_give_what_its_own_programs_give() -> None:
    """The expected numbers were computed with the lab's programs as they stand, and typed here."""
    expected = [-0.289, -0.175, -0.522, -0.05, -0.027, -0.444]
    np.testing.assert_array_equal(lab.colour_maps()[0, 0].round(3), expected)
    pictures, classes = lab.barred_pictures()
    assert pictures.shape == (200, 1, 16, 16)
    assert classes[:3].tolist() == [0, 2, 0]
    expected = [[0.062, 0.302, 0.339, 0.297], [0.022, 0.167, 0.229, 0.582], [0.049, 0.227, 0.483, 0.241]]
    np.testing.assert_array_equal(lab.untrained(pictures[:3]).round(3), expected)
    assert lab.screenshot_scores() == (1.0, 1.0)
