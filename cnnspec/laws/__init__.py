"""What holds of the operators: one module of laws per step."""

from cnnspec.laws.law import Law, all_laws, find, law

MODULES = (
    "environment",
    "convolution",
    "convolution_sizes",
    "convolution_motion",
    "convolution_algebra",
    "convolution_habits",
    "channels",
    "channels_groups",
    "channels_geometry",
    "channels_transpose",
    "channels_canvas",
    "channels_counts",
    "channels_contract",
    "channels_habits",
    "pooling",
    "pooling_algebra",
    "pooling_average",
    "pooling_global",
    "pooling_shifts",
    "pooling_contract",
    "network",
    "network_dense",
    "network_softmax",
    "network_loss",
    "network_norm",
    "network_fixed",
    "network_weights",
    "network_stack",
    "network_lab",
    "network_contract",
    "gradients",
    "gradients_parts",
    "gradients_pooling",
    "gradients_average",
    "gradients_dense",
    "gradients_loss",
    "gradients_norm",
    "gradients_contract",
)
"""The modules that hold laws, in the order of the book."""

__all__ = ["MODULES", "Law", "all_laws", "find", "law"]
