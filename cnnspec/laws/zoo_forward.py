r"""What holds of a network that runs (Step 6)."""

from __future__ import annotations

from functools import cache

import numpy as np
from hypothesis import strategies as st

from cnnspec import channels, network, pooling, zoo
from cnnspec.arguments import Array
from cnnspec.laws.compare import differs, same, unchanged
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.zoo_cases import Layer, Plan, random_plans, whole_picture, whole_weights, written
from cnnspec.zoo import notation as n

seeds = st.integers(0, 40)
few = st.integers(0, 9)
EXACT = ("conv", "pool", "dilated", "same", "mean", "shortcut", "add", "concat")


def numbers(shape: tuple[int, ...], seed: int) -> Array:
    """Small whole numbers, in float64."""
    return np.random.default_rng(seed).integers(-3, 4, shape).astype(np.float64)


def weights_of(architecture: zoo.Architecture, seed: int, **given: Array) -> dict[str, Array]:
    """Small whole numbers for every weight, but for those that are given, with `__` for a dot."""
    return whole_weights(architecture, seed) | {name.replace("__", "."): values for name, values in given.items()}


@cache
def defined(seed: int, stride: int) -> tuple[zoo.Architecture, dict[str, Array], Array, Array]:
    """A chain of layers with weights and a picture, and what the definitions make of it."""
    x = n.image(2, 7, 6)
    y = n.relu(n.batch_norm(n.conv(x, "conv", 4, 3, stride=stride, padding=1, groups=2), "bn", eps=0.0))
    y = n.avg_pool(n.max_pool(y, 2, stride=1, padding=1), 2, stride=1, padding=1, count_include_pad=False)
    architecture = zoo.Architecture("chain", n.linear(n.flatten(y), "fc", 3))
    weights = weights_of(architecture, seed, bn__running_var=np.array([1.0, 4.0, 0.25, 16.0]))
    weights["bn.running_mean"] = numbers((4,), seed + 9)
    picture = whole_picture(architecture, seed)
    z = channels.conv2d(picture, weights["conv.weight"], weights["conv.bias"], stride=stride, padding=1, groups=2)
    factors = (weights[f"bn.{part}"] for part in ("weight", "bias", "running_mean", "running_var"))
    z = network.relu(network.batch_norm2d_inference(z, *factors, eps=0.0))
    z = pooling.max_pool2d(z, 2, stride=1, padding=1)
    z = pooling.avg_pool2d(z, 2, stride=1, padding=1, count_include_pad=False)
    expected = network.linear(network.flatten(z), weights["fc.weight"], weights["fc.bias"])
    return architecture, weights, picture, expected


@law("zoo.definition", needs="forward", extended=True, oracle=True, seed=few, stride=st.integers(1, 2))
def a_network_runs_as_its_operators_are_defined(forward: Function, seed: int, stride: int) -> None:
    r"""Running a declaration gives what the definitions of Steps 3 to 5 give one after the other.

    $$ f = f_L \circ \dots \circ f_1 $$

    Catches: every wrong rule of the operators that it uses.
    Misses: branches, gates, attention.
    """
    architecture, weights, picture, expected = defined(seed, stride)
    same(forward(architecture, weights, picture), expected)


@law("zoo.alone", needs="forward", extended=True, plan=random_plans(EXACT, most=12), seed=seeds)
def a_picture_is_answered_alike_in_any_company(forward: Function, plan: Plan, seed: int) -> None:
    r"""The answer for a picture does not depend on the others of its batch.

    $$ f(x)_n = f(x_n) $$

    Catches: statistics of the batch where moving ones belong, axes that are mixed.
    Misses: what is wrong for every picture alike.
    """
    architecture = written(plan.then(Layer("norm"), Layer("conv", 2, (1, 1))), "pooled")
    weights, pictures = whole_weights(architecture, seed), whole_picture(architecture, seed, batch=3)
    together = forward(architecture, weights, pictures)
    same(together[1:2], forward(architecture, weights, pictures[1:2]))


