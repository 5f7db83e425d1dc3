r"""Step 2: one kernel slides over one image.

What deep learning calls convolution is cross-correlation: the kernel is laid on the image as it is, and the
products under it are added. `correlate2d` is that operation; `convolve2d` is the operation which mathematics
calls convolution, with the kernel turned by 180 degrees.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from cnnspec.arguments import (
    Array,
    IntOrPair,
    Padding,
    Pair,
    array,
    common_dtype,
    integer,
    pair,
    reach,
    sides,
)

HORIZONTAL_EDGE = np.array([[-1.0, -1, -1], [0, 0, 0], [1, 1, 1]])
VERTICAL_EDGE = HORIZONTAL_EDGE.T.copy()
SHARPEN = np.array([[0.0, -1, 0], [-1, 5, -1], [0, -1, 0]])
BOX_BLUR = np.full((3, 3), 1 / 9)


def rectangle() -> Array:
    """The lab's image: 8 by 8, zero, with a 4 by 4 block of ones in the middle."""
    image = np.zeros((8, 8))
    image[2:6, 2:6] = 1
    return image


def output_size(size: int, kernel: int, *, stride: int = 1, padding: Padding = 0, dilation: int = 1) -> int:
    r"""Count the places where a kernel fits on a line of cells.

    $$ o = \left\lfloor \frac{i + p_0 + p_1 - d(k-1) - 1}{s} \right\rfloor + 1 $$

    Args:
        size: Cells $i$ of the input.
        kernel: Cells $k$ of the kernel.
        stride: Step $s$ from one place to the next.
        padding: Cells added before and after: one number for both, a pair (before, after), `"same"` or `"valid"`.
        dilation: Distance $d$ between neighbouring cells of the kernel; 1 is an ordinary kernel.

    Returns:
        The number of places, at least 1.

    Raises:
        TypeError: If an argument is not a whole number.
        ValueError: If a number is too small, or the dilated kernel larger than the padded input.

    Source:
        Dumoulin & Visin (2016, revised 2018), relationships 1 to 6 and 15.
    """
    i, k = integer(size, "size", least=1), integer(kernel, "kernel", least=1)
    s, d = integer(stride, "stride", least=1), integer(dilation, "dilation", least=1)
    span = d * (k - 1) + 1
    around = padding if isinstance(padding, str) else (pair(padding, "padding", least=0), 0)
    before, after, _, _ = sides(around, size=Pair(i, 1), span=Pair(span, 1), stride=Pair(s, 1))
    if span > i + before + after:
        raise ValueError(
            f"kernel must fit on the padded input, but it spans {span} cells and there are {i + before + after}."
        )
    return (i + before + after - span) // s + 1


def pad2d(x: ArrayLike, padding: Padding, *, value: float = 0) -> Array:
    """Write a border around the last two axes of an array.

    Args:
        x: Array of shape (..., H, W), with at least two axes.
        padding: An integer, a pair (vertical, horizontal), or `((top, bottom), (left, right))`.
        value: What the border holds.

    Returns:
        A new array of shape (..., top + H + bottom, left + W + right) and the same dtype.

    Raises:
        TypeError: If the entries or the padding are not numbers.
        ValueError: If an axis is missing or empty, or a padding is negative or a word.
    """
    x = array(x, "x", ", ".join(["H", "W"] if np.ndim(x) < 2 else ["·"] * (np.ndim(x) - 2) + ["H", "W"]))
    if isinstance(padding, str):
        raise ValueError(f"padding must be numbers here, but {padding!r} came.")
    height, width = x.shape[-2:]
    top, bottom, left, right = sides(padding, size=Pair(height, width), span=Pair(1, 1), stride=Pair(1, 1))
    padded = np.full((*x.shape[:-2], top + height + bottom, left + width + right), value, dtype=x.dtype)
    padded[..., top : top + height, left : left + width] = x
    return padded


