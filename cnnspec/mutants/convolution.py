"""Wrong ways to slide one kernel over one image (Step 2)."""

from __future__ import annotations

from typing import Any

from cnnspec import convolution
from cnnspec.arguments import Array
from cnnspec.mutants.mutant import mutant


@mutant("correlate2d", "the kernel is turned, as in mathematical convolution")
def flipped_kernel(image: Array, kernel: Array, **options: Any) -> Array:
    return convolution.correlate2d(image, kernel[::-1, ::-1], **options)
