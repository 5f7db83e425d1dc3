r"""Solutions of the exercises of "The same laws, faster": copied pixels, fewer products, and shifted images."""

import numpy as np


def copies_of_pixels(height, width, kernel, padding):
    r"""Count how often each pixel of an image is written when its windows are copied into columns.

    The windows are square and move by one. The zeros of the border are no pixels.

    Args:
        height: Rows of the image.
        width: Its columns.
        kernel: Rows and columns of a window.
        padding: Rows and columns of zeros around the image.

    Returns:
        Whole numbers of shape (height, width).
    """
    # A pixel at place i of a line is in the windows that begin between i - kernel + 1 and i, as far as they exist;
    # rows and columns are counted alone, and the counts multiply.
    return np.outer(windows_over(height, kernel, padding), windows_over(width, kernel, padding))


def windows_over(size, kernel, padding):
    """In how many windows each place of a line is."""
    starts = range(-padding, size + padding - kernel + 1)
    return [sum(place - kernel < start <= place for start in starts) for place in range(size)]


def winograd_f32():
    r"""Find three answers of a filter of two weights with four products.

    $$ y = A \left[ (G g) \odot (B d) \right], \qquad y_i = d_i g_0 + d_{i+1} g_1 $$

    Returns:
        The matrices $A$ of shape (3, 4), $G$ of shape (4, 2) and $B$ of shape (4, 4), so that $y$ is right for every
        $g$ of two weights and every $d$ of four numbers. All products of a weight with a number are those of $\odot$.
    """
    # F(2, 3) is y = A' [(G' g) * (B d)] for three weights and two answers. Its derivative by the weights is a
    # correlation of d with the two numbers that come from above, and has three entries: A = G'^T, G = A'^T, B stays.
    b = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]], dtype=np.float64)
    of_the_weights = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
    of_the_answers = np.array([[1, 1, 1, 0], [0, 1, -1, -1]], dtype=np.float64)
    return of_the_weights.T, of_the_answers.T, b


def max_pool2d(x, size, *, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Take the maximum down the columns, then along the rows: each window costs k + k comparisons and not k * k."""
    kernels = both(size)
    strides, paddings, dilations = both(kernels if stride is None else stride), both(padding), both(dilation)
    for axis, numbers in zip((2, 3), zip(kernels, strides, paddings, dilations, strict=True), strict=True):
        x = maxima_of_lines(x, axis, *numbers, ceil_mode=ceil_mode)
    return x


def maxima_of_lines(x, axis, kernel, stride, padding, dilation, *, ceil_mode):
    """The maximum of each window along one axis: that of shifted arrays, one for each cell of the window."""
    size, span = x.shape[axis], dilation * (kernel - 1) + 1
    left = size + 2 * padding - span
    places = (-(-left // stride) if ceil_mode else left // stride) + 1
    if (places - 1) * stride >= size + padding:
        places -= 1  # a window that would begin beyond the map and its border is none
    border = [(0, 0)] * x.ndim
    border[axis] = (padding, padding + stride)
    wide = np.moveaxis(np.pad(x, border, constant_values=-np.inf), axis, 0)
    cells = [wide[cell * dilation :][: (places - 1) * stride + 1 : stride] for cell in range(kernel)]
    return np.ascontiguousarray(np.moveaxis(np.maximum.reduce(cells), 0, axis))


def median_window():
    r"""Find a window whose median is not the median of its columns' medians.

    Returns:
        Numbers of shape (3, 3).
    """
    # five ones, so the median is 1; the medians of the columns are 0, 0 and 1
    return np.array([[0, 0, 1], [0, 0, 1], [1, 1, 1]])


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    """Add up a shifted image for each cell of the kernel, its channels mixed by that cell's weights."""
    (down, across), (top, left), (apart, beside) = both(stride), both(padding), both(dilation)
    wide = np.pad(x, ((0, 0), (0, 0), (top, top), (left, left)))
    rows = (wide.shape[2] - apart * (w.shape[2] - 1) - 1) // down + 1
    columns = (wide.shape[3] - beside * (w.shape[3] - 1) - 1) // across + 1
    wide = wide.reshape(len(x), groups, -1, *wide.shape[2:])
    weights = w.reshape(groups, -1, *w.shape[1:])
    # No pixel is copied into a column, which saves the room of as many images as the kernel has cells. But the sum is
    # read and written once for each cell, and each product is a small one, only as deep as there are channels.
    y = np.zeros((len(x), groups, weights.shape[1], rows, columns), dtype=np.result_type(x, w))
    for i, j in np.ndindex(*w.shape[2:]):
        seen = wide[..., i * apart :, j * beside :]
        shifted = seen[..., : (rows - 1) * down + 1 : down, : (columns - 1) * across + 1 : across]
        y += np.einsum("gfc,ngcij->ngfij", weights[..., i, j], shifted)
    y = y.reshape(len(x), len(w), rows, columns)
    return y if b is None else y + b[:, None, None]


def both(value):
    """One number stands for two: (vertical, horizontal)."""
    return (value, value) if isinstance(value, int) else value
