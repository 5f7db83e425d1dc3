r"""Pictures and tables for the blocks of a chapter: feature maps with their numbers, images, a real photograph.

Every `show_…` function adds to what the running block shows; nothing is returned. Colours are CSS variables, so that
a figure follows the reader's light or dark mode.

    from cnnspec.book.figures import photograph, show_images, show_maps

    show_maps([image, kernel, correlate2d(image, kernel)], between=["⋆", "="])
"""

from __future__ import annotations

import base64
import html
import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

CELL = 30
MOST_NUMBERS = 20
ORANGE, BLUE = (217, 108, 6), (38, 110, 214)

Mark = tuple[int, int] | tuple[int, int, int, int]


@dataclass(frozen=True)
class Item:
    """One thing a block shows: its kind, `figure` or `table`, and its HTML."""

    kind: str
    html: str


SHOWN: list[Item] = []


def take() -> list[Item]:
    """Return what was shown since the last call, plots of matplotlib last, and forget it."""
    if "matplotlib.pyplot" in sys.modules:
        from cnnspec.book.plots import take as take_plots

        SHOWN.extend(Item("figure", svg) for svg in take_plots())
    items = list(SHOWN)
    SHOWN.clear()
    return items


def use_house_style() -> None:
    """Make matplotlib draw in the colours and the font of the book."""
    from cnnspec.book.plots import use_house_style as use

    use()


def show_map(array: ArrayLike, title: str = "", *, mark: Sequence[Mark] = (), border: int = 0) -> None:
    """Show one map; see `show_maps`."""
    show_maps([array], [title], marks=[mark], borders=[border])


def show_maps(
    arrays: Sequence[ArrayLike],
    titles: Sequence[str] = (),
    *,
    between: Sequence[str] = (),
    marks: Sequence[Sequence[Mark]] = (),
    borders: Sequence[int] = (),
    limit: float | None = None,
) -> None:
    """Show two-dimensional arrays side by side, each cell coloured by its value and holding its number.

    Orange is positive, blue is negative, and the stronger the colour, the larger the value.

    Args:
        arrays: Arrays of shape (H, W).
        titles: One line above each map.
        between: What stands between neighbours, such as `["⋆", "="]`.
        marks: For each map the cells to outline: (row, column), or (row, column, height, width) for a window.
        borders: For each map how many outermost rows and columns are padding, drawn dotted.
        limit: The value that gets the full colour; the largest magnitude of each map if not given.

    Raises:
        ValueError: If an array does not have two axes, or there are more titles than arrays.
    """
    parts = []
    for place, array in enumerate(arrays):
        values = np.asarray(array)
        if values.ndim != 2 or values.size == 0:
            raise ValueError(f"arrays must each have two axes to be shown as maps, but shape {values.shape} came")
        if place and place <= len(between):
            parts.append(f'<span class="between">{html.escape(between[place - 1])}</span>')
        svg = _map(values, _at(marks, place, ()), _at(borders, place, 0), limit)
        parts.append(_picture(svg, _at(titles, place, ""), width=values.shape[1] * CELL + 4))
    if len(titles) > len(arrays):
        raise ValueError(f"titles must be at most one for each of {len(arrays)} arrays, but {len(titles)} came")
    SHOWN.append(Item("figure", "".join(parts)))


def _map(values: NDArray[Any], marks: Sequence[Mark], border: int, limit: float | None) -> str:
    rows, columns = values.shape
    finite = np.abs(values[np.isfinite(values)].astype(float))
    most = limit or (finite.max() if finite.size and finite.max() > 0 else 1)
    numbers = max(rows, columns) <= MOST_NUMBERS
    parts = []
    for (i, j), value in np.ndenumerate(values):
        x, y = j * CELL + 2, i * CELL + 2
        padding = border and not (border <= i < rows - border and border <= j < columns - border)
        strength = min(abs(float(value)) / most, 1.0) if np.isfinite(value) else 1.0
        name = ("positive" if value > 0 else "negative") + (" padding" if padding else "")
        parts.append(f'<rect class="{name}" x="{x}" y="{y}" fill-opacity="{strength * 0.62:.2f}"/>')
        if numbers:
            parts.append(f'<text x="{x + CELL // 2}" y="{y + CELL // 2}">{number(value)}</text>')
    for mark in marks:
        top, left, height, width = (*mark, 1, 1)[:4]
        box = f'x="{left * CELL + 2}" y="{top * CELL + 2}" style="width:{width * CELL}px;height:{height * CELL}px"'
        parts.append(f'<rect class="mark" {box}/>')
    width, height = columns * CELL + 4, rows * CELL + 4
    return f'<svg class="map" viewBox="0 0 {width} {height}" width="{width}" height="{height}">{"".join(parts)}</svg>'


def number(value: float) -> str:
    """Write a value so that it fits into a cell: whole numbers exactly, others with up to two decimals."""
    value = float(value)
    if not np.isfinite(value):
        return "nan" if np.isnan(value) else ("∞" if value > 0 else "\N{MINUS SIGN}∞")
    if value == int(value):
        text = str(int(value))
    else:
        text = f"{value:.2f}".rstrip("0").rstrip(".") if 0.005 <= abs(value) < 100 else f"{value:.2g}"
    return text.replace("-", "\N{MINUS SIGN}")


def show_image(image: ArrayLike, title: str = "", *, signed: bool = False, width: int = 320) -> None:
    """Show one image; see `show_images`."""
    show_images([image], [title], signed=signed, width=width)


