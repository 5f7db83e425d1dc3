r"""Convolution with fewer multiplications: Winograd's F(2×2, 3×3).

Two neighbouring answers of a kernel of three cells share two of the four cells they see. Winograd's minimal algorithm
F(2, 3) gets both with four multiplications instead of six:

$$ y = A^T \bigl[ (G w) \odot (B^T d) \bigr], \qquad
   B^T = \begin{pmatrix} 1 & 0 & -1 & 0 \\ 0 & 1 & 1 & 0 \\ 0 & -1 & 1 & 0 \\ 0 & 1 & 0 & -1 \end{pmatrix}, \quad
   G = \begin{pmatrix} 1 & 0 & 0 \\ \tfrac12 & \tfrac12 & \tfrac12 \\ \tfrac12 & -\tfrac12 & \tfrac12 \\ 0 & 0 & 1
       \end{pmatrix}, \quad
   A^T = \begin{pmatrix} 1 & 1 & 1 & 0 \\ 0 & 1 & -1 & -1 \end{pmatrix} $$

Nested in both directions it makes a tile of 2×2 answers from 4×4 cells with 16 multiplications instead of 36. The sum
over channels is taken between the transforms, so that each of the 16 places of the tile is one matrix product.

Cost: 4/9 of the definition's multiplications, and about 24 additions per tile for each channel and each filter. Memory:
the transformed tiles are four times as large as the map, so they are made block by block. Exact on whole numbers, since
$G$ holds nothing but halves; the transforms need a few bits more than the answer. On other numbers it rounds a little
more than the definition. Only 3×3 kernels with stride and dilation 1 go this way; all others go by `im2col`.

Source: Winograd (1980), Arithmetic complexity of computations; Lavin & Gray (2016), Fast algorithms for convolutional
neural networks.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from cnnspec.algorithms import im2col
from cnnspec.algorithms.windows import Block, Layer, Scratch, Windows, blocks, layer, meet
from cnnspec.arguments import Array, IntOrPair, Padding, Pair
from cnnspec.gradients import upstream

G = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
B = np.array([[1, 0, 0, 0], [0, 1, -1, 1], [-1, 1, 1, 0], [0, 0, 0, -1]])
A = np.array([[1, 0], [1, 1], [1, -1], [0, -1]])

BLOCK_BYTES = 4 * 2**20
"""Scratch memory of one block, beside twice that of the transformed kernels: they are read again for every block."""


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
    """`channels.conv2d` by F(2×2, 3×3) where it applies, else by im2col."""
    checked = layer(x, w, b, stride, padding, dilation, groups)
    if not applies(checked):
        return im2col.conv2d(x, w, b, stride=stride, padding=padding, dilation=dilation, groups=groups)
    y = convolve(checked.x, checked.w, checked.windows, checked.groups)
    if checked.b is not None:
        y += checked.b[:, None, None]
    return y


def applies(layer: Layer) -> bool:
    """Whether the algorithm is made for a layer: floating numbers, 3×3 kernels that move by one cell."""
    windows = layer.windows
    return (
        layer.x.dtype.kind in "fc"
        and windows.kernel == (3, 3)
        and windows.stride == (1, 1)
        and windows.dilation == (1, 1)
    )


def convolve(x: Array, w: Array, windows: Windows, groups: int) -> Array:
    """All tiles: transform, multiply place by place, transform back."""
    filters = len(w)
    y = np.empty((len(x), filters, *windows.places), dtype=x.dtype)
    u = transform_kernels(w, groups)
    scratch = Scratch(x.dtype)
    for block, v in transform_tiles(x, windows, filters, groups, scratch):
        images, rows, columns = block.shape
        m = np.matmul(u, v, out=scratch.array("m", *u.shape[:3], v.shape[3]))
        answers = transform_back(m, scratch).reshape(2, 2, filters, images, rows, columns + 1)
        for r, c in np.ndindex(2, 2):
            places = _phase(y, block, r, c)
            kept = answers[r, c, :, :, : places.shape[2], : places.shape[3]]
            places[...] = kept.swapaxes(0, 1)
    return y


def transform_kernels(w: Array, groups: int) -> Array:
    r"""$G w G^T$ of every kernel, as 16 matrices: (16, groups, F // groups, C // groups)."""
    both = np.kron(G, G).astype(w.dtype)
    u: Array = np.matmul(both, w.reshape(-1, 9).T)
    return u.reshape(16, groups, len(w) // groups, w.shape[1])


def transform_tiles(
    x: Array, windows: Windows, filters: int, groups: int, scratch: Scratch
) -> Iterator[tuple[Block, Array]]:
    r"""$B^T d B$ of every tile, block by block: (16, groups, C // groups, tiles).

    The tiles of an image are numbered along rows that are one tile too long, so that the right and the lower
    neighbour of every tile are at fixed distances; what stands in the surplus tiles is never used.
    """
    channels = x.shape[1]
    tiles = tiling(windows)
    budget = BLOCK_BYTES + 32 * filters * (channels // groups) * x.itemsize
    for block in blocks(len(x), tiles.places, 28 * (channels + filters) * x.itemsize, budget):
        images, rows, columns = block.shape
        below, run = columns + 1, rows * (columns + 1)
        p = phases(x, block, tiles, scratch)
        # B^T along the columns of each row: even cells are d0 and d2, odd ones d1 and d3
        t = scratch.array("t", 2, 4, p.shape[2])
        t[..., -1] = 0
        even, odd, after_even, after_odd = p[:, 0, :-1], p[:, 1, :-1], p[:, 0, 1:], p[:, 1, 1:]
        np.subtract(even, after_even, out=t[:, 0, :-1])
        np.add(odd, after_even, out=t[:, 1, :-1])
        np.subtract(after_even, odd, out=t[:, 2, :-1])
        np.subtract(odd, after_odd, out=t[:, 3, :-1])
        # B^T along the rows
        t = t.reshape(2, 4, channels, images, run + below)
        v = scratch.array("v", 4, 4, channels, images, run)
        even, odd, after_even, after_odd = t[0, ..., :run], t[1, ..., :run], t[0, ..., below:], t[1, ..., below:]
        np.subtract(even, after_even, out=v[0])
        np.add(odd, after_even, out=v[1])
        np.subtract(after_even, odd, out=v[2])
        np.subtract(odd, after_odd, out=v[3])
        yield block, v.reshape(16, groups, channels // groups, images * run)


def phases(x: Array, block: Block, tiles: Windows, scratch: Scratch) -> Array:
    """The cells which a block's tiles see, by even or odd row and even or odd column, border included.

    Returns:
        Array of shape (2, 2, channels * images * rows * columns), with one row and column more than tiles.
    """
    images, rows, columns = block.shape
    p = scratch.array("p", 2, 2, x.shape[1], images, rows + 1, columns + 1)
    for r, c in np.ndindex(2, 2):
        inside, seen = meet(2 * block.rows.start + r - tiles.border.top, rows + 1, tiles.size.v, 2)
        within, beheld = meet(2 * block.columns.start + c - tiles.border.left, columns + 1, tiles.size.h, 2)
        cells = x[block.images, :, seen, beheld].swapaxes(0, 1)
        if cells.shape != p.shape[2:]:
            p[r, c].fill(0)
        p[r, c, :, :, inside, within] = cells
    return p.reshape(2, 2, -1)


def transform_back(m: Array, scratch: Scratch) -> Array:
    r"""$A^T m A$ of 16 matrices: the four answers of every tile, (2, 2, ...)."""
    m = m.reshape(4, 4, -1)
    s = scratch.array("s", 2, *m.shape[1:])
    _fold(m[0], m[1], m[2], m[3], s)
    y = scratch.array("y", 2, 2, m.shape[2])
    _fold(s[:, 0], s[:, 1], s[:, 2], s[:, 3], y.swapaxes(0, 1))
    return y


def _fold(first: Array, second: Array, third: Array, fourth: Array, out: Array) -> None:
    np.add(second, third, out=out[0])
    np.add(out[0], first, out=out[0])
    np.subtract(second, third, out=out[1])
    np.subtract(out[1], fourth, out=out[1])


def tiling(windows: Windows) -> Windows:
    """The tiles as windows: 4×4 cells, two apart."""
    rows, columns = windows.places
    tiles = Pair((rows + 1) // 2, (columns + 1) // 2)
    return Windows(windows.size, Pair(4, 4), Pair(2, 2), Pair(1, 1), windows.border, tiles)


def _phase(y: Array, block: Block, r: int, c: int) -> Array:
    """Answer (r, c) of each tile of a block, in y: fewer at the edge of a map whose size is odd."""
    rows, columns = block.rows, block.columns
    return y[block.images, :, 2 * rows.start + r : 2 * rows.stop : 2, 2 * columns.start + c : 2 * columns.stop : 2]


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
    """`gradients.conv2d_backward` by F(2×2, 3×3) and its adjoint where they apply, else by im2col."""
    checked = layer(x, w, None, stride, padding, dilation, groups)
    if not applies(checked):
        return im2col.conv2d_backward(dy, x, w, stride=stride, padding=padding, dilation=dilation, groups=groups)
    x, w, _, windows, g = checked
    dy = upstream(dy, (len(x), len(w), *windows.places)).astype(x.dtype, copy=False)
    turned = im2col.full(windows)  # None if the border is wider than the kernel
    dx = convolve(dy, im2col.turn(w, g), turned, g) if turned else im2col.input_gradient(dy, w, windows, g)
    return dx, weight_gradient(dy, x, w.shape, windows, g), np.sum(dy, axis=(0, 2, 3))


def weight_gradient(dy: Array, x: Array, shape: tuple[int, ...], windows: Windows, groups: int) -> Array:
    r"""The derivative by the weights, the algorithm read backwards.

    Each answer is $A^T [u \odot v] A$ with $u = G w G^T$. So $\mathrm{du} = (A\, \mathrm{dy}\, A^T) \odot v$, summed
    over tiles by 16 matrix products, and $\mathrm{dw} = G^T \mathrm{du}\, G$.
    """
    filters, depth = shape[:2]
    du = np.zeros((16, groups, filters // groups, depth), dtype=x.dtype)
    scratch = Scratch(x.dtype)
    for block, v in transform_tiles(x, windows, filters, groups, scratch):
        spread = transform_upstream(dy, block, scratch).reshape(16, groups, filters // groups, -1)
        du += np.matmul(spread, v.swapaxes(2, 3))
    both = np.kron(G, G).T.astype(x.dtype)
    dw: Array = np.matmul(both, du.reshape(16, -1))
    return dw.T.reshape(shape)


def transform_upstream(dy: Array, block: Block, scratch: Scratch) -> Array:
    r"""$A\, \mathrm{dy}\, A^T$ of every tile of a block, with zeros in the surplus tiles."""
    images, rows, columns = block.shape
    q = scratch.array("q", 2, 2, dy.shape[1], images, rows, columns + 1)
    q.fill(0)
    for r, c in np.ndindex(2, 2):
        part = _phase(dy, block, r, c)
        q[r, c, :, :, : part.shape[2], : part.shape[3]] = part.swapaxes(0, 1)
    s = scratch.array("s", 2, 4, *q.shape[2:])
    _spread(q[:, 0], q[:, 1], s.swapaxes(0, 1))
    m = scratch.array("m", 4, 4, *q.shape[2:])
    _spread(s[0], s[1], m)
    return m


def _spread(first: Array, second: Array, out: Array) -> None:
    out[0] = first
    np.add(first, second, out=out[1])
    np.subtract(first, second, out=out[2])
    np.negative(second, out=out[3])
