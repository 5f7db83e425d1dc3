r"""What holds of the families of the zoo (Step 6): how their members differ."""

from __future__ import annotations

from hypothesis import strategies as st

from cnnspec import zoo
from cnnspec.laws.compare import at_most, differs, holds, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function


@law("zoo.vgg-normalised", needs="build count_parameters count_buffers", extended=True)
def normalising_vgg_adds_twice_its_channels(
    build: Function, count_parameters: Function, count_buffers: Function
) -> None:
    r"""VGG with batch normalisation has exactly twice as many more parameters as its convolutions have filters.

    $$ P_{\text{BN}} - P = 2 \sum_l F_l \qquad\text{VGG-16: } 2 \cdot 4224 = 8448 $$

    Catches: forgotten scales, statistics counted as parameters, families that ignore the option.
    Misses: what both forms share.
    """
    for layers in (11, 13, 16, 19):
        plain, normalised = build(f"vgg{layers}"), build(f"vgg{layers}_bn")
        filters = sum(t.shape[0] for t in plain if t.operation.kind == "conv")
        same(count_parameters(normalised) - count_parameters(plain), 2 * filters)
        same(count_buffers(normalised), 2 * filters)
        same(count_buffers(plain), 0)
    same(count_parameters(build("vgg16_bn")) - count_parameters(build("vgg16")), 8_448)


@law("zoo.dense-growth", needs="build", extended=True, growth=st.integers(4, 16), layers=st.integers(1, 4))
def every_dense_layer_adds_its_growth(build: Function, growth: int, layers: int) -> None:
    r"""In a dense block each layer puts $k$ channels on what it found: $c_0 + Lk$ at its end.

    $$ c_L = c_0 + L k $$

    Catches: joins that add numbers instead of channels, growth that is ignored.
    Misses: what stands between the blocks.
    Source: Huang, Liu, van der Maaten & Weinberger (2017), section 3.
    """
    network = build("densenet121", input=(3, 32, 32), growth=growth, blocks=(layers, 2, 1, 1), initial=8)
    joined = [tensor.shape[0] for tensor in network if tensor.operation.kind == "concat"]
    same(joined[:layers], [8 + growth * (i + 1) for i in range(layers)])
    after = (8 + growth * layers) // 2
    same(joined[layers : layers + 2], [after + growth, after + 2 * growth])


@law("zoo.any-size", needs="build count_parameters", extended=True, size=st.integers(32, 80))
def named_networks_that_pool_weigh_the_same_for_every_picture(
    build: Function, count_parameters: Function, size: int
) -> None:
    r"""The parameters of SqueezeNet and ResNet-20 do not depend on the picture; those of LeNet-5 do.

    $$ P(H, W) = P(H', W') $$

    Catches: sizes that are ignored or that reach the weights.
    Misses: everything about one size.
    """
    for name in ("squeezenet1_1", "paper/resnet20_cifar_option_A"):
        same(count_parameters(build(name, input=(3, size, size))), count_parameters(build(name)))
    modern = "paper/lenet5_full_c3_maxpool_61706"
    same(count_parameters(build(modern)), 61_706)
    larger = build(modern, input=(1, 36, 36))
    holds(larger.input.shape == (1, 36, 36), "the picture should be the one that was asked for")
    differs(count_parameters(larger), 61_706, "a larger picture should need more weights")


@law("zoo.stride-placement", needs="build count_parameters count_macs", extended=True)
def where_resnet_halves_its_maps_costs_work_and_no_weights(
    build: Function, count_parameters: Function, count_macs: Function
) -> None:
    r"""The paper halves a map in the first 1×1 of a bottleneck, torchvision in its 3×3: other work, the same weights.

    $$ M_{3\times3} = 4{,}089{,}184{,}256 \qquad M_{1\times1} = 3{,}857{,}973{,}248 \qquad P = 25{,}557{,}032 $$

    Both are called ResNet-50, and papers quote 3.8 or 4.1 billion.

    Catches: strides in the wrong layer, products counted at the places that go in.
    Misses: everything that both share.
    Source: He et al. (2016), Deep residual learning, table 1; for the layer torchvision, `resnet50`, on ResNet v1.5.
    """
    later, first = build("resnet50"), build("paper/resnet50_v1_paper_stride_on_1x1")
    same(count_macs(later), 4_089_184_256)
    same(count_macs(first), 3_857_973_248)
    same(count_parameters(first), count_parameters(later))


