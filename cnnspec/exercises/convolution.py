"""The exercises of Step 2, solved as a reader may solve them: nothing here is imported from the book."""

import numpy as np


def output_size(size, kernel, *, stride=1, padding=0, dilation=1):
    """Count the places where the last cell of the kernel is still on the padded line."""
    last_cell = dilation * (kernel - 1)
    return len(range(last_cell, size + 2 * padding, stride))


def correlate2d(image, kernel, *, stride=1, padding=0, dilation=1):
    """Add up shifted copies of the image, one for each cell of the kernel, each multiplied by the cell's weight."""
    (sv, sh), (pv, ph), (dv, dh) = _pair(stride), _pair(padding), _pair(dilation)
    (height, width), (kh, kw) = image.shape, kernel.shape
    rows = output_size(height, kh, stride=sv, padding=pv, dilation=dv)
    columns = output_size(width, kw, stride=sh, padding=ph, dilation=dh)

    padded = np.zeros((height + 2 * pv, width + 2 * ph), dtype=image.dtype)
    padded[pv : pv + height, ph : ph + width] = image

    y = np.zeros((rows, columns), dtype=image.dtype)
    for a, b in np.ndindex(kh, kw):
        top, left = a * dv, b * dh
        y += kernel[a, b] * padded[top : top + sv * (rows - 1) + 1 : sv, left : left + sh * (columns - 1) + 1 : sh]
    return y


def _pair(value):
    return value if isinstance(value, tuple) else (value, value)


def one_kernel_for_two(first, second):
    r"""The one kernel that does what two do in a row, without stride and padding.

    Args:
        first: Array of shape (AH, AW), the kernel that sees the image.
        second: Array of shape (BH, BW), the kernel that sees the answer of the first.

    Returns:
        Array of shape (AH + BH - 1, AW + BW - 1).
    """
    (ah, aw), (bh, bw) = first.shape, second.shape
    kernel = np.zeros((ah + bh - 1, aw + bw - 1))
    for i, j in np.ndindex(bh, bw):
        kernel[i : i + ah, j : j + aw] += second[i, j] * first
    return kernel


def image_and_kernel_that_roll():
    r"""An image and a kernel for which it makes no difference whether the image is rolled or the answer is.

    The image is padded by one zero on each side. To roll is to move everything by one place to the right; what leaves
    on the right comes in again on the left.

    Returns:
        Two arrays of shape (1, 3) with whole numbers: the image, not all of it zero, and the kernel, whose first and
        last weights are not zero.
    """
    return np.array([[1, 1, 0]]), np.array([[2, 5, 2]])


def sums_of_windows(image, size):
    r"""The sum under each square window, with four additions for each answer, however large the window is.

    Args:
        image: Array of shape (H, W).
        size: The side of the window, at most H and W.

    Returns:
        Array of shape (H - size + 1, W - size + 1).
    """
    corners = np.zeros((image.shape[0] + 1, image.shape[1] + 1), dtype=image.dtype)
    corners[1:, 1:] = image.cumsum(axis=0).cumsum(
        axis=1
    )  # at each corner of a pixel, the sum of all above and left of it
    return corners[size:, size:] - corners[:-size, size:] - corners[size:, :-size] + corners[:-size, :-size]


def correlation_of_another_kind(image, kernel):
    r"""A correlation without stride and padding that keeps four laws and is wrong.

    Args:
        image: Array of shape (H, W).
        kernel: Array of shape (KH, KW).

    Returns:
        Array of shape (H - KH + 1, W - KW + 1).
    """
    return correlate2d(image, kernel[::-1, ::-1])
