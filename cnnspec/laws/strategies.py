r"""The inputs of laws: small arrays of whole numbers and the geometries in which bugs hide.

A strategy for an operator draws one *case*, a small record of arrays and options. Its geometry is picked from a
list of all valid ones, built from the output backwards: for $o$ places, stride, dilation, kernel and a remainder
$r$, the input must have $(o-1)s + \tilde k + r - 2p$ cells. That way strides beyond the kernel, remainders,
paddings beyond the kernel, dilation, groups, batches and oblong maps come up often rather than by luck. The lists
begin with the simplest entry, to which failures shrink. Contents are whole numbers or quarters held in floats,
drawn in one piece from bytes; they shrink towards zeros.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy, composite

from cnnspec.arguments import Array, IntOrPair
from cnnspec.laws.cases import Correlation, Layer, Pooling, TransposedLayer

SIGNS = np.array([b // 2 if b % 2 == 0 else -(b // 2 + 1) for b in range(256)], dtype=np.int64)
"""Bytes as whole numbers, the small ones first: 0, -1, 1, -2, 2, ..."""

PIECE = 61
"""How many bytes are drawn for an array's content."""

PALETTES = {
    "small": lambda b: SIGNS[b % 11],
    "fractions": lambda b: SIGNS[b % 23] / 4,
    "ties": lambda b: SIGNS[b % 3],
    "negative": lambda b: -1 - (b % 9).astype(np.int64),
    "large": lambda b: SIGNS[b] * 2**24 + SIGNS[b % 11],
}
"""What maps hold: small whole numbers, quarters, few different, only negative ones, or sums too long for float32.

Quarters are as exact as whole numbers, and show an operator that rounds to whole ones."""


def entries(
    shape: Sequence[int], *, dtype: Any = np.float64, palette: str = "small", layout: str = "plain"
) -> SearchStrategy[Array]:
    """Arrays of one shape with numbers of one palette, drawn in one piece.

    The piece has one length for all shapes and is repeated as needed: so a failing input goes on failing while
    Hypothesis makes its shape smaller. The length is prime, so that no two rows or channels are alike.

    Args:
        shape: The shape.
        dtype: A floating dtype.
        palette: A key of `PALETTES`.
        layout: `"plain"`, `"fortran"`, or `"strided"`, a view of every second row and column of a larger array.
    """

    def build(content: bytes) -> Array:
        numbers = PALETTES[palette](np.resize(np.frombuffer(content, dtype=np.uint8), shape))
        return laid_out(numbers.astype(dtype), layout)

    return st.binary(min_size=PIECE, max_size=PIECE).map(build)


def laid_out(x: Array, layout: str) -> Array:
    """The same array in another memory layout."""
    if layout == "fortran":
        return np.asfortranarray(x)
    if layout == "strided":
        roomy = np.full([2 * n for n in x.shape], 7, dtype=x.dtype)
        view: Array = roomy[tuple(slice(None, None, 2) for _ in x.shape)]
        view[...] = x
        return view
    return x


@dataclass(frozen=True)
class Style:
    """How arrays are filled and stored: the dtype, the palette of the first, the layouts of both."""

    dtype: Any
    palette: str
    layout: str = "plain"
    weights: str = "plain"

    @property
    def weights_palette(self) -> str:
        """What weights and biases hold: quarters beside quarters, else small whole numbers."""
        return "fractions" if self.palette == "fractions" else "small"


@functools.lru_cache
def styles(palette: str | None = None, negative: bool = False, large: bool = True) -> SearchStrategy[Style]:
    """Styles to draw from; the large palette comes only where float64 keeps its sums exact."""
    f64, f32 = np.float64, np.float32
    if palette is not None:
        kinds = [(f64, palette), (f64, palette), *([(f32, palette)] if palette != "large" else [])]
    else:
        kinds = [(f64, "small"), (f64, "fractions"), (f64, "ties"), (f32, "small"), (f32, "fractions")]
        kinds += [(f64, "large"), (f64, "large")] * large + [(f64, "negative"), (f32, "negative")] * negative
    layouts = [("plain", "plain")] * 3 + [("fortran", "plain"), ("strided", "fortran"), ("plain", "strided")]
    return st.sampled_from([Style(*kind, *layout) for layout in layouts for kind in kinds])


spellings = st.integers(0, 7)
"""Three bits: whether a stride, a padding and a dilation of two equal numbers are spelt as one."""


def spelt(numbers: tuple[int, int], spelling: int, bit: int) -> IntOrPair:
    """A pair as it is, or as one number if both are equal and the spelling says so."""
    return numbers[0] if numbers[0] == numbers[1] and not spelling >> bit & 1 else (numbers[0], numbers[1])


