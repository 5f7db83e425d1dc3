"""The rules behind the figures, on random graphs: against brute force, and against PyTorch where it is installed."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec import zoo
from cnnspec.laws.zoo_cases import BRANCHED, random_plans, written
from cnnspec.zoo import notation as n
from cnnspec.zoo.operation import Windowed
from cnnspec.zoo.window import Line, line

LINES = st.builds(
    line,
    kernel=st.integers(1, 5),
    stride=st.integers(1, 3),
    before=st.integers(0, 3),
    after=st.integers(0, 3),
    dilation=st.integers(1, 2),
    same=st.booleans(),
    ceil=st.booleans(),
)


def covered(rule: Line, size: int) -> list[list[int]]:
    """The cells under each place of a window, found by laying it down."""
    before, after = rule.padding(size)
    starts = range(-before, size + after - rule.span + 1, rule.stride)
    return [[start + rule.dilation * cell for cell in range(rule.kernel)] for start in starts]


@given(LINES, st.integers(1, 20))
@settings(deadline=None)
def test_places_are_counted_by_laying_the_window_down(rule: Line, size: int) -> None:
    places = len(covered(rule, size))
    if rule.same:
        assert rule.places(size) == places == -(-size // rule.stride)
    elif not rule.ceil:
        assert max(rule.places(size), 0) == places
    elif places and rule.stride <= rule.span:
        # One more where cells are left over, unless that window would start beyond the map.
        left_over = (size + rule.before + rule.after - rule.span) % rule.stride > 0
        starts_inside = places * rule.stride < size + rule.before
        if rule.after <= rule.span // 2:
            assert rule.places(size) == places + (left_over and starts_inside)


GRAPHS = random_plans(BRANCHED, least=40, most=60, layers=4).map(written)


def seen(architecture: zoo.Architecture, axis: int) -> np.ndarray:
    """Which pixels each place of the output sees along an axis, by following every window cell by cell."""
    size = architecture.input.shape[1 + axis]
    sees = {0: np.eye(size, dtype=bool)}
    for tensor in architecture.tensors[1:]:
        before = sees[tensor.inputs[0].index]
        if isinstance(tensor.operation, Windowed):
            rule = tensor.operation.lines[axis]
            first = rule.padding(len(before))[0]
            now = np.zeros((tensor.shape[1 + axis], size), dtype=bool)
            for place in range(len(now)):
                for cell in range(rule.kernel):
                    at = place * rule.stride - first + cell * rule.dilation
                    if 0 <= at < len(before):
                        now[place] |= before[at]
            sees[tensor.index] = now
        else:
            sees[tensor.index] = np.logical_or.reduce([sees[u.index] for u in tensor.inputs])
    return sees[architecture.output.index]


@given(GRAPHS)
@settings(deadline=None, max_examples=60)
def test_the_receptive_field_is_the_stretch_of_pixels_that_are_seen(architecture: zoo.Architecture) -> None:
    field = zoo.receptive_field(architecture, architecture.output)
    assert field.size is not None
    assert field.stride is not None
    assert field.offset is not None
    for axis in (0, 1):
        for place, pixels in enumerate(seen(architecture, axis)):
            first = field.offset[axis] + place * field.stride[axis]
            last = first + field.size[axis] - 1
            if first >= 0 and last < len(pixels):
                found = np.flatnonzero(pixels)
                assert (found[0], found[-1]) == (first, last)
            else:
                assert not pixels[: max(first, 0)].any()
                assert not pixels[last + 1 :].any()


def test_a_join_of_different_spots_is_misaligned() -> None:
    x = n.image(1, 16)
    left = n.conv(x, "left", 1, 3, stride=2, padding=1)
    right = n.conv(x, "right", 1, 3, stride=2, padding=((0, 2), (0, 2)))
    joined = zoo.Architecture("misaligned", n.add(left, right))
    field = zoo.receptive_field(joined)
    assert field.misaligned == ("add 1",)
    assert (field.size, field.offset) == ((4, 4), (-1, -1))
    x = n.image(1, 16)
    straight = n.add(n.conv(x, "left", 1, 3, stride=2, padding=1), n.subsample(x, 2))
    assert zoo.receptive_field(zoo.Architecture("aligned", straight)).misaligned == ()


def test_branches_out_of_step_have_no_field() -> None:
    x = n.image(1, 8)
    fast = n.conv(x, "fast", 1, 1, stride=2)
    slow = n.conv(x, "slow", 1, 5)
    field = zoo.receptive_field(zoo.Architecture("out of step", n.concat(fast, slow)))
    assert field.size is None
    assert not field.whole_image
    assert field.misaligned == ("concat 1",)


def test_depth_is_the_longest_path_and_a_gate_lies_beside_it() -> None:
    x = n.image(4, 8)
    y = n.conv(n.conv(x, "a", 4, 3, padding=1), "b", 4, 3, padding=1)
    gate = n.conv(n.conv(n.global_avg_pool(y), "c", 2, 1), "d", 4, 1)
    z = n.add(n.multiply(y, gate), n.conv(x, "shortcut", 4, 1))
    architecture = zoo.Architecture("gated", n.linear(n.flatten(z), "fc", 10))
    assert (zoo.depth(architecture), zoo.depth(architecture, gates=False)) == (5, 3)


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        (lambda x: n.conv(x, "stem", 8, 9), r"stem \(conv\): a window of 9x9 does not fit on a map of 6x7\."),
        (
            lambda x: n.conv(x, "stem", 8, 9, padding=1),
            r"stem \(conv\): a window of 9x9 does not fit on a map of 6x7 \(8x9 with its padding\)\.",
        ),
        (lambda x: n.conv(x, "stem", 8, 1, groups=2), r"2 groups do not divide 3 channels and 8 filters"),
        (lambda x: n.add(x, n.max_pool(x, 2)), r"add 1: shapes 3x6x7, 3x3x3 cannot be added"),
        (lambda x: n.concat(x, n.max_pool(x, 2)), r"concat 1: shapes 3x6x7, 3x3x3 cannot be joined"),
        (lambda x: n.multiply(x, n.max_pool(x, 2)), r"multiply 1: a gate of shape \(3, 3, 3\) does not fit"),
        (lambda x: n.max_pool(n.flatten(x), 2), r"max_pool 1: a map .* is needed, but shape \(126,\) came"),
        (lambda x: n.shuffle(x, 2), r"shuffle 1: 3 channels cannot be shuffled in 2 groups"),
        (lambda x: n.attention(n.tokens(x), 2), r"attention 1: 3 features are not queries, keys and values"),
        (lambda x: n.squeeze(x), r"squeeze 1: a map of 6x7 is no single place"),
        (lambda x: n.channels(x, (0, 3)), r"channels 1: there is no channel 3 among 3"),
        (lambda x: n.crop(n.max_pool(x, 2), x), r"crop 1: a map of 3x3 cannot be cropped to 6x7"),
        (lambda x: n.conv(x, "stem", 8, 0), r"kernel, stride and dilation must be at least 1"),
        (lambda x: n.conv(x, "stem", 8, 1, padding="full"), r'padding must be numbers or "same"'),
    ],
)
def test_what_does_not_fit_is_refused_by_name(write: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        write(n.image(3, 6, 7))  # type: ignore[operator]


def test_two_networks_begun_from_one_image_are_not_mixed() -> None:
    x = n.image(3, 8)
    first = zoo.Architecture("first", n.conv(x, "one", 4, 3))
    other = n.conv(x, "two", 5, 3)
    assert list(first.parameters) == ["one.weight", "one.bias"]
    assert zoo.figures(first).parameters == 4 * (27 + 1)
    with pytest.raises(ValueError, match=r"output of second must depend on every layer .* but one \(conv\) leads"):
        zoo.Architecture("second", other)
    whole = zoo.Architecture("whole", n.add(n.pad_channels(first.output, 0, 1), other))
    assert len(whole.parameters) == 4


def test_a_head_is_counted_if_it_says_so() -> None:
    x = n.conv(n.image(3, 8), "trunk", 4, 3)
    n.side_output(n.conv(x, "beside", 2, 3))
    n.conv(n.training_only(x), "trained", 2, 3)
    architecture = zoo.Architecture("with heads", n.conv(x, "last", 2, 1))
    assert {name.split(".")[0] for name in architecture.parameters} == {"trunk", "beside", "trained", "last"}


def test_a_sequence_of_layers_grows_and_costs_as_the_formulas_say() -> None:
    x = n.image(6, 10, 12)
    y = n.conv(x, "conv", 9, (3, 5), stride=(2, 1), padding=(1, 2), groups=3)
    assert y.shape == (9, 5, 12)
    assert y.operation.parameters == 9 * 2 * 15 + 9
    assert y.operation.macs(y.shape, x.shape) == 9 * 5 * 12 * 2 * 15
    z = n.linear(y, "mix", 4)
    assert z.shape == (4, 5, 12)
    assert z.operation.macs(z.shape, y.shape) == 4 * 9 * 60
    tokens = n.tokens(z)
    assert tokens.shape == (60, 4)
    up = n.conv_transpose(z, "up", 3, 2)
    assert up.shape == (3, 10, 24)
    assert up.operation.macs(up.shape, z.shape) == 4 * 60 * 3 * 4


@pytest.mark.torch
def test_shapes_and_costs_of_random_graphs_are_pytorchs() -> None:
    torch = pytest.importorskip("torch")
    from torch.utils.flop_counter import FlopCounterMode
    from zoo_in_torch import run

    @given(random_plans(layers=4).map(written))
    @settings(deadline=None, max_examples=30)
    def check(architecture: zoo.Architecture) -> None:
        tensors = architecture.parameters | architecture.buffers
        weights = {name: torch.empty(shape, device="meta") for name, shape in tensors.items()}
        with FlopCounterMode(display=False) as counter:
            answers = run(torch, architecture, weights, torch.empty(1, *architecture.input.shape, device="meta"))
        assert [tuple(y.shape[1:]) for y in answers] == [tensor.shape for tensor in architecture]
        assert counter.get_total_flops() == 2 * zoo.figures(architecture).macs

    check()


def test_smaller_pictures_are_refused_up_to_the_smallest_one() -> None:
    for name in ("squeezenet1_0", "googlenet", "densenet121", "inception_v3"):
        entry, least = zoo.find(name), zoo.smallest_input(zoo.build(name))
        assert least is not None
        taken = []
        for size in range(1, least + 3):
            try:
                entry.build((3, size, size))
                taken.append(size)
            except ValueError:
                pass
        assert taken == [least, least + 1, least + 2]


def test_names_of_layers_follow_the_order_of_execution() -> None:
    architecture = zoo.build("resnet18")
    assert [tensor.index for tensor in architecture] == list(range(len(architecture)))
    assert all(a.index < tensor.index for tensor in architecture for a in tensor.inputs)
    assert all(first != second for first, second in pairwise(architecture.labels))
