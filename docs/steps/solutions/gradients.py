"""Step 5, solved: every backward pass in NumPy, one cell of the kernel after the other.

All windows look through the same cell of the kernel at once, and what they see there is a slice of the map. Whatever
a forward pass reads from such a slice, its backward pass adds to it.
"""

import numpy as np


def pair(value):
    """One number stands for two: (vertical, horizontal)."""
    return (value, value) if isinstance(value, int) else tuple(value)


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
    """Find the first winner of each window by going through its cells twice: who is it, and then pay it."""
    k, p = pair(size), pair(padding)
    s = k if stride is None else pair(stride)
    wide = bordered(x, p, -np.inf)
    cells = list(through_the_window(k, s, (1, 1), dy.shape[2:]))
    largest = np.full(dy.shape, -np.inf, dtype=x.dtype)
    winner = np.zeros(dy.shape, dtype=int)
    for number, (_, seen) in enumerate(cells):
        better = wide[seen] > largest
        largest[better], winner[better] = wide[seen][better], number
    dx = np.zeros_like(wide)
    for number, (_, seen) in enumerate(cells):
        dx[seen] += dy * (winner == number)
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


def batch_norm2d_backward(dy, x, gamma, *, eps=1e-5):
    """Take away from dy what the mean and the variance undo: its mean, and its part along the normalised batch."""
    over = {"axis": (0, 2, 3), "keepdims": True}
    deviation = np.sqrt(x.var(**over) + eps)
    normal = (x - x.mean(**over)) / deviation
    left = dy - dy.mean(**over) - normal * (dy * normal).mean(**over)
    dx = gamma[:, None, None] / deviation * left
    return dx, (dy * normal).sum(axis=(0, 2, 3)), dy.sum(axis=(0, 2, 3))
