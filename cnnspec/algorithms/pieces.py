r"""Any convolution in pieces of 3×3, each by Winograd's algorithm.

`winograd` leaves all but 3×3 kernels that move by one cell to `im2col`, so that few of a law's inputs would ever reach
its transforms. Here all of them do. A dilated kernel is written out with zeros between its cells and cut into squares
of 3×3; the answers of the squares are added; and of the places that a stride passes over, none is kept.

Cost: more than anything else in this package; it is here for the laws, not for speed. Exact on whole numbers, as
`winograd` is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cnnspec.algorithms import im2col, winograd
from cnnspec.algorithms.windows import Layer, layer
from cnnspec.arguments import Array, IntOrPair, Padding
from cnnspec.convolution import pad2d
from cnnspec.gradients import upstream


def conv2d(
    x: ArrayLike,
    w: ArrayLike,
    b: ArrayLike | None = None,
    *,
    stride: IntOrPair = 1,
    padding: Padding = 0,
    dilation: IntOrPair = 1,
    groups: int = 1,
) -> Array:
    """`channels.conv2d` as a sum of 3×3 convolutions; whole numbers, which cannot be halved, go by im2col."""
    checked = layer(x, w, b, stride, padding, dilation, groups)
    if checked.x.dtype.kind not in "fc":
        return im2col.conv2d(x, w, b, stride=stride, padding=padding, dilation=dilation, groups=groups)
    wide, kernels, kept, every = spread(checked)
    y: Array = np.zeros((len(wide), len(kernels), *every), dtype=wide.dtype)
    for square, seen in squares(kernels, every):
        y += winograd.conv2d(wide[seen], kernels[square], groups=checked.groups)
    y = y[kept].copy()
    if checked.b is not None:
        y += checked.b[:, None, None]
    return y


def conv2d_backward(
    dy: ArrayLike,
    x: ArrayLike,
    w: ArrayLike,
    *,
    stride: IntOrPair = 1,
    padding: Padding = 0,
    dilation: IntOrPair = 1,
    groups: int = 1,
) -> tuple[Array, Array, Array]:
    """`gradients.conv2d_backward` of that sum, square by square."""
    checked = layer(x, w, None, stride, padding, dilation, groups)
    if checked.x.dtype.kind not in "fc":
        return im2col.conv2d_backward(dy, x, w, stride=stride, padding=padding, dilation=dilation, groups=groups)
    windows = checked.windows
    wide, kernels, kept, every = spread(checked)
    answers = upstream(dy, (len(wide), len(kernels), *windows.places)).astype(wide.dtype, copy=False)
    # places that the stride passes over ask for nothing
    asked = np.zeros((len(wide), len(kernels), *every), dtype=wide.dtype)
    asked[kept] = answers
    dx, dkernels = np.zeros_like(wide), np.zeros_like(kernels)
    for square, seen in squares(kernels, every):
        back, dkernels[square], _ = winograd.conv2d_backward(asked, wide[seen], kernels[square], groups=checked.groups)
        dx[seen] += back
    (top, _, left, _), (height, width), d = windows.border, windows.size, windows.dilation
    dw = dkernels[:, :, : windows.span.v : d.v, : windows.span.h : d.h]
    return dx[:, :, top : top + height, left : left + width].copy(), dw.copy(), np.sum(answers, axis=(0, 2, 3))


def spread(checked: Layer) -> tuple[Array, Array, tuple[slice, ...], tuple[int, int]]:
    """Write out the border of the maps and the dilation of the kernels, both up to whole squares.

    Returns:
        The maps, the kernels, the index of the answers that the stride keeps, and how many there are without it.
    """
    x, w, _, windows, _ = checked
    span, border, s, d = windows.span, windows.border, windows.stride, windows.dilation
    side = 3 * -(-span.v // 3), 3 * -(-span.h // 3)
    kernels = np.zeros((*w.shape[:2], *side), dtype=w.dtype)
    kernels[:, :, : span.v : d.v, : span.h : d.h] = w
    wide = pad2d(x, ((border.top, border.bottom + side[0] - span.v), (border.left, border.right + side[1] - span.h)))
    every = wide.shape[2] - side[0] + 1, wide.shape[3] - side[1] + 1
    (rows, columns), whole = windows.places, slice(None)
    kept = (whole, whole, slice(0, (rows - 1) * s.v + 1, s.v), slice(0, (columns - 1) * s.h + 1, s.h))
    return wide, kernels, kept, every


def squares(kernels: Array, places: tuple[int, int]) -> Iterator[tuple[Any, Any]]:
    """For each square of the kernels: its index in them, and the index of the cells that it sees on the maps."""
    for a, b in np.ndindex(kernels.shape[2] // 3, kernels.shape[3] // 3):
        top, left = 3 * a, 3 * b
        seen = np.s_[:, :, top : top + places[0] + 2, left : left + places[1] + 2]
        yield np.s_[:, :, top : top + 3, left : left + 3], seen
