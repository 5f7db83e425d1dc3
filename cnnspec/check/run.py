"""One law on one subject, in this process: the verdict, and the smallest input that broke it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

from hypothesis.errors import FlakyFailure, FlakyReplay, FlakyStrategyDefinition, UnsatisfiedAssumption

from cnnspec.laws import Law, compare
from cnnspec.laws.compare import Mismatch, Raised
from cnnspec.laws.law import EXAMPLES, Call, Enough, Trial
from cnnspec.laws.operators import Function, definitions
from cnnspec.mutants import Mutant

MUTANT_EXAMPLES = 30
"""How many inputs a mutant meets: most die on the first few, and there are thousands of pairs."""


@dataclass
class Result:
    """The verdict of one law on one subject.

    Attributes:
        law: The law's id.
        status: `pass`, `fail`, `error` or `not-implemented`.
        examples: How many inputs were tried.
        tags: How often the inputs had each property worth counting.
        exact: Whether every comparison was equal bit for bit.
        message: What should have held, or what was raised; empty after a pass.
        drawn: The smallest failing input, by parameter name.
        asked: The calls of the operators at that input.
        mismatch: Both sides at that input, if the law compared two.
        raised: What an operator raised at that input, if it did.
        operator: The operator that was called last.
        first_failure: The number of the first failing example, or 0.
        cut: Whether the time was over before all examples were tried.
        seconds: How long it took.
    """

    law: str
    status: str
    examples: int
    tags: Counter[str] = field(default_factory=Counter)
    exact: bool = True
    message: str = ""
    drawn: Mapping[str, Any] = field(default_factory=dict)
    asked: Sequence[Call] = ()
    mismatch: Mismatch | None = None
    raised: Raised | None = None
    operator: str = ""
    first_failure: int = 0
    cut: bool = False
    seconds: float = 0.0


def run_law(
    law: Law,
    subject: Mapping[str, Function],
    *,
    examples: int = EXAMPLES,
    seed: int = 0,
    seconds: float | None = None,
    patience: float | None = None,
    whole: float | None = None,
) -> Result:
    """Try one law on a subject.

    Args:
        law: The law.
        subject: The operators under test by name.
        examples: How many inputs to try.
        seed: Fixes the inputs.
        seconds: How long to look for a failure; without it, as long as all examples take.
        patience: How long to make a failing input smaller, in seconds of this process, so that a busy machine finds the
            same one; without it, until no smaller one is found.
        whole: After how many seconds on the wall that ends in any case.

    Returns:
        The verdict; nothing that the subject raises comes through, except KeyboardInterrupt.
    """
    trial = Trial(seconds=seconds, patience=patience, whole=whole)
    start = perf_counter()
    outcome: BaseException | None = None
    cut = False
    try:
        law.bind(subject, examples=examples, seed=seed, trial=trial)()
    except Enough:
        outcome, cut = trial.failure, not trial.first_failure
    except Exception as failure:
        outcome = failure
    status, message = verdict(outcome, trial)
    return Result(
        law=law.id,
        status=status,
        examples=trial.examples,
        tags=trial.tags,
        exact=trial.exact and status == "pass",
        message=message,
        drawn={} if status == "pass" else trial.failing or trial.drawn,
        asked=() if status == "pass" else trial.failing_calls or trial.asked,
        mismatch=outcome if isinstance(outcome, Mismatch) else None,
        raised=outcome if isinstance(outcome, Raised) else None,
        operator=trial.operator,
        first_failure=trial.first_failure,
        cut=cut,
        seconds=perf_counter() - start,
    )


def verdict(outcome: BaseException | None, trial: Trial) -> tuple[str, str]:
    """The status of a law that ended in this way, and the sentence that says why."""
    match outcome:
        case None if not trial.calls:
            return "error", "the law asked the operator nothing"
        case None:
            return "pass", ""
        case Mismatch():
            return "fail", outcome.claim
        case Raised(error=NotImplementedError()):
            return "not-implemented", f"{outcome.operator} is not implemented"
        case Raised():
            return "error", str(outcome)
        case FlakyFailure() | FlakyReplay() | FlakyStrategyDefinition():
            return "fail", f"{trial.operator} should answer the same question twice in the same way"
    # the subject's answer broke the law's own arithmetic
    return "error", f"the answers of {trial.operator} led to {type(outcome).__name__}: {outcome}"


def kills(law: Law, mutant: Mutant, *, examples: int = EXAMPLES, seed: int = 0) -> bool:
    """Whether a law tells a mutant from the real operator."""
    return run_law(law, mutant.subject, examples=examples, seed=seed, patience=0).status != "pass"


def killed_by(
    law: Law,
    mutants: Iterable[Mutant],
    *,
    examples: int = MUTANT_EXAMPLES,
    seed: int = 0,
    enough: int | None = None,
) -> list[str]:
    """The names of the mutants that a law kills, found with one set of inputs for all of them.

    The law is run on the definitions; on each input it also meets every mutant that is still alive. That finds what
    `kills` finds, several times sooner.

    Args:
        law: The law.
        mutants: The mutants, all of operators that the law needs.
        examples: How many inputs to try.
        seed: Fixes the inputs.
        enough: Stop after so many deaths, if given.
    """
    alive = {mutant.name: law.watch(mutant.subject, Trial()) for mutant in mutants}
    order, dead = list(alive), set[str]()

    def everyone(*operators: Any, **drawn: Any) -> None:
        law.function(*operators, **drawn)
        untouched = deepcopy(drawn)
        for name, watched in list(alive.items()):
            compare.fresh()
            try:
                law.function(*watched, **drawn)
            except UnsatisfiedAssumption:
                continue
            except Exception:
                dead.add(name)
                del alive[name]
                # It may have spoilt the input for those after it.
                drawn = deepcopy(untouched)
        if not alive or len(dead) >= (enough or len(order)):
            raise Enough

    run_law(replace(law, function=everyone), definitions(), examples=examples, seed=seed)
    return [name for name in order if name in dead]


def matrix(laws: Iterable[Law], mutants: Iterable[Mutant], *, examples: int = MUTANT_EXAMPLES) -> dict[str, list[str]]:
    """For each mutant's name, the ids of the laws that kill it; a law is tried if it needs the mutant's operator."""
    chosen = list(mutants)
    killers: dict[str, list[str]] = {mutant.name: [] for mutant in chosen}
    for law in laws:
        for name in killed_by(law, [m for m in chosen if m.operator in law.needs], examples=examples):
            killers[name].append(law.id)
    return killers
