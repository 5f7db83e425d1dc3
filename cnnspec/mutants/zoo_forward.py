"""Networks that run wrongly (Step 6): one rule that is not what the declaration means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from unittest.mock import patch

import numpy as np

from cnnspec import network, pooling, zoo
from cnnspec.arguments import Array
from cnnspec.mutants.mutant import mutant
from cnnspec.zoo import Architecture, functions, layers, rules, wiring
from cnnspec.zoo.operation import Operation
from cnnspec.zoo.rules import Step

Weights = Mapping[str, Any]


def run_with(
    kind: type[Operation], rule: Callable[[Any, Step], Array], architecture: Architecture, weights: Weights, x: Array
) -> Array:
    """Run a network with another rule for one kind of operation."""
    with patch.object(rules, "RULES", {**rules.RULES, kind: rule}):
        return zoo.forward(architecture, weights, x)


@mutant("forward", "batch normalisation takes the statistics of the batch, as in training")
def still_in_training(architecture: Architecture, weights: Weights, x: Array) -> Array:
    def rule(operation: layers.BatchNorm, step: Step) -> Array:
        gamma = step.weights.get("weight", np.ones(operation.channels))
        return network.batch_norm2d(step.x, gamma, step.weights["bias"], eps=operation.eps)

    return run_with(layers.BatchNorm, rule, architecture, weights, x)


def normalised(step: Step, change: Callable[[dict[str, Array]], None], eps: float) -> Array:
    """Normalise by moving statistics with something changed."""
    parts = {"weight": np.ones(len(step.weights["bias"])), **step.weights}
    change(parts)
    return network.batch_norm2d_inference(
        step.x, parts["weight"], parts["bias"], parts["running_mean"], parts["running_var"], eps=eps
    )


@mutant("forward", "the scale of batch normalisation is ignored")
def scale_ignored(architecture: Architecture, weights: Weights, x: Array) -> Array:
    def rule(operation: layers.BatchNorm, step: Step) -> Array:
        return normalised(step, lambda parts: parts.update(weight=np.ones_like(parts["weight"])), operation.eps)

    return run_with(layers.BatchNorm, rule, architecture, weights, x)


@mutant("forward", "the variance is taken for the standard deviation")
def moving_variance_unrooted(architecture: Architecture, weights: Weights, x: Array) -> Array:
    def rule(operation: layers.BatchNorm, step: Step) -> Array:
        def square(parts: dict[str, Array]) -> None:
            parts["running_var"] = (parts["running_var"] + operation.eps) ** 2

        return normalised(step, square, 0.0)

    return run_with(layers.BatchNorm, rule, architecture, weights, x)


@mutant("forward", "the scales of normalisation are divided by the deviation in place, so that a second run differs")
def folded_in_place(architecture: Architecture, weights: Weights, x: Array) -> Array:
    answer = zoo.forward(architecture, weights, x)
    for name in weights:
        if name.endswith("running_var"):
            gamma = weights[name.replace("running_var", "weight")]
            gamma /= np.sqrt(weights[name])
    return answer


@mutant("forward", "epsilon is added to the root instead of under it")
def epsilon_beside_the_root(architecture: Architecture, weights: Weights, x: Array) -> Array:
    def rule(operation: layers.BatchNorm, step: Step) -> Array:
        def outside(parts: dict[str, Array]) -> None:
            parts["running_var"] = (np.sqrt(parts["running_var"]) + operation.eps) ** 2

        return normalised(step, outside, 0.0)

    return run_with(layers.BatchNorm, rule, architecture, weights, x)


@mutant("forward", "what comes through a shortcut is lost")
def shortcut_lost(architecture: Architecture, weights: Weights, x: Array) -> Array:
    return run_with(wiring.Add, lambda operation, step: step.inputs[0].copy(), architecture, weights, x)


@mutant("forward", "sums are averages")
def summands_averaged(architecture: Architecture, weights: Weights, x: Array) -> Array:
    return run_with(wiring.Add, lambda o, step: rules.add(o, step) / len(step.inputs), architecture, weights, x)


@mutant("forward", "every operation writes over its input, even if somebody else still reads it")
def overwritten_too_early(architecture: Architecture, weights: Weights, x: Array) -> Array:
    def rule(operation: wiring.Activation, step: Step) -> Array:
        return rules.activation(operation, step._replace(spare=True))

    return run_with(wiring.Activation, rule, architecture, weights, x)


@mutant("forward", "parts are joined in reverse order")
def joined_in_reverse(architecture: Architecture, weights: Weights, x: Array) -> Array:
    def rule(operation: wiring.Concat, step: Step) -> Array:
        return rules.concat(operation, step._replace(inputs=step.inputs[::-1]))

    return run_with(wiring.Concat, rule, architecture, weights, x)


@mutant("forward", "the channels of a group are taken from everywhere, every g-th one")
def interleaved_groups(architecture: Architecture, weights: Weights, x: Array) -> Array:
    def rule(operation: layers.Conv, step: Step) -> Array:
        count = step.x.shape[1]
        order = np.arange(count).reshape(-1, operation.groups).T.reshape(-1)
        return rules.conv(operation, step._replace(inputs=[step.x[:, order]]))

    return run_with(layers.Conv, rule, architecture, weights, x)


@mutant("forward", "maps are flattened with the channels last, as Keras stores them")
def channels_flattened_last(architecture: Architecture, weights: Weights, x: Array) -> Array:
    def rule(operation: wiring.Flatten, step: Step) -> Array:
        return np.moveaxis(step.x, 1, -1).reshape(len(step.x), -1)

    return run_with(wiring.Flatten, rule, architecture, weights, x)


@mutant("forward", "a sequence reads a map column by column")
def tokens_by_columns(architecture: Architecture, weights: Weights, x: Array) -> Array:
    def rule(operation: wiring.Tokens, step: Step) -> Array:
        return rules.tokens(operation, step._replace(inputs=[step.x.swapaxes(2, 3)]))

    return run_with(wiring.Tokens, rule, architecture, weights, x)


@mutant("forward", "a shuffle writes by columns and reads by columns, and leaves all as it was")
def nothing_shuffled(architecture: Architecture, weights: Weights, x: Array) -> Array:
    return run_with(wiring.Shuffle, lambda operation, step: step.x.copy(), architecture, weights, x)


@mutant("forward", "a shuffle has as many rows as it should have columns")
def shuffled_backwards(architecture: Architecture, weights: Weights, x: Array) -> Array:
    def rule(operation: wiring.Shuffle, step: Step) -> Array:
        return rules.shuffle(wiring.Shuffle(step.x.shape[1] // operation.groups), step)

    return run_with(wiring.Shuffle, rule, architecture, weights, x)


@mutant("forward", "a gate is added instead of multiplied")
def gate_added(architecture: Architecture, weights: Weights, x: Array) -> Array:
    return run_with(wiring.Multiply, lambda o, step: step.inputs[0] + step.inputs[1], architecture, weights, x)


def attended(operation: wiring.Attention, x: Array, scale: float, axis: int, order: tuple[int, int, int]) -> Array:
    """Attention with something changed."""
    batch, count, width = x.shape
    size = width // 3 // operation.heads
    parts = x.reshape(batch, count, 3, operation.heads, size).transpose(2, 0, 3, 1, 4)
    queries, keys, values = (parts[i] for i in order)
    scores = network.softmax(queries @ keys.swapaxes(2, 3) * scale, axis=axis)
    mixed: Array = (scores @ values).swapaxes(1, 2).reshape(batch, count, -1)
    return mixed


@mutant("forward", "the scores of attention are not divided by the root of their width")
def scores_not_scaled(architecture: Architecture, weights: Weights, x: Array) -> Array:
    return run_with(wiring.Attention, lambda o, step: attended(o, step.x, 1.0, -1, (0, 1, 2)), architecture, weights, x)


@mutant("forward", "the scores of attention are divided by the root of all heads' width")
def scores_of_all_heads(architecture: Architecture, weights: Weights, x: Array) -> Array:
    def rule(operation: wiring.Attention, step: Step) -> Array:
        return attended(operation, step.x, (step.x.shape[2] / 3) ** -0.5, -1, (0, 1, 2))

    return run_with(wiring.Attention, rule, architecture, weights, x)


@mutant("forward", "attention's shares sum to one over the queries")
def softmax_over_queries(architecture: Architecture, weights: Weights, x: Array) -> Array:
    def rule(operation: wiring.Attention, step: Step) -> Array:
        return attended(operation, step.x, (step.x.shape[2] / 3 / operation.heads) ** -0.5, -2, (0, 1, 2))

    return run_with(wiring.Attention, rule, architecture, weights, x)


@mutant("forward", "attention takes queries for values")
def queries_for_values(architecture: Architecture, weights: Weights, x: Array) -> Array:
    def rule(operation: wiring.Attention, step: Step) -> Array:
        return attended(operation, step.x, (step.x.shape[2] / 3 / operation.heads) ** -0.5, -1, (2, 1, 0))

    return run_with(wiring.Attention, rule, architecture, weights, x)


@mutant("forward", "the exponentials of attention overflow")
def attention_overflows(architecture: Architecture, weights: Weights, x: Array) -> Array:
    def rule(operation: wiring.Attention, step: Step) -> Array:
        size = step.x.shape[2] // 3 // operation.heads
        parts = step.x.reshape(*step.x.shape[:2], 3, operation.heads, size).transpose(2, 0, 3, 1, 4)
        shares = np.exp(parts[0] @ parts[1].swapaxes(2, 3) / np.sqrt(size))
        mixed: Array = (shares / shares.sum(axis=-1, keepdims=True)) @ parts[2]
        return mixed.swapaxes(1, 2).reshape(*step.x.shape[:2], -1)

    return run_with(wiring.Attention, rule, architecture, weights, x)


@mutant("forward", "the answers of the heads are written one after the other, and not side by side")
def heads_in_a_row(architecture: Architecture, weights: Weights, x: Array) -> Array:
    def rule(operation: wiring.Attention, step: Step) -> Array:
        batch, count, width = step.x.shape
        y = attended(operation, step.x, (width / 3 / operation.heads) ** -0.5, -1, (0, 1, 2))
        return y.reshape(batch, count, operation.heads, -1).swapaxes(1, 2).reshape(batch, count, -1)

    return run_with(wiring.Attention, rule, architecture, weights, x)


@mutant("forward", "each token attends only to those before it, as in a network that writes text")
def only_looking_back(architecture: Architecture, weights: Weights, x: Array) -> Array:
    def rule(operation: wiring.Attention, step: Step) -> Array:
        return np.concatenate(
            [
                rules.attention(operation, step._replace(inputs=[step.x[:, : i + 1]]))[:, i:]
                for i in range(step.x.shape[1])
            ],
            axis=1,
        )

    return run_with(wiring.Attention, rule, architecture, weights, x)


@mutant("forward", "a layer normalisation takes the whole map at once")
def normalised_over_the_map(architecture: Architecture, weights: Weights, x: Array) -> Array:
    def rule(operation: layers.LayerNorm, step: Step) -> Array:
        if step.x.ndim != 4:
            return rules.layer_norm(operation, step)
        centred = step.x - step.x.mean(axis=(1, 2, 3), keepdims=True)
        y = centred / np.sqrt((centred**2).mean(axis=(1, 2, 3), keepdims=True) + operation.eps)
        scaled: Array = y * step.weights["weight"][:, None, None] + step.weights["bias"][:, None, None]
        return scaled

    return run_with(layers.LayerNorm, rule, architecture, weights, x)


@mutant("forward", "the mean of a last window counts cells beyond the edge as zeros")
def zeros_beyond_the_edge(architecture: Architecture, weights: Weights, x: Array) -> Array:
    def rule(operation: wiring.AvgPool, step: Step) -> Array:
        vertical, horizontal = operation.lines
        (top, bottom), (left, right) = rules.padding(operation, step.x)
        wide = np.pad(step.x, ((0, 0), (0, 0), (top, bottom + vertical.span), (left, right + horizontal.span)))
        y = pooling.avg_pool2d(wide, (vertical.kernel, horizontal.kernel), stride=(vertical.stride, horizontal.stride))
        return y[:, :, : vertical.places(step.x.shape[2]), : horizontal.places(step.x.shape[3])]

    return run_with(wiring.AvgPool, rule, architecture, weights, x)


@mutant("forward", "the padding of a maximum is zero")
def maximum_of_zeros(architecture: Architecture, weights: Weights, x: Array) -> Array:
    def rule(operation: wiring.MaxPool, step: Step) -> Array:
        (top, bottom), (left, right) = rules.padding(operation, step.x)
        vertical, horizontal = operation.lines
        around = ((0, 0), (0, 0), (top, bottom + vertical.span), (left, right + horizontal.span))
        y = pooling.max_pool2d(
            np.pad(step.x, around), (vertical.kernel, horizontal.kernel), stride=(vertical.stride, horizontal.stride)
        )
        return y[:, :, : vertical.places(step.x.shape[2]), : horizontal.places(step.x.shape[3])]

    return run_with(wiring.MaxPool, rule, architecture, weights, x)


@mutant("forward", "pooling to a grid takes windows of one size and leaves the last rows out")
def windows_of_one_size(architecture: Architecture, weights: Weights, x: Array) -> Array:
    def rule(operation: wiring.AdaptivePool, step: Step) -> Array:
        rows, columns = (max(size // operation.size, 1) for size in step.x.shape[2:])
        y = np.resize(step.x[:, :, :1, :1], (*step.x.shape[:2], operation.size, operation.size))
        for i, j in np.ndindex(operation.size, operation.size):
            window = step.x[:, :, i * rows : (i + 1) * rows, j * columns : (j + 1) * columns]
            y[:, :, i, j] = window.mean(axis=(2, 3)) if window.size else 0
        return y

    return run_with(wiring.AdaptivePool, rule, architecture, weights, x)


def activated(name: str, function: Callable[[Array, Array], None]) -> Callable[[Any, Step], Array]:
    """The rule of activations with another function under one name."""

    def rule(operation: wiring.Activation, step: Step) -> Array:
        out = np.empty_like(step.x)
        (function if operation.function == name else functions.FUNCTIONS[operation.function])(step.x, out)
        return out

    return rule


@mutant("forward", "relu6 has no upper bound")
def relu6_unbounded(architecture: Architecture, weights: Weights, x: Array) -> Array:
    return run_with(wiring.Activation, activated("relu6", functions.relu), architecture, weights, x)


@mutant("forward", "the gate of squeeze and excitation is a hard sigmoid")
def hard_gate(architecture: Architecture, weights: Weights, x: Array) -> Array:
    return run_with(wiring.Activation, activated("sigmoid", functions.hard_sigmoid), architecture, weights, x)


@mutant("forward", "the slope of a leaky rectifier is 0.01")
def other_slope(architecture: Architecture, weights: Weights, x: Array) -> Array:
    def leaky(x: Array, out: Array) -> None:
        np.maximum(x, 0.01 * x, out=out)

    return run_with(wiring.Activation, activated("leaky_relu", leaky), architecture, weights, x)


@mutant("forward", "the biases of convolutions are ignored")
def biases_ignored(architecture: Architecture, weights: Weights, x: Array) -> Array:
    def rule(operation: layers.Conv, step: Step) -> Array:
        return rules.conv(operation, step._replace(weights={"weight": step.weights["weight"]}))

    return run_with(layers.Conv, rule, architecture, weights, x)


@mutant("forward", "kernels are turned, as the textbooks' convolution turns them")
def kernels_turned(architecture: Architecture, weights: Weights, x: Array) -> Array:
    def rule(operation: layers.Conv, step: Step) -> Array:
        turned = {**step.weights, "weight": step.weights["weight"][:, :, ::-1, ::-1]}
        return rules.conv(operation, step._replace(weights=turned))

    return run_with(layers.Conv, rule, architecture, weights, x)


@mutant("forward", "a constant is added to whatever comes out")
def offset_added(architecture: Architecture, weights: Weights, x: Array) -> Array:
    return zoo.forward(architecture, weights, x) + 1
