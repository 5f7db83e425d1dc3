"""What is drawn on: boxes, fonts, and a brush that draws the parts of which all scenes are made."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cnnspec.transfer.screenshots.themes import Colour, Theme, mixed, readable
from cnnspec.transfer.screenshots.words import PHRASES


class Box(NamedTuple):
    """A rectangle of pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Columns."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Rows."""
        return self.bottom - self.top

    def inset(self, by: float) -> Box:
        """The same box, smaller on all sides."""
        return Box(self.left + by, self.top + by, self.right - by, self.bottom - by)

    def part(self, left: float, top: float, right: float, bottom: float) -> Box:
        """A part of it, in fractions of its width and height."""
        w, h = self.width, self.height
        return Box(self.left + left * w, self.top + top * h, self.left + right * w, self.top + bottom * h)

    def rows(self, count: int, gap: float = 0.0) -> list[Box]:
        """Cut into rows of one height."""
        step = self.height / count
        return [Box(self.left, self.top + i * step, self.right, self.top + (i + 1) * step - gap) for i in range(count)]

    def columns(self, count: int, gap: float = 0.0) -> list[Box]:
        """Cut into columns of one width."""
        step = self.width / count
        return [
            Box(self.left + i * step, self.top, self.left + (i + 1) * step - gap, self.bottom) for i in range(count)
        ]


@cache
def font(face: str, size: int) -> Any:
    """A font that a locked package carries, so that a picture does not depend on the machine."""
    from PIL import ImageFont

    found = find_spec("matplotlib")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError(
            "drawing screenshots needs matplotlib, whose fonts it writes with: install cnnspec[book]"
        )
    file = Path(found.submodule_search_locations[0], "mpl-data", "fonts", "ttf", f"DejaVu{face}.ttf")
    return ImageFont.truetype(str(file), size, layout_engine=ImageFont.Layout.BASIC)


