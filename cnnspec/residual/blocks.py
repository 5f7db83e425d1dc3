r"""Step 7: the residual block around any branch, forward and backward.

A *branch* $F$ is a function from an array to an array of the same shape. A block adds what the branch answers to
what it was asked; everything else in this module is a variation of that sentence. A branch's backward pass takes
$\partial L / \partial F$ and the branch's input, as the operators of `cnnspec.gradients` do.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from cnnspec.arguments import Array, array
from cnnspec.gradients import upstream
from cnnspec.network import relu

Branch = Callable[[Array], Array]
BranchBackward = Callable[[Array, Array], Array]


def residual_block(x: ArrayLike, branch: Branch) -> Array:
    r"""Add a branch's answer to its question.

    $$ y = x + F(x) $$

    Args:
        x: Array of any shape.
        branch: A function $F$ that takes such an array and returns one of the same shape and dtype: a new one, or
            even the very array that it was given.

    Returns:
        Array of the same shape and dtype.

    Raises:
        TypeError: If the branch cannot be called or does not answer with numbers.
        ValueError: If its answer has another shape.

    Source:
        He, Zhang, Ren & Sun (2016), Deep residual learning for image recognition, equation 1.
    """
    x = any_shape(x, "x")
    f = answer(branch, x)
    return in_dtype_of(x, x + f)


def residual_block_backward(dy: ArrayLike, x: ArrayLike, branch_backward: BranchBackward) -> Array:
    r"""The backward pass of `residual_block`: the gradient goes both ways, and the two parts are added.

    $$ \mathrm{dx} = \mathrm{dy} + J_F^\top\, \mathrm{dy} $$

    Args:
        dy: Array of the shape of x.
        x: The input of the forward pass.
        branch_backward: The branch's backward pass: takes dy and x, returns $J_F^\top \mathrm{dy}$.

    Returns:
        dx like x.

    Raises:
        TypeError: If the branch cannot be called or does not answer with numbers.
        ValueError: If shapes differ.

    Source:
        He et al. (2016), Identity mappings in deep residual networks, equation 5.
    """
    x = any_shape(x, "x")
    dy = upstream(dy, x.shape)
    return in_dtype_of(x, dy + answer(lambda z: branch_backward(dy.copy(), z), x))


def post_activation_block(x: ArrayLike, branch: Branch, shortcut: Branch | None = None) -> Array:
    r"""The block of 2015: a rectifier stands behind the addition, on the trunk itself.

    $$ y = \operatorname{relu}\bigl(S(x) + F(x)\bigr) $$

    Args:
        x: Array of any shape.
        branch: The branch $F$.
        shortcut: What the trunk does where the shape changes; without it $S(x) = x$.

    Returns:
        Array of the shape of F(x), nowhere negative.

    Raises:
        TypeError: If a branch cannot be called or does not answer with numbers.
        ValueError: If the two answers have different shapes.

    Source:
        He, Zhang, Ren & Sun (2016), Deep residual learning for image recognition, figure 2.
    """
    x = any_shape(x, "x")
    trunk = x if shortcut is None else any_shape(shortcut(x.copy()), "shortcut(x)")
    f = answer(branch, x, like=trunk)
    return in_dtype_of(x, relu(trunk + f))


def scaled_block(x: ArrayLike, branch: Branch, scale: float, *, shortcut: float = 1.0) -> Array:
    r"""Weigh the branch, or the trunk, with one number.

    $$ y = \lambda x + \alpha F(x) $$

    With $\alpha = 0$ at the start and learned it is ReZero or SkipInit; with $\alpha = 1/\sqrt{L}$ a stack of
    $L$ blocks stays moderate; with $\alpha = \lambda = 1/\sqrt 2$ the power stays what it is.

    Args:
        x: Array of any shape.
        branch: The branch $F$.
        scale: The branch's weight $\alpha$.
        shortcut: The trunk's weight $\lambda$.

    Raises:
        TypeError: If the branch cannot be called or does not answer with numbers.
        ValueError: If its answer has another shape.

    Source:
        Bachlechner et al. (2021), ReZero is all you need; for the trunk He et al. (2016), Identity mappings, section 3.
    """
    x = any_shape(x, "x")
    f = answer(branch, x)
    return in_dtype_of(x, shortcut * x + scale * f)


def scaled_block_backward(
    dy: ArrayLike,
    x: ArrayLike,
    scale: float,
    branch: Branch,
    branch_backward: BranchBackward,
    *,
    shortcut: float = 1.0,
) -> tuple[Array, np.floating, Array]:
    r"""The backward pass of `scaled_block`.

    $$ \mathrm{dx} = \lambda\, \mathrm{dy} + J_F^\top (\alpha\, \mathrm{dy}), \qquad
       \mathrm{d}\alpha = \langle F(x), \mathrm{dy} \rangle, \qquad
       \mathrm{dF} = \alpha\, \mathrm{dy} $$

    Args:
        dy: Array of the shape of x.
        x: The input of the forward pass.
        scale: As in the forward pass.
        branch: As in the forward pass.
        branch_backward: The branch's backward pass.
        shortcut: As in the forward pass.

    Returns:
        dx like x, the number dα, and dF: what the branch's own weights receive from above.

    Raises:
        TypeError: If a branch cannot be called or does not answer with numbers.
        ValueError: If shapes differ.
    """
    x = any_shape(x, "x")
    dy = upstream(dy, x.shape)
    dbranch = scale * dy
    dx = shortcut * dy + answer(lambda z: branch_backward(dbranch.copy(), z), x)
    return in_dtype_of(x, dx), np.sum(answer(branch, x) * dy), in_dtype_of(x, dbranch)


def stochastic_depth(x: ArrayLike, branch: Branch, survival: float) -> Array:
    r"""A block that was kept with probability $p$ in training, as it is used afterwards: in expectation.

    $$ y = x + p\, F(x) = p\,\bigl(x + F(x)\bigr) + (1 - p)\, x $$

    Args:
        x: Array of any shape.
        branch: The branch $F$.
        survival: The probability $p$ that the branch was kept, from 0 to 1.

    Raises:
        TypeError: If the branch cannot be called or does not answer with numbers.
        ValueError: If its answer has another shape, or the probability is none.

    Source:
        Huang et al. (2016), Deep networks with stochastic depth, section 3.
    """
    if not 0 <= survival <= 1:
        raise ValueError(f"survival must be a probability from 0 to 1, but {survival} came.")
    return scaled_block(x, branch, survival)


def answer(branch: Branch, x: Array, *, like: Array | None = None) -> Array:
    """Ask a branch, and require that its answer has the shape of the trunk; nothing is broadcast.

    The branch gets a copy: one that works in place must not spoil the trunk.
    """
    if not callable(branch):
        raise TypeError(f"branch must be a function of an array, but a {type(branch).__name__} came.")
    trunk = x if like is None else like
    f = any_shape(branch(x.copy()), "branch(x)")
    if f.shape != trunk.shape:
        raise ValueError(f"branch(x) must have the shape {trunk.shape} of the trunk, but its shape is {f.shape}.")
    return f


def any_shape(value: ArrayLike, name: str) -> Array:
    """Return an array of numbers of any rank, not empty; complex numbers are welcome."""
    try:
        rank = np.ndim(value)
    except ValueError:  # rows of different lengths, which `array` refuses in its own words
        rank = 1
    return array(value, name, ", ".join("·" * rank))


def in_dtype_of(x: Array, y: Array) -> Array:
    """Give a result the dtype of x, if x has a floating one."""
    return y.astype(x.dtype) if x.dtype.kind == "f" and y.dtype.kind == "f" else y
