r"""What is to be checked and how, what came of it, and which laws an order means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from cnnspec.check.exercise import find, marking
from cnnspec.check.records import GOOD, Verdict
from cnnspec.check.subjects import Target, Unusable
from cnnspec.laws import Law, all_laws
from cnnspec.laws.law import EXAMPLES

LANES = 2
MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """What a subject may use.

    Attributes:
        law: Seconds for one law.
        total: Seconds for everything.
        load: Seconds for importing the subject.
        patience: Seconds of processor time for making a counterexample smaller.
        memory: Bytes beyond what the child held when the laws were loaded.
        output: Bytes printed while it is imported, or during one law.
        processes: Processes that it may have running.
        timeouts: After how many timeouts in a lane an operator is given up.
        crashes: After how many crashes in a lane an operator is given up.
    """

    law: float = 10.0
    total: float = 120.0
    load: float = 30.0
    patience: float = 3.0
    memory: int = 2048 * MIB
    output: int = 64 * MIB
    processes: int = 100
    timeouts: int = 2
    crashes: int = 3


@dataclass(frozen=True)
class Order:
    """What is to be checked, and how.

    Attributes:
        target: The subject.
        only: Ids, operators or patterns of the laws to run; none stands for all.
        seed: Fixes the inputs.
        examples: How many inputs each law is tried on.
        extended: Whether to run laws that ask for more than the contract.
        workers: How many processes may run at once.
        limits: What the subject may use.
        exercise: The id of the exercise whose laws are to run, instead of `only`.
    """

    target: Target
    only: tuple[str, ...] = ()
    seed: int = 0
    examples: int = EXAMPLES
    extended: bool = False
    workers: int = LANES
    limits: Limits = Limits()
    exercise: str = ""


@dataclass
class Outcome:
    """What came of an order.

    Attributes:
        order: The order.
        laws: The laws that were to run, in the order of the book.
        verdicts: What came of each, by id; those missing were not reached.
        operators: The operators that the subject defines.
        notes: Sentences about the subject.
        version: A library's version.
        path: The file that holds the subject, if it is one.
        sha256: The hash of that file.
        unusable: Why nothing could run, or an empty string.
        detail: Lines that belong to that reason.
        output: The first that the subject printed.
        interrupted: Whether the user stopped it.
        seconds: How long it took.
    """

    order: Order
    laws: list[Law] = field(default_factory=list)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    operators: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    version: str = ""
    path: str = ""
    sha256: str = ""
    unusable: str = ""
    detail: str = ""
    output: str = ""
    interrupted: bool = False
    seconds: float = 0.0

    @property
    def counts(self) -> Counter[str]:
        """How many laws have each status."""
        return Counter(verdict.status for verdict in self.verdicts.values())

    @property
    def ran(self) -> int:
        """How many laws have a verdict that comes from trying them."""
        return sum(verdict.examples > 0 for verdict in self.verdicts.values())

    @property
    def exit_code(self) -> int:
        """0 if every law ran and nothing failed, 1 if not, 2 if nothing could run, 130 if interrupted."""
        if self.interrupted:
            return 130
        if self.unusable or not self.laws:
            return 2
        good = sum(verdict.status in GOOD for verdict in self.verdicts.values())
        return 0 if self.ran and good == len(self.laws) else 1


def laws_for(order: Order, operators: Sequence[str]) -> list[Law]:
    """The laws that an order means for a subject with these operators.

    Raises:
        Unusable: If there are none, or if the subject lacks a function that the exercise asks for.
    """
    if not order.exercise:
        return choose(operators, order.only, order.extended)
    exercise = find(order.exercise)
    for name in exercise.asks:
        if name not in operators:
            raise Unusable(f"{exercise.id} asks for {name}, which the subject does not define.")
    return marking(exercise)


def choose(operators: Sequence[str], only: Sequence[str], extended: bool) -> list[Law]:
    """The laws about these operators.

    Raises:
        Unusable: If a pattern names no law, or only laws about operators that the subject lacks.
    """

    def fits(law: Law, pattern: str) -> bool:
        return any(fnmatchcase(name, pattern) for name in (law.id, *law.aliases, *law.needs[:1]))

    laws = list(all_laws().values())
    for pattern in only:
        named = [law for law in laws if fits(law, pattern)]
        if not named:
            raise Unusable(f"No law is called {pattern}; `cnnspec laws` lists them all.")
        possible = [law for law in named if law.needs[0] in operators]
        if not possible:
            raise Unusable(f"{pattern} needs {named[0].needs[0]}, which the subject does not define.")
        if not extended and all(law.extended for law in possible):
            raise Unusable(f"{pattern} asks for more than the contract with subjects; add --extended to run it.")
    return [
        law
        for law in laws
        if law.needs[0] in operators
        and (extended or not law.extended)
        and (not only or any(fits(law, pattern) for pattern in only))
    ]
