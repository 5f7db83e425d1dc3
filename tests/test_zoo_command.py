"""The command `cnnspec zoo`: its table, a ledger, two networks side by side, and what it says of a mistake."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys

import pytest
from click.testing import CliRunner, Result

from cnnspec import zoo
from cnnspec.cli import main, tables

KEYS = [
    *("name", "input_shape", "parameters", "buffers", "macs", "depth", "depth_without_gates"),
    *("receptive_field", "receptive_field_stride", "last_feature_map", "smallest_input"),
]


def call(*words: str) -> Result:
    result = CliRunner().invoke(main, ["zoo", *words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def printed(*words: str) -> str:
    result = call(*words)
    assert result.exit_code == 0, result.output
    return result.stdout


def names(*words: str) -> list[str]:
    return [line.split()[0] for line in printed(*words).splitlines()[1:]]


# The table


def test_the_table_has_every_network_and_its_columns_are_aligned() -> None:
    lines = printed().splitlines()
    assert len(lines) == 1 + len(zoo.all_architectures())
    start = lines[0].index("year")
    assert all(line[start - 2 : start] == "  " and line[start : start + 4].strip().isalnum() for line in lines)
    row = next(line for line in lines if line.startswith("resnet50 "))
    assert row.split()[1:6] == ["2016", "3x224x224", "25,557,032", "53,120", "4,089,184,256"]


def test_the_table_can_be_filtered_and_sorted() -> None:
    assert names("--year", "2012-2013", "--sort", "parameters") == [
        "paper/alexnet_2012_two_gpu_groups2",
        "paper/zfnet_2013",
        "paper/alexnet_2012_single_tower_ungrouped",
    ]
    assert names("--source", "keras", "--family", "vgg", "--sort", "MACs", "--reverse") == [
        "keras/VGG19",
        "keras/VGG16",
    ]
    assert all("/" not in name for name in names("--source", "torchvision", "--family", "resnet"))


@pytest.mark.parametrize("reverse", [[], ["--reverse"]])
def test_a_figure_without_meaning_comes_last(reverse: list[str]) -> None:
    rows = list(
        csv.DictReader(
            io.StringIO(
                printed("--sort", "receptive_field", "--csv", "--year", "2015-2021", "--source", "paper", *reverse)
            )
        )
    )
    found = [int(row["receptive_field"]) if row["receptive_field"] else None for row in rows]
    meaning = [value for value in found if value is not None]
    assert meaning == sorted(meaning, reverse=bool(reverse))
    assert found[: len(meaning)] == meaning
    assert len(meaning) < len(found)


def test_csv_and_json_of_the_table_are_the_same_figures() -> None:
    rows = list(csv.DictReader(io.StringIO(printed("--family", "lenet", "--csv"))))
    records = json.loads(printed("--family", "lenet", "--json"))
    assert list(rows[0]) == [*KEYS, "family", "year", "source"]
    assert [{key: row[key] for key in KEYS} for row in rows] == [
        {key: "" if value is None else str(value) for key, value in record.items()} for record in records
    ]


def test_what_does_not_take_an_input_is_left_out_with_a_word() -> None:
    result = call("--family", "alexnet", "--input", "3x63x63")
    assert "alexnet " in result.stdout
    assert "paper/alexnet_2012_two_gpu_groups2 " not in result.stdout
    assert result.stderr.startswith("Left out: ")


# One network


@pytest.mark.parametrize("name", ["resnet50", "keras/ResNet50", "paper/unet_2015_valid_572", "vit_b_16"])
def test_json_of_a_network_is_one_object_with_the_eleven_keys(name: str) -> None:
    record = json.loads(printed(name, "--json"))
    assert list(record) == KEYS
    assert record == zoo.figures(zoo.build(name)).record()


def test_input_and_classes_change_the_figures() -> None:
    record = json.loads(printed("--input", "3x384x320", "--classes", "10", "resnet50", "--json"))
    assert record == zoo.figures(zoo.build("resnet50", (3, 384, 320), 10)).record()
    assert record["last_feature_map"] == "1x2048x12x10"


def test_a_ledger_has_every_layer_and_ends_in_the_sums() -> None:
    rows = list(csv.DictReader(io.StringIO(printed("vgg16", "--csv"))))
    architecture = zoo.build("vgg16")
    assert [row["layer"] for row in rows] == architecture.labels
    assert rows[-1]["parameters_so_far"] == "138357544"
    assert rows[-1]["macs_so_far"] == "15470264320"
    last = next(row for row in rows if row["layer"] == "features.30")
    assert (last["shape"], last["receptive_field"]) == ("512x7x7", "212")
    lines = printed("vgg16").splitlines()
    ledger, summary = lines[: len(rows) + 1], "\n".join(lines[len(rows) + 1 :])
    assert ledger[-1].split()[-2:] == ["138,357,544", "15,470,264,320"]
    for fact in ("138,357,544 learnt", "16 layers", "212 pixels, 32 from", "512x7x7", "32x32", "Simonyan"):
        assert fact in summary


def test_a_summary_says_what_a_gate_and_an_attention_see() -> None:
    assert "851 pixels, 32 from one place to the next; with its gates the whole picture" in printed("efficientnet_b0")
    assert "82 layers, 50 without gates" in printed("efficientnet_b0")
    assert "receptive field  the whole picture" in printed("vit_b_32")
    assert "smallest input   only this one" in printed("vit_b_32")


@pytest.mark.parametrize("name", ["resnet50", "googlenet", "mobilenet_v3_small", "inception_v3"])
def test_the_fields_of_one_walk_are_those_found_one_by_one(name: str) -> None:
    architecture = zoo.build(name)
    fields = zoo.fields(architecture)
    for tensor in architecture.tensors[:: len(architecture) // 9]:
        alone = zoo.receptive_field(architecture, tensor)
        assert (fields[tensor.index].size, fields[tensor.index].offset) == (alone.size, alone.offset)
        assert fields[tensor.index].whole_image == alone.whole_image


# Two networks


def test_compare_shows_the_differences_by_figure_and_by_stage() -> None:
    text = printed("compare", "resnet50", "keras/ResNet50")
    lines = {line.split("  ")[0]: line.split() for line in text.splitlines() if line}
    assert lines["parameters"][-3:] == ["25,557,032", "25,583,592", "+26,560"]
    assert lines["receptive field"][-3:] == ["427", "483", "+56"]
    assert lines["depth"][-1] == "="
    assert "MACs by stage" in text
    rows = list(csv.DictReader(io.StringIO(printed("compare", "alexnet", "vgg16", "--csv"))))
    assert [row["name"] for row in rows] == ["alexnet", "vgg16"]


@pytest.mark.parametrize("name", ["resnet50", "inception_v3", "googlenet", "vit_b_16", "paper/unet_2015_valid_572"])
def test_stages_share_out_the_whole_network(name: str) -> None:
    architecture = zoo.build(name)
    figures, stages = zoo.figures(architecture), zoo.stages(architecture)
    assert sum(stage.parameters for stage in stages) == figures.parameters
    assert sum(stage.buffers for stage in stages) == figures.buffers
    assert sum(stage.macs for stage in stages) == figures.macs
    assert len({stage.name for stage in stages}) == len(stages)


def test_stages_of_resnet_halve_the_map() -> None:
    stages = {stage.name: stage.layers for stage in zoo.stages(zoo.build("resnet50"))}
    assert list(stages) == ["1/2", "1/4", "1/8", "1/16", "1/32", "head"]
    assert sum(stages.values()) == 54  # 50 on the longest path, and four projections


# Mistakes


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("resnet5", "did you mean resnet50"),
        ("keras/resnet50", "did you mean keras/ResNet50"),
        ("resnet", "resnet is a family; `cnnspec zoo --family resnet` lists its networks."),
        ("keras", "keras is a source"),
        ("vgg16 --input 3x31x31", "input of vgg16 must be at least 32x32, but 31x31 came: features.30 (max_pool)"),
        ("vgg16 --input 384", "--input must be channels x rows x columns"),
        ("vgg16 --input 3x-4x4", "--input must be channels x rows x columns"),
        ("vgg16 --input 3x224x224x1", "--input must be channels x rows x columns"),
        ("keras/ResNet50 --input 224x200x3", "puts the channels first; did you mean 3x224x200?"),
        ("vgg16 --input 3x0x4", "each at least 1"),
        ("vit_b_16 --input 3x230x230", "whole number of patches of 16x16, but 230x230 came"),
        ("vgg16 --classes 0", "classes must be a whole number of at least 1, but 0 came"),
        ("vgg16 --csv --json", "two formats; choose one"),
        ("vgg16 vgg19", "`cnnspec zoo compare vgg16 vgg19`"),
        ("vgg16 --sort macs", "--sort belongs to the table"),
        ("compare vgg16", "compare takes two names, but 1 came"),
        ("compare vgg16 vgg19 --json", "compare has no JSON"),
        ("--sort size", "There is no column size."),
        ("--sort rec", "receptive_field or receptive_field_stride"),
        ("--family resnett", "Did you mean resnet"),
        ("--year 12", "--year must be a year or two"),
        ("--year 1900", "No network fits all filters"),
        ("--family vgg --input 3x20x20", "must be at least 32x32, but 20x20 came"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(words: str, sentence: str) -> None:
    result = call(*words.split())
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("cnnspec: ")
    assert len(result.stderr.splitlines()) == 1
    assert sentence in result.stderr


# How it is printed


def test_a_narrow_terminal_leaves_columns_out_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "on_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    lines = printed("--family", "lenet").splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["name", "year", "parameters", "MACs", "depth", "field"]
    assert "Too narrow for: input, buffers," in printed("--family", "lenet")
    monkeypatch.setenv("COLUMNS", "200")
    assert "family" in printed("--family", "lenet").splitlines()[0]


def test_the_command_imports_nothing_heavy() -> None:
    script = (
        "import sys; sys.argv = ['cnnspec', 'zoo', 'alexnet']\n"
        "from cnnspec.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = ('hypothesis', 'torch', 'scipy', 'matplotlib', 'rich')\n"
        "print([m for m in heavy if m in sys.modules])\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"