@law("zoo.untouched", needs="forward", extended=True, plan=random_plans(most=10), seed=seeds)
def running_leaves_weights_and_pictures_as_they_were(forward: Function, plan: Plan, seed: int) -> None:
    r"""A network that runs writes over nothing that is not its own, and answers the same question in the same way.

    $$ f(x) = f(x) $$

    Catches: activations written over pictures or weights, results that are overwritten while somebody still needs them.
    Misses: everything about the answer.
    """
    architecture = written(plan)
    weights, pictures = whole_weights(architecture, seed), whole_picture(architecture, seed)
    before = {name: values.copy() for name, values in weights.items()}
    first = forward(architecture, weights, pictures)
    kept = first.copy()
    unchanged(forward(architecture, weights, pictures), kept, "the same picture should be answered alike")
    unchanged(first, kept, "a second run should not write over the first answer")
    for name, values in before.items():
        unchanged(weights[name], values, f"{name} should be left as it is")
    x = n.conv(n.image(1, 4), "conv", 2, 1)
    bent = zoo.Architecture("both", n.add(n.relu(n.batch_norm(x, "bn", eps=0.0)), n.relu(x), x))
    weights, pictures = whole_weights(bent, seed), whole_picture(bent, seed)
    weights["bn.running_var"] = np.full(2, 4.0)
    before = {name: values.copy() for name, values in weights.items()}
    straight = channels.conv2d(pictures, weights["conv.weight"], weights["conv.bias"])
    scale, shift = weights["bn.weight"][:, None, None] / 2, weights["bn.bias"][:, None, None]
    expected = np.maximum(straight * scale + shift, 0) + np.maximum(straight, 0) + straight
    same(forward(bent, weights, pictures), expected)
    for name, values in before.items():
        unchanged(weights[name], values, f"{name} should be left as it is")


@law("zoo.doubled", needs="forward", extended=True, plan=random_plans(("conv", *EXACT[2:]), most=12), seed=seeds)
def without_biases_twice_the_contrast_is_twice_the_answer(forward: Function, plan: Plan, seed: int) -> None:
    r"""Convolution, rectifier, pooling, sums and joins all pass a positive factor on.

    $$ b = 0 \implies f(2x) = 2 f(x) $$

    Catches: constants out of nowhere, squashing functions, normalisation by the batch.
    Misses: weights that are exchanged.
    """
    architecture = written(plan)
    weights = whole_weights(architecture, seed)
    weights = {name: values * (not name.endswith("bias")) for name, values in weights.items()}
    picture = whole_picture(architecture, seed)
    same(forward(architecture, weights, 2 * picture), 2 * forward(architecture, weights, picture))
    same(forward(architecture, weights, 0 * picture), np.zeros((1, *architecture.output.shape)))


@law("zoo.empty-branch", needs="forward", extended=True, plan=random_plans(EXACT, most=12, layers=2), seed=seeds)
def a_branch_of_zeros_leaves_what_it_is_added_to(forward: Function, plan: Plan, seed: int) -> None:
    r"""If the last layer of a residual branch is zero, the block hands on what came in.

    $$ F = 0 \implies x + F(x) = x $$

    Catches: shortcuts that are lost, sums that are averages, results overwritten while the shortcut needs them.
    Misses: everything about the branch.
    Source: Goyal et al. (2017), Accurate, Large Minibatch SGD, section 5.1.
    """

    def residual(block: bool) -> zoo.Architecture:
        x = n.relu(n.conv(n.image(2, plan.rows, plan.columns), "stem", 3, 3, padding=1))
        if block:
            y = n.relu(n.conv(x, "branch1", 3, 3, padding=1))
            x = n.add(n.conv(y, "branch2", 3, 3, padding=1), x)
        return zoo.Architecture("residual", n.conv(x, "last", 2, 1))

    with_block, without = residual(True), residual(False)
    weights = whole_weights(with_block, seed)
    for part in ("weight", "bias"):
        weights[f"branch2.{part}"] *= 0
    few = {name: values for name, values in weights.items() if name in without.parameters}
    picture = whole_picture(without, seed)
    same(forward(with_block, weights, picture), forward(without, few, picture))


