"""Convolution and pooling, forward and backward, on the layers of ResNet-50 and VGG-16.

python -m benchmarks.layers                          everything: about a quarter of an hour
python -m benchmarks.layers --quick                  three small layers, a few seconds
python -m benchmarks.layers --net vgg16 --batch 8 --direction forward
python -m benchmarks.layers --threads 1 --clock cpu  on a machine that is busy: processor time on one core
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from typing import TextIO

import click

COLUMNS = ("definition", "im2col", "winograd", "taps", "onnx.reference")
QUICK = ("64→64 1×1 @56", "512→512 3×3 @14", "max 3×3/2 64 @112")


@dataclass
class Row:
    """What was measured of one layer, in seconds and bytes, by contestant."""

    net: str
    layer: str
    count: int
    batch: int
    direction: str
    operations: int
    chosen: str
    seconds: dict[str, float]
    memory: dict[str, int] = field(default_factory=dict)


@click.command()
@click.option("--net", type=click.Choice(["resnet50", "vgg16", "all"]), default="all", help="Whose layers.")
@click.option("--batch", type=click.IntRange(1), multiple=True, default=(1, 8), help="Images at once; repeatable.")
@click.option("--direction", type=click.Choice(["forward", "backward", "both"]), default="both")
@click.option("--only", default="", help="Only layers whose name contains this text.")
@click.option("--quick", is_flag=True, help="Three small layers at batch 1.")
@click.option("--rounds", type=click.IntRange(1), default=9, help="Interleaved rounds; the least time counts.")
@click.option("--threads", type=click.IntRange(1), default=2, help="Threads for NumPy's BLAS and for PyTorch.")
@click.option("--clock", type=click.Choice(["wall", "cpu"]), default="wall", help="What is measured.")
@click.option("--plain", is_flag=True, help="A table without lines and colours.")
@click.option("--json", "target", type=click.File("w"), help="Write what was measured to a file as JSON.")
def main(
    net: str,
    batch: tuple[int, ...],
    direction: str,
    only: str,
    quick: bool,
    rounds: int,
    threads: int,
    clock: str,
    plain: bool,
    target: TextIO | None,
) -> None:
    """Time the algorithms beside PyTorch and onnx.reference, in one run and in turns."""
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        os.environ[variable] = str(threads)  # BLAS reads them when NumPy is imported, which happens below
    from benchmarks import measure
    from benchmarks.contestants import _torch, contestants
    from benchmarks.shapes import NETS, Convolution

    if torch := _torch():
        torch.set_num_threads(threads)
        torch.set_grad_enabled(False)
    layers = [layer for name, layers in NETS.items() if net in (name, "all") for layer in layers]
    layers = [layer for layer in layers if (layer.name in QUICK if quick else only in layer.name)]
    directions = ("forward", "backward") if direction == "both" else (direction,)
    tick = measure.CLOCKS[clock]
    rate, rows = measure.sgemm_rate(clock=tick), []
    for images in (1,) if quick else batch:
        for way in directions:
            for layer in layers:
                click.echo(f"\r{layer.net} {way} batch {images}: {layer.name}".ljust(70), nl=False, err=True)
                runs, chosen = contestants(layer, images, way == "backward")
                seconds = measure.race(runs, rounds=rounds, clock=tick)
                memory = {name: measure.extra_memory(run) for name, run in runs.items() if name in COLUMNS[1:4]}
                # two products go backward for each that goes forward: one for the input, one for the weights
                products = 2 if way == "backward" else 1
                macs = layer.macs if isinstance(layer, Convolution) else 0
                operations = 2 * images * macs * products
                rows.append(Row(layer.net, layer.name, layer.count, images, way, operations, chosen, seconds, memory))
            # a disturbed first measurement would flatter every share
            rate = max(rate, measure.sgemm_rate(clock=tick, rounds=5))
    click.echo("\r" + " " * 70 + "\r", nl=False, err=True)
    report(rows, rate, threads=threads, clock=clock, plain=plain)
    if target:
        json.dump({"threads": threads, "clock": clock, "sgemm": rate, "rows": [asdict(row) for row in rows]}, target)
        target.write("\n")


def report(rows: list[Row], rate: float, *, threads: int, clock: str, plain: bool) -> None:
    """Print one table for each batch size and direction, and the means."""
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    console = Console(width=150, no_color=plain, highlight=False)
    baseline = "PyTorch" if any("PyTorch" in row.seconds for row in rows) else "best"
    console.print(f"float32, {threads} threads, {clock} time; matrix product: {rate / 1e9:.0f} GFLOP/s.")
    console.print(f"Ratios to {baseline}: 2.00 takes twice as long. Share: of the matrix product's rate, counting")
    console.print("the definition's multiplications; Winograd does fewer and can pass 100 %. Memory: peak beside")
    console.print("arguments and answer. -: does not apply, is not installed, or takes more than some seconds.")
    for name, title in (("PyTorch", "torch"), ("onnx.reference", "onnx")):
        if not any(name in row.seconds for row in rows):
            console.print(f"{name} has no column: {title} is not installed here, or no such layer was asked for.")
    for batch, direction in dict.fromkeys((row.batch, row.direction) for row in rows):
        chosen = [row for row in rows if (row.batch, row.direction) == (batch, direction)]
        present = [name for name in COLUMNS if any(name in row.seconds for row in chosen)]
        table = Table(title=f"{direction}, batch {batch}", box=None if plain else SIMPLE, title_justify="left")
        for head in ("network", "layer"):
            table.add_column(head, no_wrap=True)
        for head in ("n", f"{baseline} ms", "share", *present, "best", "share", "takes", "MiB"):
            table.add_column(head, justify="right", no_wrap=True)
        for row in chosen:
            table.add_row(*cells(row, present, baseline, rate))
        console.print(table)
        console.print(means(chosen, baseline))
        console.print(shares(chosen, rate))


def cells(row: Row, present: list[str], baseline: str, rate: float) -> list[str]:
    """One line of the table."""
    mine = row.seconds[row.chosen]
    base = row.seconds.get(baseline, mine)

    def share(seconds: float) -> str:
        return f"{100 * row.operations / seconds / rate:.0f} %" if row.operations else "-"

    ratios = [f"{row.seconds[name] / base:.2f}" if name in row.seconds else "-" for name in present]
    return [
        row.net,
        row.layer,
        str(row.count),
        f"{1000 * base:.2f}",
        share(base),
        *ratios,
        f"{mine / base:.2f}",
        share(mine),
        row.chosen,
        f"{row.memory[row.chosen] / 2**20:.1f}",
    ]


def means(rows: list[Row], baseline: str) -> str:
    """The geometric means of a table: of all layers, of convolution, of pooling."""
    from benchmarks.measure import geometric_mean

    sentences = []
    for kind, some in (
        ("all", rows),
        ("convolution", [row for row in rows if row.operations]),
        ("pooling", [row for row in rows if not row.operations]),
    ):
        for other in (baseline, "onnx.reference", "definition"):
            pairs = [(row.seconds[row.chosen], row.seconds[other]) for row in some if other in row.seconds]
            if pairs and other == baseline:
                ratio = geometric_mean([mine / theirs for mine, theirs in pairs])
                sentences.append(f"{kind}: best takes {ratio:.2f} of {other}'s time ({len(pairs)} layers)")
            elif pairs:
                ratio = geometric_mean([theirs / mine for mine, theirs in pairs])
                sentences.append(f"{kind}: best is {ratio:.1f} times as fast as {other} ({len(pairs)} layers)")
    return "Geometric means. " + "; ".join(sentences) + "."


def shares(rows: list[Row], rate: float) -> str:
    """How near each comes to the matrix product's rate, and how much faster than onnx.reference one could be at all.

    Its convolution is a matrix product too. Whoever does all multiplications at the full rate is as much faster as
    its share is smaller than one; only fewer multiplications lead further.
    """
    from benchmarks.measure import geometric_mean

    def share(row: Row, name: str) -> float:
        return row.operations / row.seconds[name] / rate

    convolutions = [row for row in rows if row.operations]
    both = [row for row in convolutions if "onnx.reference" in row.seconds]
    chosen = both or convolutions
    if not chosen:
        return ""
    names = {"best": [share(row, row.chosen) for row in chosen]}
    names |= {n: [share(row, n) for row in chosen if n in row.seconds] for n in ("PyTorch", "onnx.reference")}
    told = ", ".join(f"{name} {geometric_mean(values):.0%}" for name, values in names.items() if values)
    sentence = f"Share of the matrix product's rate ({len(chosen)} convolutions): {told}."
    if both:
        bound = 1 / geometric_mean(names["onnx.reference"])
        sentence += f" A matrix product at its full rate would be {bound:.1f} times as fast as onnx.reference."
    return sentence + "\n"


if __name__ == "__main__":
    main()
