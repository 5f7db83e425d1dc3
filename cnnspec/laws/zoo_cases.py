r"""Random architectures: plans that can be written down for pictures of any size, and weights to run them.

A plan is a short list of layers, some with two branches. It is data, so that a failing one can be read, and the
same plan gives a network for every size of picture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy, composite

from cnnspec import zoo
from cnnspec.arguments import Array
from cnnspec.zoo import notation as n

KINDS = ("conv", "pool", "dilated", "same", "mean", "shortcut", "add", "concat", "norm", "gate")
"""The layers of a plan, the simplest first."""

PLAIN = KINDS[:5]
"""Those without branches, whose receptive fields a textbook adds up."""

BRANCHED = KINDS[:8]
"""Those of which a place sees a stretch of pixels, batch normalisation and gates aside."""


@dataclass(frozen=True)
class Layer:
    """One layer of a plan; each kind reads the numbers that it needs."""

    kind: str
    filters: int = 2
    kernel: tuple[int, int] = (3, 3)
    stride: int = 1
    padding: int = 0
    ceil: bool = False


@dataclass(frozen=True)
class Plan:
    """A network as data.

    Attributes:
        channels: Channels of the picture.
        rows: Its rows.
        columns: Its columns.
        layers: What is done with it.
    """

    channels: int
    rows: int
    columns: int
    layers: tuple[Layer, ...]

    @property
    def tags(self) -> tuple[str, ...]:
        """The kinds of layers, for counting how often each is met."""
        return tuple(sorted({layer.kind for layer in self.layers}))

    def sized(self, rows: int, columns: int | None = None) -> Plan:
        """The same plan for another picture."""
        return replace(self, rows=rows, columns=rows if columns is None else columns)

    def then(self, *layers: Layer) -> Plan:
        """The plan with more layers."""
        return replace(self, layers=(*self.layers, *layers))


@lru_cache(maxsize=512)
def written(plan: Plan, head: str = "") -> zoo.Architecture:
    """Write a plan down.

    Args:
        plan: The plan.
        head: How it ends: `"pooled"` or `"flattened"`, each with a linear layer for 5 classes; else with its map.
    """
    x = n.image(plan.channels, plan.rows, plan.columns)
    for i, layer in enumerate(plan.layers):
        x = _after(x, f"layer{i}", layer)
    if head:
        x = n.linear(n.flatten(n.global_avg_pool(x) if head == "pooled" else x), "fc", 5)
    return zoo.Architecture("random", x)


def _after(x: n.Tensor, name: str, layer: Layer) -> n.Tensor:
    kernel, stride, padding = layer.kernel, layer.stride, layer.padding
    if layer.kind == "conv":
        return n.relu(n.conv(x, name, layer.filters, kernel, stride=stride, padding=padding))
    if layer.kind == "pool":
        return n.max_pool(x, 3, stride=stride, padding=padding, ceil_mode=layer.ceil)
    if layer.kind == "mean":
        return n.avg_pool(x, 2, stride=stride, ceil_mode=layer.ceil)
    if layer.kind == "dilated":
        return n.conv(x, name, layer.filters, (3, 2), dilation=2, padding=padding, bias=False)
    if layer.kind == "same":
        return n.conv(x, name, layer.filters, kernel, stride=stride, padding="same")
    if layer.kind == "norm":
        return n.batch_norm(x, name)
    if layer.kind == "gate":
        return n.multiply(x, n.activation(n.conv(n.global_avg_pool(x), name, x.shape[0], 1), "sigmoid"))
    left = n.conv(x, f"{name}.left", x.shape[0], 3, stride=stride, padding=1)
    if layer.kind == "shortcut":
        return n.add(n.conv(x, f"{name}.shortcut", x.shape[0], 1, stride=stride, bias=False), left)
    right = n.conv(x, f"{name}.right", x.shape[0], 5, stride=stride, padding=2, bias=False)
    return n.add(left, right) if layer.kind == "add" else n.concat(left, right)


def fits(plan: Plan) -> bool:
    """Whether every window of a plan fits on its map."""
    try:
        written(plan)
    except ValueError:
        return False
    return True


@composite
def plans(draw: DrawFn, /, *, kinds: tuple[str, ...] = KINDS, least: int = 9, most: int = 16, layers: int = 3) -> Plan:
    """Plans for pictures of `least` to `most` rows and columns, large enough for their layers."""
    kernels = ((3, 3), (1, 1), (2, 2), (3, 1), (1, 4), (5, 3))
    chosen = []
    for _ in range(draw(st.integers(1, layers))):
        kind = draw(st.sampled_from(kinds))
        kernel = draw(st.sampled_from(kernels)) if kind in ("conv", "same") else (3, 3)
        stride = draw(st.integers(1, 2))
        padding = draw(st.integers(0, 1))
        chosen.append(Layer(kind, draw(st.integers(1, 3)), kernel, stride, padding, draw(st.booleans())))
    rows, columns = draw(st.tuples(st.integers(least, most), st.integers(least, most)))
    return Plan(draw(st.integers(1, 3)), rows, columns, tuple(chosen))


def random_plans(
    kinds: tuple[str, ...] = KINDS, *, least: int = 9, most: int = 16, layers: int = 3
) -> SearchStrategy[Plan]:
    """Plans whose windows all fit on their maps.

    Args:
        kinds: The kinds of layers to draw from.
        least: The smallest number of rows and columns of the picture.
        most: The largest.
        layers: The largest number of layers.
    """
    return plans(kinds=kinds, least=least, most=most, layers=layers).filter(fits)


def whole_weights(architecture: zoo.Architecture, seed: int = 0) -> dict[str, Array]:
    """Small whole numbers for every weight, and statistics that normalise nothing, in float64."""
    dice = np.random.default_rng(seed)
    weights: dict[str, Array] = {}
    for name, shape in architecture.parameters.items():
        weights[name] = dice.integers(-2, 3, shape).astype(np.float64)
    for name, shape in architecture.buffers.items():
        weights[name] = np.full(shape, 1.0 if name.endswith("var") else 0.0)
    return weights


def whole_picture(architecture: zoo.Architecture, seed: int = 0, *, batch: int = 1) -> Array:
    """Pictures of small whole numbers, in float64."""
    dice = np.random.default_rng(seed + 1)
    return dice.integers(-4, 5, (batch, *architecture.input.shape)).astype(np.float64)


@lru_cache(maxsize=256)
def seen(plan: Plan, axis: int) -> Array:
    """Which pixels each place of a plan's output sees along an axis, found by running it.

    Every weight is one, so that nothing cancels, and each picture of a batch is black but for one row or column.

    Returns:
        Truth values of shape (places, pixels).
    """
    architecture = written(plan)
    size = architecture.input.shape[1 + axis]
    pictures = np.zeros((size, *architecture.input.shape))
    for pixel in range(size):
        pictures[(pixel, slice(None), pixel) if axis == 0 else (pixel, slice(None), slice(None), pixel)] = 1
    weights = {name: np.ones(shape) for name, shape in architecture.parameters.items()}
    weights = {name: values * (not name.endswith("bias")) for name, values in weights.items()}
    answers = zoo.forward(architecture, weights, pictures)
    return np.asarray(answers.sum(axis=(1, 3 - axis)).T != 0)
