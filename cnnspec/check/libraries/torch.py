"""PyTorch behind the names of the book: `torch.nn.functional` on the CPU, in the dtype of the inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cnnspec.arguments import Array, IntOrPair

DEVIATIONS: Mapping[str, str] = {}


def operators() -> dict[str, Callable[..., Any]]:
    """The operators that PyTorch has.

    Raises:
        ImportError: If PyTorch is not installed.
    """
    import torch
    from torch.nn import functional

    def tensor(a: Array | None) -> Any:
        return None if a is None else torch.tensor(a)

    def conv2d(x: Array, w: Array, b: Array | None = None, **options: Any) -> Array:
        answer: Array = functional.conv2d(tensor(x), tensor(w), tensor(b), **options).numpy()
        return answer

    def correlate2d(image: Array, kernel: Array, **options: Any) -> Array:
        plane: Array = conv2d(image[None, None], kernel[None, None], **options)[0, 0]
        return plane

    def conv_transpose2d(x: Array, w: Array, b: Array | None = None, **options: Any) -> Array:
        answer: Array = functional.conv_transpose2d(tensor(x), tensor(w), tensor(b), **options).numpy()
        return answer

    def max_pool2d(x: Array, size: IntOrPair, **options: Any) -> Array:
        answer: Array = functional.max_pool2d(tensor(x), size, **options).numpy()
        return answer

    def avg_pool2d(x: Array, size: IntOrPair, **options: Any) -> Array:
        answer: Array = functional.avg_pool2d(tensor(x), size, **options).numpy()
        return answer

    def global_avg_pool2d(x: Array) -> Array:
        answer: Array = functional.adaptive_avg_pool2d(tensor(x), 1).flatten(1).numpy()
        return answer

    def conv2d_parameters(c_in: int, c_out: int, kernel: IntOrPair, *, groups: int = 1, bias: bool = True) -> int:
        layer = torch.nn.Conv2d(c_in, c_out, kernel, groups=groups, bias=bias, device="meta")
        return sum(int(weights.numel()) for weights in layer.parameters())

    return {
        "correlate2d": correlate2d,
        "conv2d": conv2d,
        "conv_transpose2d": conv_transpose2d,
        "conv2d_parameters": conv2d_parameters,
        "max_pool2d": max_pool2d,
        "avg_pool2d": avg_pool2d,
        "global_avg_pool2d": global_avg_pool2d,
    }
