"""Laws bite: each kills a mutant, each mutant dies by more than its definition, and nothing unfinished passes."""

from __future__ import annotations

import subprocess
import sys
from typing import NamedTuple

import pytest

from cnnspec.book.evidence import BrokenLaw, held, in_parallel, mutants_of, subjects
from cnnspec.check.run import MUTANT_EXAMPLES, killed_by, matrix, run_law
from cnnspec.laws import all_laws
from cnnspec.laws.operators import OPERATORS, Function, definitions
from cnnspec.mutants import all_mutants

LAWS, MUTANTS = all_laws(), all_mutants()


class Findings(NamedTuple):
    """What became of the laws and the mutants.

    Attributes:
        broken: Why a law does not hold, by its id.
        killed: The mutants that a law killed until it had killed one, by its id.
        immortal: The mutants that survived every law but those that compare with the definition.
    """

    broken: dict[str, str]
    killed: dict[str, list[str]]
    immortal: set[str]


def ask(name: str) -> tuple[str, str, list[str]]:
    """Run a law on the definitions and the algorithms, kept for the book, and on its mutants until one dies."""
    law = LAWS[name]
    try:
        held(law)
    except BrokenLaw as broken:
        return name, str(broken), []
    return name, "", killed_by(law, mutants_of(law), enough=1)


def hunt(names: str) -> set[str]:
    """Run the laws of an operator on some of its mutants, until none is alive."""
    alive = {name: MUTANTS[name] for name in names.split()}
    operator = next(iter(alive.values())).operator
    laws = [law for law in LAWS.values() if operator in law.needs and not law.oracle]
    for law in sorted(laws, key=lambda law: law.needs[0] != operator):
        for name in killed_by(law, alive.values()) if alive else ():
            del alive[name]
    return set(alive)


@pytest.fixture(scope="module")
def findings() -> Findings:
    answers = in_parallel(ask, list(LAWS))
    killed = {name: dead for name, _, dead in answers}
    easy = {mutant for law, dead in killed.items() for mutant in dead if not LAWS[law].oracle}
    hard = [mutant for mutant in MUTANTS.values() if mutant.name not in easy]
    packs = [" ".join(m.name for m in hard if m.operator == o) for o in dict.fromkeys(m.operator for m in hard)]
    return Findings({name: reason for name, reason, _ in answers}, killed, set().union(*in_parallel(hunt, packs)))


@pytest.mark.parametrize("name", LAWS)
def test_every_law_holds_of_the_definitions_and_kills_a_mutant(name: str, findings: Findings) -> None:
    assert not findings.broken[name]
    assert findings.killed[name], f"{name} tells no mutant from the definition"


@pytest.mark.usefixtures("findings")
def test_every_algorithm_keeps_every_law_of_its_operators() -> None:
    runs = {name: {run.subject: run for run in held(law)} for name, law in LAWS.items()}
    for title, subject in subjects().items():
        met = {name: found[title] for name, found in runs.items() if title in found}
        assert {*met} == {name for name, law in LAWS.items() if law.applies_to(subject)}
        if subject != definitions():
            # only averages divide; everything else is exact on whole numbers
            rounded = {LAWS[name].needs[0] for name, run in met.items() if not run.exact}
            assert rounded <= {"avg_pool2d", "global_avg_pool2d", "avg_pool2d_backward"}, title


@pytest.mark.parametrize("name", MUTANTS)
def test_every_mutant_dies_by_a_law_other_than_the_definition(name: str, findings: Findings) -> None:
    assert name not in findings.immortal


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator_has_laws_and_mutants(operator: str) -> None:
    assert [mutant for mutant in MUTANTS.values() if mutant.operator == operator]
    assert [law for law in LAWS.values() if law.needs[0] == operator]


@pytest.mark.parametrize("name", LAWS)
def test_nothing_unfinished_keeps_a_law(name: str) -> None:
    def unfinished(*arguments: object, **options: object) -> object:
        raise NotImplementedError

    result = run_law(LAWS[name], dict.fromkeys(LAWS[name].needs, unfinished), patience=0)
    assert result.status == "not-implemented"


@pytest.mark.parametrize("name", LAWS)
def test_a_law_asks_its_operators_on_every_example(name: str) -> None:
    law, calls = LAWS[name], [0]

    def counted(name: str) -> Function:
        def call(*arguments: object, **options: object) -> object:
            calls[0] += 1
            return definitions()[name](*arguments, **options)

        return call

    result = run_law(law, {name: counted(name) for name in law.needs}, examples=5)
    assert result.status == "pass", (result.message, result.drawn)
    assert calls[0] >= result.examples


def test_the_matrix_is_what_single_runs_say() -> None:
    laws = [law for law in LAWS.values() if law.needs == ("conv2d_parameters",)][:2]
    mutants = [mutant for mutant in MUTANTS.values() if mutant.operator == "conv2d_parameters"]
    table = matrix(laws, mutants)
    assert set(table) == {mutant.name for mutant in mutants}
    for law in laws:
        for mutant in mutants:
            alone = run_law(law, mutant.subject, examples=MUTANT_EXAMPLES, patience=0).status != "pass"
            assert (law.id in table[mutant.name]) == alone, f"{law.id} on {mutant.name}"


def test_importing_the_package_is_quick_and_light() -> None:
    script = (
        "import sys, time, numpy\n"
        "start = time.perf_counter()\n"
        "import cnnspec\n"
        "seconds = time.perf_counter() - start\n"
        "heavy = {'hypothesis', 'click', 'rich', 'scipy', 'torch', 'matplotlib', 'sklearn', 'pytest'}\n"
        "print(seconds, sorted(heavy & set(sys.modules)))"
    )
    answers = [
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split(None, 1)
        for _ in range(3)
    ]
    assert all(heavy.strip() == "[]" for _, heavy in answers)
    assert min(float(seconds) for seconds, _ in answers) < 0.2