@dataclass(frozen=True)
class Line:
    """The geometry along one axis: `size` cells, of which `kernel` are seen at a time."""

    size: int
    kernel: int
    stride: int
    padding: int
    dilation: int

    @property
    def span(self) -> int:
        """The cells that the dilated kernel spans."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def places(self) -> int:
        """How many places the kernel has."""
        return (self.size + 2 * self.padding - self.span) // self.stride + 1

    @property
    def remainder(self) -> int:
        """The cells that the stride leaves over."""
        return (self.size + 2 * self.padding - self.span) % self.stride


@functools.lru_cache
def lines(
    *,
    kernels: Sequence[int] = (1, 2, 3, 4),
    strides: Sequence[int] = (1, 2, 3, 5),
    paddings: Sequence[int] = (0, 1, 2, 4),
    dilations: Sequence[int] = (1, 2, 3),
    remainders: bool = True,
    longest: int = 9,
) -> SearchStrategy[Line]:
    """Valid geometries along one axis, the simplest first.

    Args:
        kernels: Kernel sizes to choose from.
        strides: Strides to choose from.
        paddings: Paddings to choose from.
        dilations: Dilations to choose from.
        remainders: Whether the stride may leave cells over at the end.
        longest: The most cells of a padded line with more than one place.
    """
    found = set()
    for k, s, p, d in itertools.product(kernels, strides, paddings, dilations):
        span = d * (k - 1) + 1
        for places, rest in itertools.product(range(1, 5), {0, s // 2, s - 1} if remainders else {0}):
            total = (places - 1) * s + span + rest
            size = total - 2 * p
            if size >= 1 and (total <= longest or places == 1) and (k > 1 or d == dilations[0]):
                found.add(Line(size, k, s, p, d))
    order = sorted(found, key=lambda line: (line.size + line.padding + line.span, line.stride, *vars(line).values()))
    return st.sampled_from(order)


@dataclass(frozen=True)
class Channels:
    """How many images, groups, and channels and filters in each group."""

    batch: int
    groups: int
    depth: int
    width: int


@functools.lru_cache
def channel_counts(groups: Sequence[int] = (1, 1, 2, 3), batch: int = 2) -> SearchStrategy[Channels]:
    """Channel structures, the simplest first; several groups have at most two channels each."""
    found = [
        Channels(n, g, depth, width)
        for g in groups
        for n, depth, width in itertools.product(range(1, batch + 1), range(1, 4), range(1, 4))
        if g == 1 or (depth < 3 and width < 3)
    ]
    return st.sampled_from(sorted(found, key=lambda c: (c.batch * c.groups * c.depth * c.width, *vars(c).values())))


@composite
def kernels(draw: DrawFn, /, *, least: int = 1, most: int = 4) -> Array:
    """Kernels of shape (KH, KW), float64, oblong as often as not."""
    shape = draw(st.integers(least, most)), draw(st.integers(least, most))
    return draw(entries(shape))


@composite
def images(draw: DrawFn, /, *, least: int = 1, most: int = 7, palette: str | None = None) -> Array:
    """Images of shape (H, W), float64 or float32."""
    style = draw(styles(palette))
    shape = draw(st.integers(least, most)), draw(st.integers(least, most))
    return draw(entries(shape, dtype=style.dtype, palette=style.palette, layout=style.layout))


@composite
def maps(draw: DrawFn, /, *, least: int = 1, most: int = 6, palette: str | None = None, batch: int = 2) -> Array:
    """Batches of maps of shape (N, C, H, W), float64 or float32."""
    style = draw(styles(palette, negative=True))
    counts = draw(st.sampled_from(list(itertools.product(range(1, batch + 1), range(1, 4)))))
    shape = (*counts, draw(st.integers(least, most)), draw(st.integers(least, most)))
    return draw(entries(shape, dtype=style.dtype, palette=style.palette, layout=style.layout))


@composite
def correlations(draw: DrawFn, /, *, palette: str | None = None, **line: Any) -> Correlation:
    """Cases for `correlate2d`; keyword arguments restrict both axes as in `lines`."""
    rows, columns = draw(lines(**line)), draw(lines(**line))
    style, spelling = draw(styles(palette)), draw(spellings)
    shape = rows.size, columns.size
    return Correlation(
        draw(entries(shape, dtype=style.dtype, palette=style.palette, layout=style.layout)),
        draw(
            entries(
                (rows.kernel, columns.kernel), dtype=style.dtype, palette=style.weights_palette, layout=style.weights
            )
        ),
        stride=spelt((rows.stride, columns.stride), spelling, 0),
        padding=spelt((rows.padding, columns.padding), spelling, 1),
        dilation=spelt((rows.dilation, columns.dilation), spelling, 2),
    )


@composite
def layers(
    draw: DrawFn,
    /,
    *,
    groups: Sequence[int] = (1, 1, 2, 3),
    batch: int = 2,
    bias: bool = True,
    palette: str | None = None,
    **line: Any,
) -> Layer:
    """Cases for `conv2d`.

    Args:
        draw: Given by Hypothesis.
        groups: Numbers of groups to choose from.
        batch: The most images in a batch.
        bias: Whether there may be a bias.
        palette: What the maps hold, or None for a mixture.
        **line: Restrictions of both axes, as in `lines`.
    """
    rows, columns = draw(lines(**line)), draw(lines(**line))
    count, style, spelling = draw(channel_counts(groups, batch)), draw(styles(palette)), draw(spellings)
    filters = count.groups * count.width
    x = (count.batch, count.groups * count.depth, rows.size, columns.size)
    w = (filters, count.depth, rows.kernel, columns.kernel)
    return Layer(
        draw(entries(x, dtype=style.dtype, palette=style.palette, layout=style.layout)),
        draw(entries(w, dtype=style.dtype, palette=style.weights_palette, layout=style.weights)),
        draw(entries((filters,), dtype=style.dtype, palette=style.weights_palette))
        if bias and draw(st.booleans())
        else None,
        stride=spelt((rows.stride, columns.stride), spelling, 0),
        padding=spelt((rows.padding, columns.padding), spelling, 1),
        dilation=spelt((rows.dilation, columns.dilation), spelling, 2),
        groups=count.groups,
    )


@composite
def transposed_layers(
    draw: DrawFn,
    /,
    *,
    groups: Sequence[int] = (1, 1, 2, 3),
    batch: int = 2,
    bias: bool = True,
    palette: str | None = None,
    **line: Any,
) -> TransposedLayer:
    """Cases for `conv_transpose2d`: the geometries of `layers`, seen from the output.

    The output padding is the remainder that the stride of the convolution leaves over, so that the result has the
    size of the convolution's input. Arguments as in `layers`.
    """
    rows, columns = draw(lines(**line)), draw(lines(**line))
    count, style, spelling = draw(channel_counts(groups, batch)), draw(styles(palette)), draw(spellings)
    channels = count.groups * count.depth
    w, b = (channels, count.width, rows.kernel, columns.kernel), (count.groups * count.width,)
    return TransposedLayer(
        draw(
            entries(
                (count.batch, channels, rows.places, columns.places),
                dtype=style.dtype,
                palette=style.palette,
                layout=style.layout,
            )
        ),
        draw(entries(w, dtype=style.dtype, palette=style.weights_palette, layout=style.weights)),
        draw(entries(b, dtype=style.dtype, palette=style.weights_palette)) if bias and draw(st.booleans()) else None,
        stride=spelt((rows.stride, columns.stride), spelling, 0),
        padding=spelt((rows.padding, columns.padding), spelling, 1),
        output_padding=spelt((rows.remainder, columns.remainder), spelling, 0),
        dilation=spelt((rows.dilation, columns.dilation), spelling, 2),
        groups=count.groups,
    )


@composite
def poolings(
    draw: DrawFn,
    /,
    *,
    dilations: Sequence[int] = (1,),
    padded: bool = True,
    ceil_modes: Sequence[bool] = (False, True),
    palette: str | None = None,
    large: bool = True,
    **line: Any,
) -> Pooling:
    """Cases for max and average pooling.

    Args:
        draw: Given by Hypothesis.
        dilations: Dilations to choose from; only max pooling knows any but 1.
        padded: Whether there may be padding, at most half of the window.
        ceil_modes: Rounding rules to choose from.
        palette: What the maps hold, or None for a mixture.
        large: Whether the mixture has numbers that float32 cannot hold.
        **line: Restrictions of both axes, as in `lines`.
    """
    axes = [draw(lines(**{"dilations": dilations, "paddings": (0,), **line})) for _ in range(2)]
    border = [min(a.kernel // 2, (a.size - 1) // 2) if padded and draw(st.booleans()) else 0 for a in axes]
    style, spelling = draw(styles(palette, negative=True, large=large)), draw(spellings)
    shape = (
        *draw(st.sampled_from(list(itertools.product((1, 2), (1, 2, 3))))),
        *(axis.size - 2 * p for axis, p in zip(axes, border, strict=True)),
    )
    size = axes[0].kernel, axes[1].kernel
    stride = axes[0].stride, axes[1].stride
    return Pooling(
        draw(entries(shape, dtype=style.dtype, palette=style.palette, layout=style.layout)),
        spelt(size, spelling, 2),
        stride=None if stride == size and spelling & 1 else spelt(stride, spelling, 0),
        padding=spelt((border[0], border[1]), spelling, 1),
        dilation=spelt((axes[0].dilation, axes[1].dilation), spelling, 0),
        ceil_mode=draw(st.sampled_from(ceil_modes)),
    )
