r"""The command that puts the laws to a subject."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cnnspec.cli.terminal import CONTEXT, fail, moving_line, on_terminal, show

if TYPE_CHECKING:
    from cnnspec.check.orders import Outcome


@click.command(context_settings=CONTEXT)
@click.argument("subject")
@click.option("--only", multiple=True, metavar="PATTERN", help="Laws to run, by id, operator or pattern; repeatable.")
@click.option("--exercise", metavar="ID", help="Only the laws that mark this exercise, such as pooling.3.")
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
    exercise: str | None,
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
    """Run the laws on SUBJECT: a Python file, an importable module, or a library (torch, scipy).

    Every operator of the book that the subject defines at its top level is checked. The subject runs in processes of
    its own, with limits of time, memory and output. The same seed gives everyone the same inputs.

    \b
    cnnspec check my_conv.py
    cnnspec check my_conv.py --only conv.delta --only 'max.*'
    cnnspec check pooling_3.py --exercise pooling.3
    cnnspec check my_conv.py --json report.json --junit report.xml
    cnnspec check torch

    Exit code: 0 if every law ran and none failed, 1 if some did, 2 if nothing could be checked, 130 if interrupted.
    """
    from cnnspec.check.engine import check as run
    from cnnspec.check.orders import Limits, Order
    from cnnspec.check.report import whole
    from cnnspec.check.subjects import Unusable, find

    if exercise is not None:
        _require_exercise(exercise, only)
    for file in (json_file, junit_file):
        if file and file != "-" and not Path(file).absolute().parent.is_dir():
            fail(f"{file} cannot be written: its folder does not exist.")
    try:
        target = find(subject)
    except Unusable as reason:
        fail(str(reason))
    limits = Limits(law=time_per_law, total=total)
    order = Order(target, only, seed, examples, extended, workers, limits, exercise or "")
    with _stoppable(), moving_line() as line:

        def watch(outcome: Outcome) -> None:
            bad = sum(v.status not in ("pass", "deviation", "deviation-fixed") for v in outcome.verdicts.values())
            state = f"{len(outcome.verdicts)} of {len(outcome.laws)}" + (f", {bad} not passed" if bad else "")
            if outcome.laws:
                line("laws", len(outcome.verdicts), len(outcome.laws), state)

        outcome = run(order, watch)
    _write_reports(outcome, json_file, junit_file)
    if json_file != "-":
        show(whole(outcome, full=full, times=on_terminal()))
    sys.exit(outcome.exit_code)


def _require_exercise(id: str, only: tuple[str, ...]) -> None:
    from cnnspec.check.listing import near
    from cnnspec.exercises import all_exercises

    if id not in all_exercises():
        fail(f"There is no exercise {id}.{near(id, all_exercises())} `cnnspec start` lists them all.")
    if only:
        fail("--exercise chooses the laws, so there is nothing left for --only.")


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