@law("zoo.shortcut-options", needs="build count_parameters", extended=True, size=st.sampled_from([20, 32, 44, 56]))
def shortcuts_of_zeros_have_no_weights(build: Function, count_parameters: Function, size: int) -> None:
    r"""Option A pads with channels of zeros, option B projects; the difference is the same at every depth.

    $$ P_B - P_A = (16 \cdot 32 + 64) + (32 \cdot 64 + 128) = 2752, \qquad P_A = P_{\text{plain}} $$

    Papers quote A for CIFAR ("0.27M" for 20 layers), while many implementations build B.

    Catches: projections where zeros belong, biases or normalisations that are forgotten.
    Misses: what both share.
    Source: He et al. (2016), Deep residual learning, section 3.3.
    """
    zeros, projected = (build(f"paper/resnet{size}_cifar_option_{letter}") for letter in "AB")
    same(count_parameters(projected) - count_parameters(zeros), 2_752)
    same(count_parameters(zeros), count_parameters(build(f"paper/plain{size}_cifar")))
    same(count_parameters(build("paper/resnet20_cifar_option_A")), 269_722)


@law("zoo.multiplier", needs="build count_parameters", extended=True)
def half_as_wide_is_about_a_quarter_as_heavy(build: Function, count_parameters: Function) -> None:
    r"""Half of all channels leaves MobileNet about a quarter of its inner weights, and half of its classifier.

    $$ \tfrac14 < \frac{P(0.5)}{P(1)} < \tfrac12 $$

    The multiplier of MobileNetV2 does not narrow its last map of 1280 channels, so much less is saved there.

    Catches: multipliers that are ignored, or applied where they do not belong.
    Misses: how widths are rounded.
    Source: Howard et al. (2017), table 6; Sandler et al. (2018), section 6.1.
    """
    whole, half = (count_parameters(build(f"paper/mobilenet_v1_{width}_224")) for width in ("1.0", "0.5"))
    same((whole, half), (4_231_976, 1_331_592))
    holds(whole < 4 * half < 2 * whole, "half the width should be between a quarter and a half")
    whole, half = (count_parameters(build(f"paper/mobilenet_v2_{width}_224")) for width in ("1.0", "0.5"))
    same((whole, half), (3_504_872, 1_968_680))
    holds(2 * half > whole, "half the width of MobileNetV2 should be more than half of its weights")


@law("zoo.keras-totals", needs="build count_parameters count_buffers", extended=True)
def the_totals_of_keras_include_what_is_not_learnt(
    build: Function, count_parameters: Function, count_buffers: Function
) -> None:
    r"""Keras publishes parameters and moving statistics together, and keeps biases that normalisation cancels.

    $$ 25{,}636{,}712 = 25{,}557{,}032 + 26{,}560 + 53{,}120 $$

    Catches: statistics counted as parameters or forgotten, biases that are forgotten.
    Misses: what both libraries share.
    Source: Keras, `keras.applications`, whose table of models gave these totals until 2022, and rounds them since.
    """
    torch, keras = build("resnet50"), build("keras/ResNet50")
    same(count_parameters(keras) - count_parameters(torch), 26_560)
    same(count_parameters(keras) + count_buffers(keras), 25_636_712)
    mobile = build("keras/MobileNetV2")
    same(count_parameters(mobile) + count_buffers(mobile), 3_538_984)
    efficient = build("keras/EfficientNetB0")
    same(count_parameters(efficient) + count_buffers(efficient), 5_330_571)