@law(
    "zoo.folded",
    needs="forward",
    extended=True,
    seed=seeds,
    powers=st.lists(st.integers(-1, 1), min_size=3, max_size=3),
)
def batch_normalisation_melts_into_the_convolution_before_it(forward: Function, seed: int, powers: list[int]) -> None:
    r"""In use, normalisation is a factor and a shift of each filter, which its convolution can take over.

    $$ w' = a\,w, \qquad b' = a\,(b - \mu) + \beta, \qquad a = \gamma / \sqrt{\sigma^2 + \varepsilon} $$

    Catches: statistics of the batch, scales, shifts or means that are forgotten, variances taken for deviations.
    Misses: the place of epsilon, which is zero here.
    Source: Ioffe & Szegedy (2015), algorithm 2.
    """
    x = n.conv(n.image(2, 6), "conv", 3, 3)
    before = zoo.Architecture("convolution", n.conv(n.image(2, 6), "conv", 3, 3))
    both = zoo.Architecture("normalised", n.batch_norm(x, "bn", eps=0.0))
    weights = weights_of(both, seed, bn__running_var=4.0 ** np.array(powers), bn__running_mean=numbers((3,), seed))
    factor = weights["bn.weight"] / 2.0 ** np.array(powers)
    folded = {
        "conv.weight": weights["conv.weight"] * factor[:, None, None, None],
        "conv.bias": factor * (weights["conv.bias"] - weights["bn.running_mean"]) + weights["bn.bias"],
    }
    picture = whole_picture(both, seed, batch=2)
    same(forward(both, weights, picture), forward(before, folded, picture))


@law("zoo.epsilon", needs="forward", extended=True, seed=few)
def epsilon_is_added_to_the_variance_under_the_root(forward: Function, seed: int) -> None:
    r"""A channel that never varied is divided by the root of epsilon, and not by zero.

    $$ \sigma^2 = 0 \implies y = \gamma\,(x - \mu)/\sqrt{\varepsilon} + \beta $$

    Catches: an epsilon that is left out, or added to the root instead of under it.
    Misses: everything else about normalisation.
    Source: Ioffe & Szegedy (2015), algorithm 1.
    """
    x = n.image(2, 3)
    architecture = zoo.Architecture("normalised", n.batch_norm(x, "bn", eps=0.0625))
    weights = weights_of(architecture, seed, bn__running_var=np.array([0.0, 0.1875]))
    picture = whole_picture(architecture, seed)
    scale, shift = weights["bn.weight"] * np.array([4.0, 2.0]), weights["bn.bias"]
    same(forward(architecture, weights, picture), picture * scale[:, None, None] + shift[:, None, None])


@law("zoo.towers", needs="forward", extended=True, seed=seeds, groups=st.integers(2, 3), each=st.integers(1, 3))
def groups_are_convolutions_side_by_side(forward: Function, seed: int, groups: int, each: int) -> None:
    r"""A convolution with groups is one convolution for each slice of the channels, joined in order.

    $$ \operatorname{conv}_g(x) = [\operatorname{conv}(x_1), \dots, \operatorname{conv}(x_g)] $$

    So AlexNet's two graphics cards are a convolution with two groups.

    Catches: groups that are interleaved, joins in another order, slices of other channels.
    Misses: what is wrong for each slice alike.
    Source: Krizhevsky, Sutskever & Hinton (2012), figure 2.
    """
    x = n.image(groups * 2, 5)
    whole = zoo.Architecture("groups", n.conv(x, "conv", groups * each, 3, groups=groups))
    y = n.image(groups * 2, 5)
    parts = [n.conv(part, f"part{i}", each, 3) for i, part in enumerate(n.split(y, groups))]
    towers = zoo.Architecture("towers", n.concat(*parts))
    weights = whole_weights(whole, seed)
    cut = {
        f"part{i}.{part}": weights[f"conv.{part}"][i * each : (i + 1) * each]
        for i in range(groups)
        for part in ("weight", "bias")
    }
    picture = whole_picture(whole, seed)
    same(forward(towers, cut, picture), forward(whole, weights, picture))


