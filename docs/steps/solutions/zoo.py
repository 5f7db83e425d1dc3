"""Solutions of three exercises of Step 6, in the notation of the zoo."""

from cnnspec import zoo
from cnnspec.zoo.blocks import conv_norm
from cnnspec.zoo.notation import add, conv, flatten, global_avg_pool, image, linear, max_pool, relu


def caffe(classes=10):
    """Exercise 1: 400,500 of the 431,080 parameters sit in the first linear layer, behind the flattening."""
    x = max_pool(conv(image(1, 28), "conv1", 20, 5), 2)
    x = max_pool(conv(x, "conv2", 50, 5), 2)
    x = relu(linear(flatten(x), "ip1", 500))
    return zoo.Architecture("caffe", linear(x, "ip2", classes))


def pooled_vgg16(classes=1000):
    """Exercise 2: the first linear layer reads 512 numbers instead of 49 * 512, and 48/49 of its weights are gone."""
    x = image(3, 224)
    for stage, (filters, layers) in enumerate([(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]):
        for layer in range(layers):
            x = relu(conv(x, f"stage{stage}.{layer}", filters, 3, padding=1))
        x = max_pool(x, 2)
    x = flatten(global_avg_pool(x))
    for name in ("fc1", "fc2"):
        x = relu(linear(x, name, 4096))
    return zoo.Architecture("pooled_vgg16", linear(x, "fc3", classes))


def my_own(classes=10):
    """Exercise 6: three stages with a shortcut each. A random graph's output has the shape that was derived."""
    x = conv_norm(image(3, 32), "stem", 16, 3)
    for stage, width in enumerate((16, 32, 48)):
        x = conv_norm(x, f"{stage}.enter", width, 3, stride=2 if stage else 1)
        y = conv_norm(conv_norm(x, f"{stage}.first", width, 3), f"{stage}.second", width, 3, function=None)
        x = relu(add(x, y))
    return zoo.Architecture("my_own", linear(flatten(global_avg_pool(x)), "fc", classes))
