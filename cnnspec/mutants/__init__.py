"""Operators with one known bug each: what the laws must be able to tell from the real ones."""

from cnnspec.mutants.mutant import Mutant, all_mutants, mutant

MODULES = (
    "environment",
    "convolution",
    "convolution_sizes",
    "channels",
    "channels_transpose",
    "pooling",
    "pooling_average",
    "gradients",
    "gradients_dense",
)
"""The modules that hold mutants, in the order of the book."""

__all__ = ["MODULES", "Mutant", "all_mutants", "mutant"]