@law("zoo.full-kernel", needs="forward", extended=True, seed=seeds, rows=st.integers(1, 4), columns=st.integers(1, 4))
def a_dense_layer_is_a_convolution_as_large_as_the_map(forward: Function, seed: int, rows: int, columns: int) -> None:
    r"""Flattening a map and multiplying it with a matrix is a convolution whose kernels cover the map.

    $$ W \operatorname{vec}(x) = \operatorname{conv}(x, w), \qquad w_f = \operatorname{reshape}(W_f) $$

    So the first dense layer of VGG-16 is a 7×7 convolution, as its authors use it for larger pictures.

    Catches: maps flattened with the channels last, or by columns.
    Misses: biases that are wrong in both.
    Source: Simonyan & Zisserman (2015), section 3.2.
    """
    dense = zoo.Architecture("dense", n.linear(n.flatten(n.image(3, rows, columns)), "fc", 2))
    kernel = zoo.Architecture("kernel", n.squeeze(n.conv(n.image(3, rows, columns), "fc", 2, (rows, columns))))
    weights = whole_weights(dense, seed)
    other = {**weights, "fc.weight": weights["fc.weight"].reshape(2, 3, rows, columns)}
    picture = whole_picture(dense, seed)
    same(forward(dense, weights, picture), forward(kernel, other, picture))


@law("zoo.shuffle", needs="forward", extended=True, seed=seeds, groups=st.integers(1, 4), each=st.integers(1, 4))
def shuffling_back_undoes_shuffling(forward: Function, seed: int, groups: int, each: int) -> None:
    r"""Channels written into $g$ rows and read by columns are put in order by $C/g$ rows.

    $$ \operatorname{shuffle}_{C/g}(\operatorname{shuffle}_g(x)) = x, \qquad
       \operatorname{shuffle}_g(x)_{jg + i} = x_{iC/g + j} $$

    Catches: shuffles that keep the order, or read and write in the same direction.
    Misses: channels that change their rows.
    Source: Zhang et al. (2018), ShuffleNet, section 3.1.
    """
    x = n.image(groups * each, 2)
    once = zoo.Architecture("once", n.shuffle(x, groups))
    picture = whole_picture(once, seed)
    order = np.arange(groups * each).reshape(groups, each).T.reshape(-1)
    same(forward(once, {}, picture), picture[:, order])
    twice = zoo.Architecture("twice", n.shuffle(n.shuffle(n.image(groups * each, 2), groups), each))
    same(forward(twice, {}, picture), picture)


@law("zoo.gate", needs="forward", extended=True, seed=few)
def an_open_gate_changes_nothing_and_a_closed_one_leaves_nothing(forward: Function, seed: int) -> None:
    r"""A gate multiplies each channel: far above zero its sigmoid is 1, far below it is 0.

    $$ \sigma(+\infty) \cdot x = x, \qquad \sigma(-\infty) \cdot x = 0 $$

    Catches: gates that are added, applied at each place instead of each channel, or overflow.
    Misses: gates that are half open.
    Source: Hu, Shen & Sun (2018), section 3.
    """
    x = n.image(3, 4, 5)
    gate = n.activation(n.conv(n.global_avg_pool(x), "gate", 3, 1), "sigmoid")
    architecture = zoo.Architecture("gated", n.multiply(x, gate))
    picture = whole_picture(architecture, seed)
    bias = np.array([1e4, -1e4, 1e4])
    answer = forward(architecture, {"gate.weight": np.zeros((3, 3, 1, 1)), "gate.bias": bias}, picture)
    same(answer, picture * (bias > 0)[:, None, None])


@law("zoo.ceiling-runs", needs="forward", extended=True, seed=seeds, size=st.integers(4, 9), stride=st.integers(2, 3))
def a_window_over_the_edge_takes_what_is_there(forward: Function, seed: int, size: int, stride: int) -> None:
    r"""With `ceil_mode` the last window takes the largest or the mean of the cells that lie on the map.

    $$ y_{\text{last}} = \max_{i \ge s\,(o-1)} x_i $$

    Catches: windows that are left out, and zeros that count beyond the edge.
    Misses: paddings.
    """
    picture = -1 - np.abs(numbers((1, 1, size, 1), seed))
    x = n.max_pool(n.image(1, size, 1), (3, 1), stride=(stride, 1), ceil_mode=True)
    y = n.avg_pool(n.image(1, size, 1), (3, 1), stride=(stride, 1), ceil_mode=True)
    last = picture[0, 0, stride * (x.shape[1] - 1) :, 0][:3]
    same(forward(zoo.Architecture("max", x), {}, picture)[0, 0, -1, 0], last.max())
    same(forward(zoo.Architecture("mean", y), {}, picture)[0, 0, -1, 0], last.mean())