class Brush:
    """A picture in the making.

    Attributes:
        image: The picture.
        screen: All of it.
        theme: Its colours.
        language: The language of its texts.
        look: Draws what all pictures of a campaign share.
        chance: Draws what differs between them.
        unit: A length for margins and letters, in pixels.
    """

    def __init__(
        self, size: tuple[int, int], theme: Theme, language: str, look: np.random.Generator, chance: np.random.Generator
    ) -> None:
        from PIL import Image, ImageDraw

        self.image = Image.new("RGB", size, theme.desktop)
        self.draw = ImageDraw.Draw(self.image)
        self.screen = Box(0, 0, *size)
        self.theme, self.language, self.look, self.chance = theme, language, look, chance
        self.unit = size[1] / 50 * float(chance.uniform(0.85, 1.2))

    def say(self, topic: str, which: int) -> str:
        """A phrase of a topic, in the language of the picture."""
        phrases = PHRASES[topic][self.language]
        return phrases[which % len(phrases)]

    def fill(self, box: Box, colour: Colour, *, border: Colour | None = None, round: float = 0.0) -> None:
        """Paint a box."""
        if box.width < 1 or box.height < 1:
            return
        self.draw.rounded_rectangle(tuple(box), radius=round, fill=colour, outline=border)

    def text(
        self,
        at: tuple[float, float],
        words: str,
        *,
        size: float = 1.0,
        colour: Colour | None = None,
        face: str = "Sans",
        anchor: str = "la",
    ) -> float:
        """Write one line and return its width; sizes are in units."""
        letters = font(face, max(6, round(self.unit * size)))
        self.draw.text(at, words, font=letters, fill=colour or self.theme.ink, anchor=anchor)
        return float(letters.getlength(words))

    def heading(self, box: Box, words: str, *, size: float = 2.0, colour: Colour | None = None) -> Box:
        """Write a large line in the middle of a box's top, as large as fits, and return what is left below."""
        while size > 0.8 and font("Sans-Bold", round(self.unit * size)).getlength(words) > box.width * 0.96:
            size *= 0.9
        middle = (box.left + box.right) / 2
        self.text((middle, box.top), words, size=size, colour=colour, face="Sans-Bold", anchor="ma")
        return Box(box.left, min(box.top + self.unit * size * 1.5, box.bottom), box.right, box.bottom)

    def paragraph(
        self, box: Box, sentences: Sequence[str], *, size: float = 1.0, colour: Colour | None = None, face: str = "Sans"
    ) -> Box:
        """Write sentences as lines of a paragraph while there is room, and return what is left below."""
        letters = font(face, max(6, round(self.unit * size)))
        step, y, line = self.unit * size * 1.45, box.top, ""
        for word in [*" ".join(sentences).split(), ""]:
            longer = f"{line} {word}".strip()
            if word and letters.getlength(longer) <= box.width:
                line = longer
                continue
            if y + step > box.bottom:
                break
            self.draw.text((box.left, y), line, font=letters, fill=colour or self.theme.ink)
            y, line = y + step, word
        return Box(box.left, min(y + step / 2, box.bottom), box.right, box.bottom)

    def filler(self, box: Box, *, size: float = 1.0, colour: Colour | None = None, face: str = "Sans") -> None:
        """Fill a box with ordinary sentences."""
        order = self.chance.permutation(6)
        count = max(1, int(box.height / (self.unit * size * 1.4) * box.width / (self.unit * size * 24)) + 1)
        self.paragraph(
            box, [self.say("filler", int(order[i % 6])) for i in range(count)], size=size, colour=colour, face=face
        )

    def button(self, box: Box, words: str, colour: Colour | None = None) -> None:
        """Draw a button with its words."""
        paint = colour or self.theme.accent
        self.fill(box, paint, round=self.unit * 0.3)
        size = 0.95
        while size > 0.5 and font("Sans-Bold", max(6, round(self.unit * size))).getlength(words) > box.width * 0.9:
            size *= 0.9
        middle = ((box.left + box.right) / 2, (box.top + box.bottom) / 2)
        self.text(middle, words, size=size, colour=readable(paint), face="Sans-Bold", anchor="mm")

    def buttons(self, box: Box, words: Sequence[str], *, strong: int = 0) -> None:
        """Draw buttons at the right of a box; one of them has the colour of the theme."""
        width = self.unit * 7
        for place, word in enumerate(words):
            right = box.right - place * (width + self.unit)
            paint = self.theme.accent if place == strong else mixed(self.theme.panel, self.theme.ink, 0.15)
            self.button(Box(right - width, box.bottom - self.unit * 2.2, right, box.bottom), word, paint)

    def field(self, box: Box, label: str, *, secret: bool = False) -> None:
        """Draw a field to fill in, with its label above."""
        self.text((box.left, box.top), label, size=0.9)
        inner = Box(box.left, box.top + self.unit * 1.4, box.right, box.top + self.unit * 3.4)
        self.fill(inner, self.theme.paper, border=mixed(self.theme.paper, self.theme.ink, 0.4))
        typed = "•" * int(self.chance.integers(0, 12)) if secret else "anna.k"[: int(self.chance.integers(0, 7))]
        self.text((inner.left + self.unit / 2, inner.top + self.unit * 0.4), typed, size=0.9)

    def progress(self, box: Box, share: float) -> None:
        """Draw a bar that is filled to a share."""
        self.fill(box, mixed(self.theme.panel, self.theme.ink, 0.2), round=box.height / 2)
        self.fill(box.part(0, 0, max(share, 0.02), 1), self.theme.accent, round=box.height / 2)

    def photo(self, box: Box) -> None:
        """Draw something that could be a photograph: sky, hills, a sun."""
        sky, land = self.colour(), self.colour()
        for strip, part in zip(box.rows(12), np.linspace(0, 0.6, 12), strict=True):
            self.fill(strip, mixed(sky, (255, 255, 255), float(part)))
        hills = [(box.left, box.bottom)]
        for x in np.linspace(0, 1, 7):
            hills.append(
                (box.left + float(x) * box.width, box.top + box.height * float(self.chance.uniform(0.35, 0.8)))
            )
        self.draw.polygon([*hills, (box.right, box.bottom)], fill=land)
        x, y, r = (*self.chance.uniform(0.15, 0.85, 2), 0.08)
        at = box.part(float(x) - r, float(y) / 3 - r / 3 + 0.1, float(x) + r, float(y) / 3 + r + 0.1)
        self.draw.ellipse(tuple(at), fill=mixed(sky, (255, 240, 170), 0.8))

    def person(self, box: Box) -> None:
        """Draw a head and shoulders before a wall."""
        self.fill(box, mixed(self.colour(), (60, 60, 60), 0.5))
        skin, shirt = mixed(self.colour(), (225, 180, 150), 0.75), self.colour()
        self.draw.chord(tuple(box.part(0.22, 0.62, 0.78, 1.38)), 180, 360, fill=shirt)
        self.draw.ellipse(tuple(box.part(0.36, 0.2, 0.64, 0.7)), fill=skin)

    def sign(self, box: Box, kind: str, colour: Colour) -> None:
        """Draw a sign: a warning triangle, a lock, a shield, a camera, a gift, a circle with a mark."""
        white = readable(colour)
        if kind == "warning":
            self.draw.polygon(
                [(box.left, box.bottom), (box.right, box.bottom), ((box.left + box.right) / 2, box.top)], fill=colour
            )
            self.fill(box.part(0.45, 0.35, 0.55, 0.7), white)
            self.fill(box.part(0.45, 0.78, 0.55, 0.88), white)
        elif kind == "lock":
            self.draw.arc(tuple(box.part(0.25, 0, 0.75, 0.8)), 180, 360, fill=colour, width=max(2, int(box.width / 9)))
            self.fill(box.part(0.12, 0.42, 0.88, 1), colour, round=box.width / 12)
            self.fill(box.part(0.45, 0.6, 0.55, 0.82), white)
        elif kind == "shield":
            points = [(0.5, 0), (1, 0.18), (0.9, 0.65), (0.5, 1), (0.1, 0.65), (0, 0.18)]
            self.draw.polygon([(box.left + x * box.width, box.top + y * box.height) for x, y in points], fill=colour)
            self.fill(box.part(0.44, 0.25, 0.56, 0.72), white)
        elif kind == "camera":
            self.fill(box.part(0, 0.25, 0.68, 0.8), colour, round=box.width / 12)
            self.draw.polygon(
                [
                    tuple(box.part(0.7, 0.5, 1, 1)[:2]),
                    tuple(box.part(1, 0.28, 1, 1)[:2]),
                    tuple(box.part(1, 0.78, 1, 1)[:2]),
                ],
                fill=colour,
            )
        elif kind == "gift":
            self.fill(box.part(0.05, 0.35, 0.95, 1), colour)
            self.fill(box.part(0.43, 0.35, 0.57, 1), white)
            self.draw.arc(tuple(box.part(0.2, 0, 0.5, 0.5)), 0, 360, fill=colour, width=3)
            self.draw.arc(tuple(box.part(0.5, 0, 0.8, 0.5)), 0, 360, fill=colour, width=3)
        else:
            self.draw.ellipse(tuple(box), fill=colour)
            self.fill(box.part(0.45, 0.2, 0.55, 0.62), white)
            self.fill(box.part(0.45, 0.7, 0.55, 0.8), white)

    def dim(self, box: Box) -> None:
        """Darken what is there."""
        from PIL import Image

        left, top, right, bottom = (round(side) for side in box)
        part = self.image.crop((left, top, right, bottom))
        self.image.paste(Image.blend(part, Image.new("RGB", part.size), 0.45), (left, top))

    def colour(self) -> Colour:
        """Any colour."""
        r, g, b = (int(c) for c in self.chance.integers(30, 230, 3))
        return r, g, b

    def pick(self, items: Sequence[Any], *, shared: bool = True) -> Any:
        """Choose one item, the same for the whole campaign unless told otherwise."""
        return items[int((self.look if shared else self.chance).integers(len(items)))]

    def number(self, low: float, high: float) -> float:
        """A number that differs between the pictures of a campaign."""
        return float(self.chance.uniform(low, high))
