r"""The commands that read the book: laws, exercises, citations, mutants, and the machine they run on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from cnnspec import __version__
from cnnspec.cli.terminal import CONTEXT, fail, show


@click.command(context_settings=CONTEXT)
@click.argument("id", required=False)
@click.option("--operator", help="Only laws that need this operator.")
@click.option("--step", help="Only laws of this step, by name or number.")
@click.option("--word", help="Only laws with this word in their text.")
def laws(id: str | None, operator: str | None, step: str | None, word: str | None) -> None:
    """List the laws, or show the law with this ID in full.

    \b
    cnnspec laws
    cnnspec laws conv.delta
    cnnspec laws --operator max_pool2d --word translation
    cnnspec laws --step 2
    """
    from cnnspec.check.listing import laws_by_step, matching, near, one_law
    from cnnspec.laws import all_laws, find
    from cnnspec.laws.operators import OPERATORS

    if id is not None:
        try:
            show(one_law(find(id)))
        except KeyError:
            fail(f"There is no law {id}.{near(id, all_laws())}")
        return
    if operator is not None and operator not in OPERATORS:
        fail(f"There is no operator {operator}.{near(operator, OPERATORS)}")
    found = matching(operator, _step(step) if step is not None else None, word)
    if not found:
        fail("No law fits; `cnnspec laws` lists them all.")
    show(laws_by_step(found))


def _step(word: str) -> str:
    from cnnspec.check.links import CHAPTERS, number, step_named
    from cnnspec.check.listing import near

    step = step_named(word)
    if step is None:
        known = ", ".join(f"{number(name)} {name}" for name in CHAPTERS)
        fail(f"There is no step {word}; the steps are {known}.{near(word, CHAPTERS)}")
    return step


@click.command(context_settings=CONTEXT)
@click.argument("what", required=False)
@click.option("--output", metavar="FILE", help="Where to write; by default pooling_3.py or pooling.py, in this folder.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def start(what: str | None, output: str | None, force: bool) -> None:
    """Write the file that an exercise begins with: its functions, with bodies for you to fill in.

    WHAT is the id of an exercise, or a step, by name or number, for all operators of that step. Without it, list the
    exercises with their levels.

    \b
    cnnspec start
    cnnspec start pooling.3
    cnnspec start convolution
    cnnspec start 4 --output my_pooling.py
    """
    from cnnspec.check import exercise
    from cnnspec.check.listing import exercises_by_step, near
    from cnnspec.exercises import all_exercises

    if what is None:
        show(exercises_by_step())
        return
    if what in all_exercises():
        found = all_exercises()[what]
        path = _free(output or f"{found.id.replace('.', '_')}.py", force)
        _begin(path, exercise.exercise_stub(found, str(path)), found.asks, f" --exercise {found.id}")
        return
    if "." in what:
        fail(f"There is no exercise {what}.{near(what, all_exercises())}")
    name = _step(what)
    names = [operator.name for operator in exercise.operators_of(name)]
    if not names:
        own = [found.id for found in exercise.exercises_of(name)] or ["convolution"]
        fail(f"The step {name} has no operators to implement; try `cnnspec start {own[0]}`.")
    path = _free(output or f"{name}.py", force)
    _begin(path, exercise.stub(name, str(path)), names, "")


def _free(file: str, force: bool) -> Path:
    """A path that may be written to."""
    path = Path(file)
    if path.is_dir():
        fail(f"{path} is a folder; give the name of a file.")
    if path.exists() and not force:
        fail(f"{path} is there already; choose another name with --output, or write over it with --force.")
    return path


def _begin(path: Path, source: str, names: Sequence[str], options: str) -> None:
    """Write the file and say how to go on."""
    import shlex

    from cnnspec.check.formats import write
    from cnnspec.check.report import count

    try:
        write(str(path), source)
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}.")
    bodies = "body" if len(names) == 1 else "bodies"
    click.echo(f"Wrote {path} with {count(len(names), 'function')}: {', '.join(names)}.")
    click.echo(f"Fill in the {bodies}, then run: cnnspec check {shlex.quote(str(path))}{options}")


@click.command(context_settings=CONTEXT)
@click.argument("what", required=False)
def cite(what: str | None) -> None:
    """Print a BibTeX entry for a law, a claim, a chapter, a module, or the whole book.

    \b
    cnnspec cite
    cnnspec cite pooling
    cnnspec cite conv.delta
    cnnspec cite L-12
    cnnspec cite cnnspec.channels
    """
    from cnnspec.book.claims import all_claims
    from cnnspec.book.permanent import modules
    from cnnspec.check import citations
    from cnnspec.check.links import CHAPTERS, step_named
    from cnnspec.check.listing import near
    from cnnspec.laws import all_laws, find

    if what is None:
        click.echo(citations.for_book())
        return
    chapter = step_named(what)
    claim = all_claims().get(what.upper())
    if chapter is not None:
        click.echo(citations.for_chapter(chapter))
    elif claim is not None:
        click.echo(citations.for_claim(claim.id, claim.claim, claim.verdict))
    elif what in modules():
        click.echo(citations.for_module(what))
    else:
        try:
            click.echo(citations.for_law(find(what)))
        except KeyError:
            known = [*all_laws(), *CHAPTERS, *all_claims(), *modules()]
            fail(f"There is no law, claim, chapter or module {what}.{near(what, known)}")


@click.command(context_settings=CONTEXT)
def env() -> None:
    """Show what decides the numbers: versions, linear algebra, threads, and what is made reproducible.

    \b
    cnnspec env
    """
    import os

    from cnnspec.environment import blas, largest_exact_integer, versions

    threads = os.environ.get("OMP_NUM_THREADS", "as many as the library likes")
    rows = [("cnnspec", __version__), *versions().items(), ("linear algebra", blas())]
    rows += [
        ("processors", str(os.cpu_count())),
        ("threads", f"{threads} (OMP_NUM_THREADS); check gives a subject one, unless that says otherwise"),
        (
            "exact integers",
            f"float32 to {largest_exact_integer('float32')}, float64 to {largest_exact_integer('float64')}",
        ),
        ("reproducible", "laws draw the same inputs for the same cnnspec, hypothesis and --seed on every machine"),
    ]
    width = max(len(name) for name, _ in rows)
    show([[(f"{name.ljust(width)}  ", "dim"), (text, "")] for name, text in rows])


@click.command(context_settings=CONTEXT)
@click.argument("name", required=False)
@click.option("--matrix", "tables", is_flag=True, help="Run the laws: which law kills which mutant, both ways.")
@click.option("--operator", help="Only mutants of this operator.")
@click.option(
    "--json", "json_file", metavar="FILE", help="With --matrix: write the table as JSON; - for standard output."
)
def mutants(name: str | None, tables: bool, operator: str | None, json_file: str | None) -> None:
    """List the known-wrong operators, show one, or run every law on every one.

    \b
    cnnspec mutants
    cnnspec mutants flipped_kernel
    cnnspec mutants --matrix
    cnnspec mutants --matrix --json matrix.json
    """
    from cnnspec.check.listing import both_tables, mutant_lines, near, one_mutant, victims
    from cnnspec.check.run import matrix
    from cnnspec.laws import all_laws
    from cnnspec.laws.operators import OPERATORS
    from cnnspec.mutants import all_mutants

    known, found = all_mutants(), all_laws()
    if operator is not None and operator not in OPERATORS:
        fail(f"There is no operator {operator}.{near(operator, OPERATORS)}")
    if name is not None and name not in known:
        fail(f"There is no mutant {name}.{near(name, known)}")
    chosen = [m for m in known.values() if name in (None, m.name) and operator in (None, m.operator)]
    if json_file and not tables:
        fail("--json belongs to --matrix.")
    if not tables:
        show(one_mutant(chosen[0], matrix(found.values(), chosen)[chosen[0].name]) if name else mutant_lines(chosen))
        return
    killers = matrix(found.values(), chosen)
    about = {i: law for i, law in found.items() if any(m.operator in law.needs for m in chosen)}
    if json_file:
        import json

        from cnnspec.check.formats import write

        text = json.dumps({"mutants": killers, "laws": victims(killers, about)}, indent=1) + "\n"
        try:
            click.echo(text, nl=False) if json_file == "-" else write(json_file, text)
        except OSError as error:
            fail(f"{json_file} cannot be written: {error.strerror}.")
    if json_file != "-":
        show(both_tables(killers, about))
