"""Wrong answers to the exercises of Step 7."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cnnspec.arguments import Array
from cnnspec.exercises import residual as right
from cnnspec.mutants.mutant import mutant

Branches = Sequence[Callable[[Array], Array]]


@mutant("level_deviation", "the rectifier is forgotten")
def level_without_rectifier(width: int) -> float:
    return math.sqrt(1 / width)


@mutant("level_deviation", "the variance is answered")
def level_variance(width: int) -> float:
    return 2 / width


@mutant("level_deviation", "it is right for the lab's 64 units alone")
def level_of_the_lab(width: int) -> float:
    return math.sqrt(2 / 64)


@mutant("level_weights", "both weights are the square root of one half")
def level_by_halves(width: int, deviation: float) -> tuple[float, float]:
    return math.sqrt(0.5), math.sqrt(0.5)


@mutant("level_weights", "the rectifier in the branch is forgotten")
def level_without_the_branch_s_rectifier(width: int, deviation: float) -> tuple[float, float]:
    weight = 1 / math.sqrt(1 + (width * deviation**2) ** 2)
    return weight, weight


@mutant("level_weights", "the branch is silent")
def level_of_the_trunk(width: int, deviation: float) -> tuple[float, float]:
    return 1.0, 0.0


@mutant("level_weights", "it is right for at most two units")
def level_of_few_units(width: int, deviation: float) -> tuple[float, float]:
    return right.level_weights(min(width, 2), deviation)


@mutant("paths_left", "each deletion takes one path away")
def paths_subtracted(blocks: int, deleted: int, shortcuts: bool) -> int:
    return 2**blocks - deleted if shortcuts else int(not deleted)


@mutant("paths_left", "a deleted block lets nothing through")
def paths_cut(blocks: int, deleted: int, shortcuts: bool) -> int:
    return 0 if deleted else 2**blocks if shortcuts else 1


@mutant("paths_left", "shortcuts are not asked for")
def paths_of_plain_networks(blocks: int, deleted: int, shortcuts: bool) -> int:
    return right.paths_left(blocks, deleted, True)


@mutant("leaky_factor", "the slope is not squared")
def leaky_without_square(slope: float, width: int, variance: float) -> float:
    return (1 + slope) / 2 * width * variance


@mutant("leaky_factor", "both sides of zero count in full")
def leaky_counted_twice(slope: float, width: int, variance: float) -> float:
    return (1 + slope**2) * width * variance


@mutant("leaky_factor", "the width is forgotten")
def leaky_of_one_unit(slope: float, width: int, variance: float) -> float:
    return right.leaky_factor(slope, 1, variance)


@mutant("forgetful_branch", "everything is lost in one block")
def forgetting_at_once() -> Any:
    return -np.eye(2)


@mutant("forgetful_branch", "the branch is nilpotent itself")
def nilpotent_branch() -> Any:
    return np.array([[0, 1], [0, 0]])


@mutant("forgetful_branch", "an entry is -2")
def forgetful_with_a_large_entry() -> Any:
    return np.array([[0, 1], [-1, -2]])


def chained(x: Array, branches: Branches) -> tuple[list[Array], list[Array]]:
    """All signals, and all answers of the branches."""
    signals, answers = [x], []
    for branch in branches:
        answers.append(branch(signals[-1]))
        signals.append(signals[-1] + answers[-1])
    return signals, answers


@mutant("block_shares", "the answer is compared with what came in")
def shares_of_the_input(x: Array, branches: Branches) -> Any:
    signals, answers = chained(x, branches)
    return [np.sum(a**2) / np.sum(s**2) for a, s in zip(answers, signals, strict=False)]


@mutant("block_shares", "lengths are compared, not their squares")
def shares_of_lengths(x: Array, branches: Branches) -> Any:
    return np.sqrt(right.block_shares(x, branches))


@mutant("block_shares", "every branch is asked the first input")
def shares_of_first_answers(x: Array, branches: Branches) -> Any:
    answers = iter([branch(x) for branch in branches])
    return right.block_shares(x, [lambda _: next(answers)] * len(branches))
