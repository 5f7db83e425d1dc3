"""Drawn screenshots of desktops: benign ones, and those with ransomware, spyware or adware on them.

Nobody's screen was photographed. Every picture is drawn from a seed: a *scene* says what is on it, a *campaign* fixes
what all pictures of one origin share (language, colours of the malware, arrangement), and a number varies the rest
(size of the screen, theme, what is open behind, positions, overlaps, JPEG quality). Pictures of one campaign are
near-duplicates, so they must not straddle a split: the campaign is the group.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from cnnspec.arguments import integer
from cnnspec.transfer.screenshots import adware, benign, ransomware, spyware
from cnnspec.transfer.screenshots.brush import Brush
from cnnspec.transfer.screenshots.themes import theme
from cnnspec.transfer.screenshots.words import LANGUAGES

CLASSES = ("benign", "ransomware", "spyware", "adware")
"""The lab's four classes; their places are the labels."""

SCENES = (benign.SCENES, ransomware.SCENES, spyware.SCENES, adware.SCENES)
"""The scenes of each class."""

SIZES = ((1024, 768), (1280, 720), (1280, 800), (1366, 768), (1440, 900), (1600, 900))


@dataclass(frozen=True)
class Screenshot:
    """One drawn screenshot, known by four numbers and drawn when its image is asked for.

    Attributes:
        label: Its class, a place in `CLASSES`.
        campaign: Which campaign of the class.
        number: Which picture of the campaign.
        seed: The seed of the whole collection.
    """

    label: int
    campaign: int
    number: int
    seed: int = 0

    @property
    def group(self) -> int:
        """The campaign as a number that no other class has."""
        return self.campaign * len(CLASSES) + self.label

    @property
    def scene(self) -> str:
        """What is on it."""
        scenes = SCENES[self.label]
        return f"{CLASSES[self.label]}: {scenes[self.campaign % len(scenes)].__name__.replace('_', ' ')}"

    @cached_property
    def image(self) -> Any:
        """The picture, as an image of Pillow in RGB."""
        from PIL import Image

        return Image.open(io.BytesIO(self.jpeg)).convert("RGB")

    @cached_property
    def jpeg(self) -> bytes:
        """The picture as a JPEG file of its own quality."""
        look = np.random.default_rng([self.seed, self.label, self.campaign])
        chance = np.random.default_rng([self.seed, self.label, self.campaign, self.number])
        language = LANGUAGES[int(look.integers(len(LANGUAGES)))]
        brush = Brush(SIZES[int(chance.integers(len(SIZES)))], theme(chance), language, look, chance)
        scenes = SCENES[self.label]
        scenes[self.campaign % len(scenes)](brush)
        file = io.BytesIO()
        brush.image.save(file, "jpeg", quality=int(chance.integers(35, 96)))
        return file.getvalue()


def collection(campaigns: int = 20, pictures: int = 6, *, seed: int = 0) -> Iterator[Screenshot]:
    """The screenshots of all classes, one campaign after the other.

    Args:
        campaigns: Campaigns of each class.
        pictures: Pictures of each campaign.
        seed: Another seed gives another collection.

    Raises:
        TypeError: If a number is not whole.
        ValueError: If a number is too small.
    """
    integer(campaigns, "campaigns", least=1), integer(pictures, "pictures", least=1), integer(seed, "seed", least=0)
    for label in range(len(CLASSES)):
        for campaign in range(campaigns):
            for number in range(pictures):
                yield Screenshot(label, campaign, number, seed)
