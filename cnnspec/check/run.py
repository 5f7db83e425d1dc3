"""One law on one subject, in this process: the verdict, and the smallest input that broke it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis.errors import FlakyFailure, FlakyReplay, FlakyStrategyDefinition

from cnnspec.laws import Law
from cnnspec.laws.compare import Mismatch, Raised
from cnnspec.laws.law import EXAMPLES, Trial
from cnnspec.laws.operators import Function
from cnnspec.mutants import Mutant


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
        mismatch: Both sides at that input, if the law compared two.
        operator: The operator that was called last.
        seconds: How long it took.
    """

    law: str
    status: str
    examples: int
    tags: Counter[str] = field(default_factory=Counter)
    exact: bool = True
    message: str = ""
    drawn: Mapping[str, Any] = field(default_factory=dict)
    mismatch: Mismatch | None = None
    operator: str = ""
    seconds: float = 0.0


def run_law(law: Law, subject: Mapping[str, Function], *, examples: int = EXAMPLES, seed: int = 0) -> Result:
    """Try one law on a subject.

    Args:
        law: The law.
        subject: The operators under test by name.
        examples: How many inputs to try.
        seed: Fixes the inputs.

    Returns:
        The verdict; nothing that the subject raises comes through, except KeyboardInterrupt.
    """
    trial = Trial()
    start = time.perf_counter()
    status, message, mismatch = "pass", "", None
    try:
        law.bind(subject, examples=examples, seed=seed, trial=trial)()
    except Mismatch as difference:
        status, message, mismatch = "fail", difference.claim, difference
    except Raised as raised:
        status = "not-implemented" if isinstance(raised.error, NotImplementedError) else "error"
        message = str(raised)
    except (FlakyFailure, FlakyReplay, FlakyStrategyDefinition):
        status = "fail"
        message = f"{trial.operator} should answer the same question twice in the same way"
    except Exception as error:  # the subject's answer broke the law's own arithmetic
        status, message = "error", f"the answers led to {type(error).__name__}: {error}"
    return Result(
        law.id,
        status,
        trial.examples,
        trial.tags,
        trial.exact and status == "pass",
        message,
        {} if status == "pass" else trial.drawn,
        mismatch,
        trial.operator,
        time.perf_counter() - start,
    )


def kills(law: Law, mutant: Mutant, *, examples: int = EXAMPLES, seed: int = 0) -> bool:
    """Whether a law tells a mutant from the real operator."""
    return run_law(law, mutant.subject, examples=examples, seed=seed).status != "pass"


def matrix(laws: Iterable[Law], mutants: Iterable[Mutant], *, examples: int = EXAMPLES) -> dict[str, list[str]]:
    """For each mutant's name, the ids of the laws that kill it; a law is tried if it needs the mutant's operator."""
    chosen = list(laws)
    return {
        mutant.name: [
            law.id for law in chosen if mutant.operator in law.needs and kills(law, mutant, examples=examples)
        ]
        for mutant in mutants
    }
