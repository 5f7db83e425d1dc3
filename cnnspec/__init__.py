r"""An executable literate specification of convolutional networks.

The definitions of the book, step by step; the laws that hold of them are in `cnnspec.laws`.
"""

from cnnspec.channels import conv2d, conv2d_macs, conv2d_parameters, conv_transpose2d
from cnnspec.convolution import convolve2d, correlate2d, output_size, pad2d, rot180
from cnnspec.pooling import avg_pool2d, global_avg_pool2d, max_pool2d

__version__ = "0.1.0"

__all__ = [
    "avg_pool2d",
    "conv2d",
    "conv2d_macs",
    "conv2d_parameters",
    "conv_transpose2d",
    "convolve2d",
    "correlate2d",
    "global_avg_pool2d",
    "max_pool2d",
    "output_size",
    "pad2d",
    "rot180",
]
