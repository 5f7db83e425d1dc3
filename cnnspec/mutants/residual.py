"""Wrong residual blocks, forward and backward (Step 7)."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnspec.arguments import Array
from cnnspec.mutants.mutant import mutant
from cnnspec.residual import blocks, paths


@mutant("residual_block", "the skip is forgotten")
def block_without_skip(x: Array, branch: Any) -> Any:
    return branch(x.copy())


@mutant("residual_block", "the branch is forgotten")
def block_without_branch(x: Array, branch: Any) -> Array:
    return x.copy()


@mutant("residual_block", "a rectifier stands behind the addition")
def block_rectified_after(x: Array, branch: Any) -> Any:
    return np.maximum(x + branch(x), 0)


@mutant("residual_block", "the branch's answer is rectified before it is added")
def block_rectified_before(x: Array, branch: Any) -> Any:
    return x + np.maximum(branch(x), 0)


@mutant("residual_block", "the trunk is rectified before it is added to")
def block_rectified_trunk(x: Array, branch: Any) -> Any:
    return np.maximum(x, 0) + branch(x)


@mutant("residual_block", "the branch is asked about the rectified input")
def block_asks_about_the_rectified(x: Array, branch: Any) -> Any:
    return x + branch(np.maximum(x, 0))


@mutant("residual_block", "trunk and branch are averaged")
def block_averaged(x: Array, branch: Any) -> Any:
    return (x + branch(x)) / 2


@mutant("residual_block", "trunk and branch are multiplied")
def block_multiplied(x: Array, branch: Any) -> Any:
    return x * branch(x)


@mutant("residual_block", "the branch is subtracted")
def block_subtracted(x: Array, branch: Any) -> Any:
    return x - branch(x)


@mutant("residual_block", "the branch is asked about its own answer")
def block_asks_twice(x: Array, branch: Any) -> Any:
    return x + branch(branch(x))


@mutant("residual_block", "the branch's answer is added twice")
def block_adds_the_branch_twice(x: Array, branch: Any) -> Any:
    f = branch(x)
    return x + f + f


@mutant("residual_block", "the larger of trunk and branch is taken")
def block_maximum(x: Array, branch: Any) -> Any:
    return np.maximum(x, branch(x))


@mutant("residual_block", "the branch is added into the input")
def block_adds_in_place(x: Array, branch: Any) -> Array:
    x += branch(x)
    return x


@mutant("residual_block", "the input is added into the array that the branch owns")
def block_adds_into_the_answer(x: Array, branch: Any) -> Any:
    y = branch(x)
    y += x
    return y


@mutant("residual_block", "the trunk is read after the branch has worked in place")
def block_reads_the_trunk_late(x: Array, branch: Any) -> Any:
    z = x.copy()
    f = branch(z)
    return z + f


@mutant("residual_block", "a branch of another shape is broadcast")
def block_broadcasts(x: Array, branch: Any) -> Any:
    return x + branch(x.copy())


@mutant("residual_block", "the answer is float64 whatever came")
def block_in_double_precision(x: Array, branch: Any) -> Any:
    return x.astype(np.result_type(x, np.float64)) + branch(x)


@mutant("residual_block", "the last entry keeps the trunk alone")
def block_without_its_last_entry(x: Array, branch: Any) -> Array:
    y = x + branch(x)
    y.reshape(-1)[-1] = x.reshape(-1)[-1]
    return np.asarray(y)


@mutant("residual_block", "entries are added in the order of memory")
def block_in_memory_order(x: Array, branch: Any) -> Array:
    return (x.ravel(order="K") + branch(x).ravel(order="K")).reshape(x.shape)


@mutant("residual_block", "a branch that answers with zeros gets the input itself back")
def block_returns_its_input(x: Array, branch: Any) -> Any:
    f = branch(x)
    return x + f if f.any() else x


@mutant("residual_block", "the branch is put in front of the skip: the trunk carries its answer")
def block_with_a_trunk_of_answers(x: Array, branch: Any) -> Any:
    f = branch(x)
    return f + branch(f)


@mutant("residual_block_backward", "the gradient of the skip is forgotten")
def backward_without_skip(dy: Array, x: Array, branch_backward: Any) -> Any:
    return branch_backward(dy, x)


@mutant("residual_block_backward", "the gradient of the branch is forgotten")
def backward_without_branch(dy: Array, x: Array, branch_backward: Any) -> Array:
    return dy.copy()


@mutant("residual_block_backward", "the gradient is shared evenly between skip and branch")
def backward_shared(dy: Array, x: Array, branch_backward: Any) -> Any:
    return (dy + branch_backward(dy, x)) / 2


@mutant("residual_block_backward", "gradients of another shape are broadcast")
def backward_broadcast(dy: Array, x: Array, branch_backward: Any) -> Any:
    return dy + branch_backward(dy, x)


@mutant("post_activation_block", "the rectifier is missing")
def post_without_rectifier(x: Array, branch: Any, shortcut: Any = None) -> Any:
    return (x if shortcut is None else shortcut(x)) + branch(x)


@mutant("post_activation_block", "the rectifier stands before the addition")
def post_rectified_before(x: Array, branch: Any, shortcut: Any = None) -> Any:
    return (x if shortcut is None else shortcut(x)) + np.maximum(branch(x), 0)


@mutant("post_activation_block", "the skip is forgotten")
def post_without_skip(x: Array, branch: Any, shortcut: Any = None) -> Any:
    return np.maximum(branch(x), 0)


@mutant("scaled_block", "the scale multiplies the trunk as well")
def scaled_on_both(x: Array, branch: Any, scale: float, *, shortcut: float = 1.0) -> Any:
    return scale * (shortcut * x + branch(x))


@mutant("scaled_block", "the scale is ignored")
def scaled_by_nothing(x: Array, branch: Any, scale: float, *, shortcut: float = 1.0) -> Any:
    return shortcut * x + branch(x)


@mutant("scaled_block", "the scale is squared")
def scaled_by_a_square(x: Array, branch: Any, scale: float, *, shortcut: float = 1.0) -> Any:
    return shortcut * x + scale**2 * branch(x)


@mutant("scaled_block", "the shortcut is not scaled")
def scaled_without_shortcut(x: Array, branch: Any, scale: float, *, shortcut: float = 1.0) -> Any:
    return x + scale * branch(x)


@mutant("scaled_block_backward", "the branch's weights get the gradient of the unscaled branch")
def scaled_backward_unscaled(
    dy: Array, x: Array, scale: float, branch: Any, branch_backward: Any, *, shortcut: float = 1.0
) -> Any:
    dx, dscale, _ = blocks.scaled_block_backward(dy, x, scale, branch, branch_backward, shortcut=shortcut)
    return dx, dscale, dy


@mutant("scaled_block_backward", "the scale's gradient is scaled once more")
def scaled_backward_scaled_twice(
    dy: Array, x: Array, scale: float, branch: Any, branch_backward: Any, *, shortcut: float = 1.0
) -> Any:
    dx, dscale, dbranch = blocks.scaled_block_backward(dy, x, scale, branch, branch_backward, shortcut=shortcut)
    return dx, scale * dscale, dbranch


@mutant("scaled_block_backward", "the gradient of the skip is forgotten")
def scaled_backward_without_skip(
    dy: Array, x: Array, scale: float, branch: Any, branch_backward: Any, *, shortcut: float = 1.0
) -> Any:
    return blocks.scaled_block_backward(dy, x, scale, branch, branch_backward, shortcut=0.0)


@mutant("stochastic_depth", "the branch is not weighed after training")
def depth_unweighed(x: Array, branch: Any, survival: float) -> Any:
    return x + branch(x)


@mutant("stochastic_depth", "survival is taken for the probability of a drop")
def depth_by_drop(x: Array, branch: Any, survival: float) -> Any:
    return x + (1 - survival) * branch(x)


@mutant("stochastic_depth", "the trunk is weighed as well")
def depth_on_both(x: Array, branch: Any, survival: float) -> Any:
    return survival * (x + branch(x))


@mutant("path_lengths", "the trunk, which has no branch, is left out")
def paths_without_trunk(blocks: int) -> Array:
    counts = paths.path_lengths(blocks)
    counts[0] = 0
    return counts


@mutant("path_lengths", "every length counts alike")
def paths_all_alike(blocks: int) -> Array:
    return np.ones(blocks + 1, dtype=np.int64)


@mutant("path_lengths", "one block is not counted")
def paths_of_a_block_less(blocks: int) -> Array:
    return np.append(paths.path_lengths(max(blocks - 1, 0)), 0)[: blocks + 1]


@mutant("invert_residual_block", "the branch is taken away once")
def inverted_once(y: Array, branch: Any, *, steps: int = 60) -> Any:
    return y - branch(y)


@mutant("invert_residual_block", "the branch is added")
def inverted_with_plus(y: Array, branch: Any, *, steps: int = 60) -> Any:
    x = y.copy()
    for _ in range(steps):
        x = y + branch(x)
    return x


@mutant("invert_residual_block", "the answer itself is handed back")
def inverted_not_at_all(y: Array, branch: Any, *, steps: int = 60) -> Array:
    return y.copy()
