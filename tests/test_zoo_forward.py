"""Declared networks run: against PyTorch operation by operation, against torchvision's own code, and their weights."""

from __future__ import annotations

import importlib
import math
import sys
import tracemalloc
import types
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from cnnspec import zoo
from cnnspec.check.run import run_law
from cnnspec.laws import Law, all_laws
from cnnspec.laws.zoo_cases import KINDS, random_plans, written
from cnnspec.zoo import functions, notation, rules
from cnnspec.zoo.operation import Operation
from cnnspec.zoo.window_rules import WINDOW_RULES

# One member or more of every family, on the smallest picture that shows something.
MEMBERS = {
    "paper/lenet5": (32, 32),
    "paper/lenet5_full_c3_maxpool_61706": (32, 32),
    "alexnet": (65, 70),
    "paper/alexnet_2012_two_gpu_groups2": (67, 67),
    "paper/alexnet_2014_owt_one_weird_trick_slim_alexnet_v2": (224, 224),
    "paper/nin_imagenet": (45, 40),
    "paper/darknet19_yolo9000": (32, 40),
    "paper/vgg_a_lrn_paper": (32, 33),
    "squeezenet1_1": (50, 45),
    "paper/googlenet_2014_paper_no_bn_noaux": (40, 45),
    "inception_v3": (80, 77),
    "keras/InceptionResNetV2": (75, 80),
    "paper/resnet18_v1_paper_option_A": (33, 40),
    "paper/se_resnet50_paper_r16_conv1x1_bias_stride1x1": (33, 40),
    "resnext50_32x4d": (33, 40),
    "keras/ResNet50V2": (33, 40),
    "paper/resnet20_cifar_option_A": (17, 20),
    "paper/wrn_40_1_cifar10": (17, 20),
    "densenet121": (33, 40),
    "paper/unet_2015_valid_572": (188, 188),
    "keras/Xception": (33, 40),
    "paper/mobilenet_v1_0.25_128": (33, 40),
    "mobilenet_v2": (33, 40),
    "mobilenet_v3_small": (33, 40),
    "mnasnet0_5": (33, 40),
    "keras/NASNetMobile": (33, 40),
    "shufflenet_v2_x0_5": (33, 40),
    "paper/shufflenet_v1_0.25x_g3": (33, 40),
    "keras/EfficientNetB0": (33, 40),
    "efficientnet_v2_s": (33, 40),
    "regnet_x_400mf": (33, 40),
    "regnet_y_400mf": (33, 40),
    "convnext_tiny": (33, 40),
    "keras/ConvNeXtTiny": (33, 40),
    "vit_b_32": (64, 96),
    "paper/ghostnet_0.5": (33, 40),
    "paper/repvgg_A0": (33, 40),
    "paper/pyramidnet110_a48_cifar10": (17, 20),
}
# One member of every family of torchvision, with options that its builder needs.
TORCHVISION: dict[str, tuple[int, int]] = {
    "alexnet": (65, 70),
    "vgg11": (40, 33),
    "vgg11_bn": (40, 33),
    "squeezenet1_1": (50, 45),
    "googlenet": (60, 50),
    "inception_v3": (80, 77),
    "resnet18": (50, 45),
    "resnext50_32x4d": (50, 45),
    "wide_resnet50_2": (50, 45),
    "densenet121": (50, 45),
    "mobilenet_v2": (50, 45),
    "mobilenet_v3_small": (50, 45),
    "mnasnet0_5": (50, 45),
    "shufflenet_v2_x0_5": (50, 45),
    "efficientnet_b0": (50, 45),
    "efficientnet_v2_s": (50, 45),
    "regnet_x_400mf": (50, 45),
    "regnet_y_400mf": (50, 45),
    "convnext_tiny": (50, 45),
    "vit_b_32": (64, 64),
    "swin_t": (50, 45),
    "swin_v2_t": (50, 45),
    "maxvit_t": (224, 224),
}
# Attention within windows is compared with torchvision's modules only, here and in test_zoo_windows.
WINDOWED = {"swin", "maxvit"}


