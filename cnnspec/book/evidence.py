"""What was run while the book was built: every law on the book's own operators and on the mutants.

A page says that a law held, or killed a mutant, only if this module ran it. Results are kept in the cache under a hash
of all source that can change them, so a law is run again only when it, its step or what it stands on has changed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import cache as once
from typing import TypeVar

from cnnspec.algorithms import IMPLEMENTATIONS
from cnnspec.book import cache
from cnnspec.check.run import MUTANT_EXAMPLES, killed_by, run_law
from cnnspec.laws import Law, all_laws
from cnnspec.laws.law import EXAMPLES
from cnnspec.laws.operators import OPERATORS, Function, definitions
from cnnspec.mutants import Mutant, all_mutants

Answer = TypeVar("Answer")

TABLES = ("cnnspec.laws", "cnnspec.laws.operators", "cnnspec.mutants")
"""Modules that know all others: what they import says nothing of one law."""


ALGORITHMS = {"im2col": "im2col", "pieces": "Winograd in pieces", "taps": "taps", "dense": "matrix products"}
"""The algorithms that meet every law about their operators, and what a page calls them.

`winograd` itself is not among them: it leaves most of what the laws draw to `im2col`, and `pieces` leaves it nothing.
"""

ALGORITHM_EXAMPLES = 15
"""How many inputs an algorithm meets: the tests also compare it with its definition, blocks cut in all ways."""


def subjects() -> Mapping[str, Mapping[str, Function]]:
    """Return the implementations of the book that every law is put to, the definitions first, by their names."""
    return {"the definitions": definitions(), **{name: IMPLEMENTATIONS[key] for key, name in ALGORITHMS.items()}}


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
    """Run one law on the subjects and on the mutants of its operators, unless that was done before.

    Raises:
        BrokenLaw: If the law does not hold for an implementation of the book; nothing it says of mutants counts then.
    """
    runs = held(law)
    dead = cache.remembered("kills", kills_key(law), lambda: killed_by(law, mutants_of(law)))
    names = [mutant.name for mutant in mutants_of(law)]
    return Evidence(law.id, runs, [n for n in names if n in dead], [n for n in names if n not in dead])


def held(law: Law) -> list[Run]:
    """Run one law on the subjects, unless that was done before.

    Raises:
        BrokenLaw: If it does not hold for one of them.
    """
    runs = cache.remembered("held", held_key(law), lambda: [asdict(run) for run in _held(law)])
    return [Run(**run) for run in runs]


def _held(law: Law) -> Iterator[Run]:
    for name, subject in subjects().items():
        if law.applies_to(subject):
            plain = subject == definitions()
            result = run_law(law, subject, examples=EXAMPLES if plain else ALGORITHM_EXAMPLES)
            if result.status != "pass":
                raise BrokenLaw(f"{law.id} does not hold for {name}: {result.status}, {result.message}")
            yield Run(name, result.examples, result.exact, dict(sorted(result.tags.items())))


def mutants_of(law: Law) -> list[Mutant]:
    """Return the mutants that pretend to be one of the law's operators."""
    return [mutant for mutant in all_mutants().values() if mutant.operator in law.needs]


def held_key(law: Law) -> str:
    """Hash all source on which it depends whether a law holds: not the other laws, nor operators it does not need."""
    operators = [OPERATORS[need].definition.__module__ for need in law.needs]
    fast = any(law.applies_to(IMPLEMENTATIONS[key]) for key in ALGORITHMS)
    algorithms = ["cnnspec.algorithms"] if fast else []
    return _key(law, f"{EXAMPLES} {ALGORITHM_EXAMPLES}", [*operators, *algorithms, __name__])


def kills_key(law: Law) -> str:
    """Hash all source on which it depends which mutants a law kills."""
    mutants = mutants_of(law)
    names = ",".join(mutant.name for mutant in mutants)
    return _key(law, f"{MUTANT_EXAMPLES} {names}", [mutant.function.__module__ for mutant in mutants])


def _key(law: Law, how: str, modules: list[str]) -> str:
    files = cache.closure(law.function.__module__, "cnnspec.check.run", *modules, leaves=(*TABLES, __name__))
    return cache.digest(law.id, how, cache.source_digest(*files))


def unknown() -> list[str]:
    """Return the ids of the laws whose evidence is not in the cache."""
    return [
        law.id
        for law in all_laws().values()
        if cache.recall("held", held_key(law)) is None or cache.recall("kills", kills_key(law)) is None
    ]


def all_evidence() -> dict[str, Evidence]:
    """Return the evidence for every law, running what is not known yet on all processors.

    Each result is kept as soon as it is there, so a build that was stopped goes on where it was.
    """
    in_parallel(_gather_by_id, unknown())
    return {name: gather(law) for name, law in all_laws().items()}


def in_parallel(work: Callable[[str], Answer], names: Sequence[str]) -> list[Answer]:
    """Do some work for each name, on all processors."""
    if not names:
        return []
    with ProcessPoolExecutor(max_workers=min(os.cpu_count() or 1, 8)) as pool:
        return list(pool.map(work, names))


def _gather_by_id(name: str) -> None:
    gather(all_laws()[name])


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