@law("zoo.fixed-grid", needs="forward", extended=True, seed=seeds, rows=st.integers(2, 9), grid=st.integers(1, 4))
def pooling_to_a_grid_covers_every_cell(forward: Function, seed: int, rows: int, grid: int) -> None:
    r"""Cell $i$ of a grid of $k$ is the mean of the rows from $\lfloor iH/k \rfloor$ to $\lceil (i+1)H/k \rceil - 1$.

    $$ y_i = \operatorname{mean}\bigl(x_{\lfloor iH/k \rfloor}, \dots, x_{\lceil (i+1)H/k \rceil - 1}\bigr) $$

    So AlexNet and VGG take other pictures than those they were made for.

    Catches: windows of one size, which leave the last rows out.
    Misses: grids of one cell.
    Source: `torch.nn.AdaptiveAvgPool2d`.
    """
    architecture = zoo.Architecture("grid", n.adaptive_avg_pool(n.image(1, rows, 4), grid))
    picture = 12 * numbers((1, 1, rows, 4), seed)
    answer = forward(architecture, {}, picture)
    for i in range(grid):
        band = picture[0, 0, i * rows // grid : -(-(i + 1) * rows // grid)]
        for j in range(grid):
            same(answer[0, 0, i, j], band[:, j * 4 // grid : -(-(j + 1) * 4 // grid)].mean())


@law("zoo.bounded", needs="forward", extended=True, seed=few)
def activations_keep_their_landmarks(forward: Function, seed: int) -> None:
    r"""Each activation has values that can be said without computing: at zero, and far from it.

    $$ \sigma(0) = \tfrac12, \quad \operatorname{relu6}(9) = 6, \quad \operatorname{hswish}(\pm 3) = 3, 0, \quad
       \operatorname{gelu}(x) - \operatorname{gelu}(-x) = x $$

    Catches: one activation for another, slopes and bounds that are wrong, exponentials that overflow.
    Misses: values in between.
    """
    picture = whole_picture(zoo.Architecture("identity", n.image(2, 3)), seed)
    picture[0, 0, 0] = [0, 9, -9]

    def apply(function: str, x: Array) -> Array:
        answer: Array = forward(zoo.Architecture(function, n.activation(n.image(2, 3), function)), {}, x)
        return answer

    same(apply("relu", picture), np.maximum(picture, 0))
    same(apply("relu6", picture), np.clip(picture, 0, 6))
    same(apply("leaky_relu", picture), np.where(picture > 0, picture, picture / 10))
    same(apply("hard_sigmoid", picture), np.clip(picture + 3, 0, 6) / 6)
    same(apply("hard_swish", picture), picture * np.clip(picture + 3, 0, 6) / 6)
    for odd_part in ("sigmoid", "silu", "gelu", "tanh"):
        positive, negative = apply(odd_part, picture), apply(odd_part, -picture)
        expected = {"sigmoid": 2 * positive - 1, "silu": picture, "gelu": picture, "tanh": 2 * positive}[odd_part]
        same(positive - negative, expected, f"{odd_part} should have its symmetry")
        differs(positive, picture, f"{odd_part} should bend")
    landmarks = {"sigmoid": (np.log(3), 0.75), "silu": (np.log(3), 0.75 * np.log(3)), "tanh": (np.log(2), 0.6)}
    for function, (at, value) in {**landmarks, "gelu": (1.0, 0.8413447460685429)}.items():
        same(apply(function, np.full_like(picture, at)), np.full_like(picture, value), f"{function} at {at:.2f}")
    far = apply("sigmoid", 1e4 * np.sign(picture))
    same(far, (1 + np.sign(picture)) / 2)
