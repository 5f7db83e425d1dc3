r"""The same operators, made fast in NumPy alone; the laws that hold of the definitions hold of these too.

- `im2col`: convolution as one matrix product, in blocks of bounded memory; its adjoint col2im.
- `winograd`: 3×3 convolution with 4/9 of the multiplications, F(2×2, 3×3).
- `pieces`: any convolution as a sum of 3×3 ones by `winograd`, so that its transforms meet every law.
- `taps`: pooling as maxima and sums of slices.
- `dense`: the dense layer as a matrix product.

Each has the signatures of the definitions, and refuses what they refuse. `best` holds the fastest form of every
operator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from cnnspec import gradients, network
from cnnspec.algorithms import choice, dense, im2col, pieces, taps, winograd

Function = Callable[..., Any]

IMPLEMENTATIONS: Mapping[str, Mapping[str, Function]] = MappingProxyType(
    {
        "im2col": MappingProxyType(
            {
                "correlate2d": im2col.correlate2d,
                "conv2d": im2col.conv2d,
                "conv_transpose2d": im2col.conv_transpose2d,
                "conv2d_backward": im2col.conv2d_backward,
            }
        ),
        "winograd": MappingProxyType({"conv2d": winograd.conv2d, "conv2d_backward": winograd.conv2d_backward}),
        "pieces": MappingProxyType({"conv2d": pieces.conv2d, "conv2d_backward": pieces.conv2d_backward}),
        "taps": MappingProxyType(
            {
                "max_pool2d": taps.max_pool2d,
                "avg_pool2d": taps.avg_pool2d,
                "global_avg_pool2d": taps.global_avg_pool2d,
                "max_pool2d_backward": taps.max_pool2d_backward,
                "avg_pool2d_backward": taps.avg_pool2d_backward,
            }
        ),
        "dense": MappingProxyType({"linear": dense.linear, "linear_backward": dense.linear_backward}),
    }
)
"""Every algorithm by name, as a mapping from operators to functions."""

best: Mapping[str, Function] = MappingProxyType(
    {
        "correlate2d": im2col.correlate2d,
        "conv2d": choice.conv2d,
        "conv_transpose2d": im2col.conv_transpose2d,
        "conv2d_backward": choice.conv2d_backward,
        **IMPLEMENTATIONS["taps"],
        **IMPLEMENTATIONS["dense"],
        # these definitions have no loop to get rid of
        "global_avg_pool2d_backward": gradients.global_avg_pool2d_backward,
        "relu": network.relu,
        "relu_backward": gradients.relu_backward,
        "flatten": network.flatten,
        "softmax": network.softmax,
        "log_softmax": network.log_softmax,
        "cross_entropy": network.cross_entropy,
        "cross_entropy_backward": gradients.cross_entropy_backward,
        "batch_norm2d": network.batch_norm2d,
        "batch_norm2d_inference": network.batch_norm2d_inference,
        "batch_norm2d_backward": gradients.batch_norm2d_backward,
    }
)
"""The fastest form of every operator that training needs; convolution chooses by shape."""

__all__ = ["IMPLEMENTATIONS", "best"]
