r"""SqueezeNet: AlexNet's accuracy with fifty times fewer parameters.

A *fire* module squeezes the channels with 1x1 convolutions, then expands them again, half with 1x1 and half
with 3x3, so that few channels ever meet the expensive kernel. There is no fully connected layer at the end: a
1x1 convolution makes a map for each class. Version 1.1 pools earlier and starts with 3x3.

Source:
    Iandola et al. (2016), SqueezeNet: AlexNet-level accuracy with 50x fewer parameters, table 1.
"""

from __future__ import annotations

from cnnspec.zoo.blocks import chosen
from cnnspec.zoo.entry import Entry
from cnnspec.zoo.notation import Tensor, concat, conv, flatten, global_avg_pool, max_pool, relu

# A number is a fire module, given by the channels it squeezes to and those of each half it expands to.
POOL = (0, 0)
PLAN = {
    "1_0": ((96, 7), (POOL, (16, 64), (16, 64), (32, 128), POOL, (32, 128), (48, 192), (48, 192), (64, 256), POOL,
                      (64, 256))),
    "1_1": ((64, 3), (POOL, (16, 64), (16, 64), POOL, (32, 128), (32, 128), POOL, (48, 192), (48, 192), (64, 256),
                      (64, 256))),
}  # fmt: skip


def squeezenet(x: Tensor, *, classes: int = 1000, version: str = "1_0") -> Tensor:
    """Stack fire modules between poolings.

    Args:
        x: An image.
        classes: Number of classes.
        version: `"1_0"` or `"1_1"`.
    """
    (filters, kernel), plan = PLAN[chosen(version, PLAN, "version")]
    x = relu(conv(x, "features.0", filters, kernel, stride=2))
    for place, (squeezed, half) in enumerate(plan, start=2):
        name = f"features.{place}"
        pool = (squeezed, half) == POOL
        x = max_pool(x, 3, stride=2, ceil_mode=True, name=name) if pool else fire(x, name, squeezed, half)
    x = relu(conv(x, "classifier.1", classes, 1))
    return flatten(global_avg_pool(x))


def fire(x: Tensor, name: str, squeezed: int, half: int) -> Tensor:
    """Squeeze to few channels, expand to twice `half`."""
    x = relu(conv(x, f"{name}.squeeze", squeezed, 1))
    return concat(
        relu(conv(x, f"{name}.expand1x1", half, 1)),
        relu(conv(x, f"{name}.expand3x3", half, 3, padding=1)),
    )


SOURCE = "Iandola et al. (2016), SqueezeNet: AlexNet-level accuracy with 50x fewer parameters"
ENTRIES = [
    Entry(f"squeezenet{version}", "squeezenet", 2016, SOURCE, squeezenet, {"version": version}) for version in PLAN
]
