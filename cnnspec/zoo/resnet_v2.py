r"""ResNet V2: normalise and activate before each convolution, so that the shortcut stays clean.

With nothing after the addition the signal of an early block reaches every later one unchanged. Keras follows
TensorFlow slim: the stride sits in the *last* block of a stage, whose shortcut is a pooling of one cell, and the
convolutions that no normalisation follows have biases.

Source:
    He, Zhang, Ren & Sun (2016), Identity Mappings in Deep Residual Networks, figure 1b.
"""

from __future__ import annotations

from cnnspec.zoo.entry import Entry
from cnnspec.zoo.notation import (
    Tensor,
    add,
    batch_norm,
    conv,
    flatten,
    global_avg_pool,
    linear,
    max_pool,
    relu,
)

EPS = 1.001e-5


def resnet_v2(x: Tensor, *, classes: int = 1000, blocks: tuple[int, ...] = (3, 4, 6, 3)) -> Tensor:
    """Stack bottlenecks in stages of 64, 128, 256 and 512 channels.

    Args:
        x: An image.
        classes: Number of classes.
        blocks: Blocks in each stage.
    """
    x = conv(x, "conv1_conv", 64, 7, stride=2, padding=3)
    x = max_pool(x, 3, stride=2, padding=1, name="pool1_pool")
    for stage, count in enumerate(blocks):
        for i in range(1, count + 1):
            stride = 2 if i == count and stage < len(blocks) - 1 else 1
            x = block(x, f"conv{stage + 2}_block{i}", 64 * 2**stage, stride, project=i == 1)
    x = relu(batch_norm(x, "post_bn", eps=EPS))
    return linear(flatten(global_avg_pool(x)), "predictions", classes)


def block(x: Tensor, name: str, width: int, stride: int, *, project: bool) -> Tensor:
    """Normalise, then 1x1, 3x3, 1x1; a shortcut of the normalised input where it is projected."""
    y = relu(batch_norm(x, f"{name}_preact_bn", eps=EPS))
    if project:
        x = conv(y, f"{name}_0_conv", 4 * width, 1, stride=stride)
    elif stride > 1:
        x = max_pool(x, 1, stride=stride)
    y = relu(batch_norm(conv(y, f"{name}_1_conv", width, 1, bias=False), f"{name}_1_bn", eps=EPS))
    y = conv(y, f"{name}_2_conv", width, 3, stride=stride, padding=1, bias=False)
    y = relu(batch_norm(y, f"{name}_2_bn", eps=EPS))
    return add(x, conv(y, f"{name}_3_conv", 4 * width, 1))


SOURCE = "He, Zhang, Ren & Sun (2016), Identity Mappings in Deep Residual Networks"
ENTRIES = [
    Entry(f"keras/ResNet{depth}V2", "resnet_v2", 2016, SOURCE, resnet_v2, {"blocks": blocks})
    for depth, blocks in ((50, (3, 4, 6, 3)), (101, (3, 4, 23, 3)), (152, (3, 8, 36, 3)))
]
