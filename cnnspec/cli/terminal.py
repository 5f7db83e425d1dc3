r"""What every command shares: how it speaks, how it shows that it works, and how it ends when something is amiss."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
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
    if not on_terminal():
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


def on_terminal() -> bool:
    """Whether a person is reading."""
    return sys.stdout.isatty()


@contextmanager
def moving_line() -> Iterator[Callable[[str, int, int | None, str], None]]:
    """A line that moves while something runs, on terminals only.

    Yields:
        A function of what is being done, how much of it is done, of how much (None if nobody knows yet), and a remark.
    """
    if not (sys.stderr.isatty() and on_terminal()):
        yield lambda what, done, total, remark: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=30), TextColumn("{task.fields[state]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("loading", total=None, state="")
        yield lambda what, done, total, remark: progress.update(
            task, description=what, completed=done, total=total, state=remark
        )
