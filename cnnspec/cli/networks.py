r"""What `cnnspec zoo` prints of one network, layer by layer, and of two side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cnnspec.cli.tables import Column, show_table, text, write_csv

if TYPE_CHECKING:
    from cnnspec import zoo as z


def one_network(architecture: z.Architecture, *, as_csv: bool, as_json: bool) -> None:
    """Print the layers of a network with running totals and its figures, or the one as CSV or the other as JSON."""
    from cnnspec.zoo import fields, figures, ledger

    if as_json:
        import json

        click.echo(json.dumps(figures(architecture).record(), indent=1))
        return
    seen = ["all" if field.whole_image else _square(field.size) for field in fields(architecture)]
    rows = list(zip(ledger(architecture), seen, strict=True))
    if as_csv:
        heads = ["layer", "kind", "shape", "parameters", "buffers", "macs", "receptive_field"]
        write_csv(
            [*heads, "parameters_so_far", "macs_so_far"],
            [
                [r.name, r.kind, r.shape, r.parameters, r.buffers, r.macs, f, r.parameters_so_far, r.macs_so_far]
                for r, f in rows
            ],
        )
        return
    columns = [
        Column("layer", left=True),
        Column("kind", left=True, rank=2),
        Column("shape"),
        Column("parameters"),
        Column("buffers", rank=4),
        Column("MACs", rank=1),
        Column("field", rank=3),
        Column("parameters so far"),
        Column("MACs so far", rank=5),
    ]
    show_table(
        columns,
        [
            [
                *[r.name, r.kind, text(r.shape)],
                *[text(number) if number else "" for number in (r.parameters, r.buffers, r.macs)],
                *[seen or "", text(r.parameters_so_far), text(r.macs_so_far)],
            ]
            for r, seen in rows
        ],
    )
    click.echo()
    _summary(architecture)


def _square(pair: tuple[int, ...] | None) -> str | None:
    """A size as one number if it is square."""
    if pair is None:
        return None
    return str(pair[0]) if pair[0] == pair[1] else text(pair)


def _summary(architecture: z.Architecture) -> None:
    from cnnspec.zoo import activation_memory, figures, find, receptive_field

    found, entry, memory = figures(architecture), find(architecture.name), activation_memory(architecture)
    field, gated = receptive_field(architecture), receptive_field(architecture, gates=True)
    seen = "the whole picture" if field.whole_image else _square(field.size) or "differs from place to place"
    if field.stride is not None:
        seen += f" pixels, {_square(field.stride)} from one place to the next"
    if gated.whole_image and not field.whole_image:
        seen += "; with its gates the whole picture"
    gates, least = found.depth_without_gates != found.depth, found.smallest_input
    rows = [
        ("name", f"{entry.name} ({entry.family}, {entry.year})"),
        ("source", entry.source),
        ("input", text(found.input_shape)),
        ("output", text(architecture.output.shape)),
        ("parameters", f"{text(found.parameters)} learnt"),
        ("buffers", f"{text(found.buffers)} kept but not learnt"),
        ("MACs", f"{text(found.macs)} (one product of a convolution, a linear layer or an attention is 1)"),
        ("depth", f"{found.depth} layers" + (f", {found.depth_without_gates} without gates" if gates else "")),
        ("receptive field", seen),
        ("last map", "none" if found.last_feature_map is None else text(found.last_feature_map)),
        ("smallest input", "only this one" if least is None else f"{least}x{least}"),
        ("activations", f"{text(memory.total)} in all, {text(memory.peak)} at once, at {memory.peak_at}"),
    ]
    rows += [("misaligned", ", ".join(field.misaligned))] if field.misaligned else []
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        click.echo(f"{name.ljust(width)}  {value}")


def two_networks(pair: list[z.Architecture], *, as_csv: bool) -> None:
    """Print the figures of two networks with their differences, and what they have in each stage."""
    from cnnspec.zoo import figures

    one, two = [figures(architecture).record() for architecture in pair]
    if as_csv:
        write_csv(list(one), [list(one.values()), list(two.values())])
        return
    columns = [Column("", left=True), Column(str(one["name"])), Column(str(two["name"])), Column("difference")]
    rows = [
        [key.replace("_", " ").replace("macs", "MACs"), text(one[key]), text(two[key]), _difference(one[key], two[key])]
        for key in one
        if key != "name"
    ]
    show_table(columns, rows)
    for title, what in (
        ("parameters by stage", "parameters"),
        ("MACs by stage", "macs"),
        ("layers by stage", "layers"),
    ):
        click.echo()
        show_table([Column(title, left=True), *columns[1:]], _by_stage(pair, what))


def _by_stage(pair: list[z.Architecture], what: str) -> list[list[str]]:
    from cnnspec.zoo import stages

    sides = [{stage.name: getattr(stage, what) for stage in stages(architecture)} for architecture in pair]
    names = sorted({*sides[0], *sides[1]}, key=_order)
    rows = []
    for name in names:
        one, two = [side.get(name, 0) for side in sides]
        rows.append([name, text(one), text(two), _difference(one, two)])
    return rows


def _order(stage: str) -> float:
    """The largest maps first, then what has no map: the heads for training, then the head."""
    return float(stage[2:]) if stage.startswith("1/") else {"training heads": 1e8, "head": 1e9}[stage]


def _difference(one: object, two: object) -> str:
    if isinstance(one, int) and isinstance(two, int):
        return text(two - one, signed=True) if two != one else "="
    return "=" if one == two else ""
