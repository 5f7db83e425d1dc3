"""Layers with the right numbers and wrong manners (Step 3)."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnspec import channels
from cnnspec.arguments import Array, IntOrPair
from cnnspec.mutants.mutant import mutant


@mutant("conv2d", "a layer that copies its images returns the images themselves")
def copying_layer_returns_the_batch(x: Array, w: Array, b: Array | None = None, **options: Any) -> Array:
    y = channels.conv2d(x, w, b, **options)
    return x if y.shape == x.shape and np.array_equal(y, x) else y


@mutant("conv2d", "the weights are stored as multiples of 1/256")
def weights_quantised(x: Array, w: Array, b: Array | None = None, **options: Any) -> Array:
    stored = np.round(w * 256) / 256 if w.dtype.kind == "f" else w
    return channels.conv2d(x, stored.astype(w.dtype), b, **options)


@mutant("conv_transpose2d", "a layer that copies its images returns the images themselves")
def copying_canvas_returns_the_batch(x: Array, w: Array, b: Array | None = None, **options: Any) -> Array:
    y = channels.conv_transpose2d(x, w, b, **options)
    return x if y.shape == x.shape and np.array_equal(y, x) else y


@mutant("conv_transpose2d", "the weights are stored as multiples of 1/256")
def kernels_quantised(x: Array, w: Array, b: Array | None = None, **options: Any) -> Array:
    stored = np.round(w * 256) / 256 if w.dtype.kind == "f" else w
    return channels.conv_transpose2d(x, stored.astype(w.dtype), b, **options)


@mutant("conv2d_parameters", "the count is a float, from a true division")
def parameters_as_a_fraction(c_in: int, c_out: int, kernel: IntOrPair, **options: Any) -> float:
    return channels.conv2d_parameters(c_in, c_out, kernel, **options) / 1
