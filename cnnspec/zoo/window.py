r"""How a window moves along one axis of a map: places, reach and the least size it fits.

Convolution and pooling share this arithmetic. A `Line` is one axis of a window; a layer has a line for its
rows and one for its columns. Lines are few, so each is made once and shared by all layers that use it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from cnnspec.arguments import same_padding

Ints = int | tuple[int, int]
Border = int | tuple[int, int] | tuple[tuple[int, int], tuple[int, int]] | str


@dataclass(frozen=True, eq=False)
class Line:
    """One axis of a sliding window.

    Attributes:
        kernel: Cells of the window.
        stride: Step between neighbouring places.
        before: Padding at the start of the axis.
        after: Padding at its end.
        dilation: Distance between neighbouring cells.
        same: Whether the padding is chosen so that ceil(size / stride) places fit, as TensorFlow's SAME does.
        ceil: Whether a last window that the edge cuts off still counts.
    """

    kernel: int
    stride: int
    before: int = 0
    after: int = 0
    dilation: int = 1
    same: bool = False
    ceil: bool = False

    @property
    def span(self) -> int:
        r"""Cells from the first to the last of the window: $\tilde k = d(k-1)+1$."""
        return self.dilation * (self.kernel - 1) + 1

    def places(self, size: int) -> int:
        r"""Count the places of the window on an axis of `size` cells; less than 1 where it does not fit.

        $$ o = \left\lfloor \frac{i + p_0 + p_1 - \tilde k}{s} \right\rfloor + 1 $$

        With `ceil` the quotient is rounded up, less a last window that would start beyond the map.
        """
        if self.same:
            return -(-size // self.stride)
        room = size + self.before + self.after - self.span
        if not self.ceil:
            return room // self.stride + 1
        places = -(-room // self.stride) + 1
        return places - 1 if (places - 1) * self.stride >= size + self.before else places

    def padding(self, size: int) -> tuple[int, int]:
        """The cells added before and after an axis of `size` cells."""
        return same_padding(size, self.span, self.stride) if self.same else (self.before, self.after)


@cache
def line(kernel: int, stride: int, before: int, after: int, dilation: int, same: bool, ceil: bool) -> Line:
    """The one `Line` with these numbers."""
    return Line(kernel, stride, before, after, dilation, same, ceil)


@cache
def window(
    kernel: Ints, stride: Ints = 1, padding: Border = 0, dilation: Ints = 1, ceil: bool = False
) -> tuple[Line, Line]:
    """The rows' line and the columns' line of a window; one and the same line if both axes are alike.

    Args:
        kernel: Rows and columns of the window: an integer or a pair.
        stride: Step: an integer or a pair.
        padding: An integer, a pair (vertical, horizontal), `((top, bottom), (left, right))` or `"same"`.
        dilation: Distance between neighbouring cells: an integer or a pair.
        ceil: Whether a last window that the edge cuts off still counts.

    Raises:
        ValueError: If a number is too small or the padding is a word other than `"same"`.
    """
    (kv, kh), (sv, sh), (dv, dh) = _pair(kernel), _pair(stride), _pair(dilation)
    if min(kv, kh, sv, sh, dv, dh) < 1:
        raise ValueError(f"kernel, stride and dilation must be at least 1, but {kernel}, {stride}, {dilation} came.")
    if isinstance(padding, str):
        if padding != "same":
            raise ValueError(f'padding must be numbers or "same", but {padding!r} came.')
        return line(kv, sv, 0, 0, dv, True, ceil), line(kh, sh, 0, 0, dh, True, ceil)
    top, left = padding if isinstance(padding, tuple) else (padding, padding)
    (pt, pb), (pl, pr) = _pair(top), _pair(left)
    return line(kv, sv, pt, pb, dv, False, ceil), line(kh, sh, pl, pr, dh, False, ceil)


def _pair(value: Ints) -> tuple[int, int]:
    return value if isinstance(value, tuple) else (value, value)
