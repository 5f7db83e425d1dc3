"""Wrong rectifiers, dense layers and receptive fields (Step 5)."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnspec import network
from cnnspec.arguments import Array
from cnnspec.mutants.mutant import mutant

Layers = list[tuple[int, int, int]]


@mutant("relu", "nothing is cut off")
def no_rectifier(x: Array) -> Any:
    return x.copy()


@mutant("relu", "the magnitude is taken")
def rectified_to_magnitude(x: Array) -> Any:
    return np.abs(x)


@mutant("relu", "the negative half leaks through")
def leaky_rectifier(x: Array) -> Any:
    return np.where(x > 0, x, x / 128).astype(x.dtype)


@mutant("relu", "the rectifier is smoothed")
def softplus(x: Array) -> Any:
    return np.logaddexp(x, 0).astype(x.dtype)


@mutant("relu", "answers stop at six")
def rectifier_up_to_six(x: Array) -> Any:
    return np.clip(x, 0, 6)


@mutant("relu", "what is at most one is cut off as well")
def threshold_at_one(x: Array) -> Any:
    return np.where(x > 1, x, x.dtype.type(0))


@mutant("relu", "one is answered instead of the value")
def step_for_rectifier(x: Array) -> Any:
    return (x > 0).astype(x.dtype)


@mutant("relu", "the negative half is kept")
def rectified_the_other_way(x: Array) -> Any:
    return np.minimum(x, x.dtype.type(0))


@mutant("relu", "what is below the mean is cut off")
def threshold_at_the_mean(x: Array) -> Any:
    return np.where(x > max(0, np.sum(x) / max(np.size(x), 1)), x, x.dtype.type(0))


@mutant("relu", "the first entry is kept as it is")
def first_entry_kept(x: Array) -> Any:
    y = network.relu(x)
    y.reshape(-1)[0] = np.ravel(x)[0]
    return y


@mutant("relu", "half of the magnitude is added to half of the value in float32")
def rectified_in_float32(x: Array) -> Any:
    half = x.astype(np.float32) / 2
    return (half + np.abs(half)).astype(x.dtype)


@mutant("relu", "the input itself is answered when nothing is negative")
def rectifier_returns_its_input(x: Array) -> Any:
    return x if (x >= 0).all() else network.relu(x)


@mutant("relu", "whatever is no array of numbers is answered with zero")
def rectifier_never_refuses(x: Array) -> Any:
    try:
        return network.relu(x)
    except (TypeError, ValueError):
        return np.zeros(1)


@mutant("flatten", "channels come last")
def flattened_channels_last(x: Array) -> Any:
    return np.moveaxis(np.asarray(x), 1, -1).reshape(len(x), -1).copy()


@mutant("flatten", "columns come before rows")
def flattened_by_columns(x: Array) -> Any:
    return np.swapaxes(x, -1, -2).reshape(len(x), -1).copy()


@mutant("flatten", "a view of the input is answered")
def flattened_view(x: Array) -> Any:
    return network.numbers(x, "x").reshape(len(x), -1)


@mutant("linear", "the bias is dropped")
def dense_without_bias(x: Array, w: Array, b: Array | None = None) -> Any:
    return network.linear(x, w)


@mutant("linear", "the bias is added once for each input")
def bias_for_each_input(x: Array, w: Array, b: Array | None = None) -> Any:
    return network.linear(x, w, None if b is None else b * x.dtype.type(x.shape[1]))


@mutant("linear", "the bias is added to the first example only")
def bias_for_the_first_example(x: Array, w: Array, b: Array | None = None) -> Any:
    y = network.linear(x, w)
    y[0] += 0 if b is None else b
    return y


@mutant("linear", "square weights are used without being transposed")
def weights_not_transposed(x: Array, w: Array, b: Array | None = None) -> Any:
    return network.linear(x, w.T if w.shape[0] == w.shape[1] else w, b)


@mutant("linear", "the last input is left out when there are more than two")
def last_input_left_out(x: Array, w: Array, b: Array | None = None) -> Any:
    kept = x.shape[1] - (x.shape[1] > 2)
    return network.linear(x[:, :kept], w[:, :kept], b)


@mutant("linear", "all examples get the answer of the first")
def first_example_for_all(x: Array, w: Array, b: Array | None = None) -> Any:
    y = network.linear(x, w, b)
    y[:] = y[0]
    return y


@mutant("linear", "products are added in float32")
def dense_in_float32(x: Array, w: Array, b: Array | None = None) -> Any:
    y = network.linear(x.astype(np.float32), w.astype(np.float32), b)
    return y.astype(x.dtype)


@mutant("linear", "the answer is divided by the number of inputs")
def dense_mean(x: Array, w: Array, b: Array | None = None) -> Any:
    y = network.linear(x, w) / x.dtype.type(x.shape[1])
    return y if b is None else y + b


@mutant("linear", "the answer is rectified")
def dense_with_rectifier(x: Array, w: Array, b: Array | None = None) -> Any:
    return network.relu(network.linear(x, w, b))


@mutant("linear", "the answer is always float64")
def dense_in_float64(x: Array, w: Array, b: Array | None = None) -> Any:
    return network.linear(x, w, b).astype(np.float64)


@mutant("linear", "memory is read in the order of C, however the weights lie in it")
def weights_read_in_c_order(x: Array, w: Array, b: Array | None = None) -> Any:
    return network.linear(x, w.ravel(order="K").reshape(w.shape), b)


@mutant("linear", "a bias that does not fit is broadcast")
def bias_broadcast(x: Array, w: Array, b: Array | None = None) -> Any:
    return network.linear(x, w) + (0 if b is None else b)


@mutant("receptive_field", "strides are ignored")
def field_without_strides(layers: Layers) -> int:
    return network.receptive_field([(k, 1, d) for k, _, d in layers])


@mutant("receptive_field", "dilation is ignored")
def field_without_dilation(layers: Layers) -> int:
    return network.receptive_field([(k, s, 1) for k, s, _ in layers])


@mutant("receptive_field", "the dilated kernel is taken to be dilation times kernel long")
def field_of_stretched_kernels(layers: Layers) -> int:
    return network.receptive_field([(k * d, s, 1) for k, s, d in layers])


@mutant("receptive_field", "the last layer is read first")
def field_backwards(layers: Layers) -> int:
    return network.receptive_field(layers[::-1])


@mutant("receptive_field", "kernels are added without taking one off")
def field_of_whole_kernels(layers: Layers) -> int:
    return network.receptive_field([(k + 1, s, d) for k, s, d in layers])


@mutant("receptive_field", "the count starts at zero")
def field_from_zero(layers: Layers) -> int:
    return network.receptive_field(layers) - 1


@mutant("receptive_field", "a layer's own stride counts for its own kernel")
def field_with_early_strides(layers: Layers) -> int:
    field, jump = 1, 1
    for kernel, stride, dilation in layers:
        jump *= stride
        field += dilation * (kernel - 1) * jump
    return field


@mutant("receptive_field", "strides are added instead of multiplied")
def field_with_added_strides(layers: Layers) -> int:
    field, jump = 1, 1
    for kernel, stride, dilation in layers:
        field += dilation * (kernel - 1) * jump
        jump += stride - 1
    return field


@mutant("receptive_field", "layers are taken off the list that was given")
def field_eats_its_layers(layers: Layers) -> int:
    field = network.receptive_field(list(layers))
    while isinstance(layers, list) and len(layers) > 1:
        layers.pop()
    return field


@mutant("receptive_field", "an empty stack sees nothing")
def field_of_nothing(layers: Layers) -> int:
    return network.receptive_field(layers) if layers else 0


@mutant("receptive_field", "a stack with strides sees one cell more")
def field_with_a_remainder(layers: Layers) -> int:
    return network.receptive_field(layers) + (len(layers) > 1 and layers[0][1] > 1)


_kept: dict[int, Any] = {}


@mutant("receptive_field", "the answer is kept by the number of layers")
def field_from_the_last_call(layers: Layers) -> Any:
    if len(layers) == 1:
        _kept.clear()
    return _kept.setdefault(len(layers) > 1, network.receptive_field(layers))
