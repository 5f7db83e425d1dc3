r"""The architectures of the lab's table, decided (Step 6): which figures hold, and of which network."""

from __future__ import annotations

from collections import Counter
from math import prod

from cnnspec.laws.compare import at_most, differs, holds, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function
from cnnspec.zoo import Architecture
from cnnspec.zoo.layers import Conv


def kernels(architecture: Architecture) -> Counter[tuple[int, int]]:
    """How many convolutions have which kernel."""
    convolutions = [t.operation for t in architecture.executed if isinstance(t.operation, Conv)]
    return Counter((conv.lines[0].kernel, conv.lines[1].kernel) for conv in convolutions)


def weights_of(architecture: Architecture, *kinds: str) -> int:
    """The parameters of all layers of some kinds."""
    return sum(t.operation.parameters for t in architecture if t.operation.kind in kinds)


@law("zoo.lenet", needs="build count_parameters depth", extended=True)
def lenet_5_has_exactly_sixty_thousand_parameters(build: Function, count_parameters: Function, depth: Function) -> None:
    r"""The LeNet-5 of 1998 has 60,000 parameters, layer by layer; what is taught under its name has 61,706.

    $$ 156 + 12 + 1516 + 32 + 48120 + 10164 = 60000 $$

    The lab's "5 layers, 60 K" is right with pooling left out: two convolutions of C1 and C3, C5, F6 and the output,
    whose centres are drawn by hand; the modern form is 5 deep.

    Catches: a third layer that reads all maps, subsampling without parameters, biases that are forgotten.
    Misses: what the network computes.
    Source: LeCun, Bottou, Bengio & Haffner (1998), section II.B.
    """
    paper, modern = build("paper/lenet5"), build("paper/lenet5_full_c3_maxpool_61706")
    same((count_parameters(paper), count_parameters(modern)), (60_000, 61_706))
    layers = Counter[str]()
    for tensor in paper:
        layers[tensor.name.partition(".")[0]] += tensor.operation.parameters
    same([layers[name] for name in ("c1", "s2", "c3", "s4", "c5", "f6")], [156, 12, 1_516, 32, 48_120, 10_164])
    same((depth(paper), depth(modern)), (4, 5))


@law("zoo.alexnet", needs="build count_parameters depth", extended=True)
def alexnet_has_sixty_million_parameters_if_it_is_cut_in_two(
    build: Function, count_parameters: Function, depth: Function
) -> None:
    r"""The AlexNet of the paper has 8 layers and 60,965,224 parameters, because two cards share it.

    $$ 2{,}334{,}080 + 58{,}631{,}144 = 60{,}965{,}224 $$

    Without its groups it has 62,378,344; torchvision's, of another paper, 61,100,840. 96 % sit in three dense layers.

    Catches: groups that are ignored, biases that are forgotten.
    Misses: what the network computes.
    Source: Krizhevsky, Sutskever & Hinton (2012), section 3.5.
    """
    names = ("two_gpu_groups2", "single_tower_ungrouped")
    paper, joined = (build(f"paper/alexnet_2012_{name}") for name in names)
    same((count_parameters(paper), count_parameters(joined)), (60_965_224, 62_378_344))
    same(count_parameters(build("alexnet")), 61_100_840)
    same((weights_of(paper, "conv"), weights_of(paper, "linear")), (2_334_080, 58_631_144))
    same(depth(paper), 8)


@law("zoo.vgg", needs="build count_parameters depth", extended=True)
def vgg_16_has_only_small_kernels_and_nine_tenths_of_its_weights_elsewhere(
    build: Function, count_parameters: Function, depth: Function
) -> None:
    r"""All 13 convolutions of VGG-16 are 3×3, but 89 % of its 138,357,544 parameters are not in them.

    $$ 138{,}357{,}544 = 14{,}714{,}688 + 123{,}642{,}856, \qquad 25088 \cdot 4096 + 4096 = 102{,}764{,}544 $$

    "Only 3×3 convolutions" is true of this one; the other VGG with 16 layers, configuration C, has three 1×1, and
    133,638,952 parameters. The larger VGG has 19 layers, also of 3×3.

    Catches: linear layers that are forgotten, kernels counted by one side.
    Misses: what the network computes.
    Source: Simonyan & Zisserman (2015), tables 1 and 2.
    """
    network, other = build("vgg16"), build("paper/vgg_c_paper")
    same(count_parameters(network), 138_357_544)
    same(depth(network), 16)
    same((weights_of(network, "conv"), weights_of(network, "linear")), (14_714_688, 123_642_856))
    holds(kernels(network) == {(3, 3): 13}, "all convolutions should be 3x3")
    first = next(t for t in network if t.name == "classifier.0")
    same(first.operation.parameters, 102_764_544)
    same((depth(other), count_parameters(other)), (16, 133_638_952))
    holds(kernels(other) == {(3, 3): 10, (1, 1): 3}, "three convolutions of the other should be 1x1")
    larger = build("vgg19")
    same(depth(larger), 19)
    holds(kernels(larger) == {(3, 3): 16}, "all convolutions of the larger should be 3x3")


