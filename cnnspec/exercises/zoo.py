r"""Solutions of the exercises of Step 6: networks written down in the notation, and sums done by hand.

Functions that declare a network are given the notation as their argument, because a reader's file does not import
cnnspec.
"""

import math


def caffe_lenet(notation):
    r"""Declare the network of Caffe's MNIST example, for pictures of 1×28×28.

    It has 20 filters of 5×5, a maximum over 2×2, 50 filters of 5×5, a maximum over 2×2, then 500 features behind a
    rectifier, and 10 behind them. Every layer with weights has biases; no border is padded.

    Args:
        notation: What `cnnspec.zoo.notation` offers: `notation.image`, `notation.conv`, and so on.

    Returns:
        The network's last tensor.
    """
    # 400,500 of the 431,080 parameters sit in ip1, which reads the flattened map of 50x4x4
    x = notation.max_pool(notation.conv(notation.image(1, 28), "conv1", 20, 5), 2)
    x = notation.max_pool(notation.conv(x, "conv2", 50, 5), 2)
    x = notation.relu(notation.linear(notation.flatten(x), "ip1", 500))
    return notation.linear(x, "ip2", 10)


def pooled_vgg16(notation, size):
    r"""Declare VGG-16 for 1,000 classes, but let its first linear layer read the globally pooled map.

    Args:
        notation: What `cnnspec.zoo.notation` offers.
        size: Rows and columns of the picture, which has three channels; at least 32.

    Returns:
        The network's last tensor.
    """
    # the first linear layer reads 512 numbers instead of 49 * 512: 48/49 of its weights are gone
    x = notation.image(3, size)
    for stage, (filters, layers) in enumerate([(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]):
        for layer in range(layers):
            x = notation.relu(notation.conv(x, f"stage{stage}.{layer}", filters, 3, padding=1))
        x = notation.max_pool(x, 2)
    x = notation.flatten(notation.global_avg_pool(x))
    for name in ("fc1", "fc2"):
        x = notation.relu(notation.linear(x, name, 4096))
    return notation.linear(x, "fc3", 1000)


def macs_saved(channels, width, size, stride):
    r"""Count what a bottleneck saves if its stride sits on the first 1×1 and not on the 3×3.

    Both bottlenecks are a convolution of 1×1, one of 3×3 with a padding of one, and one of 1×1.

    Args:
        channels: Channels that come in.
        width: Filters of the first and of the second convolution.
        size: Rows and columns of the map that comes in.
        stride: The stride.

    Returns:
        How many multiply-accumulates fewer one picture costs.
    """
    # Both 3x3 have the same number of places. Only the first 1x1 works on the large map or on the small one,
    # which has a fourth of the places for a stride of 2 and an even size.
    return channels * width * (size**2 - math.ceil(size / stride) ** 2)


def middle_channels(before, after):
    r"""Find how wide the map between two convolutions of 3×3 may be, so that they cost as much as one of 5×5.

    Args:
        before: Channels that come in.
        after: Channels that go out.

    Returns:
        The number of channels in the middle for which the multiply-accumulates are the same; it need not be whole.
    """
    # 9 * before * middle + 9 * middle * after = 25 * before * after
    return 25 * before * after / (9 * (before + after))


def lighter_and_busier(plan):
    r"""Change one number of a RegNet's plan, so that it has fewer parameters and more multiply-accumulates.

    Args:
        plan: The plan of RegNetY-400MF: blocks in all, $w_0$, $w_a$, $w_m$ and the width of a group.

    Returns:
        The plan with one number changed.
    """
    # A larger w_m makes the steps between stages coarser: the early stages, which work on large maps and have few
    # parameters, keep more of the blocks.
    blocks, first, slope, _, group = plan
    return blocks, first, slope, 2.5, group


def network_of_my_own(notation):
    r"""Declare a network of your own for pictures of 3×32×32 and ten classes.

    It must have fewer than 100,000 parameters, a receptive field of at least 32 pixels, and a shortcut: two tensors
    that are added or joined although one of them has passed more convolutions and linear layers than the other.

    Args:
        notation: What `cnnspec.zoo.notation` offers.

    Returns:
        The network's last tensor, a vector of ten numbers.
    """
    # whatever numbers come in, a network answers with the shape that was derived: `zoo.shape-of-running`
    x = normed(notation, notation.image(3, 32), "stem", 16)
    for stage, width in enumerate((16, 32, 48)):
        x = notation.relu(normed(notation, x, f"{stage}.enter", width, stride=2 if stage else 1))
        y = notation.relu(normed(notation, x, f"{stage}.first", width))
        x = notation.relu(notation.add(x, normed(notation, y, f"{stage}.second", width)))
    return notation.linear(notation.flatten(notation.global_avg_pool(x)), "classes", 10)


def normed(notation, x, name, filters, *, stride=1):
    """Convolve with 3×3 and normalise."""
    x = notation.conv(x, f"{name}.conv", filters, 3, stride=stride, padding=1, bias=False)
    return notation.batch_norm(x, f"{name}.norm")


def same_field_ten_times_as_deep():
    r"""Name two networks of the zoo that see the same stretch of pixels, one of them ten times as deep.

    Returns:
        The name of the shallow network and that of the deep one. Their receptive fields, as `cnnspec zoo --csv` prints
        them, are whole numbers that differ by at most ten; the depth of the second is at least ten times the first's.
    """
    # ResNet-18 halves its map five times, so each of its late layers adds 32 or 64 pixels. The DenseNet for pictures of
    # 32x32 halves it twice, and most of its 190 layers are convolutions of 1x1, which add none.
    return "resnet18", "paper/densenet_bc_L190_k40_cifar10"
