"""Counting: a declaration and all its figures beside PyTorch's counter, in one run and in turns.

python -m benchmarks.zoo                 ratios for three networks, and the time of the whole table
python -m benchmarks.zoo --rounds 20     more rounds; the least time of each counts
python -m benchmarks.zoo --clock wall    on a machine that is idle: the time on the wall

PyTorch's counter, `torch.utils.flop_counter.FlopCounterMode`, watches a network run on tensors without numbers (the
device "meta"). The network is torchvision's where that is installed, and else the same layers built from our
declaration. Its time is given twice: for counting alone, the network being there, and from nothing, like ours, with the
network built in the same time. Nobody's imports count; they are listed.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import click

NETWORKS = ("resnet50", "densenet121", "efficientnet_b0")
IMPORTS = ("cnnspec.zoo", "torch", "torchvision.models")


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=9, help="Interleaved rounds; the least time counts.")
@click.option("--clock", type=click.Choice(["cpu", "wall"]), default="cpu", help="What is measured.")
@click.option("--only", multiple=True, type=click.Choice(NETWORKS), help="Only this network; repeatable.")
def main(rounds: int, clock: str, only: tuple[str, ...]) -> None:
    """Time our figures and PyTorch's counts."""
    from benchmarks.measure import CLOCKS, race
    from cnnspec import zoo

    tick, torch = CLOCKS[clock], _torch()
    click.echo(f"{clock} time, the least of {rounds} rounds in turns. Ours: declaration to all eleven figures.")
    if torch is None:
        click.echo("PyTorch is not installed here: only our own times.")
    for name in only or NETWORKS:
        runs: dict[str, Callable[[], Any]] = {"ours": lambda name=name: zoo.figures(zoo.build(name))}
        if torch is not None:
            runs |= peers(name)
        best = race(runs, rounds=rounds, clock=tick)
        line = f"{name:16} ours {1000 * best['ours']:6.2f} ms"
        for peer in [key for key in best if key != "ours"]:
            line += f"   {peer} {1000 * best[peer]:7.1f} ms = {best[peer] / best['ours']:5.1f} x"
        click.echo(line)
    whole = race({"table": table}, rounds=min(rounds, 3), clock=tick)["table"]
    click.echo(f"{'whole zoo':16} {len(zoo.all_architectures())} networks, all figures: {whole:.2f} s")
    for module in IMPORTS:
        seconds = import_time(module)
        if seconds is not None:
            click.echo(f"{'import':16} {module}: {seconds:.2f} s in a new process")


def table() -> int:
    """Build every architecture and derive its figures; how many there are."""
    from cnnspec import zoo

    return len([zoo.figures(entry.build()) for entry in zoo.all_architectures().values()])


def import_time(module: str) -> float | None:
    """Processor seconds that a new interpreter needs to import a module; None if it is not there."""
    script = f"import time, importlib; t = time.process_time(); importlib.import_module({module!r})\n"
    run = subprocess.run(
        [sys.executable, "-c", f"{script}print(time.process_time() - t)"], capture_output=True, text=True, check=False
    )
    return float(run.stdout) if run.returncode == 0 else None


def _torch() -> Any:
    try:
        import torch
    except ModuleNotFoundError:
        return None
    torch.set_num_threads(1)
    return torch


def peers(name: str) -> dict[str, Callable[[], Any]]:
    """PyTorch's counter on a network that is there, and from nothing; both must count what we do."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from cnnspec import zoo

    make, who = _maker(name)

    def count(network: Any) -> int:
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            network(torch.empty(1, *zoo.find(name).input, device="meta"))
        return int(counter.get_total_flops())

    with torch.device("meta"):
        network = make().eval()
    assert count(network) == 2 * zoo.figures(zoo.build(name)).macs, name

    def from_nothing() -> int:
        with torch.device("meta"):
            return count(make().eval())

    return {f"PyTorch counts ({who})": lambda: count(network), "and builds": from_nothing}


def _maker(name: str) -> tuple[Callable[[], Any], str]:
    try:
        import torchvision.models
    except (ImportError, RuntimeError):  # not there, or made for another torch
        return lambda: from_declaration(name), "our graph"
    return lambda: torchvision.models.get_model(name, weights=None), "torchvision"


def from_declaration(name: str) -> Any:
    """The same layers as modules of PyTorch, wired as we declare them."""
    import torch
    from torch import nn

    from cnnspec import zoo
    from cnnspec.zoo.operation import Operation

    def module(operation: Operation) -> Any:
        match operation.kind:
            case "conv":
                rows, columns = operation.lines  # type: ignore[attr-defined]
                return nn.Conv2d(
                    operation.channels,  # type: ignore[attr-defined]
                    operation.filters,  # type: ignore[attr-defined]
                    (rows.kernel, columns.kernel),
                    (rows.stride, columns.stride),
                    (rows.before, columns.before),
                    groups=operation.groups,  # type: ignore[attr-defined]
                    bias="bias" in operation.weights,
                )
            case "batch_norm":
                return nn.BatchNorm2d(operation.channels)  # type: ignore[attr-defined]
            case "linear":
                return nn.Linear(operation.width, operation.features)  # type: ignore[attr-defined]
            case "activation":
                kinds = {"relu": nn.ReLU, "silu": nn.SiLU, "sigmoid": nn.Sigmoid}
                return kinds[operation.function]()  # type: ignore[attr-defined]
            case "max_pool" | "avg_pool":
                line = operation.lines[0]  # type: ignore[attr-defined]
                pool = nn.MaxPool2d if operation.kind == "max_pool" else nn.AvgPool2d
                return pool(line.kernel, line.stride, line.before)
            case "global_avg_pool":
                return nn.AdaptiveAvgPool2d(1)
            case "flatten":
                return nn.Flatten()
            case _:
                return None

    class Network(nn.Module):
        """A declared graph."""

        def __init__(self) -> None:
            super().__init__()
            self.declared = zoo.build(name).executed
            self.parts = nn.ModuleDict(
                {str(t.index): part for t in self.declared if (part := module(t.operation)) is not None}
            )

        def forward(self, x: Any) -> Any:
            """Run the graph."""
            values = {0: x}
            for tensor in self.declared[1:]:
                before, kind = [values[u.index] for u in tensor.inputs], tensor.operation.kind
                if kind == "add":
                    values[tensor.index] = sum(before[1:], before[0])
                elif kind == "multiply":
                    values[tensor.index] = before[0] * before[1]
                elif kind == "concat":
                    values[tensor.index] = torch.cat(before, 1)
                else:
                    values[tensor.index] = self.parts[str(tensor.index)](before[0])
            return values[self.declared[-1].index]

    return Network()


if __name__ == "__main__":
    main()
