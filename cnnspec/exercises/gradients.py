r"""Solutions of the exercises of Step 5: every backward pass, one cell of the kernel after the other.

All windows look through the same cell of the kernel at once, and what they see there is a slice of the map. Whatever a
forward pass reads from such a slice, its backward pass adds to it.
"""

import numpy as np


def relu_backward(dy, x):
    """What is positive lets the gradient pass; zero does not."""
    return dy * (x > 0)


def linear_backward(dy, x, w):
    """Each factor's gradient is dy times the other factor; the shapes leave no choice where to transpose."""
    return dy @ w, dy.T @ x, dy.sum(axis=0)


def cross_entropy_backward(z, y):
    """What was predicted less what is true, shared by the batch."""
    dz = np.exp(z - z.max(axis=1, keepdims=True))
    dz /= dz.sum(axis=1, keepdims=True)
    dz[np.arange(len(y)), y] -= 1
    return dz / len(y)


def correlation_matrix(kernel, height, width, padding):
    r"""Write a correlation as a matrix.

    Args:
        kernel: Array of shape (KH, KW).
        height: Rows H of the image.
        width: Its columns W.
        padding: Rows and columns of zeros around the image; the stride is 1.

    Returns:
        A matrix of H·W columns: its product with the pixels of an image, row after row, is what
        `correlate2d(image, kernel, padding=padding)` answers, row after row.
    """
    # A row of the matrix is the kernel, laid down at one place. A column is what one pixel is multiplied by, from place
    # to place: the kernel backwards. So the transpose has the turned kernel in its rows.
    rows, columns = kernel.shape
    places = height + 2 * padding - rows + 1, width + 2 * padding - columns + 1
    matrix = np.zeros((*places, height + 2 * padding, width + 2 * padding))
    for i, j in np.ndindex(*places):
        matrix[i, j, i : i + rows, j : j + columns] = kernel
    inside = matrix[:, :, padding : padding + height, padding : padding + width]
    return inside.reshape(places[0] * places[1], height * width)


