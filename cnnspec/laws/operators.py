"""The operators that laws are about: their names, their definitions, and which of them a reader may implement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cnnspec import channels, convolution, environment, exercises, gradients, network, pooling, residual, zoo
from cnnspec.laws.magnitudes import (
    Magnitude,
    adjoints,
    exponents,
    normalised,
    normalised_backward,
    products,
)
from cnnspec.training import interval
from cnnspec.transfer import backbone, metrics, probe, splits

Function = Callable[..., Any]


@dataclass(frozen=True)
class Operator:
    """One operator of the book.

    Attributes:
        name: Its name, which a subject's function must have.
        definition: The book's definition.
        step: The module, and so the chapter, that defines it.
        public: Whether subjects may define it; the others are the book's own.
        selects: Whether it only selects or counts, so that its answers are exact.
        magnitude: How large the terms are that it rounds, if it does.
        answer: Whether it is only the answer to an exercise.
    """

    name: str
    definition: Function
    step: str
    public: bool = True
    selects: bool = False
    magnitude: Magnitude = products
    answer: bool = False


def _table(*operators: Operator) -> dict[str, Operator]:
    return {operator.name: operator for operator in operators}


BOOK = _table(
    Operator("unit_roundoff", environment.unit_roundoff, "environment", public=False, selects=True),
    Operator("largest_exact_integer", environment.largest_exact_integer, "environment", public=False, selects=True),
    Operator("gamma", environment.gamma, "environment", public=False, selects=True),
    Operator("sequential_sum", environment.sequential_sum, "environment", public=False, selects=True),
    Operator("dot_error_bound", environment.dot_error_bound, "environment", public=False, selects=True),
    Operator("generator", environment.generator, "environment", public=False, selects=True),
    Operator("spawn", environment.spawn, "environment", public=False, selects=True),
    Operator("output_size", convolution.output_size, "convolution", selects=True),
    Operator("pad2d", convolution.pad2d, "convolution", public=False, selects=True),
    Operator("correlate2d", convolution.correlate2d, "convolution"),
    Operator("convolve2d", convolution.convolve2d, "convolution", public=False),
    Operator("conv2d", channels.conv2d, "channels"),
    Operator("conv_transpose2d", channels.conv_transpose2d, "channels"),
    Operator("conv2d_parameters", channels.conv2d_parameters, "channels", selects=True),
    Operator("conv2d_macs", channels.conv2d_macs, "channels", public=False, selects=True),
    Operator("max_pool2d", pooling.max_pool2d, "pooling", selects=True),
    Operator("avg_pool2d", pooling.avg_pool2d, "pooling"),
    Operator("global_avg_pool2d", pooling.global_avg_pool2d, "pooling"),
    Operator("relu", network.relu, "network", selects=True),
    Operator("flatten", network.flatten, "network", public=False, selects=True),
    Operator("linear", network.linear, "network"),
    Operator("softmax", network.softmax, "network", magnitude=exponents),
    Operator("log_softmax", network.log_softmax, "network", public=False, magnitude=exponents),
    Operator("cross_entropy", network.cross_entropy, "network", magnitude=exponents),
    Operator("batch_norm2d", network.batch_norm2d, "network", magnitude=normalised),
    Operator("batch_norm2d_inference", network.batch_norm2d_inference, "network", public=False),
    Operator("he_normal", network.he_normal, "network", public=False),
    Operator("lecun_normal", network.lecun_normal, "network", public=False),
    Operator("glorot_uniform", network.glorot_uniform, "network", public=False),
    Operator("lab_cnn", network.lab_cnn, "network", public=False),
    Operator("receptive_field", network.receptive_field, "network", selects=True),
    Operator("conv2d_backward", gradients.conv2d_backward, "gradients", magnitude=adjoints),
    Operator("max_pool2d_backward", gradients.max_pool2d_backward, "gradients", magnitude=adjoints),
    Operator("avg_pool2d_backward", gradients.avg_pool2d_backward, "gradients", magnitude=adjoints),
    Operator(
        "global_avg_pool2d_backward",
        gradients.global_avg_pool2d_backward,
        "gradients",
        public=False,
        magnitude=adjoints,
    ),
    Operator("relu_backward", gradients.relu_backward, "gradients", selects=True),
    Operator("linear_backward", gradients.linear_backward, "gradients", magnitude=adjoints),
    Operator("cross_entropy_backward", gradients.cross_entropy_backward, "gradients", magnitude=exponents),
    Operator("batch_norm2d_backward", gradients.batch_norm2d_backward, "gradients", magnitude=normalised_backward),
    Operator("build", zoo.build, "zoo", public=False, selects=True),
    Operator("count_parameters", zoo.count_parameters, "zoo", public=False, selects=True),
    Operator("count_buffers", zoo.count_buffers, "zoo", public=False, selects=True),
    Operator("count_macs", zoo.count_macs, "zoo", public=False, selects=True),
    Operator("output_shape", zoo.output_shape, "zoo", public=False, selects=True),
    Operator("smallest_input", zoo.smallest_input, "zoo", public=False, selects=True),
    Operator("depth", zoo.depth, "zoo", public=False, selects=True),
    Operator("field_of_view", zoo.field_of_view, "zoo", public=False, selects=True),
    Operator("forward", zoo.forward, "zoo", public=False),
    Operator("residual_block", residual.residual_block, "residual", selects=True),
    Operator("residual_block_backward", residual.residual_block_backward, "residual", public=False),
    Operator("post_activation_block", residual.post_activation_block, "residual", public=False),
    Operator("scaled_block", residual.scaled_block, "residual", public=False),
    Operator("scaled_block_backward", residual.scaled_block_backward, "residual", public=False),
    Operator("stochastic_depth", residual.stochastic_depth, "residual", public=False),
    Operator("projection_shortcut", residual.projection_shortcut, "residual", public=False),
    Operator("padded_shortcut", residual.padded_shortcut, "residual", public=False, selects=True),
    Operator("basic_block", residual.basic_block, "residual", public=False),
    Operator("preactivation_block", residual.preactivation_block, "residual", public=False),
    Operator("bottleneck_block", residual.bottleneck_block, "residual", public=False),
    Operator("plain_stack", residual.plain_stack, "residual", public=False),
    Operator("plain_stack_backward", residual.plain_stack_backward, "residual", public=False),
    Operator("residual_stack", residual.residual_stack, "residual", public=False),
    Operator("residual_stack_backward", residual.residual_stack_backward, "residual", public=False),
    Operator("path_lengths", residual.path_lengths, "residual", public=False, selects=True),
    Operator("invert_residual_block", residual.invert_residual_block, "residual", public=False),
    Operator("probe_loss", probe.probe_loss, "transfer", public=False),
    Operator("probe_gradient", probe.probe_gradient, "transfer", public=False),
    Operator("fit_probe", probe.fit_probe, "transfer", public=False),
    Operator("ridge", probe.ridge, "transfer", public=False),
    Operator("ridge_dual", probe.ridge_dual, "transfer", public=False),
    Operator("standardise", splits.standardise, "transfer", public=False),
    Operator("group_folds", splits.group_folds, "transfer", public=False),
    Operator("frozen_features", backbone.frozen_features, "transfer", public=False),
    Operator("confusion_matrix", metrics.confusion_matrix, "transfer", public=False),
    Operator("class_scores", metrics.class_scores, "transfer", public=False),
    Operator("f1_score", metrics.f1_score, "transfer", public=False),
    Operator("roc_auc", metrics.roc_auc, "transfer", public=False),
    Operator("precision_at_prevalence", metrics.precision_at_prevalence, "transfer", public=False),
    Operator("calibration_error", metrics.calibration_error, "transfer", public=False),
    Operator("top_k_accuracy", metrics.top_k_accuracy, "transfer", public=False),
    Operator("wilson_interval", interval.wilson_interval, "transfer", public=False),
)
"""The operators of the book. Those that are public here are the contract with subjects."""


def _with_exercises() -> dict[str, Operator]:
    """The operators of the book, public where an exercise asks for them, and the answers of exercises."""
    table = dict(BOOK)
    for chapter, name, function in exercises.functions():
        known = table.get(name)
        table[name] = replace(known, public=True) if known else Operator(name, function, chapter, answer=True)
    return table


OPERATORS: Mapping[str, Operator] = _with_exercises()
"""Every operator by its name."""


def definitions() -> dict[str, Function]:
    """The book's own subject: every operator as its definition."""
    return {name: operator.definition for name, operator in OPERATORS.items()}
