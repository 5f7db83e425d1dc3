r"""The command `cnnspec`. Everything heavy is imported by the command that needs it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from cnnspec import __version__

if TYPE_CHECKING:
    from cnnspec.check.orders import Outcome
    from cnnspec.check.report import Line

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Unhappy(click.ClickException):
    """An error that is told in one sentence."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        """Write the sentence to standard error."""
        click.echo(f"cnnspec: {self.message}", err=True)


def fail(sentence: str) -> NoReturn:
    """End with one sentence and exit code 2."""
    raise Unhappy(sentence)


def show(lines: Sequence[Line]) -> None:
    """Print lines: with colour on a terminal, plain anywhere else."""
    if not _on_terminal():
        from cnnspec.check.report import plain

        click.echo(plain(lines))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    for *first, last in lines:
        if not first:
            console.print(Text(*last), soft_wrap=True)
            continue
        row = Table.grid()  # what is too long goes on under its own beginning
        row.add_column(no_wrap=True)
        row.add_column()
        row.add_row(Text.assemble(*first), Text(*last))
        console.print(row)


def _on_terminal() -> bool:
    return sys.stdout.isatty()


@click.group(context_settings=CONTEXT)
@click.version_option(__version__, prog_name="cnnspec")
def main() -> None:
    r"""Laws of convolutional networks, put to your own code.

    \b
    cnnspec start pooling           write an exercise: pooling.py
    cnnspec check pooling.py        run every law on what the file defines
    cnnspec laws max.monotone       read a law
    """
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


# ---------------------------------------------------------------- check


@main.command(context_settings=CONTEXT)
@click.argument("subject")
@click.option("--only", multiple=True, metavar="PATTERN", help="Laws to run, by id, operator or pattern; repeatable.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Fixes the inputs.")
@click.option("--examples", type=click.IntRange(1), default=60, show_default=True, help="Inputs for each law.")
@click.option("--time-per-law", type=click.FloatRange(0.5), default=10.0, show_default=True, help="Seconds.")
@click.option("--time", "total", type=click.FloatRange(1), default=120.0, show_default=True, help="Seconds in all.")
@click.option("--json", "json_file", metavar="FILE", help="Also write the report as JSON; - for standard output only.")
@click.option("--junit", "junit_file", metavar="FILE", help="Also write the report as JUnit XML.")
@click.option("--extended", is_flag=True, help="Also run laws that ask for more than the contract with subjects.")
@click.option("--full", is_flag=True, help="Describe every failure, not only the first of each operator.")
@click.option("--workers", type=click.IntRange(1, 2), default=2, show_default=True, help="Processes at once.")
def check(
    subject: str,
    only: tuple[str, ...],
    seed: int,
    examples: int,
    time_per_law: float,
    total: float,
    json_file: str | None,
    junit_file: str | None,
    extended: bool,
    full: bool,
    workers: int,
) -> None:
    r"""Run the laws on SUBJECT: a Python file, an importable module, or a library (torch, scipy).

    Every operator of the book that the subject defines at its top level is checked. The subject runs in processes of
    its own, with limits of time, memory and output. The same seed gives everyone the same inputs.

    \b
    cnnspec check my_conv.py
    cnnspec check my_conv.py --only conv.delta --only 'max.*'
    cnnspec check my_conv.py --json report.json --junit report.xml
    cnnspec check torch

    Exit code: 0 if every law ran and none failed, 1 if some did, 2 if nothing could be checked, 130 if interrupted.
    """
    from cnnspec.check.engine import check as run
    from cnnspec.check.orders import Limits, Order
    from cnnspec.check.report import whole
    from cnnspec.check.subjects import Unusable, find

    for file in (json_file, junit_file):
        if file and file != "-" and not Path(file).absolute().parent.is_dir():
            fail(f"{file} cannot be written: its folder does not exist.")
    try:
        target = find(subject)
    except Unusable as reason:
        fail(str(reason))
    limits = Limits(law=time_per_law, total=total)
    order = Order(target, only, seed, examples, extended, workers, limits)
    with _stoppable(), _progress() as watch:
        outcome = run(order, watch)
    _write_reports(outcome, json_file, junit_file)
    if json_file != "-":
        show(whole(outcome, full=full, times=_on_terminal()))
    sys.exit(outcome.exit_code)


def _write_reports(outcome: Outcome, json_file: str | None, junit_file: str | None) -> None:
    from cnnspec.check.formats import as_json, as_junit, write

    try:
        if json_file == "-":
            click.echo(as_json(outcome), nl=False)
        elif json_file:
            write(json_file, as_json(outcome))
        if junit_file:
            write(junit_file, as_junit(outcome))
    except OSError as error:
        fail(f"{error.filename or 'The report'} cannot be written: {error.strerror}.")


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let a request to terminate end the children too."""

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _progress() -> Iterator[Callable[[Outcome], None]]:
    """A line that moves while laws run, on terminals only."""
    if not (sys.stderr.isatty() and _on_terminal()):
        yield lambda outcome: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=30), TextColumn("{task.fields[state]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("loading", total=None, state="")

        def watch(outcome: Outcome) -> None:
            bad = sum(v.status not in ("pass", "deviation", "deviation-fixed") for v in outcome.verdicts.values())
            state = f"{len(outcome.verdicts)} of {len(outcome.laws)}" + (f", {bad} not passed" if bad else "")
            if outcome.laws:
                progress.update(
                    task, description="laws", total=len(outcome.laws), completed=len(outcome.verdicts), state=state
                )

        yield watch


# ---------------------------------------------------------------- reading


@main.command(context_settings=CONTEXT)
@click.argument("id", required=False)
@click.option("--operator", help="Only laws that need this operator.")
@click.option("--step", help="Only laws of this step, by name or number.")
@click.option("--word", help="Only laws with this word in their text.")
def laws(id: str | None, operator: str | None, step: str | None, word: str | None) -> None:
    r"""List the laws, or show the law with this ID in full.

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


@main.command(context_settings=CONTEXT)
@click.argument("step")
@click.option("--output", metavar="FILE", help="Where to write; by default the step's name with .py, in this folder.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def start(step: str, output: str | None, force: bool) -> None:
    r"""Write an exercise for STEP: its operators with their docstrings, and bodies for you to fill in.

    \b
    cnnspec start convolution
    cnnspec start 4 --output my_pooling.py
    """
    from cnnspec.check.exercise import operators_of, stub
    from cnnspec.check.formats import write
    from cnnspec.check.report import count

    name = _step(step)
    if not operators_of(name):
        fail(f"The step {name} has no operators to implement; try `cnnspec start convolution`.")
    path = Path(output or f"{name}.py")
    if path.is_dir():
        fail(f"{path} is a folder; give the name of a file.")
    if path.exists() and not force:
        fail(f"{path} is there already; choose another name with --output, or write over it with --force.")
    try:
        write(str(path), stub(name, str(path)))
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}.")
    names = [operator.name for operator in operators_of(name)]
    click.echo(f"Wrote {path} with {count(len(names), 'operator')}: {', '.join(names)}.")
    click.echo(f"Fill in the bodies, then run: cnnspec check {path}")


@main.command(context_settings=CONTEXT)
@click.argument("what", required=False)
def cite(what: str | None) -> None:
    r"""Print a BibTeX entry for a law, a step, or the whole book.

    \b
    cnnspec cite
    cnnspec cite pooling
    cnnspec cite conv.delta
    """
    from cnnspec.check import citations
    from cnnspec.check.links import CHAPTERS, step_named
    from cnnspec.check.listing import near
    from cnnspec.laws import all_laws, find

    if what is None:
        click.echo(citations.for_book())
        return
    step = step_named(what)
    if step is not None:
        click.echo(citations.for_chapter(step))
        return
    try:
        click.echo(citations.for_law(find(what)))
    except KeyError:
        fail(f"There is no law and no step {what}.{near(what, [*all_laws(), *CHAPTERS])}")


@main.command(context_settings=CONTEXT)
def env() -> None:
    r"""Show what decides the numbers: versions, linear algebra, threads, and what is made reproducible.

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


@main.command(context_settings=CONTEXT)
@click.argument("name", required=False)
@click.option("--matrix", "tables", is_flag=True, help="Run the laws: which law kills which mutant, both ways.")
@click.option("--operator", help="Only mutants of this operator.")
@click.option(
    "--json", "json_file", metavar="FILE", help="With --matrix: write the table as JSON; - for standard output."
)
def mutants(name: str | None, tables: bool, operator: str | None, json_file: str | None) -> None:
    r"""List the known-wrong operators, show one, or run every law on every one.

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


if __name__ == "__main__":
    main()
