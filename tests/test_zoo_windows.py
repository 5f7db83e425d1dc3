"""Attention within windows: it sees what it should and nothing else, and computes what torchvision's does."""

from __future__ import annotations

import numpy as np
import pytest

from cnnspec import zoo
from cnnspec.zoo.maxvit import maxvit
from cnnspec.zoo.notation import image
from cnnspec.zoo.swin import swin
from cnnspec.zoo.windows import Cut, from_windows, to_windows

SMALL_SWIN = {"classes": 5, "width": 8, "blocks": (2, 2), "heads": (2, 4), "size": 4}
SMALL_MAXVIT = {"classes": 5, "stem": 8, "widths": (8, 16), "layers": (1, 1), "head": 4, "size": 4}


def small(family: str, rows: int, columns: int) -> zoo.Architecture:
    if family == "maxvit":
        return zoo.Architecture(family, maxvit(image(3, rows, columns), **SMALL_MAXVIT))  # type: ignore[arg-type]
    return zoo.Architecture(family, swin(image(3, rows, columns), version=int(family[-1]), **SMALL_SWIN))  # type: ignore[arg-type]


@pytest.mark.parametrize("cut", [Cut(4), Cut(4, (2, 1)), Cut(3), Cut(2, comb=True), Cut(5, (2, 2))])
def test_cutting_and_joining_gives_the_map_back(cut: Cut) -> None:
    x = image(2, 8, 6)
    there_and_back = zoo.Architecture("cut", from_windows(to_windows(x, cut), cut, x))
    picture = np.random.default_rng(0).standard_normal((2, 2, 8, 6))
    np.testing.assert_array_equal(zoo.forward(there_and_back, {}, picture), picture)


def test_a_comb_takes_places_from_all_over_the_map() -> None:
    picture = np.arange(16.0).reshape(1, 1, 4, 4)
    x = image(1, 4)
    tiles = zoo.forward(zoo.Architecture("tiles", to_windows(x, Cut(2))), {}, picture).ravel()
    combs = zoo.forward(zoo.Architecture("combs", to_windows(image(1, 4), Cut(2, comb=True))), {}, picture).ravel()
    assert tiles[:4].tolist() == [0, 1, 4, 5]
    assert combs[:4].tolist() == [0, 2, 8, 10]


def test_a_place_hears_of_its_window_only_and_a_shift_does_not_join_opposite_edges() -> None:
    x = image(3, 32, 32)  # a map of 8x8 in windows of 4x4, plain and then shifted
    output = swin(x, **{**SMALL_SWIN, "blocks": (2, 1)})  # type: ignore[arg-type]
    architecture = zoo.Architecture("swin", output)
    plain = next(t for t in architecture if t.name == "features.1.0.mlp.3")
    shifted = next(t for t in architecture if t.name == "features.1.1.mlp.3")
    weights = zoo.initial_weights(architecture, np.random.default_rng(1))
    dark = np.random.default_rng(2).standard_normal((1, 3, 32, 32))
    bright = dark.copy()
    bright[:, :, 0, 0] += 1  # in the first patch

    def heard(at: int) -> np.ndarray:
        part = zoo.Architecture("part", architecture.tensors[at])
        its = {key: weights[key] for key in (*part.parameters, *part.buffers)}
        return np.abs(zoo.forward(part, its, bright) - zoo.forward(part, its, dark)).max(axis=(0, 1)) > 0

    first, second = heard(plain.index), heard(shifted.index)
    assert first[:4, :4].all()
    assert not first[4:].any()
    assert not first[:, 4:].any()
    # The second block's windows begin two places further on: what was heard reaches the sixth row and column.
    assert second[:6, :6].all()
    assert not second[6:].any()
    assert not second[:, 6:].any()


def test_the_cost_grows_with_the_places_and_not_with_their_square() -> None:
    once, twice = (zoo.figures(zoo.build("swin_t", (3, side, 224))).macs for side in (224, 448))
    head = 768 * 1000
    assert twice - head == 2 * (once - head)


def test_a_map_that_is_no_whole_number_of_windows_is_refused_or_padded() -> None:
    with pytest.raises(ValueError, match=r"a map of 64x64 is no whole number of windows of 7x7"):
        zoo.build("maxvit_t", (3, 256, 256))
    assert zoo.build("swin_t", (3, 250, 250)).output.shape == (1000,)


@pytest.mark.torch
@pytest.mark.parametrize("family", ["swin 1", "swin 2", "maxvit"])
def test_windows_compute_what_torchvision_computes(family: str) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("torchvision")
    from torchvision.models import maxvit as peer_maxvit
    from torchvision.models import swin_transformer as peer_swin

    if family == "maxvit":
        sizes = [(64, 64)]
        model = peer_maxvit.MaxVit((64, 64), 8, 4, [8, 16], [1, 1], 4, 0.0, num_classes=5)
    else:
        sizes = [(32, 32), (29, 50)]
        second = {"block": peer_swin.SwinTransformerBlockV2, "downsample_layer": peer_swin.PatchMergingV2}
        model = peer_swin.SwinTransformer(
            [4, 4], 8, [2, 2], [2, 4], [4, 4], num_classes=5, **(second if family.endswith("2") else {})
        )
    state = model.eval().state_dict()
    with torch.no_grad():
        for name, value in state.items():
            if value.is_floating_point() and "coords_table" not in name:
                value.add_(0.2 * torch.rand_like(value))
        for size in sizes:
            x = torch.randn(2, 3, *size)
            ours = zoo.forward(small(family, *size), state, x.numpy())
            np.testing.assert_allclose(ours, model(x).numpy(), atol=1e-5)
