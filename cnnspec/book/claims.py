r"""The claims ledger: what is said of convolutional networks, by whom, and what the laws say to it.

A claim is data, in a file of `cnnspec/book/ledger/`; whether it holds is not. Each names the laws that decide it, and a
book in which one of these laws is missing, or was not tried, is not built.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from cnnspec.book.evidence import Evidence
from cnnspec.laws import Law, find

LEDGER = Path(__file__).parent / "ledger"
VERDICTS = ("holds", "holds under conditions", "refuted")
LAB, POPULAR = "L", "C"
"""The first letter of an id: the lab's own claims, and what is said elsewhere."""


class BrokenClaim(Exception):
    """A claim that the ledger cannot stand by: such a book is not built."""


@dataclass(frozen=True)
class Claim:
    """One sentence that somebody teaches, and what became of it.

    Attributes:
        id: Permanent name, such as `L-12`; never reused.
        topic: Two or three words for lists.
        claim: The sentence, in the book's words.
        source: Who says so.
        verdict: One of `VERDICTS`.
        laws: The ids of the laws that decide it, the most telling first.
        because: Why the verdict is what it is.
        instead: What to say instead; a claim that simply holds has none.
        example: Code of the smallest counterexample or of a number that decides.
        alt: Describes the figure that the example draws.
        caption: Stands under that figure.
        measured: Where a chapter measured what no law can prove: a link and a clause, in Markdown.
    """

    id: str
    topic: str
    claim: str
    source: str
    verdict: str
    laws: tuple[str, ...]
    because: str
    instead: str = ""
    example: str = ""
    alt: str = ""
    caption: str = ""
    measured: str = ""

    @property
    def popular(self) -> bool:
        """Whether it is said outside of the lab."""
        return self.id.startswith(POPULAR)


@dataclass(frozen=True)
class Printed:
    """One output that the lab prints, beside the same output computed now.

    Attributes:
        step: The number of the lab's step.
        title: What is printed.
        text: What the lab's numbers are, and what became of them.
        example: The code that computes them.
        alt: Describes the figure that the code draws.
        caption: Stands under that figure.
    """

    step: int
    title: str
    text: str
    example: str
    alt: str = ""
    caption: str = ""


@cache
def all_claims() -> dict[str, Claim]:
    """Read every claim of the ledger, by its id, the lab's first.

    Raises:
        BrokenClaim: If an entry lacks something, has something unknown, or an id stands twice.
    """
    found: dict[str, Claim] = {}
    for path in sorted(LEDGER.glob("*.toml")):
        for entry in _entries(path, "claim"):
            claim = read(entry)
            if claim.id in found:
                raise BrokenClaim(f"the claim {claim.id} stands twice in the ledger.")
            found[claim.id] = claim
    return {name: found[name] for name in sorted(found, key=lambda name: (name[0] != LAB, name))}


def all_printed() -> list[Printed]:
    """Read what the lab prints, in its order."""
    entries = [Printed(**entry) for path in sorted(LEDGER.glob("*.toml")) for entry in _entries(path, "printed")]
    return sorted(entries, key=lambda entry: entry.step)


def _entries(path: Path, kind: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8")).get(kind, [])
    return entries


def read(entry: Mapping[str, Any]) -> Claim:
    """Make a claim of one entry of the ledger.

    Raises:
        BrokenClaim: If a field is missing or unknown, or the fields do not fit together.
    """
    name = entry.get("id", "without an id")
    known = {field.name for field in fields(Claim)}
    if wrong := set(entry) - known:
        raise BrokenClaim(f"the claim {name} has a field that no claim has: {', '.join(sorted(wrong))}.")
    needed = known - {"instead", "example", "alt", "caption", "measured"}
    if missing := [field for field in sorted(needed) if not entry.get(field)]:
        raise BrokenClaim(f"the claim {name} lacks {', '.join(missing)}.")
    claim = Claim(**{field: one_line(field, value) for field, value in entry.items()})
    if claim.verdict not in VERDICTS:
        raise BrokenClaim(f"the verdict of {name} must be one of {', '.join(VERDICTS)}, but {claim.verdict!r} came.")
    if claim.verdict != "holds" and not claim.instead:
        raise BrokenClaim(f"the claim {name} is not simply true and does not say what to say instead.")
    return claim


def one_line(field: str, value: Any) -> Any:
    """Make a tuple of a list, and one line of a text that the data file breaks; code keeps its lines."""
    if field == "laws":
        return tuple(value)
    return value.strip() if field == "example" else " ".join(value.split())


def deciding(claim: Claim) -> list[Law]:
    """Find the laws that decide a claim; a former id finds the law as well.

    Raises:
        BrokenClaim: If a law does not exist.
    """
    laws = []
    for name in claim.laws:
        try:
            laws.append(find(name))
        except KeyError:
            raise BrokenClaim(f"the claim {claim.id} is decided by the law {name}, which does not exist.") from None
    return laws


def require_decided(claims: Iterable[Claim], evidence: Mapping[str, Evidence]) -> None:
    """Let no claim into the book whose laws did not run in this build.

    Raises:
        BrokenClaim: If one of the laws of a claim does not exist, or was not tried on a single input.
    """
    for claim in claims:
        for law in deciding(claim):
            if law.id not in evidence or not evidence[law.id].examples:
                raise BrokenClaim(
                    f"the claim {claim.id} is decided by the law {law.id}, which was not tried in this build."
                )


def decided_by(law: Law) -> list[Claim]:
    """List the claims that a law decides."""
    return [claim for claim in all_claims().values() if {law.id, *law.aliases} & set(claim.laws)]
