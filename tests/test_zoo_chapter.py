"""The solutions of the chapter are what its exercises ask for."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

from cnnspec import zoo

ROOT = Path(__file__).parents[1]
CHAPTER = (ROOT / "docs" / "steps" / "zoo.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def solutions():  # type: ignore[no-untyped-def]
    spec = importlib.util.spec_from_file_location("zoo_solutions", ROOT / "docs" / "steps" / "solutions" / "zoo.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_caffes_network_is_the_one_of_the_zoo(solutions) -> None:  # type: ignore[no-untyped-def]
    rows = {row.name: row.parameters for row in zoo.ledger(solutions.caffe())}
    assert sum(rows.values()) == 431_080
    assert rows["ip1"] == 400_500


def test_a_pooled_vgg_loses_forty_eight_of_forty_nine_weights(solutions) -> None:  # type: ignore[no-untyped-def]
    lost = zoo.figures(zoo.build("vgg16")).parameters - zoo.figures(solutions.pooled_vgg16()).parameters
    assert lost == 48 * 512 * 4096


def test_a_network_of_ones_own_keeps_the_conditions_and_runs(solutions) -> None:  # type: ignore[no-untyped-def]
    network = solutions.my_own()
    figures = zoo.figures(network)
    assert figures.parameters < 100_000
    assert isinstance(figures.receptive_field, int)
    assert figures.receptive_field >= 32
    assert any(tensor.operation.kind == "add" for tensor in network)
    weights = zoo.initial_weights(network, np.random.default_rng(0))
    noise = np.random.default_rng(1).standard_normal((2, 3, 32, 32)).astype(np.float32)
    assert zoo.forward(network, weights, noise).shape == (2, *network.output.shape) == (2, 10)


def test_networks_that_the_chapter_names_are_there() -> None:
    named = re.findall(r'"((?:paper|keras)/[\w.]+|[a-z]+\w*\[noaux\])"', CHAPTER)
    assert len(named) > 15
    assert set(named) <= set(zoo.all_architectures())


def test_exercise_seven_has_an_answer() -> None:
    records = [zoo.figures(entry.build()) for entry in zoo.all_architectures().values()]
    seen = [(f.receptive_field, f.depth) for f in records if isinstance(f.receptive_field, int)]
    assert any(abs(one - other) <= 10 and deep >= 10 * flat for one, deep in seen for other, flat in seen)
