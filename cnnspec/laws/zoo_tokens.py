r"""What holds of patches, attention and layer normalisation when a network runs (Step 6)."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from cnnspec import zoo
from cnnspec.arguments import Array
from cnnspec.laws.compare import same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.zoo_cases import whole_picture, whole_weights
from cnnspec.laws.zoo_forward import few, numbers, seeds
from cnnspec.zoo import notation as n


@law("zoo.patches", needs="forward", extended=True, seed=few, patch=st.integers(1, 3))
def a_patch_embedding_is_a_convolution(forward: Function, seed: int, patch: int) -> None:
    r"""Cutting a picture into patches and multiplying each with one matrix is a convolution whose stride is its kernel.

    $$ t_{ij} = W \operatorname{vec}(x_{ip:(i+1)p,\;jp:(j+1)p}) $$

    So a Vision Transformer is said to have no convolutions, and its first layer is one.

    Catches: tokens in another order, patches that overlap.
    Misses: everything behind the first layer.
    Source: Dosovitskiy et al. (2021), section 3.1.
    """
    x = n.image(2, 2 * patch, 3 * patch)
    architecture = zoo.Architecture("patches", n.tokens(n.conv(x, "proj", 4, patch, stride=patch)))
    weights, picture = whole_weights(architecture, seed), whole_picture(architecture, seed)
    cut = picture[0].reshape(2, 2, patch, 3, patch).transpose(1, 3, 0, 2, 4).reshape(6, -1)
    expected = cut @ weights["proj.weight"].reshape(4, -1).T + weights["proj.bias"]
    same(forward(architecture, weights, picture)[0], expected)


@law("zoo.unordered", needs="forward", extended=True, seed=seeds, turn=st.integers(1, 4), heads=st.integers(1, 2))
def attention_without_positions_knows_no_order(forward: Function, seed: int, turn: int, heads: int) -> None:
    r"""If the tokens are rearranged, the answers of an attention are rearranged with them.

    $$ f(x_\pi) = f(x)_\pi $$

    That is why a Vision Transformer adds a learnt position to each token.

    Catches: tokens that are mixed with heads, tokens that see only those before them.
    Misses: scales and order of queries, keys and values.
    Source: Vaswani et al. (2017), section 3.5.
    """
    x = n.image(3, 5, 1)
    qkv = n.linear(n.tokens(x), "qkv", 12)
    architecture = zoo.Architecture("attention", n.attention(qkv, heads))
    weights, picture = whole_weights(architecture, seed), whole_picture(architecture, seed) / 4
    rolled = np.roll(picture, turn, axis=2)
    same(forward(architecture, weights, rolled), np.roll(forward(architecture, weights, picture), turn, axis=1))


@law("zoo.equal-keys", needs="forward", extended=True, seed=few, count=st.sampled_from([1, 2, 4]))
def attention_to_equal_keys_is_the_mean_of_the_values(forward: Function, seed: int, count: int) -> None:
    r"""If all keys are equal, every token gets the mean of the values; if one wins by far, it gets that one's.

    $$ k_i = k \implies y_i = \tfrac1T \sum_j v_j $$

    Catches: softmax over the queries or left out, queries and values exchanged, exponentials that overflow.
    Misses: the scale, which `zoo.scaled` sees.
    Source: Vaswani et al. (2017), section 3.2.1.
    """
    x = n.tokens(n.image(6, count, 1))
    architecture = zoo.Architecture("attention", n.attention(x, 1))
    queries, values = numbers((count, 2), seed), numbers((count, 2), seed + 50)
    same(
        forward(architecture, {}, _side_by_side(queries, np.ones((count, 2)), values)), _all(values.mean(axis=0), count)
    )
    winner = np.zeros((count, 2))
    winner[-1] = 4000
    same(forward(architecture, {}, _side_by_side(np.ones((count, 2)), winner, values)), _all(values[-1], count))


def _side_by_side(queries: Array, keys: Array, values: Array) -> Array:
    """A picture whose places are tokens of queries, keys and values."""
    return np.concatenate([queries, keys, values], axis=1).T[None, :, :, None]


def _all(value: Array, count: int) -> Array:
    return np.broadcast_to(value, (1, count, len(value)))


@law("zoo.scaled", needs="forward", extended=True, seed=few, width=st.sampled_from([1, 4, 16]))
def scores_are_divided_by_the_root_of_their_width(forward: Function, seed: int, width: int) -> None:
    r"""Scores are divided by $\sqrt d$ before the softmax, so that they do not grow with the width of a head.

    $$ p = \operatorname{softmax}(q \cdot k / \sqrt d) $$

    With $d$ equal entries $q = \log(3)/\sqrt d$ and keys of one and zero, the first of two tokens gets 3/4.

    Catches: scales that are left out, or that take the whole width instead of the head's.
    Misses: everything else about attention.
    Source: Vaswani et al. (2017), section 3.2.1, equation 1.
    """
    heads = 2
    x = n.tokens(n.image(6 * width, 2, 1))
    architecture = zoo.Architecture("attention", n.attention(x, heads))
    queries = np.full((2, heads * width), np.log(3) / np.sqrt(width))
    keys = np.stack([np.ones(heads * width), np.zeros(heads * width)])
    values = np.stack([np.full(heads * width, 4.0), np.zeros(heads * width)]) * numbers((heads * width,), seed)
    answer = forward(architecture, {}, _side_by_side(queries, keys, values))
    same(answer[0], np.stack([0.75 * values[0]] * 2))


@law("zoo.layer-norm", needs="forward", extended=True, seed=few, power=st.integers(-2, 3))
def layer_normalisation_forgets_brightness_and_contrast(forward: Function, seed: int, power: int) -> None:
    r"""Each place is normalised by itself: a constant added to its channels, or a factor, changes nothing.

    $$ f(a x + b) = f(x), \qquad a > 0 $$

    Catches: normalisation over the whole map or the batch, means that are not subtracted.
    Misses: scales and shifts.
    Source: Ba, Kiros & Hinton (2016), Layer Normalization, table 1.
    """
    x = n.image(4, 3, 2)
    architecture = zoo.Architecture("normalised", n.layer_norm(x, "ln", eps=0.0))
    dice = np.random.default_rng(seed)
    picture = np.stack([dice.permutation([-3.0, -1.0, 1.0, 3.0]) for _ in range(6)]).T.reshape(1, 4, 3, 2)
    weights = whole_weights(architecture, seed)
    brightness = np.arange(6.0).reshape(3, 2)
    answer = forward(architecture, weights, picture)
    same(forward(architecture, weights, picture * 2.0**power + brightness), answer)
    scale, shift = (weights[f"ln.{part}"][:, None, None] for part in ("weight", "bias"))
    same(answer, picture / np.sqrt(5) * scale + shift)
