"""Laws bite: each kills a mutant, each mutant dies by more than its definition, and nothing unfinished passes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cnnspec.check.run import killed_by, matrix, run_law
from cnnspec.laws import Law, all_laws
from cnnspec.laws.law import EXAMPLES
from cnnspec.laws.operators import OPERATORS, Function, definitions
from cnnspec.mutants import Mutant, all_mutants

LAWS, MUTANTS = all_laws(), all_mutants()


def mutants_of(law: Law) -> list[Mutant]:
    return [mutant for mutant in MUTANTS.values() if mutant.operator in law.needs]


@pytest.mark.parametrize("id", LAWS)
def test_every_law_kills_a_mutant(id: str) -> None:
    assert killed_by(LAWS[id], mutants_of(LAWS[id]), enough=1), f"{id} tells no mutant from the definition"


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_mutant_dies_by_a_law_other_than_the_definition(operator: str) -> None:
    alive = {name: mutant for name, mutant in MUTANTS.items() if mutant.operator == operator}
    assert alive, f"{operator} has no mutant"
    # Most die on the first inputs; only the tough ones meet all of them.
    for examples in (8, EXAMPLES):
        for law in LAWS.values():
            if operator in law.needs and not law.oracle and alive:
                for name in killed_by(law, alive.values(), examples=examples):
                    del alive[name]
    assert not alive


@pytest.mark.parametrize("id", LAWS)
def test_nothing_unfinished_keeps_a_law(id: str) -> None:
    def unfinished(*arguments: object, **options: object) -> object:
        raise NotImplementedError

    result = run_law(LAWS[id], dict.fromkeys(LAWS[id].needs, unfinished), patience=0)
    assert result.status == "not-implemented"


@pytest.mark.parametrize("id", LAWS)
def test_a_law_asks_its_operators_on_every_example(id: str) -> None:
    law, calls = LAWS[id], [0]

    def counted(name: str) -> Function:
        def call(*arguments: object, **options: object) -> object:
            calls[0] += 1
            return definitions()[name](*arguments, **options)

        return call

    result = run_law(law, {name: counted(name) for name in law.needs}, examples=5)
    assert result.status == "pass", result.message
    assert calls[0] >= result.examples


def test_the_matrix_is_what_single_runs_say() -> None:
    laws = [law for law in LAWS.values() if law.needs == ("conv2d_parameters",)][:2]
    mutants = [mutant for mutant in MUTANTS.values() if mutant.operator == "conv2d_parameters"]
    table = matrix(laws, mutants)
    assert set(table) == {mutant.name for mutant in mutants}
    for law in laws:
        for mutant in mutants:
            alone = run_law(law, mutant.subject, patience=0).status != "pass"
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
