"""The exercises of Step 4, solved as a reader may solve them: nothing here is imported from the book."""

import numpy as np


def pair(value):
    """One number stands for two: (vertical, horizontal)."""
    return (value, value) if isinstance(value, int) else tuple(value)


def starts(length, span, stride, padding, ceil_mode):
    """The cells at which windows start, counted from the first cell of the map, so that the border is negative."""
    if ceil_mode:
        count = -(-(length + 2 * padding - span) // stride) + 1
        if (count - 1) * stride >= length + padding:
            count -= 1  # this window would start behind the map
    else:
        count = (length + 2 * padding - span) // stride + 1
    return [i * stride - padding for i in range(count)]


def max_pool2d(x, size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Keep the largest entry of each window. Cells beyond the map are not looked at, so no border is needed."""
    k, p, d = pair(size), pair(padding), pair(dilation)
    s = k if stride is None else pair(stride)
    height, width = x.shape[2:]
    rows = starts(height, d[0] * (k[0] - 1) + 1, s[0], p[0], ceil_mode)
    columns = starts(width, d[1] * (k[1] - 1) + 1, s[1], p[1], ceil_mode)
    y = np.full((*x.shape[:2], len(rows), len(columns)), -np.inf, dtype=x.dtype)
    for i, top in enumerate(rows):
        for j, left in enumerate(columns):
            down = [r for r in range(top, top + d[0] * k[0], d[0]) if 0 <= r < height]
            right = [c for c in range(left, left + d[1] * k[1], d[1]) if 0 <= c < width]
            if down and right:
                y[:, :, i, j] = x[:, :, down][:, :, :, right].max(axis=(2, 3))
    return y


def avg_pool2d(x, size, *, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """Average each window. The divisor counts cells of the padded map, or of the map alone."""
    k, p = pair(size), pair(padding)
    s = k if stride is None else pair(stride)
    height, width = x.shape[2:]
    rows = starts(height, k[0], s[0], p[0], ceil_mode)
    columns = starts(width, k[1], s[1], p[1], ceil_mode)
    y = np.zeros((*x.shape[:2], len(rows), len(columns)), dtype=x.dtype)
    for i, top in enumerate(rows):
        for j, left in enumerate(columns):
            bottom, right = top + k[0], left + k[1]
            window = x[:, :, max(top, 0) : bottom, max(left, 0) : right]
            if count_include_pad:
                cells = (min(bottom, height + p[0]) - top) * (min(right, width + p[1]) - left)
            else:
                cells = window.shape[2] * window.shape[3]
            y[:, :, i, j] = window.sum(axis=(2, 3)) / cells
    return y


def global_avg_pool2d(x):
    """Average each channel over all its places."""
    return x.mean(axis=(2, 3), dtype=x.dtype)


def share_of_shifts(size):
    r"""The share of shifts by one pixel that leave a single bright pixel in its window.

    The pixel may stand anywhere in a window of `size` by `size` cells, and be shifted to any of its eight neighbours.

    Args:
        size: The side of the window, at least 1.

    Returns:
        A number from 0 to 1.
    """
    places = size * size
    # From a place to another in the same window, in steps of at most one: 3 size - 2 pairs for each of two axes.
    staying = (3 * size - 2) ** 2 - places
    return staying / (8 * places)


def maps_that_do_not_add_up():
    r"""Two maps whose pooled sum is not the sum of the pooled maps.

    Returns:
        Two arrays of one shape (H, W), with at least two rows and columns, and no negative entry.
    """
    return np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([[0.0, 1.0], [0.0, 0.0]])


def blurred_max_pool2d(x):
    r"""The largest of 2x2 entries with stride 1, averaged with the weights 1, 2, 1, and only then every second answer.

    Nothing is padded. The weights are divided by 4, so that three of them add up to 1 along each axis.

    Args:
        x: Array of shape (N, C, H, W), with at least four rows and columns.

    Returns:
        Array of shape (N, C, OH, OW) with $OH = \lfloor (H - 4) / 2 \rfloor + 1$, and the same for the width.
    """
    down = np.maximum(x[:, :, :-1], x[:, :, 1:])
    largest = np.maximum(down[..., :-1], down[..., 1:])
    rows = (largest[:, :, :-2] + 2 * largest[:, :, 1:-1] + largest[:, :, 2:]) / 4
    blurred = (rows[..., :-2] + 2 * rows[..., 1:-1] + rows[..., 2:]) / 4
    return blurred[:, :, ::2, ::2]


def pooling_of_another_kind(x):
    r"""A 2x2 pooling with stride 2 that keeps three laws of max pooling and is none.

    Args:
        x: Array of shape (N, C, H, W), with even H and W.

    Returns:
        Array of shape (N, C, H/2, W/2).
    """
    return x[:, :, ::2, ::2]