def lively(architecture: zoo.Architecture, seed: int = 0) -> dict[str, Any]:
    """First weights, but with biases, scales, shifts and statistics that all differ from nothing."""
    dice = np.random.default_rng(seed)
    weights = zoo.initial_weights(architecture, dice)
    for name, values in weights.items():
        if values.ndim < 2 or "layer_scale" in name:
            noise = dice.standard_normal(values.shape, dtype=np.float32)
            # scales below one, so that signals do not grow from block to block
            middle = 0.7 if name.endswith("weight") else 1.0 if name.endswith(("var", "variance")) else 0.0
            weights[name] = np.asarray(middle + 0.2 * np.tanh(noise), dtype=np.float32)
    return weights


def pictures(architecture: zoo.Architecture, batch: int = 2) -> Any:
    return np.random.default_rng(1).standard_normal((batch, *architecture.input.shape), dtype=np.float32)


def apart(left: Any, right: Any) -> float:
    """The largest difference, relative to the largest entry."""
    return float(np.abs(left - right).max() / np.abs(right).max())


# Against PyTorch


@pytest.mark.torch
@pytest.mark.parametrize("name", MEMBERS)
def test_a_member_of_every_family_answers_as_pytorch_does(name: str) -> None:
    torch = pytest.importorskip("torch")
    from zoo_in_torch import run

    entry = zoo.find(name)
    architecture = entry.build((entry.input[0], *MEMBERS[name]), None if "unet" in name else 7)
    weights, x = lively(architecture), pictures(architecture)
    with torch.no_grad():
        doubles = {key: torch.from_numpy(values).double() for key, values in weights.items()}
        expected = run(torch, architecture, doubles, torch.from_numpy(x).double())[architecture.output.index].numpy()
    assert expected.std() > 0
    assert apart(zoo.forward(architecture, weights, x), expected) < 1e-4
    exact = zoo.forward(architecture, {key: values.astype(float) for key, values in weights.items()}, x)
    assert exact.dtype == np.float64
    assert apart(exact, expected) < 1e-9


def test_every_family_and_every_kind_of_operation_is_compared_with_pytorch() -> None:
    entries = [zoo.find(name) for name in MEMBERS]
    assert {entry.family for entry in entries} | WINDOWED == {e.family for e in zoo.all_architectures().values()}
    assert {zoo.find(name).family for name in TORCHVISION} >= WINDOWED
    met = {type(tensor.operation) for entry in entries for tensor in entry.build().executed[1:]}
    used = {type(t.operation) for entry in zoo.all_architectures().values() for t in entry.build().executed[1:]}
    assert used <= met | set(WINDOW_RULES)
    assert used <= set(rules.RULES)


@pytest.mark.torch
def test_random_graphs_answer_as_pytorch_does() -> None:
    torch = pytest.importorskip("torch")
    from zoo_in_torch import run

    @given(random_plans((*KINDS, "norm", "gate"), layers=5, most=24).map(written))
    @settings(deadline=None, max_examples=60)
    def check(architecture: zoo.Architecture) -> None:
        weights = lively(architecture)
        doubles = {key: torch.from_numpy(values).double() for key, values in weights.items()}
        x = pictures(architecture).astype(float)
        answers = run(torch, architecture, doubles, torch.from_numpy(x))
        assert [tuple(y.shape[1:]) for y in answers] == [tensor.shape for tensor in architecture]
        expected = answers[-1].numpy()
        found = zoo.forward(architecture, {key: values.astype(float) for key, values in weights.items()}, x)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)

    check()


@pytest.mark.torch
@pytest.mark.parametrize("name", TORCHVISION)
def test_a_state_dict_of_torchvision_gives_torchvisions_answers(name: str) -> None:
    torch = pytest.importorskip("torch")
    try:
        models = importlib.import_module("torchvision").models
    except (ImportError, RuntimeError) as error:
        pytest.skip(f"torchvision cannot be imported: {error}")
    torch.manual_seed(0)
    rows, columns = TORCHVISION[name]
    options: dict[str, object] = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    model = models.get_model(name, weights=None, num_classes=7, **options, **size_of(name, rows)).eval()
    with torch.no_grad():
        for key, values in model.state_dict().items():
            if key.endswith("running_var"):
                values.uniform_(0.5, 1.5)
            elif key.endswith("weight") and values.ndim == 1:
                values.uniform_(0.4, 1.0)  # so that signals do not grow from block to block
            elif key.endswith(("bias", "running_mean")):
                values.normal_(0, 0.1)
            elif key.endswith("layer_scale"):
                values.normal_(0, 0.5)
            elif key == "heads.head.weight":  # torchvision starts with zeros
                values.normal_(0, 0.02)
        x = torch.randn(2, 3, rows, columns)
        expected = model(x).numpy()
    architecture = zoo.build(name, input=(3, rows, columns), classes=7)
    found = zoo.forward(architecture, model.state_dict(), x.numpy())
    assert expected.std() > 0
    assert np.abs(found - expected).max() < 1e-4
    assert apart(found, expected) < 1e-4


