"""refused: the operator is cnnspec's own"""

from cnnspec.convolution import correlate2d  # noqa: F401