@law("zoo.vgg-maps", needs="build", extended=True)
def the_maps_of_vgg_16_hold_fifteen_million_numbers(build: Function) -> None:
    r"""On its way through VGG-16 a picture of 224 pixels becomes maps of 15.2 million numbers, not 24 million.

    $$ 150{,}528 + 13{,}547{,}520 + 1{,}530{,}368 + 9{,}192 = 15{,}237{,}608 $$

    These are the picture, the convolutions, the poolings and the dense layers. A rectifier writes over what it gets;
    kept apart, its answers would make it 28.8 million. Neither is 24. Twice as large a picture has four times as large
    maps before the dense layers.

    Catches: pictures of another size than asked for, layers that are left out.
    Misses: what is in the maps.
    Source: Simonyan & Zisserman (2015), table 1, configuration D.
    """
    kinds = "image", "conv", "max_pool", "linear"
    numbers, larger = (numbers_by_kind(build("vgg16", **options)) for options in ({}, {"input": (3, 448, 448)}))
    same([numbers[kind] for kind in kinds], [150_528, 13_547_520, 1_530_368, 9_192])
    same(sum(numbers[kind] for kind in kinds), 15_237_608)
    same([larger[kind] for kind in kinds[:3]], [4 * numbers[kind] for kind in kinds[:3]])


def numbers_by_kind(architecture: Architecture) -> Counter[str]:
    """How many numbers the maps of each kind of layer hold."""
    numbers = Counter[str]()
    for tensor in architecture.executed:
        numbers[tensor.operation.kind] += prod(tensor.shape)
    return numbers


@law("zoo.googlenet", needs="build count_parameters depth", extended=True)
def googlenet_is_not_eighteen_times_smaller_than_alexnet(
    build: Function, count_parameters: Function, depth: Function
) -> None:
    r"""GoogLeNet has 22 layers and 6,998,552 parameters: 8.7 times fewer than AlexNet, not 18 and not 12 times.

    $$ 60{,}965{,}224 / 6{,}998{,}552 = 8.71 $$

    The paper itself says 12 times; that would be 5 million. In training, with two more heads, the ratio is 4.6.

    Catches: linear layers or biases that are forgotten, heads that are counted.
    Misses: what the network computes.
    Source: Szegedy et al. (2015), sections 1 and 5.
    """
    network, trained = (build(f"paper/googlenet_2014_paper_no_bn_{heads}") for heads in ("noaux", "two_aux"))
    alexnet = count_parameters(build("paper/alexnet_2012_two_gpu_groups2"))
    same((depth(network), count_parameters(network)), (22, 6_998_552))
    same(round(alexnet / count_parameters(network), 2), 8.71)
    same(round(alexnet / count_parameters(trained), 2), 4.56)
    at_most(2 * alexnet, 18 * count_parameters(network), "a ratio of 18 should be twice too much")


@law("zoo.resnet", needs="build count_parameters depth", extended=True)
def resnet_50_is_fifty_layers_deep_and_has_fifty_four(
    build: Function, count_parameters: Function, depth: Function
) -> None:
    r"""The longest path of ResNet-50 has 50 layers; four more project on its shortcuts. 25,557,032 parameters.

    $$ 1 + 3 \cdot (3 + 4 + 6 + 3) + 1 = 50 $$

    The plain network of 34 layers is as deep as the residual one: its depth says nothing about whether it learns.

    Catches: projections that are counted as depth, normalisations that are forgotten or counted.
    Misses: what the network computes.
    Source: He et al. (2016), Deep residual learning, table 1.
    """
    network = build("resnet50")
    same((depth(network), count_parameters(network)), (50, 25_557_032))
    same(sum(t.operation.counted for t in network), 54)
    sizes = {"resnet18": 11_689_512, "resnet34": 21_797_672, "resnet101": 44_549_160, "resnet152": 60_192_808}
    for name, parameters in sizes.items():
        member = build(name)
        same((depth(member), count_parameters(member)), (int(name.removeprefix("resnet")), parameters))
    same(depth(build("paper/plain34_resnet_paper")), 34)


@law("zoo.mobilenet", needs="build count_parameters count_macs depth", extended=True)
def mobilenet_v2_does_most_of_its_work_in_ordinary_convolutions(
    build: Function, count_parameters: Function, count_macs: Function, depth: Function
) -> None:
    r"""MobileNetV2 has 53 layers and 3,504,872 parameters; its 17 depthwise layers do 7 % of the work.

    $$ 1 + (2 + 16 \cdot 3) + 1 + 1 = 53, \qquad 300{,}774{,}272 \text{ products} $$

    The "3.4M" of the paper's table is close to 3,470,760, the same without normalisation.

    Catches: groups that are ignored, normalisations that are forgotten, linear layers that are not counted.
    Misses: what the network computes.
    Source: Sandler et al. (2018), tables 2 and 4.
    """
    network = build("mobilenet_v2")
    same((depth(network), count_parameters(network)), (53, 3_504_872))
    total = count_macs(network)
    same(total, 300_774_272)
    same(count_parameters(network) - weights_of(network, "batch_norm"), 3_470_760)
    deep = [t for t in network if isinstance(t.operation, Conv) and t.operation.groups > 1]
    work = sum(t.operation.macs(t.shape, t.inputs[0].shape) for t in deep)
    same(len(deep), 17)
    at_most(work / total, 0.08)


