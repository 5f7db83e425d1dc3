"""Other right answers to the exercises of Step 6."""


def caffe_lenet(notation):
    x = notation.image(1, 28, 28)
    for name, filters in (("a", 20), ("b", 50)):
        x = notation.max_pool(notation.relu(notation.conv(x, name, filters, (5, 5))), (2, 2), stride=2)
    x = notation.activation(notation.linear(notation.flatten(x), "c", 500), "tanh")
    return notation.linear(x, "d", 10)


def pooled_vgg16(notation, size):
    x = notation.image(3, size)
    plan = "64 64 . 128 128 . 256 256 256 . 512 512 512 . 512 512 512 ."
    for place, filters in enumerate(plan.split(" ")):
        if filters == ".":
            x = notation.max_pool(x, 2, stride=2)
        else:
            x = notation.relu(notation.conv(x, f"features.{place}", int(filters), 3, padding="same"))
    x = notation.squeeze(notation.adaptive_avg_pool(x, 1))
    x = notation.relu(notation.linear(x, "classifier.0", 4096))
    x = notation.relu(notation.linear(x, "classifier.3", 4096))
    return notation.linear(x, "classifier.6", 1000)


def macs_saved(channels, width, size, stride):
    half = (size - 1) // stride + 1
    return float(width * channels * (size - half) * (size + half))


def middle_channels(before, after):
    harmonic = 2 / (1 / before + 1 / after)
    return harmonic * 25 / 18


def lighter_and_busier(plan):
    changed = list(plan)
    changed[1] = 80
    return changed


def network_of_my_own(notation):
    x = notation.image(3, 32)
    for layer in range(6):
        y = notation.relu(notation.batch_norm(x, f"norm{layer}") if layer else x)
        y = notation.conv(y, f"conv{layer}", 12, 3, padding=1, stride=2 if layer in (2, 4) else 1)
        x = notation.concat(x, y) if y.shape[1:] == x.shape[1:] else y
    x = notation.conv(notation.relu(x), "last", 16, (7, 7), padding=3)
    x = notation.conv(x, "head", 10, 1)
    return notation.squeeze(notation.global_avg_pool(x))


def same_field_ten_times_as_deep():
    return ["paper/plain18_resnet_paper", "paper/densenet_bc_L190_k40_cifar10"]
