"""Every figure of the zoo is derived, and equals what running the real models gave."""

import csv
import hashlib
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cnnspec import zoo

DATA = Path(__file__).parent / "data"
COLUMNS = {
    "num_params": "parameters",
    "num_buffers": "buffers",
    "macs": "macs",
    "depth": "depth",
    "depth_no_gates": "depth_without_gates",
    "receptive_field": "receptive_field",
    "rf_stride": "receptive_field_stride",
    "last_feature_map": "last_feature_map",
    "min_input": "smallest_input",
}


def rows(file: str) -> list[dict[str, str]]:
    with (DATA / file).open(newline="") as lines:
        return list(csv.DictReader(lines))


TRUTH = {
    f"{row['source']}/{row['name']}-{row['input_shape']}".removeprefix("torchvision/"): row
    for row in rows("zoo-truth.csv")
}
BUILDERS = {row["name"]: row for row in rows("torchvision-builders.csv")}


def measured(name: str, **options: object) -> zoo.Figures:
    return zoo.figures(zoo.build(name, **options))


# The table of measured rows


@pytest.mark.parametrize("label", TRUTH)
def test_a_measured_row_is_derived(label: str) -> None:
    row = TRUTH[label]
    name = row["name"] if row["source"] == "torchvision" else f"{row['source']}/{row['name']}"
    size = tuple(int(number) for number in row["input_shape"].split("x"))
    keras = row["source"] == "keras"
    if keras:  # rows, columns, channels
        size = (size[2], size[0], size[1])
    record = measured(name, input=size, classes=int(row["num_classes"])).record()
    if keras and record["last_feature_map"]:
        _, channels, vertical, horizontal = str(record["last_feature_map"]).split("x")
        record["last_feature_map"] = f"Nonex{vertical}x{horizontal}x{channels}"
    expected = {key: row[column] for column, key in COLUMNS.items() if row[column]}
    assert {key: str(record[key]) for key in expected} == expected


def test_every_builder_of_torchvision_is_there() -> None:
    ours = {name for name in zoo.all_architectures() if "/" not in name and "[" not in name}
    assert ours == set(BUILDERS)
    assert len(BUILDERS) == 80


@pytest.mark.parametrize("name", BUILDERS)
def test_a_builder_of_torchvision_has_its_weights_under_its_names(name: str) -> None:
    row = BUILDERS[name]
    size = int(row["input"])
    architecture = zoo.build(name, input=(3, size, size))
    tensors = architecture.parameters | architecture.buffers
    listed = sorted(f"{key} {'x'.join(map(str, shape))}" for key, shape in tensors.items())
    assert hashlib.sha256("\n".join(listed).encode()).hexdigest()[:16] == row["state_dict"]
    figures = zoo.figures(architecture)
    assert (figures.parameters, figures.buffers, figures.macs) == tuple(
        int(row[key]) for key in ("parameters", "buffers", "macs")
    )


def test_every_entry_builds_and_its_ledger_adds_up() -> None:
    for name, entry in zoo.all_architectures().items():
        architecture = entry.build()
        figures, ledger = zoo.figures(architecture), zoo.ledger(architecture)
        assert figures.name == name == entry.name
        assert ledger[-1].parameters_so_far == sum(row.parameters for row in ledger) == figures.parameters
        assert ledger[-1].macs_so_far == sum(row.macs for row in ledger) == figures.macs
        assert architecture.output.shape == (entry.classes,) or name.startswith("paper/unet")
        named = [tensor.name for tensor in architecture if tensor.operation.weights or tensor.operation.statistics]
        assert all(named), name
        assert len(set(named)) == len(named), name


# Anchors whose arithmetic can be done by hand


def by_name(name: str) -> dict[str, zoo.Row]:
    return {row.name: row for row in zoo.ledger(zoo.build(name))}


