r"""Solutions of the exercises of Step 7: a block, the weights at which a signal keeps its level, and ways through."""

import math
from itertools import pairwise

import numpy as np


def residual_block(x, branch):
    """Add the branch's answer to the input, in a new array, and broadcast nothing."""
    answer = np.asarray(branch(x.copy()))
    if answer.shape != x.shape:
        raise ValueError(f"branch(x) must have the shape {x.shape} of x, but its shape is {answer.shape}.")
    return (x + answer).astype(x.dtype)


def level_deviation(width):
    r"""Find how large weights must be so that a plain layer keeps the signal's level, on average.

    The layer is $\operatorname{relu}(xW)$ with as many units as inputs. The entries of $W$ are independent, and $w$ and
    $-w$ are equally likely; the level is the mean square.

    Args:
        width: The number of inputs and of units.

    Returns:
        The standard deviation of an entry of $W$.
    """
    # the factor of a layer is width * variance / 2 (law signal.plain-factor), and it must be 1
    return math.sqrt(2 / width)


def level_weights(width, deviation):
    r"""Weigh trunk and branch so that a residual block keeps the signal's level, on average.

    $$ y = \lambda x + \alpha \operatorname{relu}(x W_1) W_2 $$

    There is no rectifier behind the sum. The entries of both matrices are independent, and $w$ and $-w$ are equally
    likely; the level is the mean square.

    Args:
        width: The number of units, in the trunk as in the branch.
        deviation: The standard deviation of the entries of both matrices.

    Returns:
        The weight $\lambda$ of the trunk and the weight $\alpha$ of the branch, both above zero.
    """
    # The branch multiplies the mean square by (n v / 2)(n v), and what it adds is uncorrelated with the trunk: so
    # lambda^2 + alpha^2 * gain = 1, and here both weights are equal. A scaled branch alone would only grow slower.
    gain = (width * deviation**2) ** 2 / 2
    weight = 1 / math.sqrt(1 + gain)
    return weight, weight


def paths_left(blocks, deleted, shortcuts):
    r"""Count the paths from the input to the output when layers are deleted.

    At each block a path goes along the shortcut or through the branch. A deleted block has lost its branch; a deleted
    layer of a plain network lets nothing through.

    Args:
        blocks: How many there are, one behind the other.
        deleted: How many of them are deleted.
        shortcuts: Whether the blocks have shortcuts; without them the network is plain.

    Returns:
        How many paths are left.
    """
    if not shortcuts:
        return 0 if deleted else 1
    return 2 ** (blocks - deleted)


def leaky_factor(slope, width, variance):
    r"""Find by how much a layer with leaky rectifiers multiplies the mean square of a signal, on average.

    The layer is $f(xW)$ with $f(z) = z$ for positive $z$, $f(z) = a z$ for negative $z$, and as many units as inputs.
    The entries of $W$ are independent, and $w$ and $-w$ are equally likely.

    Args:
        slope: The slope $a$.
        width: The number of inputs and of units.
        variance: The variance of an entry of $W$.

    Returns:
        The factor.
    """
    # W and -W turn z into -z: one of the two is kept whole, the other times a, so the mean of the squares is
    # (1 + a^2) / 2 of that without a rectifier
    return (1 + slope**2) / 2 * width * variance


def forgetful_branch():
    r"""Find a linear branch that loses every gradient in two blocks, but not in one.

    A block is $y = x + xA$.

    Returns:
        A matrix $A$ of shape (2, 2) with entries −1, 0 and 1: through one block some gradient comes back, through two
        blocks with the same branch none does.
    """
    # I + A must be nilpotent: not zero, but its square is
    return np.array([[-1, 1], [0, -1]])


def block_shares(x, branches):
    r"""Measure what share of its own answer each residual block has made.

    $$ s_l = \frac{\lVert F_l(x_l) \rVert^2}{\lVert x_{l+1} \rVert^2}, \qquad x_{l+1} = x_l + F_l(x_l) $$

    Args:
        x: What comes into the first block, $x_1$.
        branches: The branches $F_1, F_2, \dots$: functions of an array that answer with one of the same shape.

    Returns:
        A number for each block, in their order.
    """
    # if all branches speak equally loud, and about something else, block l makes 1 / (l + 1) of it
    signals = [np.asarray(x, dtype=np.float64)]
    for branch in branches:
        signals.append(signals[-1] + branch(signals[-1]))
    return np.array([np.sum((after - before) ** 2) / np.sum(after**2) for before, after in pairwise(signals)])
