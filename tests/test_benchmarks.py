"""The benchmark's layers are those of the networks, and its table is sane."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import measure
from benchmarks.shapes import NETS, Convolution, Pooling

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("net", "layers", "weights", "macs"),
    # convolutions alone, without biases, for one image of 224 by 224
    [("resnet50", 53, 23_454_912, 4_087_136_256), ("vgg16", 13, 14_710_464, 15_346_630_656)],
)
def test_the_layers_add_up_to_the_network(net, layers, weights, macs):
    convolutions = [layer for layer in NETS[net] if isinstance(layer, Convolution)]
    assert sum(layer.count for layer in convolutions) == layers
    assert sum(layer.count * layer.filters * layer.channels * layer.kernel**2 for layer in convolutions) == weights
    assert sum(layer.count * layer.macs for layer in convolutions) == macs
    assert len({layer.name for layer in NETS[net]}) == len(NETS[net])
    assert any(isinstance(layer, Pooling) for layer in NETS[net])


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """The quick table as printed, and what was measured."""
    target = tmp_path_factory.mktemp("benchmark") / "layers.json"
    command = [sys.executable, "-m", "benchmarks.layers", "--quick", "--rounds", "1", "--threads", "1", "--plain"]
    done = subprocess.run(
        [*command, "--json", str(target)], cwd=ROOT, env={**os.environ}, capture_output=True, text=True, check=True
    )
    return done.stdout, json.loads(target.read_text())


def test_the_table_has_a_line_for_each_layer_and_direction(quick):
    printed, _ = quick
    for title in ("forward, batch 1", "backward, batch 1"):
        assert title in printed
    for name in ("64→64 1×1 @56", "512→512 3×3 @14", "max 3×3/2 64 @112"):
        assert printed.count(name) == 2
    assert printed.count("Geometric means.") == 2
    assert "GFLOP/s" in printed
    assert "─" not in printed  # --plain


def test_absent_libraries_are_named(quick):
    printed, measured = quick
    names = {name for row in measured["rows"] for name in row["seconds"]}
    for name in ("PyTorch", "onnx.reference"):
        assert (f"{name} has no column" in printed) == (name not in names)


def test_what_was_measured_is_sane(quick):
    _, measured = quick
    assert 1e8 < measured["sgemm"] < 1e13
    assert [row["direction"] for row in measured["rows"]] == ["forward"] * 3 + ["backward"] * 3
    for row in measured["rows"]:
        assert row["chosen"] in row["seconds"]
        assert all(0 < seconds < 600 for seconds in row["seconds"].values())
        assert 0 <= row["memory"][row["chosen"]] < 2**26
    forward, backward = (
        next(row for row in measured["rows"] if row["direction"] == way and "1×1" in row["layer"])
        for way in ("forward", "backward")
    )
    assert 2 * forward["operations"] == backward["operations"] == 4 * 64 * 64 * 56**2
    assert forward["memory"]["im2col"] < 2**16  # the image is its own column matrix


def test_a_race_keeps_the_least_time_and_runs_the_slow_once(monkeypatch):
    ticks = iter([0, 9, 10, 14, 20, 23, 30, 35, 40, 41])
    calls = []
    runs = {"slow": lambda: calls.append("slow"), "quick": lambda: calls.append("quick")}
    monkeypatch.setattr(measure, "PATIENCE", 5)
    assert measure.race(runs, rounds=3, clock=lambda: next(ticks)) == {"slow": 9, "quick": 1}
    assert calls == ["slow", "quick", "quick", "quick", "quick"]


def test_extra_memory_counts_scratch_and_not_the_answer():
    def run():
        scratch = np.ones(10**6)
        return scratch[:1000].copy()

    assert 8e6 <= measure.extra_memory(run) < 8.1e6


def test_the_geometric_mean_is_that_of_ratios():
    assert measure.geometric_mean([2, 0.5]) == pytest.approx(1)
    assert measure.geometric_mean([1, 4]) == pytest.approx(2)


def test_counting_is_timed_and_imports_are_listed():
    command = [sys.executable, "-m", "benchmarks.zoo", "--rounds", "1", "--only", "resnet50", "--clock", "cpu"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    line = next(line for line in printed.splitlines() if line.startswith("resnet50"))
    assert "ours" in line
    assert ("PyTorch counts" in line) != ("PyTorch is not installed" in printed)
    assert float(printed.split("all figures: ")[1].split(" s")[0]) < 4
    assert "cnnspec.zoo" in printed
