r"""The signals of plain and residual stacks on a grid of settings, for the explorable that lets a reader choose one.

Powers are handed over as $\log_{10}$, since they run over forty orders of magnitude.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cnnspec.arguments import Array
from cnnspec.residual.experiment import (
    DEPTH,
    VARIANCES,
    WIDTH,
    bands,
    gradient_powers,
    normalised_slope,
    plain_factor,
    plain_powers,
    residual_factor,
    residual_powers,
)

RUNS = 7
"""How many random stacks stand behind each band."""

FLOOR = 1e-99
"""What a power of zero is shown as: a logarithm needs something."""

LINEAR = 1 / WIDTH
"""The variance with which a layer without a rectifier keeps the power."""

WEIGHTS = {
    "he": (VARIANCES["He"], LINEAR),
    "xavier": (VARIANCES["Xavier"], VARIANCES["Xavier"]),
    "lab": (VARIANCES["the lab's 0.1"], VARIANCES["the lab's 0.1"]),
    "tiny": (VARIANCES["0.01"], VARIANCES["0.01"]),
}
"""Variances of a weight, by the words of the explorable: in a layer with a rectifier, and in a branch's last layer."""

STACKS: dict[str, dict[str, Any]] = {
    "plain": {},
    "plain-normalised": {"normalised": True},
    "residual": {},
    "residual-lab": {"rectified": True},
    "residual-root": {"scale": DEPTH**-0.5},
    "residual-half": {"scale": 0.5**0.5, "shortcut": 0.5**0.5},
    "residual-normalised": {"normalised": True},
}
"""Stacks and what makes them; a residual one has two layers in each branch."""

WAYS = ("forward", "backward")


def signal_grid(runs: int = RUNS) -> dict[str, Any]:
    """Compute every curve of the explorable.

    Args:
        runs: How many random stacks stand behind each curve.

    Returns:
        Plain data: the width, the depth, the variances, and for each `stack/weights/way` the logarithms of the power
        at each depth, as three lines: a tenth of the runs is below the first, half below the second, nine tenths
        below the third.
    """
    curves = {
        f"{stack}/{weights}/{way}": lines(stack, weights, way, runs)
        for stack in STACKS
        for weights in WEIGHTS
        for way in WAYS
    }
    return {"width": WIDTH, "depth": DEPTH, "runs": runs, "variances": WEIGHTS, "curves": curves}


def lines(stack: str, weights: str, way: str, runs: int) -> list[list[float]]:
    """The three lines of one setting, rounded as they are shown."""
    generators = [np.random.default_rng(seed) for seed in range(runs)]
    powers = measured(stack, weights, way, generators)
    return [np.round(np.log10(np.maximum(line, FLOOR)), 3).tolist() for line in bands(powers)]


def measured(stack: str, weights: str, way: str, generators: Sequence[np.random.Generator]) -> Array:
    """The power at each depth, one row for each random stack."""
    how = STACKS[stack]
    if stack.startswith("residual"):
        return residual_powers(WEIGHTS[weights], generators, backward=way == "backward", **how)
    measure = plain_powers if way == "forward" else gradient_powers
    return measure(WEIGHTS[weights][0], generators, **how)


def predicted(stack: str, weights: str, way: str, depth: int) -> float | None:
    r"""What theory says of the power at a depth, as a multiple of that at the input, or at the top on the way back.

    A layer or block multiplies the power by one factor in both directions. Normalisation changes that: a plain stack
    is held at ½ on the way there and grows by $\pi / (\pi - 1)$ a layer on the way back, but by ½ at the input, where
    no rectifier stands before the layer; a residual stack adds the same to the power in each block.

    Returns:
        The power, or None where the book has no theory.
    """
    first, second = WEIGHTS[weights]
    layers = depth if way == "forward" else DEPTH - depth
    match stack, way:
        case "plain", _:
            return plain_factor(WIDTH, first) ** layers
        case "plain-normalised", "forward":
            return 0.5 if depth else 1.0
        case "plain-normalised", _:
            growth = 1 / normalised_slope()
            return float(growth**layers if depth else 0.5 * growth ** (layers - 1))
        case "residual-normalised", "forward":
            return 1 + depth * WIDTH * second / 2
        case "residual-lab" | "residual-normalised", _:
            return None
    return residual_factor(WIDTH, first, second, **STACKS[stack]) ** layers