def size_of(name: str, rows: int) -> dict[str, int]:
    return {"image_size": rows} if name.startswith("vit") else {}


@pytest.mark.torch
@pytest.mark.parametrize(
    "law", [law for law in all_laws().values() if law.needs == ("forward",)], ids=lambda law: law.id
)
def test_the_laws_of_running_networks_hold_of_pytorch(law: Law) -> None:
    torch = pytest.importorskip("torch")
    from zoo_in_torch import run

    def forward(architecture: zoo.Architecture, weights: dict[str, Any], x: Any) -> Any:
        tensors = {name: torch.tensor(values) for name, values in weights.items()}
        answers = run(torch, architecture, tensors, torch.tensor(x))
        return answers[architecture.output.index].numpy()

    result = run_law(law, {"forward": forward}, examples=20)
    assert result.status == "pass", (result.message, result.drawn)


@pytest.mark.torch
def test_tensors_of_pytorch_are_taken_as_they_are() -> None:
    torch = pytest.importorskip("torch")
    architecture = zoo.build("paper/lenet_pytorch_tutorial_cifar10_3x32x32")
    weights, x = lively(architecture), pictures(architecture)
    expected = zoo.forward(architecture, weights, x)
    learnable = {key: torch.nn.Parameter(torch.from_numpy(values)) for key, values in weights.items()}
    np.testing.assert_array_equal(zoo.forward(architecture, learnable, x), expected)
    for dtype, most in ((torch.float16, 1e-2), (torch.bfloat16, 1e-1)):
        short = {key: torch.from_numpy(values).to(dtype) for key, values in weights.items()}
        answer = zoo.forward(architecture, short, x)
        assert answer.dtype == np.float32
        assert apart(answer, expected) < most


# By itself


@pytest.mark.parametrize(
    "name", ["paper/lenet5", "paper/mobilenet_v1_0.25_128", "paper/resnet20_cifar_option_A", "squeezenet1_1"]
)
def test_a_network_runs_with_first_weights(name: str) -> None:
    entry = zoo.find(name)
    architecture = entry.build((entry.input[0], 32, 36) if "lenet" not in name else None)
    answer = zoo.forward(
        architecture, zoo.initial_weights(architecture, np.random.default_rng(0)), pictures(architecture)
    )
    assert answer.shape == (2, *architecture.output.shape)
    assert answer.dtype == np.float32
    assert np.isfinite(answer).all()
    assert answer.std(axis=0).max() > 0


