r"""Shortcuts to another shape, and residual blocks of convolutions (Step 7)."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from cnnspec.arguments import Array
from cnnspec.laws.compare import holds, refuses, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.residual_cases import Maps, map_blocks
from cnnspec.laws.strategies import maps


@law("shortcut.padded", needs="padded_shortcut", x=maps(), more=st.integers(0, 3), stride=st.sampled_from((1, 2, 3)))
def option_a_keeps_channels_and_adds_zeros(padded_shortcut: Function, x: Array, more: int, stride: int) -> None:
    r"""The shortcut without weights keeps every channel in its place, at every other position, and appends zeros.

    $$ y_{nfij} = x_{nf,\,is,\,js} \text{ for } f < C, \qquad 0 \text{ for } f \ge C $$

    It adds no parameter; what it adds to the new channels is nothing, so there the block has no shortcut.

    Catches: zeros on both sides or before, strides forgotten or on one axis only, positions taken from the end.
    Misses: nothing that matters.
    Source: He, Zhang, Ren & Sun (2016), Deep residual learning for image recognition, section 3.3, option A.
    """
    y = np.asarray(padded_shortcut(x, x.shape[1] + more, stride=stride))
    same(y[:, : x.shape[1]], x[:, :, ::stride, ::stride])
    same(np.abs(y).sum(), np.abs(x[:, :, ::stride, ::stride]).sum())
    same(y.shape[1], x.shape[1] + more)


@law("shortcut.quarter", needs="projection_shortcut", x=maps(palette="small"), filters=st.integers(1, 3))
def a_projection_of_stride_two_reads_a_quarter(projection_shortcut: Function, x: Array, filters: int) -> None:
    r"""Of each 2×2 positions a 1×1 projection of stride 2 sees one: whatever stands at the other three is lost.

    $$ y = y' \quad\text{if}\quad x_{nc,\,2i,\,2j} = x'_{nc,\,2i,\,2j} $$

    Catches: averages over the window, kernels of 3×3, a stride that is missing.
    Misses: wrong weights.
    Source: He, T. et al. (2019), Bag of tricks for image classification, section 4.2, who put an average before it
    for this reason.
    """
    w = np.arange(1.0, 1 + filters * x.shape[1]).reshape(filters, x.shape[1], 1, 1)
    other = x + 7
    other[:, :, ::2, ::2] = x[:, :, ::2, ::2]
    y = projection_shortcut(x, w)
    same(np.asarray(y).shape[2:], x[0, 0, ::2, ::2].shape)
    same(projection_shortcut(other, w), y)
    same(y, np.einsum("fc,nchw->nfhw", w[:, :, 0, 0], x[:, :, ::2, ::2]))


@law("shortcut.needed", needs="basic_block", case=map_blocks(), stride=st.sampled_from((1, 2)), wider=st.integers(0, 1))
def a_projection_is_needed_exactly_when_the_shape_changes(
    basic_block: Function, case: Maps, stride: int, wider: int
) -> None:
    r"""The identity can be added if, and only if, the branch keeps channels and size; else the block refuses.

    $$ (N, F, \lceil H/s \rceil, \lceil W/s \rceil) = (N, C, H, W) $$

    With a projection it has the branch's shape in every case.

    Catches: sums that are broadcast, projections without stride, trunks that are cut to fit.
    Misses: wrong numbers.
    Source: He, Zhang, Ren & Sun (2016), Deep residual learning for image recognition, equation 2.
    """
    c = case.x.shape[1]
    weights = dict(case.weights)
    if wider:
        weights["conv1"] = np.concatenate([weights["conv1"], np.ones((1, c, 3, 3))])
        weights["conv2"] = np.ones((c + 1, c + 1, 3, 3))
        for name in ("norm1.gamma", "norm1.beta", "norm2.gamma", "norm2.beta"):
            weights[name] = np.append(weights[name], 1.0)
    shape = (len(case.x), c + wider, *case.x[0, 0, ::stride, ::stride].shape)
    if shape == case.x.shape:
        same(np.asarray(basic_block(case.x, weights, stride=stride)).shape, shape)
    else:
        refuses(lambda: basic_block(case.x, weights, stride=stride), "without a projection the block should refuse")
    weights["projection"] = np.ones((c + wider, c, 1, 1))
    same(np.asarray(basic_block(case.x, weights, stride=stride)).shape, shape)


@law("block.zero-gamma", needs="basic_block", case=map_blocks(), shift=st.integers(-3, 3))
def a_block_whose_last_scale_is_zero_rectifies(basic_block: Function, case: Maps, shift: int) -> None:
    r"""With γ = 0 in its last normalisation a block of 2015 has a constant branch, and rectifies the shifted trunk.

    $$ \gamma_2 = 0 \;\Rightarrow\; y = \operatorname{relu}(x + \beta_2) $$

    With β = 0 too it is the identity wherever nothing is negative: a common start for training.

    Catches: a missing rectifier, one before the addition, a skip that is forgotten, a normalisation behind the sum.
    Misses: everything inside the branch.
    Source: Goyal et al. (2017), Accurate, large minibatch SGD, section 5.1, for γ = 0.
    """
    units = case.x.shape[1]
    weights = {**case.weights, "norm2.gamma": np.zeros(units), "norm2.beta": np.full(units, float(shift))}
    same(basic_block(case.x, weights), np.maximum(case.x + shift, 0))


@law("block.contrast", needs="basic_block", case=map_blocks())
def the_branch_of_a_block_does_not_see_contrast(basic_block: Function, case: Maps) -> None:
    r"""Normalised weights: twice the first kernels change nothing, since the normalisation behind them divides it out.

    $$ y(2 w_1) = y(w_1), \qquad y(x, 2 w_2) = y(x, w_2) \qquad (\varepsilon = 0) $$

    Powers of two are divided out exactly.

    Catches: a normalisation that is missing, or stands before the convolution, or behind the sum.
    Misses: the trunk.
    """
    # a channel without variance has no normalised form; noise that all weights see keeps every one alive
    x = case.x + np.arange(case.x.size).reshape(case.x.shape) ** 2 % 7 / 4
    weights = {name: w + np.arange(w.size).reshape(w.shape) ** 2 % 5 / 4 + 1 for name, w in case.weights.items()}
    y = basic_block(x, weights, eps=0)
    for name in ("conv1", "conv2"):
        same(basic_block(x, {**weights, name: 2 * weights[name]}, eps=0), y)


@law("block.preactivation", needs="preactivation_block", case=map_blocks(), shift=st.integers(-3, 3))
def a_block_of_2016_with_a_zero_branch_is_the_identity(preactivation_block: Function, case: Maps, shift: int) -> None:
    r"""If the last convolution is zero the block of 2016 does nothing, to negative entries either.

    $$ w_2 = 0 \;\Rightarrow\; y = x $$

    Catches: a rectifier or a normalisation on the trunk, a skip taken behind the first rectifier.
    Misses: everything inside the branch.
    Source: He et al. (2016), Identity mappings in deep residual networks, figure 1b.
    """
    weights = {**case.weights, "conv2": 0 * case.weights["conv2"]}
    same(preactivation_block(case.x + shift, weights), case.x + shift)


@law("block.trunk-only", needs="preactivation_block", case=map_blocks())
def a_louder_signal_makes_the_trunk_louder_and_not_the_branch(preactivation_block: Function, case: Maps) -> None:
    r"""The branch of 2016 normalises first: twice the signal is twice the trunk and the same branch.

    $$ y(2x) - 2x = y(x) - x \qquad (\varepsilon = 0) $$

    So the deeper the block, the smaller its share: the trunk has grown and the branch has not.

    Catches: a branch that is not normalised, or normalised too late, and a trunk that is.
    Misses: wrong weights.
    Source: De & Smith (2020), Batch normalization biases residual blocks towards the identity function.
    """
    x = case.x + np.arange(case.x.size).reshape(case.x.shape) ** 2 % 7 / 4
    # scales and shifts above zero, so that the rectifiers let something through
    weights = {name: np.abs(w) + np.arange(w.size).reshape(w.shape) % 3 + 1 for name, w in case.weights.items()}
    once, twice = (np.asarray(preactivation_block(k * x, weights, eps=0)) - k * x for k in (1, 2))
    holds(np.abs(once - twice).max() <= 1e-9 * (1 + np.abs(once).max()), "the branch should not become louder")
    holds(np.abs(once).max() > 0, "the branch should not be silent")


@law("block.bottleneck", needs="bottleneck_block", case=map_blocks(kind="bottleneck"), shift=st.integers(-3, 3))
def a_bottleneck_whose_last_scale_is_zero_rectifies(bottleneck_block: Function, case: Maps, shift: int) -> None:
    r"""With γ = 0 in its last normalisation a bottleneck rectifies the shifted trunk.

    $$ \gamma_3 = 0 \;\Rightarrow\; y = \operatorname{relu}(x + \beta_3) $$

    Catches: a missing rectifier, one before the addition, a skip that is forgotten.
    Misses: everything inside the branch.
    """
    units = case.x.shape[1]
    weights = {**case.weights, "norm3.gamma": np.zeros(units), "norm3.beta": np.full(units, float(shift))}
    same(bottleneck_block(case.x, weights), np.maximum(case.x + shift, 0))


@law("block.narrow", needs="bottleneck_block", case=map_blocks(kind="bottleneck"))
def a_bottleneck_sees_no_more_than_its_narrow_channels(bottleneck_block: Function, case: Maps) -> None:
    r"""The branch sees x only through its first 1×1 kernels: what they do not see, it answers alike.

    $$ w_1 x = w_1 x' \;\Rightarrow\; F(x) = F(x'), \qquad y(x) > 0 \Rightarrow y(x') - x' = y(x) - x $$

    The trunk is made loud, so that the last rectifier cuts nothing.

    Catches: a skip that is forgotten, a first kernel that sees neighbours, a stride in a block that keeps its shape.
    Misses: wrong numbers inside the branch.
    Source: He, Zhang, Ren & Sun (2016), Deep residual learning for image recognition, section 4.1.
    """
    x = np.concatenate([case.x, case.x], axis=1) + 1000
    half = case.weights["conv1"]
    weights = {**case.weights, "conv1": np.concatenate([half, half], axis=1)}
    weights["conv3"] = np.concatenate([case.weights["conv3"]] * 2)
    for name in ("norm3.gamma", "norm3.beta"):
        weights[name] = np.concatenate([weights[name]] * 2)
    change = np.arange(case.x.size).reshape(case.x.shape) % 5
    other = x + np.concatenate([change, -change], axis=1)
    kept = np.asarray(bottleneck_block(x, weights)) - x
    holds(
        np.abs(np.asarray(bottleneck_block(other, weights)) - other - kept).max() < 1e-9, "the branch should not change"
    )