@law("zoo.five-googlenets", needs="build count_parameters", extended=True)
def five_sources_give_five_googlenets(build: Function, count_parameters: Function) -> None:
    r"""GoogLeNet has five counts, and each difference is one decision.

    $$ \begin{aligned}
       13{,}378{,}280 - 6{,}998{,}552 &= \text{two heads for training} \\
       7{,}005{,}832 - 6{,}998{,}552 &= 7280 = \text{normalisation instead of biases} \\
       7{,}005{,}832 - 6{,}624{,}904 &= 380{,}928 = 3 \times 3 \text{ where } 5 \times 5 \text{ was drawn}
       \end{aligned} $$

    Catches: windows that are shrunk, heads that are dropped, biases that are forgotten.
    Misses: everything that all forms share.
    Source: Szegedy et al. (2015), table 1; torchvision, `googlenet`.
    """
    paper, headed, drawn, torchvision, with_heads = (
        count_parameters(build(name))
        for name in (
            "paper/googlenet_2014_paper_no_bn_noaux",
            "paper/googlenet_2014_paper_no_bn_two_aux",
            "paper/googlenet_bn_5x5_as_drawn",
            "googlenet[noaux]",
            "googlenet",
        )
    )
    same((paper, headed), (6_998_552, 13_378_280))
    same(drawn - paper, 7_280)
    same(drawn - torchvision, 380_928)
    same((torchvision, with_heads), (6_624_904, 13_004_888))


@law("zoo.first-gate", needs="build field_of_view depth", extended=True)
def gates_change_the_depth_of_a_network_and_not_its_field(
    build: Function, field_of_view: Function, depth: Function
) -> None:
    r"""SE-ResNet-50 is ResNet-50 with 16 gates of two layers each: 82 deep instead of 50, and the signal sees as much.

    $$ 50 + 2 \cdot 16 = 82, \qquad r = 483 $$

    Catches: gates that widen the field of the signal, or that are left out of the longest path.
    Misses: what the gate itself sees, which is the whole picture.
    Source: Hu, Shen & Sun (2018), figure 3 and table 1.
    """
    plain = build("paper/resnet50_v1_paper_stride_on_1x1")
    gated = build("paper/se_resnet50_paper_r16_conv1x1_bias_stride1x1")
    same((depth(plain), depth(gated), depth(gated, gates=False)), (50, 82, 50))
    same(field_of_view(gated), field_of_view(plain))
    same(field_of_view(plain)[0], 483)


@law("zoo.fields-of-families", needs="build field_of_view", extended=True)
def famous_networks_see_more_than_their_pictures(build: Function, field_of_view: Function) -> None:
    r"""On pictures of 224 pixels, ResNet-50 could see 427 and EfficientNet-B0 851, while VGG-16 sees 212.

    $$ r_{\text{AlexNet}} = 195, \quad r_{\text{VGG-16}} = 212, \quad r_{\text{ResNet-50}} = 427, \quad
       r_{\text{EfficientNet-B0}} = 851 $$

    Catches: shortcuts that are chained, pooling or dilation that is ignored.
    Misses: how much each pixel matters, which is far less at the edge of the field.
    Source: Araujo, Norris & Sim (2019), the table of networks, for AlexNet and VGG-16.
    """
    fields = {"alexnet": 195, "vgg16": 212, "googlenet": 379, "resnet50": 427, "efficientnet_b0": 851}
    for name, size in fields.items():
        found = field_of_view(build(name))
        same(found[:2], (size, 32), f"a place of the last map of {name} should see {size} pixels, 32 apart")
    at_most(field_of_view(build("vgg16"))[0], 224)


@law(
    "zoo.smallest-named",
    needs="smallest_input build",
    extended=True,
    name=st.sampled_from(["squeezenet1_1", "paper/lenet5", "vgg11", "alexnet", "paper/resnet20_cifar_option_B"]),
)
def a_named_network_is_built_for_its_smallest_picture_and_no_smaller(
    smallest_input: Function, build: Function, name: str
) -> None:
    r"""Every named network can be built for its smallest picture, and for a smaller one it is refused.

    $$ s = \min \{\, i : \text{every window fits} \,\} $$

    Catches: sizes that are one off.
    Misses: networks that are wrong for all sizes.
    """
    entry = zoo.find(name)
    least, channels = int(smallest_input(entry.build())), entry.input[0]
    built = build(name, input=(channels, least, least))
    same(built.input.shape, (channels, least, least))
    try:
        entry.build((channels, least - 1, least - 1))
    except ValueError:
        return
    holds(False, f"{name} should refuse {least - 1} rows")
