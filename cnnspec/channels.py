r"""Step 3: many channels in, many filters out.

An image has channels, a filter is as deep as the image, and a layer holds many filters. Arrays are
N, C, H, W (batch, channels, rows, columns); weights are F, C/groups, KH, KW.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from cnnspec.arguments import (
    Array,
    IntOrPair,
    Padding,
    Pair,
    Sides,
    array,
    common_dtype,
    integer,
    pair,
    reach,
    sides,
)
from cnnspec.convolution import pad2d, places


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
    r"""Correlate every image of a batch with every filter, over all channels of the filter's group.

    $$ y_{nfij} = b_f + \sum_{c,a,b} x_{n,\,c_0+c,\; is+ad,\; js+bd}\; w_{fcab},
       \qquad c_0 = \left\lfloor \frac{f}{F/g} \right\rfloor \frac{C}{g} $$

    Args:
        x: Array of shape (N, C, H, W).
        w: Array of shape (F, C // groups, KH, KW).
        b: Array of shape (F,), or None.
        stride: Step between neighbouring windows: an integer or a pair (vertical, horizontal).
        padding: Zeros around each image: an integer, a pair (vertical, horizontal),
            `((top, bottom), (left, right))`, `"same"` or `"valid"`.
        dilation: Distance between neighbouring cells of the kernel.
        groups: Number $g$ of equal parts into which channels and filters are cut; part by part they are
            connected.

    Returns:
        Array of shape (N, F, OH, OW). Floating inputs keep their dtype.

    Raises:
        TypeError: If entries are not numbers or an option not a whole number.
        ValueError: If shapes do not fit each other, `groups` does not divide C and F, an option is too small,
            or the dilated kernel is larger than the padded image.

    Source:
        `torch.nn.functional.conv2d`; ONNX operator Conv; groups: Krizhevsky et al. (2012), section 3.5.
    """
    x, w = array(x, "x", "N, C, H, W"), array(w, "w", "F, C // groups, KH, KW")
    s, d, g = pair(stride, "stride", least=1), pair(dilation, "dilation", least=1), divisor(groups, x, w)
    b = bias(b, len(w))
    dtype = common_dtype(x, w, b)
    # sizes
    batch, filters, depth = len(x), len(w), w.shape[1]
    span = reach(Pair(*w.shape[2:]), d)
    border = sides(padding, size=Pair(*x.shape[2:]), span=span, stride=s)
    x = pad2d(x.astype(dtype), ((border.top, border.bottom), (border.left, border.right)))
    rows, columns = places(x.shape, span, s)
    y = np.zeros((batch, filters, rows, columns), dtype=dtype)
    for n, f, i, j in np.ndindex(y.shape):
        # window
        first = f // (filters // g) * depth
        top, left = i * s.v, j * s.h
        window = x[n, first : first + depth, top : top + span.v : d.v, left : left + span.h : d.h]
        # sum
        y[n, f, i, j] = np.sum(window * w[f]) + (0 if b is None else b[f])
    return y


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
    r"""Let every input cell paint its kernel, scaled by the cell, on a canvas; then cut the padding off.

    $$ y_{n,\,f_0+f,\; is+ad-p,\; js+bd-p} \mathrel{+}= x_{ncij}\; w_{cfab},
       \qquad f_0 = \left\lfloor \frac{c}{C/g} \right\rfloor \frac{F}{g} $$

    It is the adjoint (the transposed matrix) of `conv2d` with the same weights and options, plus a bias. It
    gives back the shape that `conv2d` took, not the values.

    Args:
        x: Array of shape (N, C, H, W).
        w: Array of shape (C, F // groups, KH, KW).
        b: Array of shape (F,), or None.
        stride: Distance on the canvas between the kernels of neighbouring cells.
        padding: Rows and columns cut off the canvas; spelt as in `conv2d`. `"same"` gives H * stride rows.
        output_padding: Rows at the bottom and columns on the right that are added to the result: the
            sizes which the stride of the convolution rounded away.
        dilation: Distance between neighbouring cells of the kernel.
        groups: Number $g$ of equal parts of channels and filters.

    Returns:
        Array of shape (N, F, OH, OW) with $OH = s(H-1) + d(KH-1) + 1 - p_0 - p_1 + a$.

    Raises:
        TypeError: If entries are not numbers or an option not a whole number.
        ValueError: If shapes do not fit each other, `groups` does not divide C and F, `output_padding` is not
            smaller than stride or dilation, or nothing is left after cutting.

    Source:
        Dumoulin & Visin (2016), chapter 4, relationships 8 to 14; `torch.nn.functional.conv_transpose2d`.
    """
    x, w = array(x, "x", "N, C, H, W"), array(w, "w", "C, F // groups, KH, KW")
    s, d, g = pair(stride, "stride", least=1), pair(dilation, "dilation", least=1), divisor(groups, x)
    if w.shape[0] != x.shape[1]:
        raise ValueError(f"w must have one kernel for each of the {x.shape[1]} channels, but its shape is {w.shape}.")
    filters = w.shape[1] * g
    b = bias(b, filters)
    dtype = common_dtype(x, w, b)
    x, w = x.astype(dtype), w.astype(dtype)
    # sizes
    batch, channels, height, width = x.shape
    span = reach(Pair(*w.shape[2:]), d)
    cut, extra = crop(padding, pair(output_padding, "output_padding", least=0), x.shape, span, s, d)
    canvas = Pair((height - 1) * s.v + span.v + extra.v, (width - 1) * s.h + span.h + extra.h)
    rows, columns = canvas.v - cut.top - cut.bottom, canvas.h - cut.left - cut.right
    if rows < 1 or columns < 1:
        raise ValueError(
            f"padding must leave a row and a column of the {canvas.v}x{canvas.h} canvas, but {padding!r} came."
        )
    y = np.zeros((batch, filters, *canvas), dtype=dtype)
    for n, c, i, j in np.ndindex(x.shape):
        # window
        first = c // (channels // g) * w.shape[1]
        top, left = i * s.v, j * s.h
        window = y[n, first : first + w.shape[1], top : top + span.v : d.v, left : left + span.h : d.h]
        # sum
        window += x[n, c, i, j] * w[c]
    y = y[:, :, cut.top : cut.top + rows, cut.left : cut.left + columns].copy()
    return y if b is None else y + b.astype(dtype)[:, None, None]


def conv2d_parameters(c_in: int, c_out: int, kernel: IntOrPair, *, groups: int = 1, bias: bool = True) -> int:
    r"""Count the numbers that a convolution learns; the size of the image plays no part.

    $$ F \left( \frac{C}{g} k_v k_h + 1 \right) $$

    Args:
        c_in: Input channels $C$.
        c_out: Filters $F$.
        kernel: Kernel size, an integer or a pair.
        groups: Number $g$ of groups.
        bias: Whether each filter has a bias (the 1).

    Raises:
        TypeError: If a number is not whole.
        ValueError: If a number is below 1, or `groups` does not divide both channel counts.
    """
    channels, filters = integer(c_in, "c_in", least=1), integer(c_out, "c_out", least=1)
    k, g = pair(kernel, "kernel", least=1), integer(groups, "groups", least=1)
    if channels % g or filters % g:
        raise ValueError(f"groups must divide c_in = {channels} and c_out = {filters}, but {g} came.")
    return filters * (channels // g * k.v * k.h + (1 if bias else 0))


def conv2d_macs(c_in: int, c_out: int, kernel: IntOrPair, output: IntOrPair, *, groups: int = 1) -> int:
    r"""Count the multiply–accumulates of a convolution on one image: one per weight and output place.

    $$ OH \cdot OW \cdot F \cdot \frac{C}{g} k_v k_h $$

    Args:
        c_in: Input channels $C$.
        c_out: Filters $F$.
        kernel: Kernel size, an integer or a pair.
        output: Rows and columns of the *output*, an integer or a pair.
        groups: Number $g$ of groups.

    Raises:
        TypeError: If a number is not whole.
        ValueError: If a number is below 1, or `groups` does not divide both channel counts.
    """
    positions = pair(output, "output", least=1)
    return positions.v * positions.h * conv2d_parameters(c_in, c_out, kernel, groups=groups, bias=False)


def divisor(groups: object, x: Array, w: Array | None = None) -> int:
    """Return the number of groups, which must divide the channels of x and the filters of w; these must fit them."""
    g = integer(groups, "groups", least=1)
    if x.shape[1] % g:
        raise ValueError(f"groups must divide the {x.shape[1]} channels of x, but {g} came.")
    if w is not None and w.shape[0] % g:
        raise ValueError(f"groups must divide the {w.shape[0]} filters of w, but {g} came.")
    if w is not None and w.shape[1] * g != x.shape[1]:
        raise ValueError(
            f"w must have C // groups = {x.shape[1] // g} channels per filter (C = {x.shape[1]}, groups = {g}),"
            f" but its shape is {w.shape}."
        )
    return g


def bias(b: ArrayLike | None, filters: int) -> Array | None:
    """Return the bias as an array of one number per filter, or None."""
    if b is None:
        return None
    values = array(b, "b", "F")
    if len(values) != filters:
        raise ValueError(f"b must have one number for each of the {filters} filters, but its shape is {values.shape}.")
    return values


def crop(
    padding: object, output_padding: Pair, shape: tuple[int, ...], span: Pair, stride: Pair, dilation: Pair
) -> tuple[Sides, Pair]:
    """What a transposed convolution cuts off its canvas, and what it adds at the bottom and on the right."""
    if isinstance(padding, str) and padding == "same":
        # the adjoint of a "same" convolution on an image of H * stride rows
        whole = Pair(shape[2] * stride.v, shape[3] * stride.h)
        gaps = Pair(max(stride.v - span.v, 0), max(stride.h - span.h, 0))
        return sides(padding, size=whole, span=span, stride=stride), gaps
    if output_padding.v >= max(stride.v, dilation.v) or output_padding.h >= max(stride.h, dilation.h):
        raise ValueError(
            f"output_padding must be smaller than stride {tuple(stride)} or dilation {tuple(dilation)},"
            f" but {tuple(output_padding)} came."
        )
    return sides(padding, size=Pair(*shape[2:]), span=span, stride=stride), output_padding