def test_lenet_of_1998_is_sixty_thousand_layer_by_layer() -> None:
    ledger = by_name("paper/lenet5")
    third = sum(row.parameters for name, row in ledger.items() if name.startswith("c3."))
    layers = [ledger["c1"], ledger["s2"], ledger["s4"], ledger["c5"], ledger["f6"]]
    assert [row.parameters for row in layers] == [156, 12, 32, 48_120, 10_164]
    assert third == 60 * 25 + 16 == 1_516
    assert measured("paper/lenet5").parameters == 60_000
    assert ledger["output"].buffers == 840


def test_five_sources_give_five_googlenets() -> None:
    paper = measured("paper/googlenet_2014_paper_no_bn_noaux").parameters
    drawn = measured("paper/googlenet_bn_5x5_as_drawn").parameters
    torchvision = measured("googlenet[noaux]").parameters
    windows = [(16, 32), (32, 96), (16, 48), (24, 64), (24, 64), (32, 64), (32, 128), (32, 128), (48, 128)]
    assert paper == 6_998_552
    assert drawn - paper == 7_280  # gamma and beta instead of a bias for 7,280 channels
    assert drawn - torchvision == sum((25 - 9) * before * after for before, after in windows) == 380_928
    assert torchvision == 6_624_904
    assert measured("googlenet").parameters == 13_004_888
    assert measured("paper/googlenet_2014_paper_no_bn_two_aux").parameters == 13_378_280


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("alexnet", 61_100_840),
        ("paper/alexnet_2012_two_gpu_groups2", 60_965_224),
        ("paper/alexnet_2012_single_tower_ungrouped", 62_378_344),
        ("paper/alexnet_owt_d384_384_256", 61_838_248),
        ("paper/regnet_x_400mf", 5_157_512),
        ("paper/regnet_y_800mf", 6_263_168),
        ("paper/regnet_y_8gf", 39_180_068),
        ("paper/mobilenet_v2_1.4_224", 6_108_776),
        ("keras/EfficientNetB2", 9_109_994),
    ],
)
def test_a_published_figure_is_reached(name: str, parameters: int) -> None:
    assert measured(name).parameters == parameters


def test_the_cost_of_vit_is_the_sum_of_four_products() -> None:
    patches = 196 * 768 * 3 * 16 * 16
    layers = 12 * (12 * 768**2 * 197 + 2 * 197**2 * 768)
    assert patches == 115_605_504
    assert measured("vit_b_16").macs == patches + layers + 768_000 == 17_563_828_224


def test_keras_totals_are_torchvisions_and_the_moving_statistics() -> None:
    torch, keras = measured("resnet50"), measured("keras/ResNet50")
    assert keras.parameters - torch.parameters == torch.buffers // 2 == 26_560
    assert keras.parameters + keras.buffers == 25_636_712
    b0, keras_b0 = measured("efficientnet_b0"), measured("keras/EfficientNetB0")
    assert keras_b0.parameters + keras_b0.buffers == b0.parameters + b0.buffers + 7 == 5_330_571


def test_activations_of_vgg_fill_sixty_one_megabytes() -> None:
    memory = zoo.activation_memory(zoo.build("paper/vgg_d_paper"))
    assert memory.total == 15_237_608
    assert memory.peak == 2 * 64 * 224 * 224
    assert memory.peak_at == "features.2 (conv)"


def test_options_of_a_family_can_be_given() -> None:
    assert zoo.figures(zoo.build("resnet50", blocks=(3, 4, 23, 3))).parameters == 44_549_160
    assert zoo.figures(zoo.build("googlenet", heads=None)).parameters == 6_624_904
    assert measured("resnet18", classes=10).parameters == 11_689_512 - 990 * 513


# What the searches find


