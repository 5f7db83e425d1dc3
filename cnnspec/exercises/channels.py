"""The exercises of Step 3, solved as a reader may solve them: nothing here is imported from the book."""

import numpy as np


def conv2d(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
    """Add up what each cell of the kernels, a 1x1 layer on a shifted image, answers."""
    (sv, sh), (pv, ph), (dv, dh) = _pair(stride), _pair(padding), _pair(dilation)
    n, _, height, width = x.shape
    f, depth, kh, kw = w.shape
    rows = (height + 2 * pv - dv * (kh - 1) - 1) // sv + 1
    columns = (width + 2 * ph - dh * (kw - 1) - 1) // sh + 1

    padded = np.pad(x, ((0, 0), (0, 0), (pv, pv), (ph, ph)))
    parts = padded.reshape(n, groups, depth, *padded.shape[2:])
    kernels = w.reshape(groups, f // groups, depth, kh, kw)

    y = np.zeros((n, groups, f // groups, rows, columns), dtype=np.result_type(x, w))
    for row, column in np.ndindex(kh, kw):
        top, left = row * dv, column * dh
        shifted = parts[..., top : top + sv * (rows - 1) + 1 : sv, left : left + sh * (columns - 1) + 1 : sh]
        y += np.einsum("gfc,ngcij->ngfij", kernels[..., row, column], shifted)

    y = y.reshape(n, f, rows, columns)
    return y if b is None else y + b[:, None, None]


def conv_transpose2d(x, w, b=None, *, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    """Paint what each cell of the kernels, a 1x1 layer, answers in its place on a canvas, and cut the border off."""
    (sv, sh), (pv, ph), (dv, dh), (av, ah) = _pair(stride), _pair(padding), _pair(dilation), _pair(output_padding)
    n, c, height, width = x.shape
    _, filters, kh, kw = w.shape
    rows = sv * (height - 1) + dv * (kh - 1) + 1 + av
    columns = sh * (width - 1) + dh * (kw - 1) + 1 + ah

    parts = x.reshape(n, groups, c // groups, height, width)
    kernels = w.reshape(groups, c // groups, filters, kh, kw)

    canvas = np.zeros((n, groups, filters, rows, columns), dtype=np.result_type(x, w))
    for row, column in np.ndindex(kh, kw):
        top, left = row * dv, column * dh
        place = canvas[..., top : top + sv * (height - 1) + 1 : sv, left : left + sh * (width - 1) + 1 : sh]
        place += np.einsum("gcf,ngcij->ngfij", kernels[..., row, column], parts)

    y = canvas.reshape(n, groups * filters, rows, columns)[:, :, pv : rows - pv, ph : columns - ph].copy()
    return y if b is None else y + b[:, None, None]


def conv2d_parameters(c_in, c_out, kernel, *, groups=1, bias=True):
    """Count the weights, one kernel for each filter and channel of its group, and the biases."""
    kh, kw = _pair(kernel)
    return c_out * (c_in // groups * kh * kw + (1 if bias else 0))


def _pair(value):
    return value if isinstance(value, tuple) else (value, value)


def image_and_kernel_that_notice(permutation):
    r"""An image and a kernel whose answers are other numbers after the pixels were exchanged.

    Args:
        permutation: The numbers from 0 to 15 in some other order: the k-th pixel of the exchanged image, row by row, is
            pixel `permutation[k]` of the image.

    Returns:
        An image of shape (4, 4) and a kernel of shape (3, 3). Without padding the exchanged image has four answers that
        are not those of the image, in whatever order.
    """
    image = np.arange(16.0).reshape(4, 4)
    exchanged = image.ravel()[permutation].reshape(4, 4)
    # A kernel of one cell answers with a square of four pixels. Which of the nine squares hold a pixel says where it
    # is, so a permutation that changes no square leaves every pixel in place.
    kernel = np.zeros((3, 3))
    for i, j in np.ndindex(3, 3):
        seen, seen_exchanged = (set(x[i : i + 2, j : j + 2].ravel()) for x in (image, exchanged))
        if seen != seen_exchanged:
            kernel[i, j] = 1
            break
    return image, kernel


def order_of_channels(channels, groups):
    r"""The order of the channels between two layers with groups in which every answer sees every input.

    Args:
        channels: How many channels there are between the layers, a multiple of the groups, and enough of them.
        groups: In how many groups both layers divide their channels.

    Returns:
        Array of shape (channels,) with the whole numbers from 0 to channels - 1: which channel comes first, and so on.
    """
    return np.arange(channels).reshape(groups, -1).T.ravel()


def fewest_channels(groups):
    r"""How many channels there must be at least for such an order to exist.

    Args:
        groups: In how many groups both layers divide their channels.

    Returns:
        The number of channels.
    """
    return groups * groups  # a group must hold a channel of each group before it
