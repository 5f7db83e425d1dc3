"""Wrong builders and wrong counters (Step 6); most are bugs that published tools have or had."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from cnnspec import zoo
from cnnspec.mutants.mutant import mutant
from cnnspec.zoo import Architecture, Tensor
from cnnspec.zoo.layers import BatchNorm, Conv, ConvTranspose, Linear, Parameter


def summed(count: Callable[[Tensor], int], architecture: Architecture) -> int:
    """A count of each operation, added up."""
    return sum(count(tensor) for tensor in architecture)


# Declarations


def renamed(name: str, wrong: dict[str, str], options: dict[str, object]) -> Architecture:
    """Build another network under a name."""
    return zoo.build(wrong.get(name, name), **options)  # type: ignore[arg-type]


@mutant("build", "ResNet's bottlenecks halve the map in the first 1×1, wherever they are said to do it in the 3×3")
def stride_on_the_first(name: str, **options: object) -> Architecture:
    return renamed(name, {"resnet50": "paper/resnet50_v1_paper_stride_on_1x1"}, options)


@mutant("build", "the paper's AlexNet is built without its two groups")
def one_card(name: str, **options: object) -> Architecture:
    ungrouped = "paper/alexnet_2012_single_tower_ungrouped"
    return renamed(name, {"paper/alexnet_2012_two_gpu_groups2": ungrouped}, options)


@mutant("build", "every map of LeNet-5's third layer reads all maps")
def full_third_layer(name: str, **options: object) -> Architecture:
    return renamed(name, {"paper/lenet5": "paper/lenet5_full_c3_no_subsample_params_61706"}, options)


@mutant("build", "GoogLeNet's 5×5 windows are 3×3, as in a port that others copied")
def shrunk_windows(name: str, **options: object) -> Architecture:
    return renamed(name, {"paper/googlenet_bn_5x5_as_drawn": "paper/googlenet_bn_3x3_tf_slim_bug"}, options)


@mutant("build", "the number of classes is ignored")
def thousand_classes(name: str, **options: object) -> Architecture:
    return zoo.build(name, **{key: value for key, value in options.items() if key != "classes"})  # type: ignore[arg-type]


@mutant("build", "the size of the picture is ignored")
def picture_ignored(name: str, **options: object) -> Architecture:
    return zoo.build(name, **{key: value for key, value in options.items() if key != "input"})  # type: ignore[arg-type]


@mutant("build", "option A's shortcuts are projections, as in many ports")
def projections_everywhere(name: str, **options: object) -> Architecture:
    return renamed(name, {name: name.replace("cifar_option_A", "cifar_option_B")}, options)


@mutant("build", "VGG comes with normalisation only where it was not asked for")
def normalised_the_wrong_way_round(name: str, **options: object) -> Architecture:
    if name.startswith("vgg"):
        return zoo.build(name, normalised=not name.endswith("_bn"), **options)  # type: ignore[arg-type]
    return zoo.build(name, **options)  # type: ignore[arg-type]


@mutant("build", "the width multiplier narrows nothing")
def width_ignored(name: str, **options: object) -> Architecture:
    return zoo.build(name, **({"width": 1.0} if "mobilenet_v" in name else {}), **options)  # type: ignore[arg-type]


@mutant("build", "DenseNet's layers grow by 32 whatever they are told")
def growth_ignored(name: str, **options: object) -> Architecture:
    return zoo.build(name, **{**options, **({"growth": 32} if "growth" in options else {})})  # type: ignore[arg-type]


@mutant("build", "VGG-16 is the configuration with 1×1 convolutions")
def configuration_c(name: str, **options: object) -> Architecture:
    return renamed(name, {"vgg16": "paper/vgg_c_paper"}, options)


@mutant("build", "the gates of squeeze and excitation are left out")
def gates_left_out(name: str, **options: object) -> Architecture:
    plain = "paper/resnet50_v1_paper_stride_on_1x1"
    return renamed(name, {"paper/se_resnet50_paper_r16_conv1x1_bias_stride1x1": plain}, options)


@mutant("build", "EfficientNet's depth multiplier is ignored")
def depth_not_scaled(name: str, **options: object) -> Architecture:
    return zoo.build(name, **({"depth": 1.0} if name.startswith("efficientnet_b") else {}), **options)  # type: ignore[arg-type]


@mutant("build", "the patches of a Vision Transformer are twice as large")
def large_patches(name: str, **options: object) -> Architecture:
    return renamed(name, {"vit_b_16": "vit_b_32"}, options)


@mutant("build", "Keras' networks have no biases beside normalisation")
def no_biases_in_keras(name: str, **options: object) -> Architecture:
    return renamed(name, {"keras/ResNet50": "paper/resnet50_v1_paper_stride_on_1x1"}, options)


# Counted parameters


@mutant("count_parameters", "biases are forgotten")
def biases_forgotten(architecture: Architecture) -> int:
    layers = (Conv, ConvTranspose, Linear)
    biases = [t.shape[0 if len(t.shape) == 3 else -1] for t in architecture if has_bias(t, layers)]
    return zoo.count_parameters(architecture) - sum(biases)


def has_bias(tensor: Tensor, layers: tuple[type, ...]) -> bool:
    """Whether an operation is one of these layers and has a bias."""
    return isinstance(tensor.operation, layers) and bool(getattr(tensor.operation, "bias", False))


@mutant("count_parameters", "groups are ignored, so that a depthwise convolution weighs what a full one does")
def weights_of_all_groups(architecture: Architecture) -> int:
    def more(tensor: Tensor) -> int:
        operation = tensor.operation
        return prod(operation.weights["weight"]) * (operation.groups - 1) if isinstance(operation, Conv) else 0

    return zoo.count_parameters(architecture) + summed(more, architecture)


@mutant("count_parameters", "moving statistics count as parameters, as in the totals of Keras")
def statistics_are_parameters(architecture: Architecture) -> int:
    return zoo.count_parameters(architecture) + zoo.count_buffers(architecture)


@mutant("count_parameters", "the scales and shifts of normalisation are forgotten, as in slim's tables")
def normalisation_forgotten(architecture: Architecture) -> int:
    return summed(lambda t: 0 if isinstance(t.operation, BatchNorm) else t.operation.parameters, architecture)


@mutant("count_parameters", "tensors that belong to no layer are lost: a third of ViT-B/16")
def free_tensors_lost(architecture: Architecture) -> int:
    return summed(lambda t: 0 if isinstance(t.operation, Parameter) else t.operation.parameters, architecture)


@mutant("count_parameters", "heads for training are dropped, since no picture visits them")
def unvisited_layers_dropped(architecture: Architecture) -> int:
    return summed(lambda t: 0 if t.training else t.operation.parameters, architecture)


@mutant("count_parameters", "the rows of a kernel are squared")
def square_kernels_only(architecture: Architecture) -> int:
    def cells(tensor: Tensor) -> int:
        operation = tensor.operation
        if not isinstance(operation, Conv):
            return operation.parameters
        rows, columns = (line.kernel for line in operation.lines)
        return operation.parameters + prod(operation.weights["weight"]) // columns * (rows - columns)

    return summed(cells, architecture)


@mutant("count_parameters", "channels and filters are added where they should be multiplied")
def channels_plus_filters(architecture: Architecture) -> int:
    def wrong(tensor: Tensor) -> int:
        operation = tensor.operation
        if not isinstance(operation, Conv):
            return operation.parameters
        filters, depth, rows, columns = operation.weights["weight"]
        return operation.parameters - (filters * depth - filters - depth) * rows * columns

    return summed(wrong, architecture)


@mutant("count_parameters", "a dense layer has a weight for each of its outputs only")
def outputs_of_dense_layers(architecture: Architecture) -> int:
    return summed(lambda t: t.shape[-1] if isinstance(t.operation, Linear) else t.operation.parameters, architecture)


@mutant("count_parameters", "the first layer is forgotten")
def first_layer_forgotten(architecture: Architecture) -> int:
    counts = [tensor.operation.parameters for tensor in architecture if tensor.operation.parameters]
    return sum(counts[1:])


@mutant("count_parameters", "a weight counts once for each place where it is used")
def weights_of_every_place(architecture: Architecture) -> int:
    return summed(lambda t: t.operation.parameters * (t.shape[1] if isinstance(t.operation, Conv) else 1), architecture)


# Counted buffers


@mutant("count_buffers", "PyTorch's counter of batches is counted too")
def counters_of_batches(architecture: Architecture) -> int:
    return summed(lambda t: t.operation.buffers + isinstance(t.operation, BatchNorm), architecture)


@mutant("count_buffers", "variances are forgotten")
def means_only(architecture: Architecture) -> int:
    return zoo.count_buffers(architecture) // 2


@mutant("count_buffers", "scales and shifts of normalisation are counted as kept")
def normalisation_is_kept(architecture: Architecture) -> int:
    return zoo.count_buffers(architecture) + summed(
        lambda t: t.operation.parameters if isinstance(t.operation, BatchNorm) else 0, architecture
    )