def test_results_are_dropped_after_their_last_reader() -> None:
    architecture = zoo.build("squeezenet1_1")
    weights, x = zoo.initial_weights(architecture, np.random.default_rng(0)), pictures(architecture, 1)
    tracemalloc.start()
    zoo.forward(architecture, weights, x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    memory, scratch = zoo.activation_memory(architecture), 12 * 2**20
    assert peak < 4 * memory.peak + scratch
    assert peak < 4 * memory.total


def test_every_answer_is_the_callers_own() -> None:
    views = (
        lambda x: x,
        notation.flatten,
        lambda x: notation.channels(x, (0,)),
        lambda x: notation.parameter(x, "p", (2, 3, 3)),
    )
    for view in views:
        network = zoo.Architecture("view", view(notation.image(2, 3)))
        weights = {name: np.ones(shape, dtype=np.float32) for name, shape in network.parameters.items()}
        picture = np.ones((1, 2, 3, 3), dtype=np.float32)
        answer = zoo.forward(network, weights, picture)
        answer[...] = 5
        assert (picture == 1).all()
        assert all((values == 1).all() for values in weights.values())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gelu_is_made_of_pythons_error_function(dtype: type) -> None:
    x = np.linspace(-9, 9, 2001).astype(dtype)[::-1]
    expected = np.array([v / 2 * math.erfc(-v / math.sqrt(2)) for v in x.astype(float)])
    out = np.empty_like(x)
    functions.gelu(x, out)
    np.testing.assert_allclose(out, expected, rtol=0, atol=8 * np.finfo(dtype).eps)
    far = np.array([-40, 40, -1e4, 1e4], dtype=dtype)
    functions.gelu(far, far)
    np.testing.assert_allclose(far, [0, 40, 0, 1e4], rtol=0, atol=1e-290)


def test_functions_do_not_overflow() -> None:
    for name, function in functions.FUNCTIONS.items():
        x = np.array([-1e30, -100, 0, 100, 1e30], dtype=np.float32)
        function(x, x)
        assert np.isfinite(x).all(), name


# Weights


def test_first_weights_are_he_and_neutral() -> None:
    architecture = zoo.build("mobilenet_v3_small")
    weights = zoo.initial_weights(architecture, np.random.default_rng(3))
    assert weights.keys() == architecture.parameters.keys() | architecture.buffers.keys()
    assert all(values.dtype == np.float32 for values in weights.values())
    assert weights["classifier.0.weight"].std() == pytest.approx(math.sqrt(2 / 576), rel=0.01)
    assert (weights["features.0.1.running_var"] == 1).all()
    assert (weights["features.0.1.running_mean"] == 0).all()
    again = zoo.initial_weights(architecture, np.random.default_rng(3))
    assert all((again[name] == values).all() for name, values in weights.items())
    other = zoo.initial_weights(architecture, np.random.default_rng(4))
    assert (other["features.0.0.weight"] != weights["features.0.0.weight"]).any()


def test_weights_without_layers_start_small() -> None:
    x = notation.image(2, 4)
    x = notation.multiply(x, notation.parameter(x, "scale", (2, 1, 1)))
    x = notation.add(x, notation.parameter(x, "place", (2, 4, 4), batched=True))
    weights = zoo.initial_weights(zoo.Architecture("free", x), np.random.default_rng(0))
    np.testing.assert_array_equal(weights["scale"], np.full((2, 1, 1), 1e-6, dtype=np.float32))
    assert weights["place"].shape == (1, 2, 4, 4)
    assert 0.01 < weights["place"].std() < 0.03


def small() -> tuple[zoo.Architecture, dict[str, Any], Any]:
    x = notation.batch_norm(notation.conv(notation.image(1, 4), "conv", 2, 3), "bn")
    architecture = zoo.Architecture("small", x)
    return architecture, lively(architecture), pictures(architecture)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"conv.bias": None}, "conv.bias is missing"),
        ({"conv.bias": None, "bn.weight": None}, "conv.bias and 1 other are missing"),
        ({"extra": np.zeros(1)}, "extra is unexpected"),
        ({"conv.weight": np.zeros((2, 1, 5, 5))}, r"conv.weight has shape \(2, 1, 5, 5\) instead of \(2, 1, 3, 3\)"),
        (
            {"bn.bias": None, "a": np.zeros(1), "b": np.zeros(1), "c": np.zeros(1), "bn.weight": np.zeros(3)},
            r"bn.bias is missing and a and 2 others are unexpected and bn.weight has shape \(3,\) instead of \(2,\)",
        ),
    ],
)
def test_weights_that_are_not_the_networks_are_named(change: dict[str, Any], sentence: str) -> None:
    architecture, weights, x = small()
    weights = {key: values for key, values in (weights | change).items() if values is not None}
    with pytest.raises(ValueError, match=rf"^weights must be those of small, but {sentence}\.$"):
        zoo.forward(architecture, weights, x)


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        ([1, 2], "weights must be a mapping from names to arrays, but a list came"),
        ({"conv.weight": "words"}, "weights must hold arrays, but conv.weight is a str"),
        ({"conv.bias": np.array(["a", "b"])}, "weights must hold real numbers, but the dtype of conv.bias is <U1"),
    ],
)
def test_weights_that_are_no_numbers_are_refused(weights: Any, sentence: str) -> None:
    architecture, others, x = small()
    with pytest.raises(TypeError, match=rf"^{sentence}\.$"):
        zoo.forward(architecture, others | weights if isinstance(weights, dict) else weights, x)


