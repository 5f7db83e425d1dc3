"""Family functions with other numbers than those of the names, as torchvision, Keras and timm count them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from cnnspec import zoo
from cnnspec.zoo.convnext import convnext
from cnnspec.zoo.densenet import densenet, densenet_cifar
from cnnspec.zoo.efficientnet import efficientnet, efficientnet_v2
from cnnspec.zoo.ghostnet import ghostnet
from cnnspec.zoo.googlenet import googlenet
from cnnspec.zoo.mnasnet import mnasnet
from cnnspec.zoo.mobilenet_v1 import mobilenet_v1
from cnnspec.zoo.mobilenet_v2 import mobilenet_v2
from cnnspec.zoo.mobilenet_v3 import mobilenet_v3
from cnnspec.zoo.nasnet import nasnet
from cnnspec.zoo.notation import image
from cnnspec.zoo.pyramidnet import pyramidnet_cifar
from cnnspec.zoo.regnet import regnet
from cnnspec.zoo.repvgg import repvgg
from cnnspec.zoo.resnet import resnet
from cnnspec.zoo.resnet_cifar import resnet_cifar, resnext_cifar, wide_resnet_cifar
from cnnspec.zoo.shufflenet import shufflenet_v1, shufflenet_v2
from cnnspec.zoo.squeezenet import squeezenet
from cnnspec.zoo.swin import swin
from cnnspec.zoo.vgg import vgg
from cnnspec.zoo.vit import vit

Family = Callable[..., zoo.Tensor]


def counted(family: Family, side: int, **options: object) -> tuple[int, int]:
    figures = zoo.figures(zoo.Architecture("a member", family(image(3, side), **options)))
    return figures.parameters, figures.macs


@pytest.mark.parametrize(
    ("family", "side", "options", "parameters", "macs"),
    [
        # torchvision's classes
        (resnet, 64, {"classes": 7, "block": "basic", "blocks": (1, 2, 1, 3)}, 14_646_087, 129_175_040),
        (resnet, 64, {"classes": 7, "blocks": (2, 2, 2, 2), "groups": 8, "group_width": 14}, 13_751_047, 201_865_216),
        (resnet, 64, {"group_width": 96}, 44_390_824, 596_262_912),
        (densenet, 64, {"classes": 9, "growth": 24, "blocks": (3, 5, 7), "initial": 48}, 533_139, 45_358_866),
        (mobilenet_v2, 64, {"width": 0.35}, 1_677_128, 6_015_168),
        (mobilenet_v2, 64, {"width": 1.3}, 5_386_792, 43_109_760),
        (mobilenet_v3, 64, {"size": "large", "width": 0.75}, 3_377_576, 13_738_976),
        (mobilenet_v3, 64, {"size": "small", "width": 1.25}, 3_644_912, 9_887_264),
        (mnasnet, 64, {"width": 1.4}, 7_115_728, 49_240_768),
        (efficientnet, 64, {"width": 1.3, "depth": 1.5}, 13_954_106, 91_880_576),
        (regnet, 64, {"plan": (13, 24, 36.44, 2.49, 8), "gate": True}, 3_162_996, 17_060_320),
        (regnet, 64, {"plan": (12, 200, 160.2, 2.48, 112)}, 55_136_840, 889_006_208),
        (
            *(vit, 64, {"classes": 5, "patch": 8, "layers": 3, "heads": 3, "width": 192, "hidden": 768}),
            *(1_385_669, 93_489_216),
        ),
        (convnext, 64, {"width": 40, "blocks": (2, 2, 6, 2)}, 3_695_520, 44_974_080),
        (vgg, 96, {"classes": 10, "configuration": "B", "normalised": True}, 128_997_706, 2_173_935_616),
        # Keras
        (mobilenet_v1, 160, {"width": 0.75}, 2_585_560, 166_396_800),
        (mobilenet_v3, 224, {"size": "small", "width": 0.75, "keras": True}, 2_041_872, 43_399_344),
        (mobilenet_v3, 224, {"size": "large", "width": 0.35, "keras": True}, 2_132_216, 43_887_824),
        (mobilenet_v3, 224, {"size": "small", "minimalistic": True, "keras": True}, 2_044_736, 52_288_448),
        (mobilenet_v3, 224, {"size": "large", "minimalistic": True, "keras": True}, 3_924_288, 209_136_704),
        (efficientnet_v2, 240, {"size": "b", "depth": 1.1}, 8_141_052, 1_196_819_360),
        # timm
        (efficientnet, 224, {"lite": True}, 4_652_008, 385_187_552),
        (efficientnet, 300, {"lite": True, "width": 1.4, "depth": 1.8}, 13_006_568, 2_553_034_336),
        (resnet, 224, {"squeeze": 16}, 28_088_024, 4_091_699_200),
        (ghostnet, 224, {"width": 1.3}, 7_358_820, 227_003_256),
        (repvgg, 224, {}, 9_108_968, 1_512_581_120),
        (repvgg, 224, {"deployed": True}, 8_309_384, 1_361_451_008),
        (repvgg, 224, {"blocks": (4, 6, 16, 1), "width": 2, "last": 4, "groups": 4}, 39_966_056, 8_118_517_760),
        (swin, 224, {"width": 192, "blocks": (2, 2, 18, 2), "heads": (6, 12, 24, 48)}, 196_532_476, 34_475_759_616),
    ],
)
def test_a_member_without_a_name_is_counted(
    family: Family, side: int, options: dict[str, object], parameters: int, macs: int
) -> None:
    assert counted(family, side, **options) == (parameters, macs)


def test_a_pyramid_is_counted_as_by_pytorchcv() -> None:
    assert counted(pyramidnet_cifar, 32) == (1_772_706, 403_813_504)
    assert counted(pyramidnet_cifar, 32, depth=236, alpha=220, bottleneck=True) == (26_969_046, 4_582_673_952)


def test_the_branches_of_repvgg_melt_into_one_convolution() -> None:
    small: dict[str, object] = {"classes": 3, "blocks": (2, 1, 1, 1), "width": 0.125, "last": 0.05}
    trained, deployed = (
        zoo.Architecture("repvgg", repvgg(image(3, 32), **small, deployed=deployed))  # type: ignore[arg-type]
        for deployed in (False, True)
    )
    dice = np.random.default_rng(0)
    first = zoo.initial_weights(trained, dice)
    weights = {key: array + 0.2 * dice.random(array.shape) for key, array in first.items()}
    melted = {key: array for key, array in weights.items() if key.startswith("fc")}
    for key in [key for key in deployed.parameters if key.endswith("reparam_conv.weight")]:
        name, shape = key.removesuffix(".reparam_conv.weight"), deployed.parameters[key]
        kernel, bias = np.zeros(shape), np.zeros(shape[0])
        for branch, norm in (("conv_kxk.0", "conv_kxk.1"), ("conv_1x1.0", "conv_1x1.1"), ("", "identity")):
            if f"{name}.{norm}.weight" not in weights:
                continue
            parts = ("weight", "bias", "running_mean", "running_var")
            gamma, beta, mean, variance = (weights[f"{name}.{norm}.{part}"] for part in parts)
            factor = gamma / np.sqrt(variance + 1e-5)
            part = weights[f"{name}.{branch}.weight"] if branch else np.eye(shape[0])[:, :, None, None]
            around = (3 - part.shape[2]) // 2
            kernel += np.pad(part, ((0, 0), (0, 0), (around, around), (around, around))) * factor[:, None, None, None]
            bias += beta - mean * factor
        melted |= {key: kernel, f"{name}.reparam_conv.bias": bias}
    x = dice.standard_normal((2, 3, 32, 32))
    np.testing.assert_allclose(zoo.forward(deployed, melted, x), zoo.forward(trained, weights, x), rtol=1e-9)


def test_vgg_for_small_pictures_has_one_linear_layer() -> None:
    parameters, macs = counted(vgg, 32, classes=10, adaptive=False, hidden=())
    convolutions = sum(9 * a * b + b for a, b in [(3, 64), (64, 64), (64, 128), (128, 128), (128, 256)])
    convolutions += 2 * (9 * 256 * 256 + 256) + 9 * 256 * 512 + 512 + 5 * (9 * 512 * 512 + 512)
    assert parameters == convolutions + 5130 == 14_719_818
    assert macs == 313_201_664


@pytest.mark.parametrize(
    ("family", "options", "sentence"),
    [
        (resnet, {"block": "narrow"}, r"block must be 'basic' or 'bottleneck', but 'narrow' came\."),
        (resnet, {"stride_on": "1x1"}, "stride_on must be '3x3' or 'first 1x1' or 'last block', but '1x1' came"),
        (resnet, {"shortcut": "A"}, "shortcut must be 'projection' or 'zeros' or 'none', but 'A' came"),
        (resnet_cifar, {"depth": 21}, r"depth must be 6n \+ 2 for some n \(8, 14, 20, ...\), but 21 came"),
        (wide_resnet_cifar, {"depth": 29}, r"depth must be 6n \+ 4 for some n"),
        (resnext_cifar, {"depth": 2}, r"depth must be 9n \+ 2 for some n"),
        (densenet_cifar, {"layers": 41}, r"layers must be 3n \+ 4 for some n"),
        (densenet_cifar, {"layers": 43, "compact": True}, r"layers must be 6n \+ 4 for some n"),
        (vgg, {"configuration": "F"}, "configuration must be 'A' or 'B' or 'C' or 'D' or 'E', but 'F' came"),
        (squeezenet, {"version": "1.0"}, "version must be '1_0' or '1_1', but '1.0' came"),
        (googlenet, {"heads": "yes"}, "heads must be 'training', 'always' or None, but 'yes' came"),
        (mobilenet_v3, {"size": "medium"}, "size must be 'large' or 'small', but 'medium' came"),
        (shufflenet_v2, {"size": "x3"}, "size must be 'x0_5' or"),
        (shufflenet_v1, {"groups": 5}, "groups must be one of 1, 2, 3, 4, 8, but 5 came"),
        (efficientnet_v2, {"size": "xl"}, "size must be 's' or 'm' or 'l' or 'b', but 'xl' came"),
        (nasnet, {"last": 1000}, "last must be a multiple of 24"),
        (vit, {"heads": 5}, "features are not queries, keys and values for 5 heads"),
    ],
)
def test_a_number_or_word_that_makes_no_network_is_refused(
    family: Family, options: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        family(image(3, 224), **options)
