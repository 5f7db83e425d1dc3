r"""Arrays as small grids of text: aligned columns, whole numbers without `.0`, the first difference in brackets."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

import numpy as np

from cnnspec.arguments import Array
from cnnspec.check.records import Value, array_of

MOST = 10
"""Rows and columns shown of one plane."""

PLANES = 4
"""Planes shown of one array."""

WIDTH = 76
"""Blocks stand side by side as far as this many columns allow."""

Block = list[str]


def number(entry: Any, digits: int = 6) -> str:
    """One entry, as short as it can be."""
    if isinstance(entry, (bool, np.bool_)):
        return str(bool(entry))
    if np.isfinite(entry) and entry == int(entry) and abs(entry) < 1e15:
        return str(int(entry))
    return f"{float(entry):.{digits}g}"


def digits_for(left: Any, right: Any) -> int:
    """How many digits two different entries need to look different."""
    for digits in range(6, 18):
        if number(left, digits) != number(right, digits):
            return digits
    return 6


def _kept(size: int, mark: int | None) -> list[int | None]:
    """Which indices of an axis are shown; None stands for those left out."""
    if size <= MOST:
        return list(range(size))
    middle = min(max(mark if mark is not None else 0, 0), size - 1)
    chosen = sorted({0, size - 1, *range(max(middle - 3, 0), min(middle + 4, size))})
    kept: list[int | None] = []
    for before, index in zip([-1, *chosen], chosen, strict=False):
        kept += [index] if index == before + 1 else [None, index]
    return kept


def plane(array: Array, mark: Sequence[int] | None = None, digits: int = 6) -> Block:
    """A matrix as aligned lines, with the marked entry in brackets."""
    rows = _kept(array.shape[0], mark[0] if mark else None)
    columns = _kept(array.shape[1], mark[1] if mark else None)

    def cell(i: int | None, j: int | None) -> str:
        if i is None or j is None:
            return "… "
        text = number(array[i, j], digits)
        return f"[{text}]" if mark is not None and (i, j) == tuple(mark) else f"{text} "

    cells = [[cell(i, j) for j in columns] for i in rows]
    widths = [max(len(row[j]) for row in cells) for j in range(len(columns))]
    return [" ".join(c.rjust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in cells]


def blocks(name: str, record: Value, mark: Sequence[int] | None = None, digits: int = 6) -> list[Block]:
    """A value as one block for each plane shown, every block with its name above it."""
    if record["kind"] != "array":
        return [[name, record["text"]]]
    array = array_of(record)
    dtype = "" if record["dtype"] in ("float64", "int64") else f" {record['dtype']}"
    if array.ndim == 0:
        return [[name + dtype, number(array[()], digits)]]
    if array.size == 0:
        return [[name + dtype, f"nothing: shape {tuple(record['shape'])}"]]
    if record.get("elided"):
        dtype += f", corner of shape {tuple(record['shape'])}"
        mark = mark if mark is not None and all(m < n for m, n in zip(mark, array.shape, strict=True)) else None
    if array.ndim < 3:
        spot = None if mark is None else ([0, *mark] if array.ndim == 1 else mark)
        return [[name + dtype, *plane(np.atleast_2d(array), spot, digits)]]
    leading = array.shape[:-2]
    indices = list(np.ndindex(leading))
    first = 0 if mark is None else indices.index(tuple(mark[:-2]))
    shown = indices if len(indices) <= PLANES else (indices[:PLANES] if first < PLANES else indices[first : first + 1])
    single = len(indices) == 1
    result = []
    for index in shown:
        spot = mark[-2:] if mark is not None and tuple(mark[:-2]) == index else None
        place = ", ".join(map(str, index))
        result.append([f"{name}{dtype}" if single else f"{name}[{place}]{dtype}", *plane(array[index], spot, digits)])
    if len(shown) < len(indices):
        result.append([f"… {len(indices) - len(shown)} more planes"])
    return result


def shape_of(record: Value) -> str:
    """The shape of a value, for the line above its grid."""
    return str(tuple(record["shape"])) if record["kind"] == "array" else ""


def beside(parts: Sequence[Block], width: int = WIDTH) -> list[str]:
    """Blocks side by side, in as many bands as the width needs."""
    lines: list[str] = []
    band: list[Block] = []
    used = 0
    for part in parts:
        size = max(map(len, part), default=0) + 4
        if band and used + size > width:
            lines += _joined(band)
            band, used = [], 0
        band.append(part)
        used += size
    return lines + (_joined(band) if band else [])


def _joined(band: Sequence[Block]) -> list[str]:
    widths = [max(map(len, part), default=0) for part in band]
    rows = zip_longest(*band, fillvalue="")
    return ["    ".join(text.ljust(w) for text, w in zip(row, widths, strict=True)).rstrip() for row in rows]


def two_sides(left: Value, right: Value, place: Sequence[int] | None, names: tuple[str, str]) -> list[str]:
    """Both sides of a law, with the first difference marked in each."""
    digits = 6
    if place is not None and left["kind"] == right["kind"] == "array":
        a, b = array_of(left), array_of(right)
        spot = tuple(place)
        if a.shape == b.shape and all(m < n for m, n in zip(spot, a.shape, strict=False)):
            digits = digits_for(a[spot], b[spot])
        else:
            place = None
    one, other = blocks(names[0], left, place, digits), blocks(names[1], right, place, digits)
    if len(one) > 1 and place is not None and len(one) == len(other):  # the plane with the difference is enough
        marked = [i for i, part in enumerate(one) if any("[" in line for line in part[1:])]
        if marked:
            one, other = [one[marked[0]]], [other[marked[0]]]
    return beside([*one, *other])