@law("zoo.efficientnet", needs="build count_parameters depth", extended=True)
def efficientnet_b0_does_not_have_eighteen_layers(build: Function, count_parameters: Function, depth: Function) -> None:
    r"""EfficientNet-B0 has 5,288,548 parameters, and 18 layers only if a block counts as one: its signal passes 50.

    $$ 1 + 16 + 1 = 18, \qquad 1 + (2 + 15 \cdot 3) + 1 + 1 = 50, \qquad 50 + 2 \cdot 16 = 82 $$

    The column of layers in the paper adds up to 18, sixteen blocks and two convolutions. The signal passes 50
    convolutions and linear layers, 82 with the gates.

    Catches: gates that are left out or always counted, normalisations that are forgotten.
    Misses: what the network computes.
    Source: Tan & Le (2019), table 1.
    """
    network = build("efficientnet_b0")
    same(count_parameters(network), 5_288_548)
    same((depth(network, gates=False), depth(network)), (50, 82))
    gates = sum(t.operation.kind == "multiply" for t in network)
    same(1 + gates + 1, 18)
    differs(depth(network), 18, "no depth should be 18")


@law("zoo.compound", needs="build count_parameters count_macs", extended=True)
def compound_scaling_buys_work_faster_than_parameters(
    build: Function, count_parameters: Function, count_macs: Function
) -> None:
    r"""From EfficientNet-B0 to B7 the work grows 98 times, and the parameters 12.5 times.

    $$ \alpha \beta^2 \gamma^2 = 1.2 \cdot 1.1^2 \cdot 1.15^2 = 1.92, \qquad
       \frac{37{,}745{,}884{,}192}{385{,}814{,}752} = 97.8 = 1.92^{7.02} $$

    That is seven steps of the rule; it says 2 for each step, but 2 to the seventh would be 128. Of depth, width and
    resolution, the last costs work and no weights.

    Catches: widths, depths or pictures that are not scaled.
    Misses: single layers.
    Source: Tan & Le (2019), equations 2 and 3.
    """
    small, large = build("efficientnet_b0"), build("efficientnet_b7")
    same((count_parameters(large), count_macs(large)), (66_347_960, 37_745_884_192))
    same(round(count_macs(large) / count_macs(small), 1), 97.8)
    same(round(count_parameters(large) / count_parameters(small), 1), 12.5)


@law("zoo.transformer", needs="build count_parameters count_macs depth", extended=True)
def a_vision_transformer_begins_with_a_convolution(
    build: Function, count_parameters: Function, count_macs: Function, depth: Function
) -> None:
    r"""ViT-B/16 has 86,567,656 parameters in 12 blocks, and one convolution: its patches are 16×16 with stride 16.

    $$ 115{,}605{,}504 + 12\,(12 \cdot 768^2 \cdot 197 + 2 \cdot 197^2 \cdot 768) + 768{,}000 = 17{,}563{,}828{,}224 $$

    "12 layers" are 12 blocks of four layers each: the longest path has 50, and 26 if attention starts anew.

    Catches: free parameters that are lost, attention that is not counted, tokens that are forgotten.
    Misses: what the network computes.
    Source: Dosovitskiy et al. (2021), table 1 and section 3.1.
    """
    network = build("vit_b_16")
    same((count_parameters(network), count_macs(network)), (86_567_656, 17_563_828_224))
    holds(kernels(network) == {(16, 16): 1}, "there should be one convolution, of 16x16")
    kinds = Counter(t.operation.kind for t in network)
    same((kinds["attention"], kinds["linear"]), (12, 12 * 4 + 1))
    same((depth(network), depth(network, gates=False)), (50, 26))


@law("zoo.table-order", needs="build count_parameters count_macs", extended=True)
def fewer_parameters_do_not_mean_less_work(build: Function, count_parameters: Function, count_macs: Function) -> None:
    r"""AlexNet has 49 times the parameters of SqueezeNet 1.0 and does less work.

    $$ P_{\text{AlexNet}} = 61.1\,\text{M} > 1.25\,\text{M} = P_{\text{SqueezeNet}}, \qquad
       M_{\text{AlexNet}} = 714\,\text{M} < 819\,\text{M} = M_{\text{SqueezeNet}} $$

    Catches: work taken for weights, linear layers that are forgotten.
    Misses: factors.
    Source: Iandola et al. (2016), SqueezeNet, table 2.
    """
    large, small, dense = build("alexnet"), build("squeezenet1_0"), build("densenet121")
    same((count_parameters(small), count_parameters(dense)), (1_248_424, 7_978_856))
    same(round(count_parameters(large) / count_parameters(small)), 49)
    holds(count_macs(large) < count_macs(small), "the heavier network should do less work")