def show_images(
    images: Sequence[ArrayLike], titles: Sequence[str] = (), *, signed: bool = False, width: int = 240
) -> None:
    """Show images side by side, each pixel as large as it must be.

    Args:
        images: Arrays of shape (H, W) in grey or (3, H, W) in colour, with values from 0 to 1; others are clipped.
        titles: One line above each image.
        signed: Show the sign instead: orange is positive, blue negative, and zero has the colour of the page. Each
            image is scaled by its own largest magnitude.
        width: The width of each image on the page, in CSS pixels.
    """
    parts = []
    for place, image in enumerate(images):
        parts.append(_picture(_embedded(_pixels(image, signed), width), _at(titles, place, ""), width=width))
    SHOWN.append(Item("figure", "".join(parts)))


def sheet(images: ArrayLike, columns: int, *, gap: int = 1) -> NDArray[np.float64]:
    """Lay images of one size out in rows, with zeros between them; what is missing in the last row is zero.

    Args:
        images: Array of shape (N, H, W).
        columns: How many stand in a row.
        gap: Cells between neighbours.
    """
    tiles = np.asarray(images, dtype=float)
    count, height, width = tiles.shape
    rows = -(-count // columns)
    laid = np.zeros((rows * (height + gap) - gap, columns * (width + gap) - gap))
    for place, tile in enumerate(tiles):
        top, left = place // columns * (height + gap), place % columns * (width + gap)
        laid[top : top + height, left : left + width] = tile
    return laid


def _pixels(values: ArrayLike, signed: bool) -> Any:
    from PIL import Image

    image = np.asarray(values, dtype=float)
    if image.ndim == 3 and image.shape[0] == 3 and not signed:
        return Image.fromarray(_bytes(image.transpose(1, 2, 0)))
    if image.ndim == 2 and not signed:
        return Image.fromarray(_bytes(image))
    if image.ndim == 2:
        strength = _bytes(np.abs(image) / (np.abs(image).max() or 1.0))
        colours = np.where(image[..., None] > 0, ORANGE, BLUE).astype(np.uint8)
        return Image.fromarray(np.concatenate([colours, strength[..., None]], axis=2))
    raise ValueError(f"images must have shape (H, W) or (3, H, W), but shape {image.shape} came")


def _embedded(picture: Any, width: int, **saving: Any) -> str:
    """A picture inside the page, exact to the pixel unless `saving` names a quality."""
    file = io.BytesIO()
    picture.save(file, "webp", **(saving or {"lossless": True, "quality": 100}), method=6)
    data = base64.b64encode(file.getvalue()).decode()
    height = round(width * picture.height / picture.width)
    return f'<img alt="" src="data:image/webp;base64,{data}" width="{width}" height="{height}">'


def _bytes(image: NDArray[np.float64]) -> NDArray[np.uint8]:
    scaled: NDArray[np.uint8] = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
    return scaled


def show_pictures(pictures: Sequence[Any], titles: Sequence[str] = (), *, width: int = 200, quality: int = 50) -> None:
    """Show images of Pillow side by side as small WebP files, for pictures that need many colours and few bytes.

    Args:
        pictures: Images of Pillow.
        titles: One line above each picture.
        width: The width of each picture on the page, in CSS pixels; the file has half as many again.
        quality: The quality of the files, from 0 to 100.
    """
    parts = []
    for place, picture in enumerate(pictures):
        small = picture.copy()
        small.thumbnail((width * 3 // 2, width * 3 // 2))
        parts.append(_picture(_embedded(small, width, quality=quality), _at(titles, place, ""), width=width))
    SHOWN.append(Item("figure", "".join(parts)))


def show_table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Show a table whose numbers were computed: the heads of its columns, and its rows."""
    head = "".join(f"<th>{html.escape(str(cell))}</th>" for cell in heads)
    body = "".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in rows)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    SHOWN.append(
        Item(
            "table",
            '<div class="md-typeset__scrollwrap" tabindex="0" role="group" aria-label="table">'
            f'<div class="md-typeset__table">{table}</div></div>',
        )
    )


def _cell(value: Any) -> str:
    if isinstance(value, (int, float, np.number)) and not isinstance(value, bool):
        return f'<td class="number">{number(float(value))}</td>'
    return f"<td>{html.escape(str(value))}</td>"


@cache
def _sample(name: str) -> NDArray[np.uint8]:
    from sklearn.datasets import load_sample_image

    picture: NDArray[np.uint8] = load_sample_image(f"{name}.jpg")
    return picture


def photograph(name: str = "china", *, factor: int = 4, colour: bool = False) -> NDArray[np.float64]:
    """Load one of the two photographs that come with scikit-learn, made smaller by averaging squares of pixels.

    Args:
        name: `china`, a summer palace by Jakub Wabik, or `flower`, a dahlia by Deni Williams.
        factor: The side of the squares; 4 makes 106 rows and 160 columns.
        colour: Return the three colour planes instead of one plane of grey.

    Returns:
        Array of shape (H, W), or (3, H, W) in colour, with values from 0 to 1.
    """
    picture = _sample(name) / 255.0
    rows, columns = picture.shape[0] // factor, picture.shape[1] // factor
    squares = picture[: rows * factor, : columns * factor].reshape(rows, factor, columns, factor, 3)
    planes: NDArray[np.float64] = squares.mean(axis=(1, 3)).transpose(2, 0, 1).copy()
    if colour:
        return planes
    grey: NDArray[np.float64] = np.tensordot([0.299, 0.587, 0.114], planes, axes=1)
    return grey


def _picture(inner: str, title: str, *, width: int) -> str:
    above = f"<span>{html.escape(title)}</span>" if title else ""
    return f'<span class="picture" style="max-width:{width}px">{above}{inner}</span>'


def _at(items: Sequence[Any], place: int, default: Any) -> Any:
    return items[place] if place < len(items) else default
