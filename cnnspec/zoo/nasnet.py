r"""NASNet: two cells found by a search, repeated.

Every cell reads the two maps before it. A *normal* cell keeps the size, a *reduction* cell halves it; both add
pairs of separable convolutions (each applied twice) and poolings, and stack the sums. If the older of the two
maps is larger, it is halved by two grids of single pixels, one shifted by a pixel, so that no column is lost.

Source:
    Zoph, Vasudevan, Shlens & Le (2018), Learning Transferable Architectures for Scalable Image Recognition,
    figure 4 and the appendix.
"""

from __future__ import annotations

from collections.abc import Callable

from cnnspec.zoo.entry import Entry
from cnnspec.zoo.notation import (
    Tensor,
    add,
    avg_pool,
    batch_norm,
    concat,
    conv,
    flatten,
    global_avg_pool,
    linear,
    max_pool,
    pad,
    relu,
)

EPS = 1e-3


def nasnet(
    x: Tensor,
    *,
    classes: int = 1000,
    last: int = 4032,
    repeats: int = 6,
    stem: int = 96,
    skip_reduction: bool = True,
) -> Tensor:
    """Two stem reductions, then three stages of normal cells.

    Args:
        x: An image.
        classes: Number of classes.
        last: Channels of the last map; a cell's width is a twenty-fourth of it in the first stage.
        repeats: Normal cells in each stage.
        stem: Filters of the first convolution.
        skip_reduction: Whether the first cell of a stage reads the map before the reduction.
    """
    if last % 24:
        raise ValueError(f"last must be a multiple of 24, the width of the first cells, but {last} came.")
    width = last // 24
    x = batch_norm(conv(x, "stem_conv1", stem, 3, stride=2, bias=False), "stem_bn1", eps=EPS)
    older: Tensor | None = None
    x, older = reduction(x, older, "stem_1", width // 4), x
    x, older = reduction(x, older, "stem_2", width // 2), x
    for stage in range(3):
        if stage:
            before = x
            x = reduction(x, older, f"reduce_{stage}", width * 2**stage)
            older = before if skip_reduction else older
        for i in range(repeats):
            x, older = normal(x, older, f"cell_{stage}_{i}", width * 2**stage), x
    return linear(flatten(global_avg_pool(relu(x))), "predictions", classes)


def normal(x: Tensor, older: Tensor | None, name: str, width: int) -> Tensor:
    """The cell that keeps the size."""
    p = adjusted(older, x, name, width)
    h = batch_norm(conv(relu(x), f"{name}.conv", width, 1, bias=False), f"{name}.bn", eps=EPS)
    return concat(
        p,
        add(separable(h, f"{name}.left1", width, 5), separable(p, f"{name}.right1", width, 3)),
        add(separable(p, f"{name}.left2", width, 5), separable(p, f"{name}.right2", width, 3)),
        add(mean(h), p),
        add(mean(p), mean(p)),
        add(separable(h, f"{name}.left5", width, 3), h),
    )


def reduction(x: Tensor, older: Tensor | None, name: str, width: int) -> Tensor:
    """The cell that halves the map."""
    p = adjusted(older, x, name, width)
    h = batch_norm(conv(relu(x), f"{name}.conv", width, 1, bias=False), f"{name}.bn", eps=EPS)
    one = add(separable(h, f"{name}.left1", width, 5, 2), separable(p, f"{name}.right1", width, 7, 2))
    two = add(halved(h, max_pool), separable(p, f"{name}.right2", width, 7, 2))
    three = add(halved(h, avg_pool), separable(p, f"{name}.right3", width, 5, 2))
    four = add(two, mean(one))
    five = add(separable(one, f"{name}.left4", width, 3), halved(h, max_pool))
    return concat(two, three, four, five)


def separable(x: Tensor, name: str, width: int, kernel: int, stride: int = 1) -> Tensor:
    """Activate, filter each channel, mix the channels, normalise; twice, the stride in the first."""
    for i, step in ((1, stride), (2, 1)):
        channels = x.shape[0]
        depthwise = f"{name}.{i}.depthwise"
        x = conv(relu(x), depthwise, channels, kernel, stride=step, padding="same", groups=channels, bias=False)
        x = batch_norm(conv(x, f"{name}.{i}.pointwise", width, 1, bias=False), f"{name}.{i}.bn", eps=EPS)
    return x


def adjusted(older: Tensor | None, x: Tensor, name: str, width: int) -> Tensor:
    """The older map, brought to the size and the channels of the newer one."""
    if older is None:
        return x
    if older.shape[1:] != x.shape[1:]:
        p = relu(older)
        shifted = pad(p, ((-1, 1), (-1, 1)))
        grids = [
            conv(avg_pool(grid, 1, stride=2), f"{name}.adjust_conv_{i}", width // 2, 1, bias=False)
            for i, grid in ((1, p), (2, shifted))
        ]
        return batch_norm(concat(*grids), f"{name}.adjust_bn", eps=EPS)
    if older.shape[0] != width:
        p = conv(relu(older), f"{name}.adjust_conv", width, 1, bias=False)
        return batch_norm(p, f"{name}.adjust_bn", eps=EPS)
    return older


def mean(x: Tensor) -> Tensor:
    """The mean of 3x3 around each place."""
    return avg_pool(x, 3, stride=1, padding=1, count_include_pad=False)


def halved(x: Tensor, pool: Callable[..., Tensor]) -> Tensor:
    """A pooling of 3x3 with stride 2; Keras fills the border with zeros, here as in the paper nothing is there."""
    return pool(x, 3, stride=2, padding="same")


SOURCE = "Zoph, Vasudevan, Shlens & Le (2018), Learning Transferable Architectures for Scalable Image Recognition"
MOBILE: dict[str, object] = {"last": 1056, "repeats": 4, "stem": 32, "skip_reduction": False}
ENTRIES = [
    Entry("keras/NASNetMobile", "nasnet", 2018, SOURCE, nasnet, MOBILE),
    Entry("keras/NASNetLarge", "nasnet", 2018, SOURCE, nasnet, {}, (3, 331, 331)),
]
