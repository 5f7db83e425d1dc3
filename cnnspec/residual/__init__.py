r"""Step 7: residual networks, and how a signal travels through many layers.

`blocks` has the residual block and its variants around any branch, `maps` the blocks of convolutions that real
networks are made of, `stacks` plain and residual stacks of dense layers with the signal in both directions, `paths`
counts the ways through, and `experiment` is the lab's own experiment with what theory predicts of it.
"""

from cnnspec.residual.blocks import (
    post_activation_block,
    residual_block,
    residual_block_backward,
    scaled_block,
    scaled_block_backward,
    stochastic_depth,
)
from cnnspec.residual.maps import (
    basic_block,
    bottleneck_block,
    padded_shortcut,
    preactivation_block,
    projection_shortcut,
)
from cnnspec.residual.paths import invert_residual_block, path_lengths
from cnnspec.residual.stacks import (
    plain_stack,
    plain_stack_backward,
    residual_stack,
    residual_stack_backward,
)

__all__ = [
    "basic_block",
    "bottleneck_block",
    "invert_residual_block",
    "padded_shortcut",
    "path_lengths",
    "plain_stack",
    "plain_stack_backward",
    "post_activation_block",
    "preactivation_block",
    "projection_shortcut",
    "residual_block",
    "residual_block_backward",
    "residual_stack",
    "residual_stack_backward",
    "scaled_block",
    "scaled_block_backward",
    "stochastic_depth",
]
