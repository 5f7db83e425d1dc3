"""Laws bite: each kills a mutant, each mutant dies by more than its definition, and nothing unfinished passes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cnnspec.book.evidence import Evidence, all_evidence
from cnnspec.check.run import MUTANT_EXAMPLES, matrix, run_law
from cnnspec.laws import all_laws
from cnnspec.laws.operators import OPERATORS, Function, definitions
from cnnspec.mutants import all_mutants

LAWS, MUTANTS = all_laws(), all_mutants()


@pytest.fixture(scope="module")
def evidence() -> dict[str, Evidence]:
    """What the book shows: every law on the definitions and on the mutants, kept in the cache for the build."""
    return all_evidence()


@pytest.mark.parametrize("name", LAWS)
def test_every_law_holds_of_the_definitions_and_kills_a_mutant(name: str, evidence: dict[str, Evidence]) -> None:
    assert evidence[name].runs[0].subject == "the definitions"
    assert evidence[name].killed, f"{name} tells no mutant from the definition"


@pytest.mark.parametrize("name", MUTANTS)
def test_every_mutant_dies_by_a_law_other_than_the_definition(name: str, evidence: dict[str, Evidence]) -> None:
    assert [law.id for law in LAWS.values() if name in evidence[law.id].killed and not law.oracle]


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