@pytest.mark.parametrize(
    ("x", "error", "sentence"),
    [
        (
            np.zeros((1, 1, 4, 5)),
            ValueError,
            r"x must have shape \(N, 1, 4, 4\) for small, but its shape is \(1, 1, 4, 5\)",
        ),
        (np.zeros((1, 4, 4)), ValueError, "x must have 4 axes"),
        (np.array([[[["a"]]]]), TypeError, "x must hold real numbers"),
    ],
)
def test_other_pictures_are_refused(x: Any, error: type[Exception], sentence: str) -> None:
    architecture, weights, _ = small()
    with pytest.raises(error, match=sentence):
        zoo.forward(architecture, weights, x)


def test_half_precision_and_counters_of_batches_are_taken() -> None:
    architecture, weights, x = small()
    expected = zoo.forward(architecture, weights, x)
    counted = {**weights, "bn.num_batches_tracked": np.array(7)}
    np.testing.assert_array_equal(zoo.forward(architecture, counted, x), expected)
    half = zoo.forward(architecture, {key: values.astype(np.float16) for key, values in weights.items()}, x)
    assert half.dtype == np.float32
    np.testing.assert_allclose(half, expected, atol=0.02)
    whole = zoo.forward(architecture, weights, np.ones((1, 1, 4, 4), dtype=np.int64))
    assert whole.dtype == np.float32


def test_a_head_for_training_may_lack_its_weights() -> None:
    x = notation.conv(notation.image(1, 6), "body", 2, 3)
    notation.linear(notation.flatten(notation.training_only(x)), "aux", 3)
    architecture = zoo.Architecture("headed", notation.global_avg_pool(x))
    weights = zoo.initial_weights(architecture, np.random.default_rng(0))
    assert "aux.weight" in weights
    body = {name: values for name, values in weights.items() if not name.startswith("aux")}
    x = pictures(architecture)
    np.testing.assert_array_equal(zoo.forward(architecture, body, x), zoo.forward(architecture, weights, x))


def test_an_operation_without_a_rule_is_refused() -> None:
    with pytest.raises(TypeError, match="operation must be one of the zoo's, but a Operation came"):
        rules.run(Operation(), rules.Step([np.zeros((1, 1))], {}))


def test_constants_of_imagenet_need_three_channels() -> None:
    architecture = zoo.Architecture("grey", notation.standardise(notation.image(1, 2), stored=False))
    with pytest.raises(ValueError, match="input must have 3 channels, since ImageNet's means are built in, but 1 came"):
        zoo.forward(architecture, {}, np.zeros((1, 1, 2, 2)))


# Files


def test_a_safetensors_file_is_read_back(tmp_path: Any) -> None:
    numpy = pytest.importorskip("safetensors.numpy")
    architecture, weights, x = small()
    numpy.save_file(weights, tmp_path / "small.safetensors")
    found = zoo.load_safetensors(tmp_path / "small.safetensors")
    np.testing.assert_array_equal(zoo.forward(architecture, found, x), zoo.forward(architecture, weights, x))
    (tmp_path / "broken.safetensors").write_bytes(b"nothing of the kind")
    with pytest.raises(ValueError, match="path must be a safetensors file that NumPy can read, but"):
        zoo.load_safetensors(tmp_path / "broken.safetensors")


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(ModuleNotFoundError, match=r"safetensors must be installed .*pip install safetensors"):
        zoo.load_safetensors("weights.safetensors")


def test_the_library_is_asked_for_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    library, asked = types.ModuleType("safetensors"), []

    def load_file(path: str) -> dict[str, Any]:
        asked.append(path)
        return {"a": np.ones(2)}

    library.numpy = types.SimpleNamespace(load_file=load_file)  # type: ignore[attr-defined]
    library.SafetensorError = RuntimeError  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "safetensors", library)
    assert list(zoo.load_safetensors("some.safetensors")) == ["a"]
    assert asked == ["some.safetensors"]
