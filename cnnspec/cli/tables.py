r"""Tables of the command line: coloured and fitted to a terminal, plain and aligned when piped, or as CSV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import click

from cnnspec.cli.terminal import on_terminal

ROOM = 34
"""Characters that a name should have on a terminal before a column is left out to make room."""


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        head: What stands above it.
        left: Whether it is words and aligned to the left; numbers are aligned to the right.
        rank: The column with the highest rank is left out first on a narrow terminal; 0 always stays.
    """

    head: str
    left: bool = False
    rank: int = 0


def text(value: object, *, signed: bool = False) -> str:
    """A value as a table shows it: numbers in groups of three, nothing for what has no meaning."""
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:+,}" if signed else f"{value:,}"
    if isinstance(value, (tuple, list)):
        return "x".join(map(str, value))
    return str(value)


def show_table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """Print a table, its cells ready as text."""
    widths = [max(map(len, cells)) for cells in zip([c.head for c in columns], *rows, strict=True)]
    if on_terminal():
        _show_rich(columns, rows, widths)
        return
    for row in ([column.head for column in columns], *rows):
        cells = zip(row, columns, widths, strict=True)
        line = "  ".join([cell.ljust(width) if c.left else cell.rjust(width) for cell, c, width in cells])
        click.echo(line.rstrip())


def _show_rich(columns: Sequence[Column], rows: Sequence[Sequence[str]], widths: list[int]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    shown = list(range(len(columns)))

    def needed() -> int:
        return sum([min(widths[i], ROOM) if i == 0 else widths[i] + 2 for i in shown])

    while needed() > console.width and any(columns[i].rank for i in shown):
        shown.remove(max(shown, key=lambda i: columns[i].rank))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for i in shown:
        column = columns[i]
        style = "cyan" if i == 0 else ""
        justify = "left" if column.left else "right"
        table.add_column(column.head, justify=justify, no_wrap=i > 0, overflow="fold", style=style)  # type: ignore[arg-type]
    for row in rows:
        table.add_row(*[Text(row[i]) for i in shown])
    console.print(table)
    if len(shown) < len(columns):
        hidden = ", ".join(column.head for i, column in enumerate(columns) if i not in shown)
        console.print(f"[dim]Too narrow for: {hidden}. A wider window, a pipe or --csv has all.[/dim]")


def write_csv(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows of comma-separated values; what has no meaning is empty."""
    import csv
    import io

    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows([["x".join(map(str, c)) if isinstance(c, (tuple, list)) else c for c in row] for row in rows])
    click.echo(file.getvalue(), nl=False)
