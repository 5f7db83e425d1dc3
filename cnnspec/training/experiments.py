r"""The two runs of the book: small digits in seconds, MNIST digits within three minutes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from cnnspec.arguments import Array, integer
from cnnspec.environment import spawn
from cnnspec.training.data import Digits, mnist_digits, small_digits
from cnnspec.training.interval import wilson_interval
from cnnspec.training.layers import Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential
from cnnspec.training.loop import History, Progress, Recipe, fit, predict
from cnnspec.training.threads import one_thread


@dataclass(frozen=True)
class Experiment:
    """A run that anyone can repeat.

    Attributes:
        name: What the command line calls it.
        data: Loads the digits, given a generator that splits them.
        network: Builds the network, given a generator for its first weights.
        recipe: How it is trained.
    """

    name: str
    data: Callable[[np.random.Generator], Digits]
    network: Callable[[np.random.Generator], Sequential]
    recipe: Recipe


@dataclass(frozen=True)
class Outcome:
    """What a run reached.

    Attributes:
        experiment: Its name.
        seed: Its seed.
        parameters: How many numbers were learned.
        history: Losses and accuracies on the way.
        right: How many held-out images are right.
        held_out: How many there are.
        confusion: Rows are true classes, columns predicted ones.
        first: The network's weights before training, by their full names.
        network: The trained network.
        digits: The images.
    """

    experiment: str
    seed: int
    parameters: int
    history: History
    right: int
    held_out: int
    confusion: Array
    first: dict[str, Array]
    network: Sequential
    digits: Digits

    @property
    def accuracy(self) -> float:
        """The share of held-out images that are right."""
        return self.right / self.held_out

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the accuracy."""
        return wilson_interval(self.right, self.held_out)


def small_network(generator: np.random.Generator) -> Sequential:
    """Conv 16@3×3 → MaxPool 2 → ReLU → Flatten → FC 64 → ReLU → FC 10, for images of 8 by 8."""
    return Sequential(
        [
            Conv2d(1, 16, 3, padding=1, generator=generator),
            MaxPool2d(2),
            ReLU(),
            Flatten(),
            Linear(16 * 4 * 4, 64, generator=generator),
            ReLU(),
            Linear(64, 10, generator=generator),
        ]
    )


def mnist_network(generator: np.random.Generator) -> Sequential:
    """Two convolutions of 5×5 and 3×3, each pooled and rectified, and two dense layers, for images of 28 by 28.

    To rectify after pooling gives the answer of the usual order (the law max.relu) for a quarter of the work.
    """
    return Sequential(
        [
            Conv2d(1, 16, 5, padding=2, generator=generator),
            MaxPool2d(2),
            ReLU(),
            Conv2d(16, 32, 3, padding=1, generator=generator),
            MaxPool2d(2),
            ReLU(),
            Flatten(),
            Linear(32 * 7 * 7, 64, generator=generator),
            ReLU(),
            Linear(64, 10, generator=generator),
        ]
    )


EXPERIMENTS = {
    "digits": Experiment("digits", small_digits, small_network, Recipe(epochs=20)),
    "mnist": Experiment("mnist", mnist_digits, mnist_network, Recipe(epochs=10, shift=2)),
}
"""The runs by name."""


@one_thread()
def run(
    name: str, *, seed: int = 0, epochs: int | None = None, progress: Progress = lambda step, steps, loss: None
) -> Outcome:
    """Repeat a run: split, initialise, train and test, each from a stream of its own.

    Args:
        name: `"digits"` or `"mnist"`.
        seed: Fixes everything random.
        epochs: How often each image is seen; None means as often as the recipe says.
        progress: Called after each step.

    Raises:
        ValueError: If there is no such run, or no epoch.
        ModuleNotFoundError: If the package that carries the digits is not installed.
    """
    if name not in EXPERIMENTS:
        raise ValueError(f"name must be one of {', '.join(EXPERIMENTS)}, but {name!r} came.")
    experiment = EXPERIMENTS[name]
    recipe = experiment.recipe
    if epochs is not None:
        recipe = replace(recipe, epochs=integer(epochs, "epochs", least=1))
    splitting, drawing, order = spawn(seed, 3)
    digits, network = experiment.data(splitting), experiment.network(drawing)
    first = weights_of(network)
    history = fit(network, digits, recipe, order, progress=progress)
    guesses = predict(network, digits.x_held_out).argmax(axis=1)
    confusion = np.zeros((10, 10), dtype=np.int64)
    np.add.at(confusion, (digits.y_held_out, guesses), 1)
    right = int(np.trace(confusion))
    return Outcome(name, seed, network.count(), history, right, len(guesses), confusion, first, network, digits)


def weights_of(network: Sequential) -> dict[str, Array]:
    """The weights of a network by their full names, such as `0.w`; a later step of training leaves them alone."""
    return {full: layer.weights[name] for full, layer, name in network.parameters()}
