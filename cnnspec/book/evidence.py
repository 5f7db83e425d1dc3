"""What was run while the book was built: every law on the book's own operators and on the mutants.

A page says that a law held, or killed a mutant, only if this module ran it. Results are kept in the cache under a hash
of all source that can change them, so a law is run again only when it, its step or what it stands on has changed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import cache as once

from cnnspec.book import cache
from cnnspec.check.run import MUTANT_EXAMPLES, killed_by, run_law
from cnnspec.laws import MODULES, Law, all_laws
from cnnspec.laws.law import EXAMPLES
from cnnspec.laws.operators import Function, definitions
from cnnspec.mutants import Mutant, all_mutants

FOUNDATIONS = ("*.py", "residual/*.py", "check/run.py", "mutants/mutant.py", "book/evidence.py")


def subjects() -> Mapping[str, Mapping[str, Function]]:
    """Return the implementations of the book that every law is put to, by what a page calls them."""
    return {"the definitions": definitions()}


class BrokenLaw(Exception):
    """A law that does not hold for the book's own operators: such a book is not built."""


@dataclass(frozen=True)
class Run:
    """One law that held for one subject.

    Attributes:
        subject: What the page calls the subject.
        examples: How many inputs were tried.
        exact: Whether both sides were equal bit for bit each time.
        tags: How many of the inputs had each property worth counting.
    """

    subject: str
    examples: int
    exact: bool
    tags: dict[str, int]


@dataclass(frozen=True)
class Evidence:
    """What is known of one law.

    Attributes:
        law: The law's id.
        runs: The law on each subject.
        killed: The mutants that it tells from the real operators.
        survived: The mutants of its operators that it cannot see.
    """

    law: str
    runs: list[Run] = field(default_factory=list)
    killed: list[str] = field(default_factory=list)
    survived: list[str] = field(default_factory=list)

    @property
    def examples(self) -> int:
        """How many inputs were tried on all subjects together."""
        return sum(run.examples for run in self.runs)


def gather(law: Law) -> Evidence:
    """Run one law on the subjects and on the mutants of its operators.

    Raises:
        BrokenLaw: If the law does not hold for an implementation of the book; nothing it says of mutants counts then.
    """
    runs = []
    for name, subject in subjects().items():
        if law.applies_to(subject):
            result = run_law(law, subject)
            if result.status != "pass":
                raise BrokenLaw(f"{law.id} does not hold for {name}: {result.status}, {result.message}")
            tags = dict(sorted(result.tags.items()))
            runs.append(Run(name, result.examples, result.exact, tags))
    mutants = mutants_of(law)
    dead = killed_by(law, mutants)
    names = [mutant.name for mutant in mutants]
    return Evidence(law.id, runs, [n for n in names if n in dead], [n for n in names if n not in dead])


def mutants_of(law: Law) -> list[Mutant]:
    """Return the mutants that pretend to be one of the law's operators."""
    return [mutant for mutant in all_mutants().values() if mutant.operator in law.needs]


def key_of(law: Law) -> str:
    """Hash all source that the evidence for a law depends on: not the other modules of laws."""
    tools = sorted(path.name for path in (cache.PACKAGE / "laws").glob("*.py") if path.stem not in MODULES)
    mutants = sorted({f"{mutant.function.__module__.rpartition('.')[2]}.py" for mutant in mutants_of(law)})
    files = [f"laws/{name}" for name in [*tools, f"{law.function.__module__.rpartition('.')[2]}.py"]]
    files += [f"mutants/{name}" for name in mutants]
    return cache.digest(law.id, str(EXAMPLES), str(MUTANT_EXAMPLES), cache.source_digest(*FOUNDATIONS, *files))


def unknown() -> list[str]:
    """Return the ids of the laws whose evidence is not in the cache."""
    return [law.id for law in all_laws().values() if cache.recall("evidence", key_of(law)) is None]


def all_evidence() -> dict[str, Evidence]:
    """Return the evidence for every law, running what is not known yet on all processors.

    Each result is kept as soon as it is there, so a build that was stopped goes on where it was.
    """
    missing = unknown()
    if missing:
        with ProcessPoolExecutor(max_workers=min(os.cpu_count() or 1, 8)) as pool:
            for _ in pool.map(_gather_by_id, missing):
                pass
    return {name: evidence_for(law) for name, law in all_laws().items()}


def evidence_for(law: Law) -> Evidence:
    """Return the evidence for one law, running it if it is not known yet."""
    result = cache.remembered("evidence", key_of(law), lambda: asdict(gather(law)))
    return Evidence(result["law"], [Run(**run) for run in result["runs"]], result["killed"], result["survived"])


def _gather_by_id(name: str) -> None:
    evidence_for(all_laws()[name])


@once
def _by_operator() -> dict[str, list[str]]:
    table: dict[str, list[str]] = {}
    for law in all_laws().values():
        table.setdefault(law.needs[0], []).append(law.id)
    return table


def laws_about(operator: str) -> list[str]:
    """Return the ids of the laws that are about an operator: those that need it first."""
    return _by_operator().get(operator, [])


def chosen(patterns: Iterable[str]) -> list[Law]:
    """Find laws by id, former id, or a pattern such as `conv.*`, in the order of the patterns.

    Raises:
        KeyError: If a pattern fits no law.
    """
    from fnmatch import fnmatchcase

    found: dict[str, Law] = {}
    for pattern in patterns:
        fitting = {
            law.id: law
            for law in all_laws().values()
            if any(fnmatchcase(name, pattern) for name in (law.id, *law.aliases))
        }
        if not fitting:
            raise KeyError(f"no law has the id {pattern!r}")
        found.update(fitting)
    return list(found.values())
