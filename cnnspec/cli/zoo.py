r"""The command `cnnspec zoo`: the table of all networks, the ledger of one, two side by side."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from cnnspec.cli.networks import one_network, two_networks
from cnnspec.cli.tables import Column, show_table, text, write_csv
from cnnspec.cli.terminal import CONTEXT, fail

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cnnspec import zoo as z

# The columns of the table: the key of a record, what stands above it, and which goes first where there is no room.
TABLE = {
    "name": Column("name", left=True),
    "year": Column("year", rank=1),
    "input_shape": Column("input", rank=6),
    "parameters": Column("parameters"),
    "buffers": Column("buffers", rank=9),
    "macs": Column("MACs"),
    "depth": Column("depth"),
    "depth_without_gates": Column("gateless", rank=7),
    "receptive_field": Column("field", rank=2),
    "receptive_field_stride": Column("stride", rank=8),
    "last_feature_map": Column("last map", rank=5),
    "smallest_input": Column("smallest", rank=3),
    "family": Column("family", left=True, rank=4),
}
SOURCES = ("torchvision", "keras", "paper")
SORTED_BY = [*TABLE, "source"]


@click.command(context_settings=CONTEXT)
@click.argument("names", metavar="[NAME] | compare NAME NAME", nargs=-1)
@click.option("--input", "size", metavar="CxHxW", help="Channels, rows and columns of the picture, such as 3x384x384.")
@click.option("--classes", type=int, metavar="N", help="Number of classes.")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values.")
@click.option("--json", "as_json", is_flag=True, help="The figures as JSON: one object for NAME, else a list.")
@click.option("--sort", metavar="COLUMN", help="Sort the table by a column, such as macs.")
@click.option("--reverse", is_flag=True, help="The largest first.")
@click.option("--family", metavar="NAME", help="Only this family, such as resnet.")
@click.option("--year", metavar="YEAR", help="Only this year, or 2012-2015.")
@click.option("--source", type=click.Choice(SOURCES), help="Only these forms.")
def zoo(
    names: tuple[str, ...],
    size: str | None,
    classes: int | None,
    as_csv: bool,
    as_json: bool,
    sort: str | None,
    reverse: bool,
    family: str | None,
    year: str | None,
    source: str | None,
) -> None:
    """Figures of networks, derived from their declarations.

    Without NAME: a table of all of them. With NAME: every layer of one, with running totals. Names are torchvision's
    (resnet50), keras/NAME for the forms of Keras, and paper/NAME for those of the papers.

    \b
    cnnspec zoo --sort macs --reverse
    cnnspec zoo --family resnet --year 2016-2017
    cnnspec zoo resnet50
    cnnspec zoo resnet50 --input 3x384x384 --classes 10
    cnnspec zoo keras/ResNet50 --json
    cnnspec zoo compare resnet50 keras/ResNet50
    """
    filters = {"--sort": sort, "--reverse": reverse, "--family": family, "--year": year, "--source": source}
    given = [option for option, value in filters.items() if value]
    if as_csv and as_json:
        fail("--csv and --json are two formats; choose one.")
    if names and given:
        fail(f"{given[0]} belongs to the table of all networks; leave {' '.join(names)} out, or {given[0]}.")
    shape = _shape(size)
    if not names:
        entries = _chosen(family, year, source)
        _table(entries, shape, classes, sort, reverse, as_csv=as_csv, as_json=as_json)
    elif names[0] == "compare":
        if len(names) != 3:
            fail(f"compare takes two names, but {len(names) - 1} came; try `cnnspec zoo compare resnet50 vgg16`.")
        if as_json:
            fail("compare has no JSON; --csv prints the figures of both, and NAME --json those of one.")
        two_networks([_built(name, shape, classes) for name in names[1:]], as_csv=as_csv)
    elif len(names) > 1:
        fail(f"Give one name, or two after compare: `cnnspec zoo compare {names[0]} {names[1]}`.")
    else:
        one_network(_built(names[0], shape, classes), as_csv=as_csv, as_json=as_json)


def _shape(size: str | None) -> tuple[int, ...] | None:
    if size is None:
        return None
    parts = re.split(r"[x×X*,]", size.strip())
    if len(parts) != 3 or not all(re.fullmatch(r"\s*[1-9]\d{0,5}\s*", part) for part in parts):
        fail(f"--input must be channels x rows x columns, each at least 1, such as 3x384x384, but {size} came.")
    first, second, last = map(int, parts)
    if first > 4 and last in (1, 3):
        fail(f"--input puts the channels first; did you mean {last}x{first}x{second}?")
    return first, second, last


def _chosen(family: str | None, year: str | None, source: str | None) -> list[z.Entry]:
    from cnnspec.zoo import all_architectures

    entries = list(all_architectures().values())
    families = list(dict.fromkeys(entry.family for entry in entries))
    if family is not None and family not in families:
        fail(f"There is no family {family}.{_near(family, families) or ' The families: ' + ', '.join(families) + '.'}")
    first, last = _years(year)
    chosen = [
        entry
        for entry in entries
        if family in (None, entry.family)
        and first <= entry.year <= last
        and source in (None, entry.name.partition("/")[0] if "/" in entry.name else "torchvision")
    ]
    if not chosen:
        fail("No network fits all filters; `cnnspec zoo` lists them all.")
    return chosen


def _years(year: str | None) -> tuple[int, int]:
    if year is None:
        return 0, 9999
    found = re.fullmatch(r"(\d{4})(?:-(\d{4}))?", year.strip())
    if not found:
        fail(f"--year must be a year or two, such as 2016 or 2012-2015, but {year} came.")
    return int(found[1]), int(found[2] or found[1])


def _near(word: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word.lower(), list(known), n=3, cutoff=0.5)
    return f" Did you mean {', '.join(near)}?" if near else ""


def _column(word: str) -> str:
    """The key of a column, from the key itself, what stands above it, or the beginning of either."""
    word = word.strip().lower().replace("-", "_").replace(" ", "_")
    heads = {column.head.lower().replace(" ", "_"): key for key, column in TABLE.items()}
    spelt = {key: key for key in SORTED_BY} | heads
    found = [spelt[word]] if word in spelt else list(dict.fromkeys(spelt[s] for s in spelt if s.startswith(word)))
    if len(found) != 1:
        hint = _near(word, spelt) if not found else f" It may be {' or '.join(found)}."
        fail(f"There is no column {word}.{hint or ' The columns: ' + ', '.join(SORTED_BY) + '.'}")
    return found[0]


def _built(name: str, shape: tuple[int, ...] | None, classes: int | None) -> z.Architecture:
    from cnnspec.zoo import all_architectures, build

    try:
        return build(name, shape, classes)
    except ValueError as error:
        families = {entry.family for entry in all_architectures().values()}
        if name in families and name not in all_architectures():
            fail(f"{name} is a family; `cnnspec zoo --family {name}` lists its networks.")
        if name in SOURCES:
            fail(f"{name} is a source; `cnnspec zoo --source {name}` lists its networks.")
        fail(f"{error}")


# The table


def _table(
    entries: list[z.Entry],
    shape: tuple[int, ...] | None,
    classes: int | None,
    sort: str | None,
    reverse: bool,
    *,
    as_csv: bool,
    as_json: bool,
) -> None:
    from cnnspec.zoo import figures

    key = None if sort is None else _column(sort)
    records, refused = [], []
    for entry in entries:
        try:
            found = figures(entry.build(shape, classes))
        except ValueError as error:
            refused.append(str(error))
            continue
        about = {"family": entry.family, "year": entry.year, "source": entry.source}
        records.append((found.record(), about))
    if not records:
        fail(refused[0])
    if key is not None:
        meaningful = [pair for pair in records if (pair[0] | pair[1])[key] is not None]
        meaningful.sort(key=lambda pair: _sortable((pair[0] | pair[1])[key]), reverse=reverse)
        records = meaningful + [pair for pair in records if (pair[0] | pair[1])[key] is None]
    elif reverse:
        records.reverse()
    if as_json:
        import json

        click.echo(json.dumps([record for record, _ in records], indent=1))
    elif as_csv:
        heads = [*records[0][0], "family", "year", "source"]
        write_csv(heads, [[(record | about)[head] for head in heads] for record, about in records])
    else:
        rows = [[_plain(key, (record | about)[key]) for key in TABLE] for record, about in records]
        show_table(list(TABLE.values()), rows)
    if refused:
        click.echo(f"Left out: {len(refused)} that do not take this, such as {refused[0]}", err=True)


def _sortable(value: object) -> tuple[int, ...] | str:
    """How a value is sorted: shapes and numbers as numbers."""
    if isinstance(value, int):
        return (value,)
    if isinstance(value, (list, tuple)):
        return tuple(value)
    if isinstance(value, str) and re.fullmatch(r"\d+(x\d+)+", value):
        return tuple(map(int, value.split("x")))
    return str(value).lower()


def _plain(key: str, value: object) -> str:
    return str(value) if key == "year" else text(value)
