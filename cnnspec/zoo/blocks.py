r"""Building blocks that several families share; each is an ordinary function of the notation."""

from __future__ import annotations

from collections.abc import Iterable

from cnnspec.zoo.notation import (
    Tensor,
    activation,
    add,
    batch_norm,
    conv,
    global_avg_pool,
    multiply,
)
from cnnspec.zoo.window import Border, Ints


def half(kernel: Ints) -> Ints:
    """The padding with which a window of odd size and stride 1 keeps the map's size: half of the window."""
    return kernel // 2 if isinstance(kernel, int) else (kernel[0] // 2, kernel[1] // 2)


def conv_norm(
    x: Tensor,
    name: str,
    filters: int,
    kernel: Ints,
    *,
    stride: Ints = 1,
    padding: Border | None = None,
    groups: int = 1,
    bias: bool = False,
    function: str | None = "relu",
    eps: float = 1e-5,
    scale: bool = True,
    parts: tuple[str, str] = ("0", "1"),
) -> Tensor:
    """Convolution, batch normalisation, activation: the three that modern nets are made of.

    Args:
        x: What goes in.
        name: The block's name.
        filters: Filters of the convolution.
        kernel: Its kernel.
        stride: Its stride.
        padding: Its padding; None means half of the kernel.
        groups: Its groups.
        bias: Whether it has a bias, which the normalisation makes superfluous.
        function: The activation, or None.
        eps: What the normalisation adds to the variance.
        scale: Whether the normalisation has a gamma.
        parts: The names of convolution and normalisation within the block.
    """
    first, second = parts
    padding = half(kernel) if padding is None else padding
    x = conv(x, f"{name}.{first}", filters, kernel, stride=stride, padding=padding, groups=groups, bias=bias)
    x = batch_norm(x, f"{name}.{second}", eps=eps, scale=scale)
    return x if function is None else activation(x, function)


def squeeze_excite(x: Tensor, name: str, squeezed: int, *, inner: str = "relu", outer: str = "sigmoid") -> Tensor:
    """Let the mean of every channel decide, through two small layers, how much of each channel goes on.

    Args:
        x: A map.
        name: The block's name.
        squeezed: Channels between the two layers.
        inner: The activation between them.
        outer: The activation that makes the gate.

    Source:
        Hu, Shen & Sun (2018), Squeeze-and-Excitation Networks, section 3.
    """
    gate = global_avg_pool(x)
    gate = activation(conv(gate, f"{name}.fc1", squeezed, 1), inner)
    gate = activation(conv(gate, f"{name}.fc2", x.shape[0], 1), outer)
    return multiply(x, gate)


def residual(x: Tensor, branch: Tensor, *, function: str | None = None) -> Tensor:
    """Add a branch to what it started from, if the shapes agree; else the branch alone goes on."""
    y = add(branch, x) if branch.shape == x.shape else branch
    return y if function is None else activation(y, function)


def divisible(value: float, divisor: int = 8) -> int:
    """Round to a multiple of `divisor`, at least one of it, and never below nine tenths of the value.

    The rule of the MobileNet reference code; MNASNet, EfficientNet and RegNet (in torchvision) keep it.
    """
    rounded = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * value else rounded


def chosen(word: str, known: Iterable[str], argument: str) -> str:
    """A word, if it is one of those that an argument may be.

    Raises:
        ValueError: If it is none of them.
    """
    if word not in known:
        raise ValueError(f"{argument} must be {' or '.join(map(repr, known))}, but {word!r} came.")
    return word


def blocks_each(depth: int, beside: int, layers: int, *, argument: str = "depth") -> int:
    """How many blocks each stage has if `depth` layers are `beside` ones and so many times `layers`.

    Raises:
        ValueError: If that is no whole number of at least 1.
    """
    blocks, rest = divmod(depth - beside, layers)
    if rest or blocks < 1:
        examples = ", ".join(str(beside + layers * n) for n in (1, 2, 3))
        raise ValueError(f"{argument} must be {layers}n + {beside} for some n ({examples}, ...), but {depth} came.")
    return blocks


__all__ = ["blocks_each", "chosen", "conv_norm", "divisible", "half", "residual", "squeeze_excite"]