def conv2d_backward(dy, x, w, *, stride=1, padding=0, dilation=1, groups=1):
    """Each weight gets dy times the pixels it met, each pixel dy times the weights it met."""
    s, p, d = pair(stride), pair(padding), pair(dilation)
    images, (filters, depth) = len(x), w.shape[:2]
    # an axis for the groups, which have nothing to do with each other
    up = dy.reshape(images, groups, filters // groups, *dy.shape[2:])
    weights = w.reshape(groups, filters // groups, depth, *w.shape[2:])
    wide = bordered(x, p)
    wide = wide.reshape(images, groups, depth, *wide.shape[2:])
    dx, dw = np.zeros_like(wide), np.zeros_like(weights)
    for (a, b), seen in through_the_window(w.shape[2:], s, d, dy.shape[2:]):
        dx[seen] += np.einsum("ngfij,gfc->ngcij", up, weights[..., a, b])
        dw[..., a, b] = np.einsum("ngfij,ngcij->gfc", up, wide[seen])
    dx = without_border(dx, p).reshape(x.shape)
    return dx, dw.reshape(w.shape), dy.sum(axis=(0, 2, 3))


def max_pool2d_backward(dy, x, size, *, stride=None, padding=0):
    """Find the largest entry of each window, and share its gradient among all who have it."""
    k, p = pair(size), pair(padding)
    s = k if stride is None else pair(stride)
    wide = bordered(x, p, -np.inf)
    cells = list(through_the_window(k, s, (1, 1), dy.shape[2:]))
    largest = np.maximum.reduce([wide[seen] for _, seen in cells])
    winners = sum((wide[seen] == largest).astype(x.dtype) for _, seen in cells)
    dx = np.zeros_like(wide)
    for _, seen in cells:
        dx[seen] += (wide[seen] == largest) * (dy / winners)
    return without_border(dx, p)


def avg_pool2d_backward(dy, x, size, *, stride=None, padding=0, count_include_pad=True):
    """All cells of a window get the same share; the map's entries do not matter, only how many count."""
    k, p = pair(size), pair(padding)
    s = k if stride is None else pair(stride)
    counts = bordered(np.ones_like(x), p, 1 if count_include_pad else 0)
    cells = list(through_the_window(k, s, (1, 1), dy.shape[2:]))
    share = dy / sum(counts[seen] for _, seen in cells)
    dx = np.zeros_like(counts)
    for _, seen in cells:
        dx[seen] += share
    return without_border(dx, p)


def batch_norm2d_backward(dy, x, gamma, *, eps=1e-5):
    """Take away from dy what the mean and the variance undo: its mean, and its part along the normalised batch."""
    over = {"axis": (0, 2, 3), "keepdims": True}
    deviation = np.sqrt(x.var(**over) + eps)
    normal = (x - x.mean(**over)) / deviation
    left = dy - dy.mean(**over) - normal * (dy * normal).mean(**over)
    dx = gamma[:, None, None] / deviation * left
    return dx, (dy * normal).sum(axis=(0, 2, 3)), dy.sum(axis=(0, 2, 3))


def left_along_the_batch(variance, eps):
    r"""Find how much of the gradient along the batch a batch normalisation lets pass.

    For one channel, with $\hat x$ its normalised entries, the formula of the backward pass gives

    $$ \langle \mathrm{dx}, \hat x \rangle = r \cdot \frac{\gamma\, \langle \mathrm{dy}, \hat x \rangle}
       {\sqrt{\sigma^2 + \varepsilon}} . $$

    Args:
        variance: The channel's variance $\sigma^2$; zero stands for a channel that is nearly constant.
        eps: What is added to it, $\varepsilon$; not both are zero.

    Returns:
        The factor r.
    """
    # dy loses its part along x-hat, which is less than one long: <x-hat, x-hat> / n = variance / (variance + eps).
    # So r is 1 minus that: nothing is left for eps = 0, and all of it when a channel is constant.
    return eps / (variance + eps)


def fourth_order_difference(f, x, h):
    r"""Approximate a derivative with an error of the order $h^4$.

    Args:
        f: A function of one number.
        x: Where to take its derivative.
        h: The step. Only the central differences for h and for 2h are needed.

    Returns:
        The derivative, but for an error that falls by 16 when h is halved.
    """
    # the errors are e h^2 and 4 e h^2, but for higher orders: four of the one less one of the other has none
    near, far = ((f(x + step) - f(x - step)) / (2 * step) for step in (h, 2 * h))
    return (4 * near - far) / 3


def best_step(unit):
    r"""Find which step of `fourth_order_difference` has the least error, up to a constant factor.

    Args:
        unit: The relative error u with which values of the function are rounded.

    Returns:
        A step that depends on u as the best one does; any constant factor is right.
    """
    # h^4 from the formula and u / h from the rounding: they meet at u^(1/5), which is 7e-4 for float64
    return unit ** (1 / 5)


def biases_that_unbalance():
    r"""Find a network of two layers in which ⟨w, dw⟩ is not the same number in both.

    The network answers x with $w_2 \operatorname{relu}(w_1 x + b_1) + b_2$, and the gradient that comes from above is 1
    everywhere.

    Returns:
        x of shape (N, D), $w_1$ of shape (H, D), $b_1$ of shape (H,), $w_2$ of shape (F, H) and $b_2$ of shape (F,).
    """
    # Without biases both numbers are <y, dy>, through any chain of layers that multiply by a factor what is multiplied
    # by a factor: convolutions, rectifiers, poolings. A bias in a unit that is not silent adds to the second alone.
    one = np.ones((1, 1))
    return one, one, np.ones(1), one, np.zeros(1)


def unseen_error(v):
    r"""Find an error that the adjoint law cannot see: with this v, ⟨v, dx⟩ stays what it is.

    Args:
        v: Whole numbers of any shape, at least two of them.

    Returns:
        What is added to dx: an array of the same shape, not zero everywhere.
    """
    error = np.zeros(v.size)
    flat = v.ravel()
    if flat[0] == 0:
        error[0] = 1
    else:
        error[0], error[1] = -flat[1], flat[0]
    return error.reshape(v.shape)


def chance_to_miss(largest):
    r"""Find how likely a random v is to miss an error in a single entry of dx.

    Args:
        largest: The entries of v are whole numbers from −largest to largest, all equally likely.

    Returns:
        The probability that ⟨v, dx⟩ does not change.
    """
    # only the entry of v at that place counts, and only zero misses; two examples miss with the square of it
    return 1 / (2 * largest + 1)


def pair(value):
    """One number stands for two: (vertical, horizontal)."""
    return (value, value) if isinstance(value, int) else value


def bordered(x, border, value=0):
    """Write a border around each map."""
    return np.pad(x, ((0, 0), (0, 0), (border[0], border[0]), (border[1], border[1])), constant_values=value)


def without_border(dx, border):
    """Cut the border off again: nobody asks for its gradient."""
    height, width = dx.shape[-2:]
    return dx[..., border[0] : height - border[0], border[1] : width - border[1]].copy()


def through_the_window(kernel, stride, dilation, places):
    """For each cell of the kernel: the cell, and the slice of the map which all windows see through it."""
    (rows, columns), (down, across) = places, stride
    for a, b in np.ndindex(*kernel):
        top, left = a * dilation[0], b * dilation[1]
        bottom, right = top + (rows - 1) * down + 1, left + (columns - 1) * across + 1
        yield (a, b), np.s_[..., top:bottom:down, left:right:across]
