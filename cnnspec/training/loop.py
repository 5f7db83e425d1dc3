r"""The training loop: the same seed gives the same weights, bit for bit."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from cnnspec.algorithms import best
from cnnspec.arguments import Array
from cnnspec.network import softmax
from cnnspec.training.data import Digits, shifted
from cnnspec.training.layers import Sequential
from cnnspec.training.sgd import SGD, cosine_rate
from cnnspec.training.threads import one_thread

Progress = Callable[[int, int, float], None]
"""Called after each step with its number, the number of all steps, and the loss."""


@dataclass(frozen=True)
class Recipe:
    """How to train.

    Attributes:
        epochs: How often each image is seen.
        batch: Images a step.
        rate: The largest learning rate.
        momentum: Of SGD.
        weight_decay: Of SGD.
        warm_up: Steps in which the rate rises.
        shift: How many pixels an image may be moved by before it is seen; 0 leaves it.
    """

    epochs: int
    batch: int = 50
    rate: float = 0.05
    momentum: float = 0.9
    weight_decay: float = 5e-4
    warm_up: int = 20
    shift: int = 0


@dataclass
class History:
    """What happened while training.

    Attributes:
        loss: The loss of each step, before it was taken.
        accuracy: The share of the held-out images that are right, after each epoch.
    """

    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)


@one_thread()
def fit(
    network: Sequential,
    digits: Digits,
    recipe: Recipe,
    generator: np.random.Generator,
    *,
    progress: Progress = lambda step, steps, loss: None,
) -> History:
    """Train a network.

    Args:
        network: Changed in place.
        digits: The images.
        recipe: How.
        generator: Decides the order of the images and their moves.
        progress: Called after each step.

    Returns:
        The losses and accuracies.
    """
    history, optimiser = History(), SGD(network, momentum=recipe.momentum, weight_decay=recipe.weight_decay)
    each = math.ceil(len(digits.x) / recipe.batch)
    steps = each * recipe.epochs
    for epoch in range(recipe.epochs):
        order = generator.permutation(len(digits.x))
        for turn, chosen in enumerate(np.array_split(order, each)):
            step = epoch * each + turn
            x = shifted(digits.x[chosen], recipe.shift, generator) if recipe.shift else digits.x[chosen]
            history.loss.append(descend(network, x, digits.y[chosen]))
            optimiser.step(cosine_rate(step, steps, peak=recipe.rate, warm_up=recipe.warm_up))
            progress(step + 1, steps, history.loss[-1])
        guesses = predict(network, digits.x_held_out).argmax(axis=1)
        history.accuracy.append(float(np.mean(guesses == digits.y_held_out)))
    return history


def descend(network: Sequential, x: Array, y: Array) -> float:
    """Go forward and backward once: note the loss's derivative by every weight, and return the loss."""
    z = network.forward(x)
    network.learn(best["cross_entropy_backward"](z, y))
    return float(best["cross_entropy"](z, y))


@one_thread()
def predict(network: Sequential, x: Array, *, batch: int = 250) -> Array:
    """Class probabilities of images, some at a time.

    Args:
        network: The network, which ends in logits.
        x: Images of shape (N, C, H, W).
        batch: How many at a time.

    Returns:
        Array of shape (N, classes).
    """
    parts = [softmax(network.forward(x[start : start + batch])) for start in range(0, len(x), batch)]
    return np.concatenate(parts)
