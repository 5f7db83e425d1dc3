r"""The ways through a residual network, the gradient along them, and the way back (Step 7)."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from hypothesis import strategies as st

from cnnspec.arguments import Array
from cnnspec.laws.compare import at_most, differs, holds, refuses, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.residual_cases import (
    NOTHING,
    OPPOSITE,
    Affine,
    Bent,
    Matrix,
    Rolled,
    Turned,
    Written,
    contractions,
    linear_branches,
    matrices,
    signals,
    stacked,
)
from cnnspec.laws.strategies import entries

ROWS = entries((2, 3))
"""Two rows of three numbers."""


def product(factors: list[Array]) -> Array:
    """The product of matrices, the first one nearest to the input; without any, the identity."""
    result = np.eye(3)
    for factor in factors:
        result = result @ factor
    return result


def over_subsets(blocks: list[Array]) -> Array:
    """The sum of the ordered products of all subsets: one term for each path."""
    chosen = itertools.product((False, True), repeat=len(blocks))
    terms = [product([a for a, taken in zip(blocks, path, strict=True) if taken]) for path in chosen]
    total: Array = np.sum(terms, axis=0)
    return total


@law("residual.paths", needs="residual_block", x=ROWS, blocks=matrices())
def linear_blocks_are_a_sum_over_all_paths(residual_block: Function, x: Array, blocks: list[Array]) -> None:
    r"""With linear branches, n blocks are the sum of $2^n$ paths: along the trunk or through the branch, at each block.

    $$ \prod_{j=1}^{n} (I + A_j) = \sum_{S \subseteq \{1,\dots,n\}} \; \prod_{j \in S} A_j $$

    At every point the same holds of the Jacobians of any branches. It does not hold of the functions, if they bend.

    Catches: a skip that is forgotten, scaled or rectified, branches in the wrong order, products.
    Misses: nothing that changes the answer of linear blocks.
    Source: Veit, Wilber & Belongie (2016), Residual networks behave like ensembles, section 3.
    """
    same(stacked(residual_block, x, [Matrix(a) for a in blocks]), x @ over_subsets(blocks))


@law("residual.lesion", needs="residual_block", x=ROWS, blocks=matrices(), place=st.integers(0, 3))
def a_deleted_block_takes_half_of_the_paths_with_it(
    residual_block: Function, x: Array, blocks: list[Array], place: int
) -> None:
    r"""Silence the branch of one block: what is left is the sum over the paths that did not go through it, half of all.

    $$ F_j = 0 \;\Rightarrow\; \prod_{i \ne j} (I + A_i) $$

    A plain network has one path, and it goes through every layer: delete one, and none is left.

    Catches: a skip that is forgotten or scaled, a trunk that is rectified.
    Misses: a branch that is wrong where it is not silenced alone.
    Source: Veit, Wilber & Belongie (2016), section 4.1.
    """
    j = place % len(blocks)
    branches: list[Any] = [Matrix(a) for a in blocks]
    branches[j] = NOTHING
    same(stacked(residual_block, x, branches), x @ over_subsets([*blocks[:j], *blocks[j + 1 :]]))


@law(
    "residual.not-an-ensemble",
    needs="residual_block",
    pinned=({"entry": 1},),
    entry=st.integers(1, 6),
)
def the_function_of_bent_blocks_is_no_sum_over_paths(residual_block: Function, entry: int) -> None:
    r"""As soon as a branch bends, the network is no longer the sum of what its paths would compute alone.

    $$ F_1(x) = -2x, \quad F_2(x) = \operatorname{relu}(x): \qquad
       x + F_1 + F_2 + F_2 F_1 = 0 \ne -x = x_2 \quad\text{for } x > 0 $$

    The smallest counterexample is $x = 1$. So "residual networks are ensembles of $2^n$ networks" is true of the
    Jacobian at a point, and of linear branches.

    Catches: a skip that is forgotten or scaled, rectified sums, averages.
    Misses: bugs that need several entries.
    Source: Veit, Wilber & Belongie (2016), section 3, who unravel the notation.
    """
    x = np.array([float(entry)])
    bent = Bent(1)
    y = residual_block(residual_block(x, Affine(-2)), bent)
    alone = x - 2 * x + bent(x) + bent(-2 * x)
    same(y, -x)
    differs(y, alone, "the blocks should not be the sum of their paths")


@law("residual.field", needs="residual_block", depth=st.integers(1, 5), width=st.sampled_from((3, 5)))
def paths_of_every_length_see_as_far_as_their_own_branches(residual_block: Function, depth: int, width: int) -> None:
    r"""A bright pixel spreads as far as a path is long: the trunk sees one cell at any depth, the longest path most.

    $$ \Bigl(\delta + k\Bigr)^{\star L} \star \delta = \sum_{m=0}^{L} \binom{L}{m}\, k^{\star m} $$

    The branches here are convolutions with ones. Depth does not change what the identity path sees; it adds paths
    that see more, and the receptive field that is counted for a network is that of the longest.

    Catches: a skip that is forgotten or scaled, averages, a branch that counts twice.
    Misses: rectifiers, since all is positive.
    Source: Araujo, Norris & Sim (2019), Computing receptive fields of convolutional neural networks, on parallel paths.
    """
    kernel, size = np.ones(width), depth * (width - 1) + 1
    code = f'lambda x: np.convolve(x, np.ones({width}), mode="same")'
    ones = Written(code, lambda z: np.convolve(z, kernel, mode="same"))
    y = np.zeros(size)
    y[size // 2] = 1
    for _ in range(depth):
        y = residual_block(y, ones)
    expected, power = np.zeros(size), np.ones(1)
    for m in range(depth + 1):
        reach = m * (width - 1) // 2
        expected[size // 2 - reach : size // 2 + reach + 1] += math.comb(depth, m) * power
        power = np.convolve(power, kernel)
    same(y, expected)


@law("residual.ill-conditioned", needs="residual_block", extended=True, seed=st.sampled_from((1, 2, 3, 4)))
def random_linear_residual_networks_are_ill_conditioned(residual_block: Function, seed: int) -> None:
    r"""Fifty random linear blocks stretch one direction more than ten million times as much as another.

    $$ A_j \sim N(0, 1/n): \qquad \sigma_{\max} / \sigma_{\min} > 10^{7}, \qquad \sigma_{\min} < 10^{-3} $$

    So skips do not keep the gradient as it is: some directions explode and some vanish. What bounds both ends is
    branches that are small (`residual.one-to-one`).

    The seeds are pinned: no false alarm on the same random stream.

    Catches: a trunk without branch, averages.
    Misses: most bugs; it is here for what it says.
    """
    numbers = np.random.Generator(np.random.PCG64(seed))
    branches = [Matrix(a) for a in numbers.standard_normal((50, 24, 24)) / math.sqrt(24)]
    values = np.linalg.svd(stacked(residual_block, np.eye(24), branches), compute_uv=False)
    holds(values[-1] < 1e-3 < 1e4 < values[0], "some directions should vanish and some explode")
    holds(values[0] > 1e7 * values[-1], "the directions should be stretched unequally")


@law("paths.binomial", needs="path_lengths", blocks=st.integers(0, 30))
def the_lengths_of_paths_are_binomial(path_lengths: Function, blocks: int) -> None:
    r"""There are $2^n$ paths, as many with k branches as without k, and half of all branches are on the average one.

    $$ \sum_k m_k = 2^n, \qquad m_k = m_{n-k}, \qquad \sum_k k\, m_k = \tfrac n2\, 2^n $$

    Catches: lengths counted from one, the trunk or the longest path left out, halves of the paths.
    Misses: counts that are wrong and symmetric.
    Source: Veit, Wilber & Belongie (2016), Residual networks behave like ensembles, section 5.
    """
    counts = np.asarray(path_lengths(blocks))
    same(counts.shape, (blocks + 1,))
    same(counts.sum(), 2**blocks)
    same(counts, counts[::-1])
    same(2 * np.sum(np.arange(blocks + 1) * counts), blocks * 2**blocks)


@law("paths.deletion", needs="path_lengths", blocks=st.integers(1, 40))
def a_block_less_leaves_half_of_the_paths(path_lengths: Function, blocks: int) -> None:
    r"""The paths through n blocks are those through the others, and the same again with one branch more.

    $$ m^{(n)}_k = m^{(n-1)}_k + m^{(n-1)}_{k-1} $$

    So deleting a block leaves $2^{n-1}$ paths. In a plain network deleting a layer leaves none.

    Catches: every wrong count that does not follow Pascal's triangle.
    Misses: a wrong beginning.
    Source: Veit, Wilber & Belongie (2016), section 4.1.
    """
    shorter = np.asarray(path_lengths(blocks - 1))
    same(path_lengths(blocks), np.append(shorter, 0) + np.insert(shorter, 0, 0))
    same(path_lengths(0), np.ones(1))


@law("paths.branches", needs="path_lengths residual_block", blocks=st.integers(0, 12), slope=st.integers(-4, 4))
def paths_weighed_by_their_branches_are_the_network(
    path_lengths: Function, residual_block: Function, blocks: int, slope: int
) -> None:
    r"""If all branches multiply by a, the network multiplies by the sum of $a^k$ over all paths.

    $$ (1 + a)^n = \sum_k m_k\, a^k $$

    Catches: wrong counts, blocks that scale or forget the skip.
    Misses: what only several entries can show.
    """
    counts = np.asarray(path_lengths(blocks))
    network = stacked(residual_block, np.ones(1), [Affine(slope)] * blocks)
    same(np.sum(counts * float(slope) ** np.arange(blocks + 1)), network[0])


@law("paths.fifty-four", needs="path_lengths", seed=st.just(54))
def most_paths_of_fifty_four_blocks_have_nineteen_to_thirty_five(path_lengths: Function, seed: int) -> None:
    r"""Of all paths through 54 blocks 98.0 percent have 19 to 35 branches, and 0.45 percent have 5 to 17.

    $$ P(19 \le k \le 35) = 0.980, \qquad P(5 \le k \le 17) = 0.0045 $$

    The paper found that those 0.45 percent carry most of the gradient.

    Catches: wrong counts.
    Misses: other depths.
    Source: Veit, Wilber & Belongie (2016), section 5.
    """
    counts = np.asarray(path_lengths(seed), dtype=np.float64)
    shares = counts / 2.0**seed
    holds(abs(shares[19:36].sum() - 0.980) < 5e-4, "98.0 percent should have 19 to 35 branches")
    holds(abs(shares[5:18].sum() - 0.0045) < 5e-5, "0.45 percent should have 5 to 17 branches")


@law(
    "invert.round-trip",
    needs="invert_residual_block residual_block",
    x=signals(palette="fractions"),
    branch=contractions,
)
def a_block_with_a_contracting_branch_can_be_undone(
    invert_residual_block: Function, residual_block: Function, x: Array, branch: Any
) -> None:
    r"""From the block's answer its input is found again, by taking away what the branch makes of the last guess.

    $$ x_{k+1} = y - F(x_k) \to x \qquad \text{if } F \text{ is a contraction} $$

    Catches: signs, guesses that are not used, too few steps, a start that is the answer.
    Misses: how fast it goes.
    Source: Behrmann et al. (2019), Invertible residual networks, theorem 1.
    """
    z = x.astype(np.float64)
    found = np.asarray(invert_residual_block(residual_block(z, branch), branch))
    holds(np.abs(found - z).max() < 2.0**-40, "the input should be found again")


@law(
    "invert.rate",
    needs="invert_residual_block",
    x=signals(palette="fractions"),
    branch=contractions,
    steps=st.integers(0, 12),
)
def each_step_back_halves_the_error(invert_residual_block: Function, x: Array, branch: Any, steps: int) -> None:
    r"""After k steps the error is at most $c^k$ times that of the first guess, which is the answer itself.

    $$ \lVert x_k - x \rVert_\infty \le c^k\, \lVert y - x \rVert_\infty, \qquad c = \tfrac12 $$

    All numbers are halves of halves, so the bound holds exactly.

    Catches: another first guess, steps that are not counted, half steps.
    Misses: a method that is faster.
    Source: Behrmann et al. (2019), Invertible residual networks, section 2.
    """
    z = x.astype(np.float64)
    y = z + branch(z)
    error = np.abs(np.asarray(invert_residual_block(y, branch, steps=steps)) - z).max()
    at_most(error, 0.5**steps * np.abs(y - z).max())


@law(
    "residual.adjoint",
    needs="residual_block_backward residual_block",
    x=signals(palette="small"),
    v=signals(palette="small"),
    dy=signals(palette="small"),
    branch=linear_branches,
)
def the_backward_pass_is_the_transposed_jacobian(
    residual_block_backward: Function, residual_block: Function, x: Array, v: Array, dy: Array, branch: Any
) -> None:
    r"""Two numbers, in which every entry takes part, are equal: forward along v and backward along dy.

    $$ \langle (I + J_F)\, v,\, \mathrm{dy} \rangle = \langle v,\, (I + J_F^\top)\, \mathrm{dy} \rangle $$

    Catches: a backward pass that forgets the skip or the branch, or counts one of them twice.
    Misses: a branch whose own backward pass is wrong.
    Source: He et al. (2016), Identity mappings in deep residual networks, equation 5.
    """
    x = x.astype(np.float64)
    v, dy = (np.resize(a, x.shape).astype(np.float64) for a in (v, dy))
    dx = residual_block_backward(dy, x, branch.backward)
    same(np.sum(residual_block(v, branch) * dy), np.sum(v * dx))


@law(
    "residual.gradient-sum",
    needs="residual_block_backward",
    x=ROWS,
    dy=ROWS,
    blocks=matrices(),
)
def an_early_gradient_is_the_last_one_plus_all_that_branches_add(
    residual_block_backward: Function, x: Array, dy: Array, blocks: list[Array]
) -> None:
    r"""Going back, the gradient only gains what each branch sends; in all it is a sum over all paths.

    $$ \frac{\partial L}{\partial x_0} = \frac{\partial L}{\partial x_L} + \sum_j J_{F_j}^\top
       \frac{\partial L}{\partial x_{j+1}} $$

    The first term arrives at every depth as it is. The sum may take it away again: `residual.no-lower-bound`.

    Catches: a backward pass that forgets the skip, scales it, or goes through the branches in the wrong order.
    Misses: nothing that changes the gradient of linear blocks.
    Source: He et al. (2016), Identity mappings in deep residual networks, equation 5.
    """
    gradients = [dy]
    for a in reversed(blocks):
        gradients.append(residual_block_backward(gradients[-1], x, Matrix(a).backward))
    sent = [g @ a.T for g, a in zip(gradients[:-1], reversed(blocks), strict=True)]
    same(gradients[-1], dy + np.sum(sent, axis=0))
    same(gradients[-1], dy @ over_subsets(blocks).T)


@law("residual.no-lower-bound", needs="residual_block_backward", x=signals(), dy=signals())
def a_branch_can_cancel_the_gradient_of_the_skip(residual_block_backward: Function, x: Array, dy: Array) -> None:
    r"""If the branch is minus the identity the gradient is zero, though the skip has handed on all of it.

    $$ J_F = -I \;\Rightarrow\; \mathrm{dx} = \mathrm{dy} - \mathrm{dy} = 0, \qquad
       J_F = 0 \;\Rightarrow\; \mathrm{dx} = \mathrm{dy} $$

    Catches: a backward pass that forgets the skip or the branch.
    Misses: a branch and a skip that are both scaled alike, unless the branch is zero.
    """
    g = np.resize(dy, x.shape).astype(x.dtype)
    same(residual_block_backward(g, x, OPPOSITE.backward), np.zeros(x.shape))
    same(residual_block_backward(g, x, NOTHING.backward), g)


@law("residual.gradient-shape", needs="residual_block_backward", extended=True, x=signals(least=2))
def a_gradient_of_another_shape_is_refused(residual_block_backward: Function, x: Array) -> None:
    r"""The gradient must have the shape of the answer, and the branch's answer that of its question.

    Catches: gradients that are broadcast.
    Misses: wrong answers.
    """
    refuses(lambda: residual_block_backward(x[..., :1], x, Rolled(1).backward), "a smaller dy should be refused")
    refuses(lambda: residual_block_backward(x, x, lambda dy, z: dy[..., :1]), "a smaller answer should be refused")
    same(residual_block_backward(x, x, Turned(1).backward), x + x[..., ::-1])
