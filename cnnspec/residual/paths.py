r"""Step 7: the ways through a stack of residual blocks, and the way back."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from cnnspec.arguments import Array, integer
from cnnspec.residual.blocks import Branch, answer, any_shape, in_dtype_of


def path_lengths(blocks: int) -> Array:
    r"""How many paths through a stack of blocks pass exactly k branches, for k from 0 to the number of blocks.

    At each block a path goes along the trunk or through the branch, so there are $2^n$ of them, and

    $$ m_k = \binom{n}{k} $$

    Args:
        blocks: The number n of blocks, at least 0 and at most 62, so that the counts fit into 64 bits.

    Returns:
        Array of shape (n + 1,) of whole numbers.

    Source:
        Veit, Wilber & Belongie (2016), Residual networks behave like ensembles of relatively shallow networks.
    """
    n = integer(blocks, "blocks", least=0)
    if n > 62:
        raise ValueError(f"blocks must be at most 62, but {n} came.")
    return np.array([math.comb(n, k) for k in range(n + 1)], dtype=np.int64)


def invert_residual_block(y: ArrayLike, branch: Branch, *, steps: int = 60) -> Array:
    r"""Find the x of which a block made y, if its branch is a contraction.

    $$ x_0 = y, \qquad x_{k+1} = y - F(x_k), \qquad \lVert x_k - x \rVert \le c^k\, \lVert y - x \rVert $$

    Args:
        y: Array of any shape: the block's answer.
        branch: The branch F, with $\lVert F(a) - F(b) \rVert \le c\, \lVert a - b \rVert$ for some $c < 1$.
        steps: How often to repeat.

    Returns:
        Array of the same shape and dtype.

    Source:
        Behrmann et al. (2019), Invertible residual networks, section 2.
    """
    y = any_shape(y, "y")
    x = y.copy()
    for _ in range(integer(steps, "steps", least=0)):
        x = in_dtype_of(y, y - answer(branch, x))
    return x
