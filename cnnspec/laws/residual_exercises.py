r"""What marks the answers to the exercises of Step 7.

Averages over weights are taken over every choice of signs, so they are exact.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import strategies as st

from cnnspec.arguments import Array
from cnnspec.laws.answers import close, number, numbers, parts
from cnnspec.laws.compare import holds, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.residual_cases import Matrix, Written, matrices
from cnnspec.laws.strategies import entries

rows = st.integers(1, 2).flatmap(lambda width: entries((width,)))
deviations = st.sampled_from([1.0, 0.5, 2.0, 0.25])


def all_signs(width: int) -> Array:
    """Every square matrix of ones and minus ones, of shape (2^(n n), n, n)."""
    return np.array(list(product((-1.0, 1.0), repeat=width * width))).reshape(-1, width, width)


def power(x: Array) -> float:
    """The mean square."""
    return float(np.mean(np.square(x)))


@law("answer.level-plain", needs="level_deviation", x=rows)
def a_plain_layer_with_this_deviation_keeps_the_level(level_deviation: Function, x: Array) -> None:
    r"""Over all signs of weights of this size, the mean square behind the rectifier is on average the one before it.

    $$ \operatorname{E}_\pm \tfrac1n \lVert \operatorname{relu}(xW) \rVert^2 = \tfrac1n \lVert x \rVert^2 $$

    Catches: weights for layers without rectifiers, variances in place of deviations, one size for all widths.
    Misses: what is wrong for many units only.
    """
    deviation = number(level_deviation(len(x)))
    close(power(np.maximum(x @ (deviation * all_signs(len(x))), 0)), power(x), "the level should be kept on average")


@law("answer.level-plain-width", needs="level_deviation", width=st.integers(1, 200))
def four_times_as_many_units_want_weights_half_as_large(level_deviation: Function, width: int) -> None:
    r"""The deviation falls with the square root of the width, and is the one of the lab's wish for 64 units.

    $$ \sigma(4n) = \tfrac12 \sigma(n), \qquad 32\, \sigma(64)^2 = 1 $$

    Catches: a deviation that does not depend on the width, or falls with the width itself.
    Misses: factors of all widths but 64.
    """
    close(2 * number(level_deviation(4 * width)), number(level_deviation(width)))
    close(32 * number(level_deviation(64)) ** 2, 1.0)


@law("answer.level-block", needs="level_weights", x=rows, deviation=deviations)
def a_block_with_these_weights_keeps_the_level(level_weights: Function, x: Array, deviation: float) -> None:
    r"""Over all signs of both matrices, the mean square behind the block is on average the one before it.

    $$ \operatorname{E}_\pm \lVert \lambda x + \alpha \operatorname{relu}(x W_1) W_2 \rVert^2 = \lVert x \rVert^2 $$

    Catches: halves for both whatever the branch does, a branch of which the rectifier is forgotten.
    Misses: what is wrong for many units only.
    """
    shortcut, branch = map(number, parts(level_weights(len(x), deviation), 2))
    signs = deviation * all_signs(len(x))
    answers = np.maximum(x @ signs, 0)[:, None] @ signs[:, None]
    close(power(shortcut * x + branch * answers), power(x), "the level should be kept on average")


@law("answer.level-block-both", needs="level_weights", width=st.integers(1, 200), deviation=deviations)
def both_the_trunk_and_the_branch_are_heard(level_weights: Function, width: int, deviation: float) -> None:
    r"""The trunk's weight is below one and above zero, and the branch brings what the trunk lost.

    $$ 0 < \lambda < 1, \qquad \alpha > 0, \qquad \lambda^2 + \tfrac12 (n \sigma^2)^2 \alpha^2 = 1 $$

    Catches: branches that are silenced, trunks that are cut, and what is wrong for many units only.
    Misses: nothing.
    """
    shortcut, branch = map(number, parts(level_weights(width, deviation), 2))
    holds(0 < shortcut < 1 and branch > 0, "both weights should be above zero, and the trunk's below one")
    close(shortcut**2 + (width * deviation**2) ** 2 / 2 * branch**2, 1.0)


@law("answer.paths-counted", needs="paths_left", blocks=st.integers(1, 7), part=st.integers(0, 7))
def as_many_paths_are_left_as_can_be_walked(paths_left: Function, blocks: int, part: int) -> None:
    r"""Of all ways to choose trunk or branch, those are left that meet no deleted branch; a plain network has one way.

    Catches: paths that are subtracted instead of halved, deleted blocks that lose their trunk as well, plain networks
    that are treated like residual ones.
    Misses: what is wrong for many blocks only.
    """
    deleted = min(part, blocks)
    walked = sum(not any(way[:deleted]) for way in product((False, True), repeat=blocks))
    close(number(paths_left(blocks, deleted, True)), walked)
    close(number(paths_left(blocks, deleted, False)), 0 if deleted else 1)


@law("answer.paths-halved", needs="paths_left", blocks=st.integers(1, 54))
def each_deleted_block_halves_the_paths(paths_left: Function, blocks: int) -> None:
    r"""Each deletion leaves half of the paths, from $2^n$ to a single one.

    $$ p(n, d + 1) = \tfrac12\, p(n, d), \qquad p(n, 0) = 2^n $$

    Catches: counts that are right for a few blocks only.
    Misses: plain networks.
    """
    left = [number(paths_left(blocks, deleted, True)) for deleted in range(blocks + 1)]
    close(left, [2.0 ** (blocks - deleted) for deleted in range(blocks + 1)])


@law("answer.leaky-signs", needs="leaky_factor", x=rows, slope=st.integers(-4, 8), deviation=deviations)
def over_all_signs_a_leaky_layer_has_this_factor(
    leaky_factor: Function, x: Array, slope: int, deviation: float
) -> None:
    r"""Over all signs of the weights, the mean square behind the leaky rectifier is this multiple of the one before it.

    $$ \operatorname{E}_\pm \lVert f(xW) \rVert^2 = c \lVert x \rVert^2 $$

    Catches: slopes that enter without a square, widths or variances that are forgotten.
    Misses: what is wrong for many units only.
    """
    a = slope / 4
    z = x @ (deviation * all_signs(len(x)))
    factor = number(leaky_factor(a, len(x), deviation**2))
    close(power(np.where(z > 0, z, a * z)), factor * power(x), "the level should change by the answered factor")


@law("answer.leaky-ends", needs="leaky_factor", width=st.integers(1, 200), slope=st.integers(-8, 8))
def between_a_rectifier_and_none_the_factor_doubles(leaky_factor: Function, width: int, slope: int) -> None:
    r"""A slope of 0 gives half the factor of a slope of 1, and the sign of a slope does not matter.

    $$ c(0) = \tfrac12 c(1), \qquad c(-a) = c(a), \qquad c(1) = n v $$

    Catches: slopes that enter without a square.
    Misses: slopes between.
    """
    close(number(leaky_factor(1.0, width, 0.25)), width / 4)
    close(number(leaky_factor(0.0, width, 0.25)), width / 8)
    close(number(leaky_factor(-slope / 8, width, 0.25)), number(leaky_factor(slope / 8, width, 0.25)))


@law("answer.forgetful-entries", needs="forgetful_branch")
def the_forgetful_branch_has_small_entries(forgetful_branch: Function) -> None:
    r"""Two rows of two entries, each of them −1, 0 or 1.

    Catches: solutions among other numbers.
    Misses: what the branch does.
    """
    holds(np.isin(numbers(forgetful_branch(), 2, 2), (-1, 0, 1)).all(), "every entry should be -1, 0 or 1")


@law("answer.forgetful-blocks", needs="forgetful_branch")
def one_block_lets_a_gradient_through_and_two_let_none(forgetful_branch: Function) -> None:
    r"""What comes back through one block is not always zero, and through two it always is.

    $$ I + A \ne 0, \qquad (I + A)^2 = 0 $$

    Catches: branches that take away all at once, and branches that are nilpotent themselves.
    Misses: the size of the entries.
    """
    block = np.eye(2) + numbers(forgetful_branch(), 2, 2)
    holds(block.any(), "one block should let some gradient through")
    same(block @ block, np.zeros((2, 2)), "two blocks should let none through")


@law("answer.shares-orthogonal", needs="block_shares", blocks=st.integers(1, 6), loudness=st.integers(1, 9))
def equally_loud_blocks_have_ever_smaller_shares(block_shares: Function, blocks: int, loudness: int) -> None:
    r"""If every branch is as loud as the input and speaks about something else, block l has made $1/(l+1)$.

    $$ s_l = \frac{1}{l + 1} $$

    Catches: shares of the signal before the block, of the input, or of magnitudes in place of squares.
    Misses: branches that look at their input.
    """
    voices = loudness * np.eye(blocks + 1)[:, None]

    def speaking(place: int) -> Written:
        return Written(f"lambda x: voice {place}", lambda x: voices[place])

    branches = [speaking(place) for place in range(1, blocks + 1)]
    found = numbers(block_shares(voices[0], branches), blocks)
    close(found, [1 / (place + 1) for place in range(1, blocks + 1)])


@law("answer.shares-plumbing", needs="block_shares", x=entries((2, 3)), chain=matrices(most=3))
def each_share_is_measured_where_the_block_stands(block_shares: Function, x: Array, chain: list[Array]) -> None:
    r"""Each branch is asked what comes into its block, and its answer is compared with what leaves the block.

    $$ s_l = \frac{\lVert x_l A_l \rVert^2}{\lVert x_l (I + A_l) \rVert^2} $$

    Catches: branches that are all asked the input, trunks that are forgotten, shares of the last signal.
    Misses: nothing.
    """
    x = np.append(x, np.ones((2, 1)), axis=1)  # a column that all branches leave: no signal is ever zero
    wide = [np.pad(a, ((0, 1), (0, 1))) for a in chain]
    signal, expected = x, []
    for a in wide:
        answer, signal = signal @ a, signal @ (np.eye(4) + a)
        expected.append((answer**2).sum() / (signal**2).sum())
    close(numbers(block_shares(x, [Matrix(a) for a in wide]), len(wide)), expected)
