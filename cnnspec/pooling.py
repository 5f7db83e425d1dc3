r"""Step 4: a window becomes one number.

Pooling slides a window over each channel by itself and keeps its largest entry or its mean. It has no weights.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from cnnspec.arguments import Array, IntOrPair, Padding, Pair, Sides, array, pair, reach, sides
from cnnspec.convolution import pad2d


def max_pool2d(
    x: ArrayLike,
    size: IntOrPair,
    *,
    stride: IntOrPair | None = None,
    padding: Padding = 0,
    dilation: IntOrPair = 1,
    ceil_mode: bool = False,
) -> Array:
    r"""Keep the largest entry of each window.

    $$ y_{ncij} = \max_{a,b}\; x_{n,c,\; is+ad,\; js+bd} $$

    The border counts as $-\infty$: it never wins, so that maps of negative numbers keep their maxima.

    Args:
        x: Array of shape (N, C, H, W), real.
        size: Rows and columns of the window: an integer or a pair (vertical, horizontal).
        stride: Step between neighbouring windows; None means `size`, windows side by side.
        padding: Border around each map, at most half of the window: an integer, a pair,
            `((top, bottom), (left, right))`, `"same"` or `"valid"`.
        dilation: Distance between neighbouring cells of the window.
        ceil_mode: Whether a last window that is cut off by the edge still counts, if it starts inside the map
            or the border before it.

    Returns:
        Array of shape (N, C, OH, OW) with the dtype of x.

    Raises:
        TypeError: If entries are not real numbers or an option not a whole number.
        ValueError: If x has another rank or an empty axis, an option is too small, the padding larger than half
            of the window, or the window larger than the padded map.

    Source:
        `torch.nn.functional.max_pool2d`; Dumoulin & Visin (2016), chapter 3, relationship 7.
    """
    x = array(x, "x", "N, C, H, W", real=True)
    k, d = pair(size, "size", least=1), pair(dilation, "dilation", least=1)
    s = k if stride is None else pair(stride, "stride", least=1)
    # sizes
    span = reach(k, d)
    border = window_border(padding, x, k, span, s)
    rows, columns = window_places(x, span, s, border, ceil_mode)
    lowest = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    x = pad2d(x, ((border.top, border.bottom), (border.left, border.right)), value=lowest)
    y = np.zeros((*x.shape[:2], rows, columns), dtype=x.dtype)
    for n, c, i, j in np.ndindex(y.shape):
        # window
        top, left = i * s.v, j * s.h
        window = x[n, c, top : top + span.v : d.v, left : left + span.h : d.h]
        # maximum
        y[n, c, i, j] = np.max(window)
    return y


def avg_pool2d(
    x: ArrayLike,
    size: IntOrPair,
    *,
    stride: IntOrPair | None = None,
    padding: Padding = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Array:
    r"""Average the entries of each window.

    $$ y_{ncij} = \frac{1}{m_{ij}} \sum_{a,b} x_{n,c,\; is+a,\; js+b} $$

    The border counts as zeros. The divisor $m_{ij}$ is the number of the window's cells on the padded map, or,
    without `count_include_pad`, on the map itself. Cells of a last window beyond the padded map, which
    `ceil_mode` allows, never count.

    Args:
        x: Array of shape (N, C, H, W).
        size: Rows and columns of the window: an integer or a pair (vertical, horizontal).
        stride: Step between neighbouring windows; None means `size`.
        padding: Border around each map, at most half of the window; spelt as in `max_pool2d`.
        ceil_mode: As in `max_pool2d`.
        count_include_pad: Whether the zeros of the border count as cells.

    Returns:
        Array of shape (N, C, OH, OW). Floating inputs keep their dtype, integers become float64.

    Raises:
        TypeError: If entries are not numbers or an option not a whole number.
        ValueError: As `max_pool2d` does.

    Source:
        `torch.nn.functional.avg_pool2d`; ONNX operator AveragePool.
    """
    x = array(x, "x", "N, C, H, W")
    x = x.astype(np.float64) if x.dtype.kind in "iu" else x
    k, s = pair(size, "size", least=1), pair(size if stride is None else stride, "stride", least=1)
    # sizes
    border = window_border(padding, x, k, k, s)
    rows, columns = window_places(x, k, s, border, ceil_mode)
    around = ((border.top, border.bottom), (border.left, border.right))
    counts = pad2d(np.ones(x.shape[2:]), around, value=1 if count_include_pad else 0)
    x = pad2d(x, around)
    y = np.zeros((*x.shape[:2], rows, columns), dtype=x.dtype)
    for n, c, i, j in np.ndindex(y.shape):
        # window
        top, left = i * s.v, j * s.h
        window = np.s_[top : top + k.v, left : left + k.h]
        # mean
        y[n, c, i, j] = np.sum(x[n, c][window]) / np.sum(counts[window])
    return y


def global_avg_pool2d(x: ArrayLike) -> Array:
    r"""Average each channel over all its places.

    $$ y_{nc} = \frac{1}{HW} \sum_{i,j} x_{ncij} $$

    Args:
        x: Array of shape (N, C, H, W).

    Returns:
        Array of shape (N, C). Floating inputs keep their dtype, integers become float64.

    Raises:
        TypeError: If entries are not numbers.
        ValueError: If x has another rank or an empty axis.

    Source:
        Lin, Chen & Yan (2014), Network in Network, section 3.2.
    """
    x = array(x, "x", "N, C, H, W")
    dtype = np.float64 if x.dtype.kind in "iu" else x.dtype
    # sizes
    batch, channels, height, width = x.shape
    y = np.zeros((batch, channels), dtype=dtype)
    for n, c in np.ndindex(batch, channels):
        # mean
        y[n, c] = np.sum(x[n, c], dtype=dtype) / (height * width)
    return y


def window_places(x: Array, span: Pair, stride: Pair, border: Sides, ceil_mode: bool) -> Pair:
    r"""Count the windows: floor, or ceiling less a window that would start beyond the map.

    $$ o = \left\lceil \frac{i + p_0 + p_1 - \tilde k}{s} \right\rceil + 1,
       \qquad \text{less one if } (o-1)s \ge i + p_0 $$
    """
    return Pair(
        _line(x.shape[2], span.v, stride.v, border.top, border.bottom, ceil_mode),
        _line(x.shape[3], span.h, stride.h, border.left, border.right, ceil_mode),
    )


def _line(length: int, span: int, stride: int, before: int, after: int, ceil_mode: bool) -> int:
    room = length + before + after - span
    places = (-(-room // stride) if ceil_mode else room // stride) + 1
    if ceil_mode and (places - 1) * stride >= length + before:
        places -= 1
    if places < 1 or (room < 0 and not ceil_mode):
        raise ValueError(
            f"size must fit on the padded map, but the window spans {span} cells and there are"
            f" {length + before + after}."
        )
    return places


def window_border(padding: Padding, x: Array, size: Pair, span: Pair, stride: Pair) -> Sides:
    """Return the border's four sides; numbers may be at most half of the window's size, as in PyTorch."""
    border = sides(padding, size=Pair(*x.shape[2:]), span=span, stride=stride)
    if padding != "same" and (
        max(border.top, border.bottom) > size.v // 2 or max(border.left, border.right) > size.h // 2
    ):
        raise ValueError(f"padding must be at most half of the {size.v}x{size.h} window, but {padding!r} came.")
    return border
