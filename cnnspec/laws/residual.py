r"""What holds of a residual block around any branch (Step 7). Exact: branches of whole numbers, halves and quarters."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from hypothesis import strategies as st

from cnnspec.arguments import Array
from cnnspec.laws.compare import at_most, differs, holds, refuses, same, unchanged
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.residual_cases import (
    CURVED,
    NOTHING,
    OPPOSITE,
    Affine,
    Asked,
    Bent,
    Magnitude,
    Turned,
    Written,
    branches,
    contractions,
    linear_branches,
    signals,
    stacked,
)

OFTEN = st.integers(1, 6)
"""How many blocks stand one behind the other."""


@law("residual.definition", needs="residual_block", oracle=True, x=signals(), branch=branches)
def a_block_adds_the_branch_to_its_input(residual_block: Function, x: Array, branch: Any) -> None:
    r"""The block's answer is its input plus what the branch makes of it.

    $$ y = x + F(x) $$

    Catches: everything that a single call can show.
    Misses: nothing; but it says no more than the definition.
    Source: He, Zhang, Ren & Sun (2016), Deep residual learning for image recognition, equation 1.
    """
    same(residual_block(x, branch), x + branch(x))


@law("residual.identity", needs="residual_block", x=signals(), often=OFTEN)
def a_block_whose_branch_is_zero_does_nothing(residual_block: Function, x: Array, often: int) -> None:
    r"""If the branch is zero the block is the identity, on every input and at any depth.

    $$ F = 0 \;\Rightarrow\; y = x $$

    So a deeper network can always be what a shallower one is. A layer without a shortcut would have to learn the
    identity; here it has to learn nothing.

    Catches: a skip that is forgotten, scaled, averaged or multiplied, a rectifier on the trunk.
    Misses: whatever happens to the branch alone.
    Source: He, Zhang, Ren & Sun (2016), Deep residual learning for image recognition, section 3.1.
    """
    same(stacked(residual_block, x, [NOTHING] * often), x)


@law("residual.constant", needs="residual_block", x=signals(), shift=st.integers(-3, 3))
def a_constant_branch_shifts_everything_alike(residual_block: Function, x: Array, shift: int) -> None:
    r"""A branch that always answers with the same number moves every entry by it, below zero as well.

    $$ F = c \;\Rightarrow\; y = x + c $$

    Catches: a rectifier before or behind the addition, a branch that is scaled or forgotten, products for sums.
    Misses: branches that are asked about something else than x.
    """
    same(residual_block(x, Affine(0, shift)) - x, np.full(x.shape, shift))


@law(
    "residual.two-branches",
    needs="residual_block",
    x=signals(),
    first=linear_branches,
    second=st.sampled_from(CURVED),
)
def two_branches_side_by_side_are_added(residual_block: Function, x: Array, first: Any, second: Any) -> None:
    r"""A block with two branches that are added gives what its two halves give, less the trunk they both carry.

    $$ y_{F+G} = y_F + y_G - x $$

    Catches: a trunk or a branch that is scaled, averaged, rectified or multiplied.
    Misses: a skip that is forgotten altogether would give minus x: it is caught; a branch of the wrong sign is not.
    """
    both = Written(f"lambda x: ({first!r})(x) + ({second!r})(x)", lambda z: first(z) + second(z))
    same(residual_block(x, both), residual_block(x, first) + residual_block(x, second) - x)


@law("residual.question", needs="residual_block", x=signals(), branch=branches)
def the_branch_is_asked_about_the_input_itself(residual_block: Function, x: Array, branch: Any) -> None:
    r"""The branch is asked, and about x: not about its rectified, scaled or normalised form, nor about an answer.

    Catches: a branch that is not called, or called on its own answer, or behind a rectifier.
    Misses: whatever is done with the answer.
    Source: He, Zhang, Ren & Sun (2016), Deep residual learning for image recognition, equation 1.
    """
    asked = Asked(branch)
    residual_block(x, asked)
    holds(asked.questions, "the branch should be asked")
    for question in asked.questions:
        same(question, x, "the branch should be asked about x")


@law("residual.odd", needs="residual_block", x=signals(), branch=linear_branches)
def an_odd_branch_makes_an_odd_block(residual_block: Function, x: Array, branch: Any) -> None:
    r"""If the branch turns its sign with its input, so does the block: nothing on the way prefers positive numbers.

    $$ F(-x) = -F(x) \;\Rightarrow\; y(-x) = -y(x) $$

    A block with a rectifier behind the addition, as in 2015, does not have this property.

    Catches: rectifiers and other bends on the trunk or around the sum.
    Misses: a skip that is scaled or forgotten.
    """
    same(residual_block(-x, branch), -residual_block(x, branch))


@law(
    "residual.jacobian",
    needs="residual_block",
    x=signals(palette="small"),
    v=signals(palette="small"),
    branch=linear_branches,
)
def the_jacobian_is_the_branch_s_plus_the_identity(residual_block: Function, x: Array, v: Array, branch: Any) -> None:
    r"""A step v of the input moves the answer by v and by what the branch makes of v.

    $$ J = I + J_F, \qquad y(x + v) - y(x) = v + J_F\, v $$

    For a linear branch the difference is exact however long the step.

    Catches: a skip that is forgotten or scaled, a branch that is asked about something else, rectifiers.
    Misses: constants.
    Source: He et al. (2016), Identity mappings in deep residual networks, equation 5.
    """
    step = np.resize(v, x.shape).astype(x.dtype)
    same(residual_block(x + step, branch) - residual_block(x, branch), step + branch(step))


@law(
    "residual.smooth-jacobian",
    needs="residual_block",
    extended=True,
    x=signals(palette="fractions"),
    v=signals(palette="small"),
)
def a_complex_step_finds_the_same_jacobian(residual_block: Function, x: Array, v: Array) -> None:
    r"""For a smooth branch a tiny imaginary step shows the derivative, without a difference in which digits are lost.

    $$ \operatorname{Im} y(x + ihv) / h = v + F'(x)\, v, \qquad F(x) = \tfrac14 x^2 $$

    Catches: a skip that is forgotten or scaled, answers that are made real, whatever bends.
    Misses: constants.
    Source: Squire & Trapp (1998), Using complex variables to estimate derivatives of real functions.
    """
    x, h = x.astype(np.float64), 2.0**-100
    step = np.resize(v, x.shape).astype(np.float64)
    y = residual_block(x + 1j * h * step, Written("lambda x: x * x / 4", lambda z: z * z / 4))
    same(np.imag(y) / h, step + x * step / 2)


@law("residual.no-guarantee", needs="residual_block", x=signals(), v=signals(), often=OFTEN)
def a_skip_alone_guarantees_no_gradient(residual_block: Function, x: Array, v: Array, often: int) -> None:
    r"""A branch can take back all that the trunk carries: the block is zero everywhere, and so is its derivative.

    $$ F(x) = -x \;\Rightarrow\; y = 0, \qquad J = I + J_F = 0 $$

    That the Jacobian is I plus something is a decomposition and not a lower bound.

    Catches: a skip that is forgotten or scaled, a rectifier before the addition, averages.
    Misses: rectifiers behind the addition, since zero stays zero.
    Source: He et al. (2016), Identity mappings in deep residual networks, section 2, who argue that this is unlikely.
    """
    y = stacked(residual_block, x, [OPPOSITE] * often)
    moved = residual_block(x + np.resize(v, x.shape).astype(x.dtype), OPPOSITE)
    same(y, np.zeros(x.shape))
    same(moved, y, "no step of the input should move the answer")


@law(
    "residual.trunk",
    needs="residual_block",
    x=signals(palette="small"),
    chain=st.lists(branches, min_size=1, max_size=5),
    start=st.integers(0, 4),
)
def a_deep_signal_is_an_earlier_one_plus_all_branches_between(
    residual_block: Function, x: Array, chain: Sequence[Any], start: int
) -> None:
    r"""From any block to the end, the signal only gains what the branches between have answered.

    $$ x_L = x_l + \sum_{j=l}^{L-1} F_j(x_j) $$

    It is exact because nothing stands on the trunk. With a rectifier behind each addition it is false: `post.trunk`.

    Catches: a skip that is forgotten, scaled or rectified, averages, products.
    Misses: nothing that changes a block's answer, unless the branches are zero.
    Source: He et al. (2016), Identity mappings in deep residual networks, equation 4.
    """
    asked = [Asked(branch) for branch in chain]
    trunk = [x]
    for branch in asked:
        trunk.append(residual_block(trunk[-1], branch))
    begin = start % len(chain)
    gained = sum(branch.branch(signal) for branch, signal in zip(asked[begin:], trunk[begin:-1], strict=True))
    same(trunk[-1], trunk[begin] + gained)


@law("residual.equivariance", needs="residual_block", x=signals(), branch=st.sampled_from(CURVED))
def a_block_has_the_symmetries_of_its_branch(residual_block: Function, x: Array, branch: Any) -> None:
    r"""If the branch answers a moved or rearranged input with its answer moved alike, so does the block.

    $$ F \circ T = T \circ F \;\Rightarrow\; y(Tx) = T\,y(x) $$

    A shortcut does not care what T is; so residual networks of convolutions are as equivariant as their branches.

    Catches: answers that depend on the place, such as a last entry that is left out.
    Misses: whatever treats all entries alike.
    """
    same(residual_block(np.flip(x), branch), np.flip(residual_block(x, branch)))


@law(
    "residual.nested",
    needs="residual_block",
    x=signals(palette="small"),
    target=signals(palette="small"),
    chain=st.lists(st.sampled_from((Affine(1), Affine(-2), Turned(1), Bent(1))), min_size=0, max_size=2),
)
def a_further_block_never_makes_the_best_fit_worse(
    residual_block: Function, x: Array, target: Array, chain: Sequence[Any]
) -> None:
    r"""Among all choices of a further branch, zero included, the smallest loss is at most the loss without the block.

    $$ \min_{F} \lVert x_L + F(x_L) - t \rVert^2 \le \lVert x_L - t \rVert^2 $$

    The functions of a deep residual network contain those of every shallower one. Whether training finds them is
    another question, and the one that the paper of 2015 is about.

    Catches: blocks that cannot be the identity, such as averages, rectified sums, products.
    Misses: wrong branches, as long as zero is among them.
    Source: He, Zhang, Ren & Sun (2016), Deep residual learning for image recognition, section 1.
    """
    goal = np.resize(target, x.shape).astype(np.float64)
    signal = stacked(lambda z, branch: z + branch(z), x, chain)

    def loss(branch: Any) -> Any:
        return np.sum((residual_block(signal, branch) - goal) ** 2)

    # the branches that a search might try: none, a smaller step, another direction
    best = min(loss(branch) for branch in (NOTHING, Affine(1), Affine(-1), Turned(1), Magnitude(-1)))
    at_most(best, np.sum((signal - goal) ** 2))


@law(
    "residual.one-to-one",
    needs="residual_block",
    x=signals(palette="fractions"),
    other=signals(palette="fractions"),
    chain=st.lists(contractions, min_size=1, max_size=4),
)
def contracting_branches_keep_inputs_apart(
    residual_block: Function, x: Array, other: Array, chain: Sequence[Any]
) -> None:
    r"""If each branch brings two inputs at least to half their distance, no block brings them nearer than half of it.

    $$ \lvert F(a) - F(b) \rvert \le c\,\lvert a - b \rvert \;\Rightarrow\;
       (1 - c)^L \le \frac{\lVert x_L - x'_L \rVert}{\lVert x_0 - x'_0 \rVert} \le (1 + c)^L $$

    Here $c = \tfrac12$ and the distance is the largest difference. For linear branches these are bounds on the singular
    values of the whole Jacobian: with contractions a residual network has a gradient that cannot vanish at a given
    depth. The bounds are far apart.

    Catches: a skip that is forgotten or scaled, a branch that counts twice, products.
    Misses: bugs that respect the bounds.
    Source: Behrmann et al. (2019), Invertible residual networks, lemma 2.
    """
    a = x.astype(np.float64)
    b = np.resize(other, x.shape).astype(np.float64)
    before = np.abs(a - b).max()
    after = np.abs(stacked(residual_block, a, chain) - stacked(residual_block, b, chain)).max()
    at_most(0.5 ** len(chain) * before, after, "two inputs should not come nearer than halves allow")
    at_most(after, 1.5 ** len(chain) * before, "two inputs should not move apart more than halves allow")


@law("residual.dtype", needs="residual_block", x=signals(), branch=branches)
def a_block_keeps_the_dtype(residual_block: Function, x: Array, branch: Any) -> None:
    r"""What comes in as float32 goes out as float32, and float64 as float64.

    Catches: a result array of a fixed dtype.
    Misses: everything about the entries.
    """
    dtype = np.asarray(residual_block(x, branch)).dtype
    holds(dtype == x.dtype, f"the answer should be {x.dtype} as the input is, but it is {dtype}")


@law("residual.layout", needs="residual_block", x=signals(least=2), branch=branches)
def a_block_does_not_depend_on_the_memory_layout(residual_block: Function, x: Array, branch: Any) -> None:
    r"""The same numbers give the same answer however they lie in memory, and in any number of axes.

    Catches: entries that are added in the order of memory.
    Misses: everything that a contiguous array can show.
    """
    columns = np.asfortranarray(x)
    same(residual_block(columns, branch), residual_block(np.ascontiguousarray(x), branch))
    flat = np.ascontiguousarray(x).reshape(-1)
    same(residual_block(flat, Affine(2)), residual_block(x, Affine(2)).reshape(-1))


@law("residual.fresh", needs="residual_block", x=signals(), branch=branches)
def a_block_remembers_nothing(residual_block: Function, x: Array, branch: Any) -> None:
    r"""An answer is a new array, and depends on nothing but the question.

    Catches: views of the input, buffers that the next call overwrites, branches kept from the first call.
    Misses: everything that a single call can show.
    """
    first = np.asarray(residual_block(x, branch))
    holds(not np.may_share_memory(first, x), "the answer should share no memory with the input")
    kept = first.copy()
    residual_block(-x - 1, NOTHING)
    residual_block(np.concatenate([x, x]), Affine(3, 1))
    unchanged(first, kept, "an answer should stay as it is when more questions are asked")
    unchanged(np.asarray(residual_block(x, branch)), kept, "the same question should have the same answer later")


@law("residual.given-back", needs="residual_block", x=signals())
def a_branch_may_hand_back_what_it_was_given(residual_block: Function, x: Array) -> None:
    r"""A branch that does nothing hands back the very array it was given: the block doubles it, and x stays as it was.

    $$ F(x) = x \;\Rightarrow\; y = 2x $$

    The same if the branch hands back the array seen from its other end.

    Catches: additions into the branch's answer, which is x itself here, or into the input.
    Misses: branches that answer with a new array.
    """
    kept = x.copy()
    same(residual_block(x, Written("lambda x: x", lambda z: z)), 2 * kept)
    turned = Written("lambda x: x[..., ::-1]", lambda z: z[..., ::-1])
    same(residual_block(x, turned), kept + kept[..., ::-1])
    unchanged(x, kept, "the input should stay as it is")


@law("residual.in-place", needs="residual_block", extended=True, x=signals())
def a_branch_that_works_in_place_does_not_spoil_the_trunk(residual_block: Function, x: Array) -> None:
    r"""A branch may overwrite the array it was given: the trunk keeps what came in, and the branch what it owns.

    $$ F = 0 \;\Rightarrow\; y = x, \qquad \text{wherever the zeros were written} $$

    Libraries have rectifiers that work in place, and the first thing that a branch of 2016 does is to rectify.

    Catches: additions into the branch's answer or into the input, shortcuts read after the branch has written.
    Misses: branches that answer with a new array.
    """

    def overwriting(z: Array) -> Array:
        z[...] = 0
        return z

    kept = x.copy()
    same(residual_block(x, Written("a branch that overwrites x with zeros", overwriting)), kept)
    memory = np.ones_like(x)
    same(residual_block(x, Written("a branch that owns its answer", lambda z: memory)), kept + 1)
    unchanged(memory, np.ones_like(x), "the block should not write into what the branch owns")


@law("residual.shapes", needs="residual_block", extended=True, x=signals(least=2))
def a_branch_of_another_shape_is_refused(residual_block: Function, x: Array) -> None:
    r"""A branch whose answer has another shape than its question is refused, even if it could be broadcast.

    A bias of the wrong shape is added without a word by NumPy, and the sum is larger than either.

    Catches: sums that are broadcast, branches that are not called.
    Misses: wrong answers.
    """
    for name, wrong in (
        ("one entry", lambda z: z.reshape(-1)[:1]),
        ("an axis more", lambda z: z[None]),
        ("an axis less", lambda z: z[..., 0]),
    ):
        branch = Written(f"a branch that answers with {name}", wrong)
        refuses(partial(residual_block, x, branch), f"a branch that answers with {name} should be refused")
    same(residual_block(x, NOTHING), x)


@law(
    "residual.negative",
    needs="residual_block",
    x=signals(palette="negative"),
    branch=st.sampled_from((Bent(1), Bent(2))),
)
def a_rectified_branch_lets_negative_numbers_pass(residual_block: Function, x: Array, branch: Any) -> None:
    r"""Where a branch is silent the trunk speaks: a rectified branch leaves negative entries as they are.

    $$ x < 0 \;\Rightarrow\; x + \operatorname{relu}(x) = x $$

    A plain layer would have made zeros of them, and no later layer could tell them apart.

    Catches: rectifiers on the trunk or around the sum, a skip that is forgotten, products, averages.
    Misses: bugs that show on positive entries only.
    """
    y = residual_block(x, branch)
    same(y, x)
    differs(y, np.maximum(x, 0), "the block should not be a rectifier")