@pytest.mark.parametrize("name", [n for n in zoo.all_architectures() if not n.startswith("paper/resnet1202")])
def test_the_smallest_input_is_taken_and_one_less_is_refused(name: str) -> None:
    entry = zoo.find(name)
    smallest = zoo.smallest_input(entry.build())
    if smallest is None:
        assert entry.family == "vit"
        return
    channels = entry.input[0]
    entry.build((channels, smallest, smallest))
    if smallest > 1:
        with pytest.raises(ValueError, match=rf"must be at least {smallest}x{smallest}, but"):
            entry.build((channels, smallest - 1, smallest - 1))


def test_a_picture_that_is_too_small_is_refused_by_layer() -> None:
    sentence = (
        "input of vgg16 must be at least 32x32, but 31x40 came: features.30 (max_pool): a window of 2x2 does not fit"
        " on a map of 1x2."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        zoo.build("vgg16", input=(3, 31, 40))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("resnet5",), r"name must be one of the \d+ architectures, but 'resnet5' came; did you mean resnet\d+"),
        (("ResNet50V3",), "did you mean keras/ResNet50V2"),
        (("resnet50", (3, 0, 4)), r"input must be \(channels, rows, columns\), each at least 1, but \(3, 0, 4\) came"),
        (("resnet50", (224, 224)), r"input must be \(channels, rows, columns\)"),
        (("resnet50", None, 0), "classes must be a whole number of at least 1, but 0 came"),
        (("vit_b_16", (3, 230, 230)), "whole number of patches of 16x16, but 230x230 came"),
    ],
)
def test_a_bad_argument_is_refused_in_one_sentence(arguments: tuple[object, ...], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as refused:
        zoo.build(*arguments)  # type: ignore[arg-type]
    assert str(refused.value).count(". ") == 0


def test_a_gate_sees_the_whole_image() -> None:
    architecture = zoo.build("efficientnet_b0")
    assert zoo.receptive_field(architecture).size == (851, 851)
    gated = zoo.receptive_field(architecture, gates=True)
    assert gated.whole_image
    assert gated.size is None
    assert zoo.receptive_field(zoo.build("vit_b_16")).whole_image


def test_padding_decides_where_a_field_lies() -> None:
    torch = zoo.receptive_field(zoo.build("resnet50"))
    assert (torch.size, torch.stride, torch.centre, torch.misaligned) == ((427, 427), (32, 32), (0, 0), ())
    googlenet = zoo.receptive_field(zoo.build("googlenet"))
    assert googlenet.offset is not None
    assert not googlenet.misaligned


def test_training_only_heads_weigh_but_do_not_work() -> None:
    with_heads, without = measured("inception_v3[aux]"), measured("inception_v3[noaux]")
    assert with_heads.parameters - without.parameters == 3_326_696
    assert with_heads.macs == without.macs


# Speed and size


def test_the_whole_zoo_is_figured_in_seconds() -> None:
    start = time.process_time()
    for entry in zoo.all_architectures().values():
        zoo.figures(entry.build())
    assert time.process_time() - start < 4  # about 0.5 on an idle machine


@pytest.mark.parametrize(("name", "limit"), [("resnet50", 0.0086), ("densenet121", 0.0205), ("efficientnet_b0", 0.012)])
def test_figures_take_a_tenth_of_a_counting_run(name: str, limit: float) -> None:
    def once() -> float:
        start = time.process_time()
        zoo.figures(zoo.build(name))
        return time.process_time() - start

    assert min(once() for _ in range(7)) < limit


def test_nothing_heavy_is_imported() -> None:
    script = (
        "import sys; from cnnspec import zoo; zoo.all_architectures();"
        "print(*[m for m in ('hypothesis', 'torch', 'click', 'rich', 'scipy', 'matplotlib') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == ""


def test_every_family_tells_its_sources() -> None:
    for entry in zoo.all_architectures().values():
        module = sys.modules[entry.builder.__module__]
        assert module.__doc__ is not None
        assert re.search(r"Sources?:\n", module.__doc__), entry.family
        assert re.match(r".+ \((19|20)\d\d\), .+", entry.source)
        assert "Args:" in (entry.builder.__doc__ or ""), entry.name
