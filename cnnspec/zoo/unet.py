r"""U-Net: down to see far, up again to see sharp.

Four times two unpadded 3x3 convolutions and a pooling, then as often an up-convolution that doubles the map; the
middle of the map of the same level is put beside it. Every pixel is classified. Since nothing is padded, a
picture of 572x572 gives an answer of 388x388.

Source:
    Ronneberger, Fischer & Brox (2015), U-Net: Convolutional Networks for Biomedical Image Segmentation, figure 1.
"""

from __future__ import annotations

from cnnspec.zoo.entry import Entry
from cnnspec.zoo.notation import Tensor, concat, conv, conv_transpose, crop, max_pool, relu


def unet(x: Tensor, *, classes: int = 2, width: int = 64, levels: int = 4) -> Tensor:
    """Contract and expand.

    Args:
        x: An image.
        classes: Number of classes.
        width: Channels of the first level; each level doubles them.
        levels: How often the map is halved.
    """
    sharp = []
    for level in range(levels):
        x = twice(x, f"down{level}", width * 2**level)
        sharp.append(x)
        x = max_pool(x, 2)
    x = twice(x, "bottom", width * 2**levels)
    for level in reversed(range(levels)):
        x = relu(conv_transpose(x, f"up{level}.expand", width * 2**level, 2))
        x = twice(concat(crop(sharp[level], x), x), f"up{level}", width * 2**level)
    return conv(x, "output", classes, 1)


def twice(x: Tensor, name: str, filters: int) -> Tensor:
    """Two unpadded 3x3 convolutions."""
    x = relu(conv(x, f"{name}.0", filters, 3))
    return relu(conv(x, f"{name}.1", filters, 3))


SOURCE = "Ronneberger, Fischer & Brox (2015), U-Net: Convolutional Networks for Biomedical Image Segmentation"
ENTRIES = [Entry("paper/unet_2015_valid_572", "unet", 2015, SOURCE, unet, {}, (1, 572, 572), 2)]
