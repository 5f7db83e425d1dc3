r"""LeNet-5: convolution, subsampling, and a table of who is connected to whom.

The network of 1998 differs from what is taught under its name. Its subsampling layers learn a factor and a shift
for each map; each map of its third layer reads only some maps of the second (table I), to break the symmetry and
to save connections; its last layer measures the distance from ten little pictures drawn by hand, which are not
learnt. Layer by layer

$$ 156 + 12 + 1516 + 32 + 48120 + 10164 = 60000 . $$

Connecting all maps gives 900 more, plain pooling 44 less, a linear output 850 more: the modern 61,706.

Source:
    LeCun, Bottou, Bengio & Haffner (1998), Gradient-Based Learning Applied to Document Recognition, section II.B.
"""

from __future__ import annotations

from cnnspec.zoo.entry import Entry
from cnnspec.zoo.notation import (
    Tensor,
    activation,
    affine,
    avg_pool,
    channels,
    concat,
    conv,
    flatten,
    linear,
    max_pool,
    radial_basis,
    relu,
)

# Table I: the maps of S2 that each of the sixteen maps of C3 reads.
TABLE = (
    *[tuple(sorted((i + j) % 6 for j in range(3))) for i in range(6)],
    *[tuple(sorted((i + j) % 6 for j in range(4))) for i in range(6)],
    (0, 1, 3, 4),
    (1, 2, 4, 5),
    (0, 2, 3, 5),
    (0, 1, 2, 3, 4, 5),
)


def lenet5_1998(x: Tensor, *, classes: int = 10) -> Tensor:
    """The network of the paper.

    Args:
        x: An image of 1x32x32.
        classes: Number of classes.
    """
    x = activation(conv(x, "c1", 6, 5), "tanh")
    x = activation(affine(avg_pool(x, 2), "s2"), "tanh")
    x = activation(table_conv(x, "c3"), "tanh")
    x = activation(affine(avg_pool(x, 2), "s4"), "tanh")
    x = activation(conv(x, "c5", 120, 5), "tanh")
    x = activation(linear(flatten(x), "f6", 84), "tanh")
    return radial_basis(x, "output", classes)


def lenet5(
    x: Tensor, *, classes: int = 10, padding: int = 0, table: bool = False, pool: str = "avg", function: str = "tanh"
) -> Tensor:
    """The network as it is taught: plain pooling and linear layers.

    Args:
        x: An image of 32x32, or of 28x28.
        classes: Number of classes.
        padding: Padding of the first layer: 2 makes 28x28 as good as 32x32.
        table: Whether the third layer keeps table I.
        pool: `"avg"` or `"max"`.
        function: The activation.
    """
    subsample = avg_pool if pool == "avg" else max_pool
    x = subsample(activation(conv(x, "conv1", 6, 5, padding=padding), function), 2)
    x = table_conv(x, "conv2") if table else conv(x, "conv2", 16, 5)
    x = flatten(subsample(activation(x, function), 2))
    x = activation(linear(x, "fc1", 120), function)
    x = activation(linear(x, "fc2", 84), function)
    return linear(x, "fc3", classes)


def lenet_caffe(x: Tensor, *, classes: int = 10) -> Tensor:
    """The network of Caffe's MNIST example: 20 and 50 maps, 500 features.

    Args:
        x: An image of 1x28x28.
        classes: Number of classes.
    """
    x = max_pool(conv(x, "conv1", 20, 5), 2)
    x = max_pool(conv(x, "conv2", 50, 5), 2)
    x = relu(linear(flatten(x), "ip1", 500))
    return linear(x, "ip2", classes)


def table_conv(x: Tensor, name: str) -> Tensor:
    """Sixteen 5x5 filters, each of which reads the maps that table I gives it."""
    return concat(*[conv(channels(x, chosen), f"{name}.{i}", 1, 5) for i, chosen in enumerate(TABLE)])


SOURCE = "LeCun, Bottou, Bengio & Haffner (1998), Gradient-Based Learning Applied to Document Recognition"


def _entry(name: str, size: tuple[int, int, int], **options: object) -> Entry:
    return Entry(f"paper/{name}", "lenet", 1998, SOURCE, lenet5, options, size, 10)


LARGE, SMALL, COLOUR = (1, 32, 32), (1, 28, 28), (3, 32, 32)
ENTRIES = [
    Entry("paper/lenet5", "lenet", 1998, SOURCE, lenet5_1998, {}, LARGE, 10),
    Entry("paper/lenet5_1998_trainable_subsampling_rbf", "lenet", 1998, SOURCE, lenet5_1998, {}, LARGE, 10),
    _entry("lenet5_full_c3_no_subsample_params_61706", LARGE),
    _entry("lenet5_full_c3_maxpool_61706", LARGE, pool="max", function="relu"),
    _entry("lenet5_d2l_28x28_pad2", SMALL, padding=2, function="sigmoid"),
    _entry("lenet5_28x28_no_pad_44426", SMALL),
    _entry("lenet_pytorch_tutorial_cifar10_3x32x32", COLOUR, pool="max", function="relu"),
    _entry("lenet5_c3_table_linear_output", LARGE, table=True),
    Entry("paper/lenet_caffe_mnist_431080", "lenet", 1998, SOURCE, lenet_caffe, {}, SMALL, 10),
]
