r"""Convolution as one matrix product: im2col, and its adjoint col2im.

Write the cells that each window sees as one column of a matrix. Then every filter, written as a row, meets every
window, and all sums of products are one matrix product:

$$ Y = W \cdot \operatorname{cols}(x), \qquad
   W: F \times C k_v k_h, \quad \operatorname{cols}(x): C k_v k_h \times N O_v O_h $$

Cost: the same multiplications as the definition, $N F C k_v k_h O_v O_h$, but in the one form that processors are best
at. Memory: each pixel is copied up to $k_v k_h$ times, so the columns of a large input would not fit anywhere; only a
block of windows is written out at a time (`windows.BLOCK_BYTES`). Exact on whole numbers: only the order of the sum
differs from the definition's.

Source: Chellapilla, Puri & Simard (2006), High performance convolutional neural networks for document processing.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from cnnspec.algorithms.windows import Block, Scratch, Windows, blocks, layer, overlap, slab, view
from cnnspec.arguments import Array, IntOrPair, Padding, Pair, Sides, array, common_dtype, pair, reach
from cnnspec.channels import bias, crop, divisor
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
    """`channels.conv2d` by im2col and matrix products, block by block."""
    x, w, b, windows, g = layer(x, w, b, stride, padding, dilation, groups)
    y = convolve(x, w, windows, g)
    if b is not None:
        y += b[:, None, None]
    return y


def convolve(x: Array, w: Array, windows: Windows, groups: int) -> Array:
    """The matrix product of weights and columns, for arguments that are already checked."""
    y = np.empty((len(x), len(w), *windows.places), dtype=x.dtype)
    weights = w.reshape(groups, len(w) // groups, -1)
    lines = y.reshape(len(x), groups, len(w) // groups, -1)
    for block, columns in im2col(x, windows, groups):
        images, _, width = block.shape
        if images == 1 and width == windows.places.h:
            # whole rows of one image lie side by side in y, so that the product is written where it belongs
            band = slice(block.rows.start * width, block.rows.stop * width)
            np.matmul(weights, columns, out=lines[block.images.start, :, :, band])
        else:
            product = np.matmul(weights, columns).reshape(len(w), *block.shape)
            y[block.images, :, block.rows, block.columns] = product.swapaxes(0, 1)
    return y


def im2col(x: Array, windows: Windows, groups: int = 1) -> Iterator[tuple[Block, Array]]:
    """Write the windows of a batch as columns, block by block.

    Yields:
        The block, and an array of shape (groups, C // groups * KH * KW, windows in the block), which the next
        block overwrites.
    """
    channels, cells = x.shape[1], windows.cells
    if windows.cells == 1 and windows.stride == (1, 1) and not any(windows.border):
        # a kernel of one cell sees each pixel once: the image is its own column matrix
        for n in range(len(x)):
            everything = Block(slice(n, n + 1), slice(0, windows.places.v), slice(0, windows.places.h))
            yield everything, x[n].reshape(groups, channels // groups, -1)
        return
    scratch = Scratch(x.dtype)
    for block in blocks(len(x), windows.places, channels * cells * x.itemsize):
        columns = scratch.array("columns", channels, *windows.kernel, *block.shape)
        columns[...] = view(slab(x, block, windows, scratch), block, windows)
        yield block, columns.reshape(groups, channels // groups * cells, -1)


def correlate2d(
    image: ArrayLike,
    kernel: ArrayLike,
    *,
    stride: IntOrPair = 1,
    padding: Padding = 0,
    dilation: IntOrPair = 1,
) -> Array:
    """`convolution.correlate2d` as a convolution of one image with one filter."""
    x, k = array(image, "image", "H, W"), array(kernel, "kernel", "KH, KW")
    answer: Array = conv2d(x[None, None], k[None, None], stride=stride, padding=padding, dilation=dilation)[0, 0]
    return answer


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
    """`gradients.conv2d_backward` by matrix products: dw from the columns of x, dx by adding columns back."""
    x, w, _, windows, g = layer(x, w, None, stride, padding, dilation, groups)
    dy = upstream(dy, (len(x), len(w), *windows.places)).astype(x.dtype, copy=False)
    return input_gradient(dy, w, windows, g), weight_gradient(dy, x, w.shape, windows, g), np.sum(dy, axis=(0, 2, 3))


def conv2d_backward_weights(
    dy: ArrayLike,
    x: ArrayLike,
    w: ArrayLike,
    *,
    stride: IntOrPair = 1,
    padding: Padding = 0,
    dilation: IntOrPair = 1,
    groups: int = 1,
) -> tuple[Array, Array]:
    """Only the last two answers of `conv2d_backward`: a first layer has no use for the one that costs most."""
    x, w, _, windows, g = layer(x, w, None, stride, padding, dilation, groups)
    dy = upstream(dy, (len(x), len(w), *windows.places)).astype(x.dtype, copy=False)
    return weight_gradient(dy, x, w.shape, windows, g), np.sum(dy, axis=(0, 2, 3))


def weight_gradient(dy: Array, x: Array, shape: tuple[int, ...], windows: Windows, groups: int) -> Array:
    r"""The derivative by the weights, $\mathrm{dY} \cdot \operatorname{cols}(x)^T$, summed over blocks."""
    dw = np.zeros((groups, shape[0] // groups, shape[1] * windows.cells), dtype=x.dtype)
    for block, columns in im2col(x, windows, groups):
        part = gather(dy, block, groups)
        dw += np.matmul(part, columns.swapaxes(1, 2))
    return dw.reshape(shape)


def input_gradient(dy: Array, w: Array, windows: Windows, groups: int) -> Array:
    r"""The derivative by the input: $\operatorname{cols}^T(W^T \cdot \mathrm{dY})$.

    Where windows move by one cell this is a convolution itself, of `dy` with the turned kernels, and goes by
    im2col; otherwise it goes by col2im.
    """
    turned = full(windows)
    if turned is not None:
        return convolve(dy, turn(w, groups), turned, groups)
    return col2im(dy, w, windows, groups)


def full(windows: Windows) -> Windows | None:
    """The windows of the convolution that undoes these: those on `dy` with a border of almost a kernel.

    There are none if the stride is not 1, or the padding larger than that border.
    """
    span, border, (rows, columns) = windows.span, windows.border, windows.places
    around = (
        span.v - 1 - border.top,
        windows.size.v + border.top - rows,
        span.h - 1 - border.left,
        windows.size.h + border.left - columns,
    )
    if windows.stride != (1, 1) or min(around) < 0:
        return None
    return Windows(windows.places, windows.kernel, windows.stride, windows.dilation, Sides(*around), windows.size)


def turn(w: Array, groups: int) -> Array:
    """Exchange filters and channels within each group, and turn the kernels by 180 degrees."""
    filters, depth, *kernel = w.shape
    parts: Array = w.reshape(groups, filters // groups, depth, *kernel)[..., ::-1, ::-1].swapaxes(1, 2)
    return parts.reshape(groups * depth, filters // groups, *kernel)


def col2im(dy: Array, w: Array, windows: Windows, groups: int) -> Array:
    """The adjoint of im2col after that of the matrix product: every column is added back to where it was read.

    Returns:
        Array of shape (N, C, *windows.size).
    """
    filters, depth = w.shape[:2]
    channels, s, d = groups * depth, windows.stride, windows.dilation
    dx = np.zeros((len(dy), channels, *windows.size), dtype=dy.dtype)
    weights = w.reshape(groups, filters // groups, -1).swapaxes(1, 2)
    scratch = Scratch(dy.dtype)
    for block in blocks(len(dy), windows.places, channels * windows.cells * dy.itemsize):
        images, rows, columns = block.shape
        product = scratch.array("product", groups, depth * windows.cells, images * rows * columns)
        np.matmul(weights, gather(dy, block, groups), out=product)
        product = product.reshape(channels, *windows.kernel, *block.shape)
        inside, seen, shape = overlap(block, windows)
        canvas = scratch.array("canvas", images, channels, *shape)
        canvas.fill(0)
        for a, b in np.ndindex(*windows.kernel):
            top, left = a * d.v, b * d.h
            cells = canvas[:, :, top : top + (rows - 1) * s.v + 1 : s.v, left : left + (columns - 1) * s.h + 1 : s.h]
            cells += product[:, a, b].swapaxes(0, 1)
        dx[seen] += canvas[inside]
    return dx


def gather(dy: Array, block: Block, groups: int) -> Array:
    """The block's part of `dy` as matrices of shape (groups, F // groups, windows in the block)."""
    part = dy[block.images, :, block.rows, block.columns].swapaxes(0, 1)
    return part.reshape(groups, dy.shape[1] // groups, -1)


def conv_transpose2d(
    x: ArrayLike,
    w: ArrayLike,
    b: ArrayLike | None = None,
    *,
    stride: IntOrPair = 1,
    padding: Padding = 0,
    output_padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
    groups: int = 1,
) -> Array:
    """`channels.conv_transpose2d` as what it is, the input gradient of a convolution."""
    x, w = array(x, "x", "N, C, H, W"), array(w, "w", "C, F // groups, KH, KW")
    s, d, g = pair(stride, "stride", least=1), pair(dilation, "dilation", least=1), divisor(groups, x)
    if w.shape[0] != x.shape[1]:
        raise ValueError(f"w must have one kernel for each of the {x.shape[1]} channels, but its shape is {w.shape}.")
    b = bias(b, w.shape[1] * g)
    dtype = common_dtype(x, w, b)
    x, w = x.astype(dtype, copy=False), w.astype(dtype, copy=False)
    kernel, size = Pair(*w.shape[2:]), Pair(*x.shape[2:])
    span = reach(kernel, d)
    cut, extra = crop(padding, pair(output_padding, "output_padding", least=0), x.shape, span, s, d)
    canvas = Pair((size.v - 1) * s.v + span.v + extra.v, (size.h - 1) * s.h + span.h + extra.h)
    result = Pair(canvas.v - cut.top - cut.bottom, canvas.h - cut.left - cut.right)
    if min(result) < 1:
        raise ValueError(
            f"padding must leave a row and a column of the {canvas.v}x{canvas.h} canvas, but {padding!r} came."
        )
    y = input_gradient(x, w, Windows(result, kernel, s, d, cut, size), g)
    if b is not None:
        y += b.astype(dtype)[:, None, None]
    return y
