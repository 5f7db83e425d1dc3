"""Operators with one known bug each: what the laws must be able to tell from the real ones."""

from cnnspec.mutants.mutant import Mutant, all_mutants, mutant

MODULES = (
    "environment",
    "environment_exercises",
    "convolution",
    "convolution_sizes",
    "convolution_exercises",
    "channels",
    "channels_transpose",
    "channels_habits",
    "channels_exercises",
    "pooling",
    "pooling_average",
    "pooling_exercises",
    "network",
    "network_softmax",
    "network_norm",
    "network_weights",
    "gradients",
    "gradients_dense",
    "zoo",
    "zoo_macs",
    "zoo_paths",
    "zoo_forward",
    "residual",
    "residual_stacks",
    "transfer",
    "transfer_metrics",
)
"""The modules that hold mutants, in the order of the book."""

__all__ = ["MODULES", "Mutant", "all_mutants", "mutant"]
