"""Wrong blocks of convolutions, wrong shortcuts and wrong stacks (Step 7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnspec import channels
from cnnspec.arguments import Array
from cnnspec.mutants.mutant import mutant
from cnnspec.residual import maps, stacks


@mutant("projection_shortcut", "the stride is missing")
def projection_without_stride(x: Array, w: Array, *, stride: int = 2) -> Array:
    return channels.conv2d(x, w)


@mutant("projection_shortcut", "the window is averaged before it is projected")
def projection_of_averages(x: Array, w: Array, *, stride: int = 2) -> Array:
    kernel = np.broadcast_to(w / stride**2, (*w.shape[:2], stride, stride))
    ends = [(0, (n - 1) // stride * stride + stride - n) for n in x.shape[2:]]
    return channels.conv2d(np.pad(x, ((0, 0), (0, 0), *ends)), kernel, stride=stride)


@mutant("projection_shortcut", "it reads the last position of each window")
def projection_of_the_last(x: Array, w: Array, *, stride: int = 2) -> Array:
    return channels.conv2d(np.roll(x, 1 - stride, axis=(2, 3)), w, stride=stride)


@mutant("padded_shortcut", "half of the zeros stand before the channels")
def padded_on_both_sides(x: Array, channels: int, *, stride: int = 2) -> Array:
    return np.roll(maps.padded_shortcut(x, channels, stride=stride), (channels - x.shape[1] + 1) // 2, axis=1)


@mutant("padded_shortcut", "the stride is forgotten along the rows")
def padded_with_one_stride(x: Array, channels: int, *, stride: int = 2) -> Array:
    y = np.zeros((len(x), channels, x.shape[2], len(range(0, x.shape[3], stride))), dtype=x.dtype)
    y[:, : x.shape[1]] = x[:, :, :, ::stride]
    return y


@mutant("padded_shortcut", "channels are repeated instead of padded")
def padded_with_copies(x: Array, channels: int, *, stride: int = 2) -> Array:
    return np.resize(
        x[:, :, ::stride, ::stride].swapaxes(0, 1), (channels, *x[:, 0, ::stride, ::stride].shape)
    ).swapaxes(0, 1)


def post_activated(
    order: str,
    x: Array,
    weights: Any,
    stride: int,
    eps: float,
    add: Callable[[Array, Array], Any],
) -> Any:
    """A block of 2015 with another way to join trunk and branch."""
    projection = weights.get("projection")
    trunk = x if projection is None else maps.projection_shortcut(x, projection, stride=stride)
    return add(trunk, maps.branch_signals(order, x, weights, stride, eps)[-1])


def rectified(x: Array) -> Array:
    """What a rectifier leaves."""
    return np.maximum(x, 0)


@mutant("basic_block", "the rectifier stands before the addition")
def basic_rectified_before(x: Array, weights: Any, *, stride: int = 1, eps: float = 1e-5) -> Any:
    return post_activated(maps.BASIC, x, weights, stride, eps, lambda t, f: t + rectified(f))


@mutant("basic_block", "the skip is forgotten")
def basic_without_skip(x: Array, weights: Any, *, stride: int = 1, eps: float = 1e-5) -> Any:
    return post_activated(maps.BASIC, x, weights, stride, eps, lambda t, f: rectified(f))


@mutant("basic_block", "the trunk is cut and broadcast until it fits")
def basic_cut_to_fit(x: Array, weights: Any, *, stride: int = 1, eps: float = 1e-5) -> Any:
    def fit(t: Array, f: Array) -> Array:
        return rectified(t[:, :1, : f.shape[2], : f.shape[3]] + f if t.shape != f.shape else t + f)

    return post_activated(maps.BASIC, x, weights, stride, eps, fit)


@mutant("basic_block", "the projection has no stride")
def basic_projection_without_stride(x: Array, weights: Any, *, stride: int = 1, eps: float = 1e-5) -> Any:
    if "projection" not in weights:
        return maps.basic_block(x, weights, stride=stride, eps=eps)
    return rectified(
        maps.projection_shortcut(x, weights["projection"], stride=1)
        + maps.branch_signals(maps.BASIC, x, weights, stride, eps)[-1]
    )


@mutant("basic_block", "the normalisation behind the second convolution is missing")
def basic_without_second_norm(x: Array, weights: Any, *, stride: int = 1, eps: float = 1e-5) -> Any:
    return post_activated("conv1 norm1 relu conv2", x, weights, stride, eps, lambda t, f: rectified(t + f))


@mutant("preactivation_block", "the sum is rectified, as in 2015")
def preactivation_rectified_after(x: Array, weights: Any, *, eps: float = 1e-5) -> Any:
    return rectified(maps.preactivation_block(x, weights, eps=eps))


@mutant("preactivation_block", "the skip leaves the trunk behind the first rectifier")
def preactivation_with_a_late_skip(x: Array, weights: Any, *, eps: float = 1e-5) -> Any:
    signals = maps.branch_signals(maps.PREACTIVATION, x, weights, 1, eps)
    return signals[2] + signals[-1]


@mutant("preactivation_block", "the branch is not normalised first")
def preactivation_without_first_norm(x: Array, weights: Any, *, eps: float = 1e-5) -> Any:
    return x + maps.branch_signals("relu conv1 relu conv2", x, weights, 1, eps)[-1]


@mutant("bottleneck_block", "the rectifier behind the addition is missing")
def bottleneck_without_rectifier(x: Array, weights: Any, *, stride: int = 1, eps: float = 1e-5) -> Any:
    return post_activated(maps.BOTTLENECK, x, weights, stride, eps, lambda t, f: t + f)


@mutant("bottleneck_block", "the rectifier stands before the addition")
def bottleneck_rectified_before(x: Array, weights: Any, *, stride: int = 1, eps: float = 1e-5) -> Any:
    return post_activated(maps.BOTTLENECK, x, weights, stride, eps, lambda t, f: t + rectified(f))


@mutant("bottleneck_block", "the branch is asked about the squared input")
def bottleneck_of_the_squared(x: Array, weights: Any, *, stride: int = 1, eps: float = 1e-5) -> Any:
    f = maps.branch_signals(maps.BOTTLENECK, x**2, weights, stride, eps)[-1]
    return rectified(x + f)


@mutant("plain_stack", "the rectifier is missing")
def plain_without_rectifier(x: Array, weights: Array, *, normalised: bool = False) -> Array:
    signals = [x]
    for w in weights:
        signals.append(signals[-1] @ w)
    return np.array(signals)


@mutant("plain_stack", "each layer adds its input")
def plain_with_skips(x: Array, weights: Array, *, normalised: bool = False) -> Array:
    signals = [x]
    for w in weights:
        signals.append(signals[-1] + rectified(signals[-1] @ w))
    return np.array(signals)


@mutant("plain_stack", "signals are squashed instead of rectified")
def plain_squashed(x: Array, weights: Array, *, normalised: bool = False) -> Array:
    signals = [x]
    for w in weights:
        signals.append(np.tanh(signals[-1] @ w))
    return np.array(signals)


@mutant("plain_stack", "each layer is normalised")
def plain_normalised(x: Array, weights: Array, *, normalised: bool = False) -> Array:
    signals = [x]
    for w in weights:
        z = signals[-1] @ w
        signals.append(rectified(z / (1e-9 + np.abs(z).max())))
    return np.array(signals)


@mutant("plain_stack_backward", "the gates are forgotten")
def plain_backward_without_gates(dy: Array, x: Array, weights: Array, *, normalised: bool = False) -> Array:
    gradients = [dy]
    for w in weights[::-1]:
        gradients.append(gradients[-1] @ w.T)
    return np.array(gradients[::-1])


@mutant("plain_stack_backward", "the weights are not transposed")
def plain_backward_not_transposed(dy: Array, x: Array, weights: Array, *, normalised: bool = False) -> Array:
    signals, gradients = stacks.plain_stack(x, weights, normalised=normalised), [dy]
    for w, signal in zip(weights[::-1], signals[-2::-1], strict=True):
        gradients.append(stacks.layer_backward(gradients[-1], signal @ w, normalised) @ w)
    return np.array(gradients[::-1])


@mutant("plain_stack_backward", "the normalisation is left out on the way back")
def plain_backward_without_norm(dy: Array, x: Array, weights: Array, *, normalised: bool = False) -> Array:
    signals, gradients = stacks.plain_stack(x, weights, normalised=normalised), [dy]
    for w, signal, after in zip(weights[::-1], signals[-2::-1], signals[:0:-1], strict=True):
        gradients.append(np.where(after > 0, gradients[-1], 0) @ w.T)
        if not normalised:
            gradients[-1] = stacks.layer_backward(gradients[-2], signal @ w, False) @ w.T
    return np.array(gradients[::-1])


@mutant("plain_stack_backward", "each layer hands on its gradient as well")
def plain_backward_with_skips(dy: Array, x: Array, weights: Array, *, normalised: bool = False) -> Array:
    signals, gradients = stacks.plain_stack(x, weights, normalised=normalised), [dy]
    for w, signal in zip(weights[::-1], signals[-2::-1], strict=True):
        gradients.append(gradients[-1] + stacks.layer_backward(gradients[-1], signal @ w, normalised) @ w.T)
    return np.array(gradients[::-1])


def with_blocks(x: Array, weights: Array, block: Callable[[Array, Array, Array], Any]) -> Array:
    """A residual stack of other blocks."""
    signals = [x]
    for first, second in weights:
        signals.append(block(signals[-1], first, second))
    return np.array(signals)


@mutant("residual_stack", "the skip is forgotten")
def stack_without_skip(x: Array, weights: Array, **how: Any) -> Array:
    return stacks.residual_stack(x, weights, **{**how, "shortcut": 0.0})


@mutant("residual_stack", "the scale is ignored")
def stack_without_scale(x: Array, weights: Array, **how: Any) -> Array:
    return stacks.residual_stack(x, weights, **{**how, "scale": 1.0})


@mutant("residual_stack", "the scale is squared")
def stack_with_squared_scale(x: Array, weights: Array, **how: Any) -> Array:
    return stacks.residual_stack(x, weights, **{**how, "scale": how.get("scale", 1.0) ** 2})


@mutant("residual_stack", "the normalisation is left out")
def stack_without_norm(x: Array, weights: Array, **how: Any) -> Array:
    return stacks.residual_stack(x, weights, **{**how, "normalised": False})


@mutant("residual_stack", "the rectifier is missing inside the branch")
def stack_without_inner_rectifier(x: Array, weights: Array, **how: Any) -> Array:
    return with_blocks(x, weights, lambda z, first, second: z + z @ first @ second)


@mutant("residual_stack", "the branch is rectified, and the sum is not")
def stack_with_rectified_branches(x: Array, weights: Array, **how: Any) -> Array:
    return with_blocks(x, weights, lambda z, first, second: z + rectified(rectified(z @ first) @ second))


@mutant("residual_stack", "the two matrices of a branch are exchanged")
def stack_with_exchanged_weights(x: Array, weights: Array, **how: Any) -> Array:
    return stacks.residual_stack(x, weights[:, ::-1], **how)


@mutant("residual_stack_backward", "the gradient of the skip is forgotten")
def stack_backward_without_skip(dy: Array, x: Array, weights: Array, **how: Any) -> Array:
    gradients = stacks.residual_stack_backward(dy, x, weights, **how)
    later = np.concatenate([gradients[1:], 0 * gradients[:1]])
    return gradients - how.get("shortcut", 1.0) * later


@mutant("residual_stack_backward", "the rectifier behind the sum is forgotten on the way back")
def stack_backward_unrectified(dy: Array, x: Array, weights: Array, **how: Any) -> Array:
    signals = stacks.residual_stack(x, weights, **how)
    scale, shortcut, gradients = how.get("scale", 1.0), how.get("shortcut", 1.0), [dy]
    for (first, second), signal in zip(weights[::-1], signals[-2::-1], strict=True):
        g = gradients[-1]
        inner = stacks.layer_backward((scale * g) @ second.T, signal @ first, how.get("normalised", False))
        gradients.append(shortcut * g + inner @ first.T)
    return np.array(gradients[::-1])


@mutant("residual_stack_backward", "the normalisation is left out on the way back")
def stack_backward_without_norm(dy: Array, x: Array, weights: Array, **how: Any) -> Array:
    return stacks.residual_stack_backward(dy, x, weights, **{**how, "normalised": False})
