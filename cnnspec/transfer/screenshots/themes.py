"""The colours of a desktop: none of them belongs to a class, so that colour alone decides nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Theme:
    """Colours of one desktop.

    Attributes:
        desktop: Behind everything.
        bar: The bar with the clock.
        title: The title of a window.
        panel: Dialogs and menus.
        paper: Pages and fields.
        ink: Text on panels and paper.
        accent: Buttons and what is chosen.
    """

    desktop: Colour
    bar: Colour
    title: Colour
    panel: Colour
    paper: Colour
    ink: Colour
    accent: Colour


def theme(chance: np.random.Generator) -> Theme:
    """A light or a dark theme with an accent of any hue."""
    hue, other = chance.uniform(0, 1, 2)
    accent = from_hue(float(hue), float(chance.uniform(0.35, 0.9)), float(chance.uniform(0.45, 0.85)))
    desktop = from_hue(float(other), float(chance.uniform(0.05, 0.7)), float(chance.uniform(0.15, 0.8)))
    if chance.random() < 0.35:
        return Theme(desktop, (20, 20, 24), (38, 38, 44), (46, 47, 53), (32, 33, 38), (226, 226, 230), accent)
    grey = int(chance.integers(215, 246))
    title = accent if chance.random() < 0.4 else (grey, grey, grey)
    bar = (28, 30, 36) if chance.random() < 0.6 else (235, 236, 240)
    return Theme(desktop, bar, title, (grey, grey, min(255, grey + 3)), (255, 255, 255), (24, 24, 28), accent)


def from_hue(hue: float, saturation: float, value: float) -> Colour:
    """A colour from hue, saturation and value, each from 0 to 1."""
    from colorsys import hsv_to_rgb

    r, g, b = hsv_to_rgb(hue, saturation, value)
    return round(r * 255), round(g * 255), round(b * 255)


def mixed(first: Colour, second: Colour, share: float) -> Colour:
    """A colour between two: `share` of the second."""
    r, g, b = (round(a + (c - a) * share) for a, c in zip(first, second, strict=True))
    return r, g, b


def readable(ground: Colour) -> Colour:
    """Black or white, whichever can be read on a colour."""
    return (16, 16, 16) if 0.3 * ground[0] + 0.59 * ground[1] + 0.11 * ground[2] > 140 else (250, 250, 250)