def rot180(kernel: ArrayLike) -> Array:
    """Turn the last two axes by 180 degrees, into a new array."""
    return np.asarray(kernel)[..., ::-1, ::-1].copy()


def correlate2d(
    image: ArrayLike,
    kernel: ArrayLike,
    *,
    stride: IntOrPair = 1,
    padding: Padding = 0,
    dilation: IntOrPair = 1,
) -> Array:
    r"""Slide a kernel over an image and sum the products under it.

    $$ y_{ij} = \sum_{a,b} x_{is+ad,\; js+bd}\; k_{ab} $$

    This is cross-correlation, the operation that deep-learning libraries call convolution: the kernel is not
    turned. Here $x$ is the image with its border of zeros.

    Args:
        image: Array of shape (H, W).
        kernel: Array of shape (KH, KW).
        stride: Step between neighbouring windows.
        padding: Rows and columns of zeros around the image: an integer, a pair (vertical, horizontal),
            `((top, bottom), (left, right))`, `"same"` or `"valid"`.
        dilation: Distance between neighbouring cells of the kernel.

    Returns:
        Array of shape (OH, OW), each as `output_size` says. Floating inputs keep their dtype.

    Raises:
        TypeError: If the entries are not numbers or an option not a whole number.
        ValueError: If an array has another rank or an empty axis, an option is too small, or the dilated kernel
            is larger than the padded image.

    Source:
        Dumoulin & Visin (2016, revised 2018), chapter 2, relationships 6 and 15.
    """
    x, k = array(image, "image", "H, W"), array(kernel, "kernel", "KH, KW")
    s, d = pair(stride, "stride", least=1), pair(dilation, "dilation", least=1)
    dtype = common_dtype(x, k)
    # sizes
    span = reach(Pair(*k.shape), d)
    border = sides(padding, size=Pair(*x.shape), span=span, stride=s)
    x = pad2d(x.astype(dtype), ((border.top, border.bottom), (border.left, border.right)))
    rows, columns = places(x.shape, span, s)
    y = np.zeros((rows, columns), dtype=dtype)
    for i, j in np.ndindex(rows, columns):
        # window
        top, left = i * s.v, j * s.h
        window = x[top : top + span.v : d.v, left : left + span.h : d.h]
        # sum
        y[i, j] = np.sum(window * k)
    return y


def convolve2d(
    image: ArrayLike,
    kernel: ArrayLike,
    *,
    stride: IntOrPair = 1,
    padding: Padding = 0,
    dilation: IntOrPair = 1,
) -> Array:
    r"""Convolve as mathematics does: turn the kernel by 180 degrees, then correlate.

    $$ y_{ij} = \sum_{a,b} x_{is+ad,\; js+bd}\; k_{KH-1-a,\; KW-1-b} $$

    Args:
        image: Array of shape (H, W).
        kernel: Array of shape (KH, KW).
        stride: As in `correlate2d`.
        padding: As in `correlate2d`.
        dilation: As in `correlate2d`.

    Returns:
        Array of shape (OH, OW).

    Raises:
        TypeError: As `correlate2d` does.
        ValueError: As `correlate2d` does.

    Source:
        Dumoulin & Visin (2016), section 1.1; `scipy.signal.convolve2d`.
    """
    turned = rot180(array(kernel, "kernel", "KH, KW"))
    return correlate2d(image, turned, stride=stride, padding=padding, dilation=dilation)


def places(shape: tuple[int, ...], span: Pair, stride: Pair) -> Pair:
    """Count the rows and columns of windows on a map whose border is already written.

    Raises:
        ValueError: If the kernel spans more rows or columns than the padded map has.
    """
    height, width = shape[-2:]
    if span.v > height or span.h > width:
        raise ValueError(
            f"kernel must fit on the padded image, but it spans {span.v}x{span.h} cells and the image has"
            f" {height}x{width}."
        )
    return Pair((height - span.v) // stride.v + 1, (width - span.h) // stride.h + 1)
