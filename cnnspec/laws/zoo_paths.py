r"""What holds of the depth of a network (Step 6): convolutions and linear layers on the longest path."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st

from cnnspec import zoo
from cnnspec.laws.compare import at_most, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.laws.zoo_cases import KINDS, Layer, Plan, random_plans, written
from cnnspec.zoo import notation as n

UNGATED = tuple(kind for kind in KINDS if kind != "gate")


@law("zoo.longest-path", needs="depth", extended=True, plan=random_plans())
def depth_is_the_length_of_the_longest_path(depth: Function, plan: Plan) -> None:
    r"""The depth is the largest number of convolutions and linear layers on any path from the picture to the output.

    $$ d = \max_{\text{paths}} \sum_{t \in \text{path}} c(t) $$

    Catches: all layers added up, first or shortest branches, layers without weights that are counted.
    Misses: whether gates belong to it, which is a convention.
    """
    architecture = written(plan, "pooled")

    @cache
    def paths(index: int) -> frozenset[int]:
        tensor = architecture.tensors[index]
        here = int(tensor.operation.kind in ("conv", "linear"))
        before = frozenset(length for u in tensor.inputs for length in paths(u.index)) or frozenset([0])
        return frozenset(length + here for length in before)

    same(depth(architecture), max(paths(architecture.output.index)))


@law("zoo.chain-depth", needs="depth", extended=True, plan=random_plans(("conv", "same", "pool", "mean", "norm")))
def a_chain_is_as_deep_as_it_has_layers_with_matrices(depth: Function, plan: Plan) -> None:
    r"""Without branches the depth is the number of convolutions and linear layers; pooling and normalisation add none.

    $$ d = \#\text{convolutions} + \#\text{linear layers} $$

    Catches: pooling, normalisation or activations that are counted, linear layers that are not.
    Misses: everything about branches.
    """
    convolutions = sum(layer.kind in ("conv", "same") for layer in plan.layers)
    same(depth(written(plan, "pooled")), convolutions + 1)


@law("zoo.more-layers", needs="depth", extended=True, plan=random_plans())
def a_network_is_at_most_as_deep_as_it_has_layers(depth: Function, plan: Plan) -> None:
    r"""The depth is at most the number of convolutions and linear layers; branches lie beside each other.

    $$ 1 \le d \le \#\text{layers} $$

    GoogLeNet has 57 convolutions and a linear layer, and is 22 deep.

    Catches: normalisations and pooling that are counted.
    Misses: depths that are too small.
    """
    architecture = written(plan, "pooled")
    layers = sum(tensor.operation.kind in ("conv", "linear") for tensor in architecture)
    at_most(1, depth(architecture))
    at_most(depth(architecture), layers)
    at_most(depth(architecture, gates=False), depth(architecture))


@law("zoo.shortcut-depth", needs="depth", extended=True, plan=random_plans(UNGATED, layers=2), blocks=st.integers(1, 3))
def a_shortcut_makes_no_network_deeper_or_shallower(depth: Function, plan: Plan, blocks: int) -> None:
    r"""A sum with what came in does not change the longest path, be it free or through a 1×1 convolution.

    $$ d(x + F(x)) = d(F(x)) $$

    So the 50 of ResNet-50 leaves its four projections out, although they are convolutions.

    Catches: projections that are counted, shortcuts that are taken for the path.
    Misses: branches of equal length.
    Source: He et al. (2016), Deep residual learning, table 1.
    """

    def network(shortcut: str) -> zoo.Architecture:
        x = n.image(2, 6)
        for i in range(blocks):
            y = n.conv(n.conv(x, f"{i}.conv1", 2, 3, padding=1), f"{i}.conv2", 2, 3, padding=1)
            before = n.conv(x, f"{i}.projection", 2, 1) if shortcut == "projection" else x
            x = n.add(before, y) if shortcut else y
        return zoo.Architecture(shortcut, x)

    for shortcut in ("", "identity", "projection"):
        same(depth(network(shortcut)), 2 * blocks)
    residual = plan.then(Layer("shortcut"))
    same(depth(written(residual)), depth(written(plan)) + 1)


@law("zoo.gate-depth", needs="depth", extended=True, plan=random_plans(UNGATED, layers=2), layers=st.integers(1, 3))
def a_gate_lies_beside_the_path(depth: Function, plan: Plan, layers: int) -> None:
    r"""A gate of $m$ layers lengthens the longest path by $m$, and leaves the signal's path as it is.

    $$ d_{\text{with gates}} = d + m, \qquad d_{\text{without}} = d $$

    That is why EfficientNet-B0 is 82 or 50 deep, and SE-ResNet-50 82 or 50: gates count, or they do not.

    Catches: gates that are always counted, or never.
    Misses: everything else about branches.
    Source: Hu, Shen & Sun (2018), section 3.
    """
    bare = written(plan)
    x = n.image(plan.channels, plan.rows, plan.columns)
    signal = n.conv(x, "signal", 3, 1)
    gate = n.global_avg_pool(signal)
    for i in range(layers):
        gate = n.conv(gate, f"gate{i}", 3, 1)
    gated = zoo.Architecture("gated", n.conv(n.multiply(signal, gate), "last", 2, 1))
    same(depth(gated), layers + 2)
    same(depth(gated, gates=False), 2)
    same(depth(bare, gates=False), depth(bare))
