"""Step 7: the definitions against PyTorch, the lab's numbers, refusals, and the laws against right and wrong blocks."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnspec import gradients, network, residual
from cnnspec.check.run import run_law
from cnnspec.environment import spawn
from cnnspec.laws import all_laws
from cnnspec.laws.residual_signal import PLAIN_STD, RESIDUAL_STD
from cnnspec.residual import experiment, maps, stacks

LAWS = {name: law for name, law in all_laws().items() if law.step == "residual"}
PUBLIC = {name: law for name, law in LAWS.items() if not law.extended and law.needs == ("residual_block",)}
ROOT = Path(__file__).parent.parent


# against PyTorch


def block_weights(dice: np.random.Generator, kernels: list[tuple[int, int, int]], units: list[int]) -> dict[str, Any]:
    """Random weights of a branch: (filters, channels, kernel) for each convolution, units for each norm."""
    weights = {}
    for place, ((f, c, k), u) in enumerate(zip(kernels, units, strict=True), start=1):
        weights[f"conv{place}"] = dice.standard_normal((f, c, k, k))
        weights[f"norm{place}.gamma"], weights[f"norm{place}.beta"] = dice.standard_normal((2, u))
    return weights


def theirs(order: str, x: Any, weights: dict[str, Any], stride: int, after: bool) -> Any:
    """A block in PyTorch: the same sentence, in its own functions."""
    functional = pytest.importorskip("torch").nn.functional
    y = x
    for word in order.split():
        if word == "relu":
            y = functional.relu(y)
        elif word.startswith("norm"):
            y = functional.batch_norm(y, None, None, weights[f"{word}.gamma"], weights[f"{word}.beta"], True, eps=1e-5)
        else:
            w = weights[word]
            y = functional.conv2d(y, w, stride=stride if word == "conv1" else 1, padding=w.shape[-1] // 2)
    trunk = functional.conv2d(x, weights["projection"], stride=stride) if "projection" in weights else x
    return functional.relu(trunk + y) if after else trunk + y


@pytest.mark.torch
@pytest.mark.parametrize("kind", ["basic", "projected", "bottleneck", "preactivation"])
def test_blocks_of_convolutions_are_pytorch_s_in_both_directions(kind):
    tensor = pytest.importorskip("torch").tensor
    dice = np.random.default_rng(3)
    order = {"bottleneck": maps.BOTTLENECK, "preactivation": maps.PREACTIVATION}.get(kind, maps.BASIC)
    stride = 2 if kind == "projected" else 1
    kernels = {"projected": [(5, 3, 3), (5, 5, 3)], "bottleneck": [(2, 3, 1), (2, 2, 3), (3, 2, 1)]}.get(
        kind, [(3, 3, 3), (3, 3, 3)]
    )
    weights = block_weights(dice, kernels, [f for f, _, _ in kernels])
    if kind == "projected":
        weights["projection"] = dice.standard_normal((5, 3, 1, 1))
    x = dice.standard_normal((2, 3, 5, 4))
    variables = {name: tensor(w, requires_grad=True) for name, w in weights.items()}
    z = tensor(x, requires_grad=True)
    expected = theirs(order, z, variables, stride, kind != "preactivation")
    dy = dice.standard_normal(tuple(expected.shape))
    expected.backward(tensor(dy))
    if kind == "preactivation":
        y, (dx, found) = (
            residual.preactivation_block(x, weights),
            maps.preactivation_block_backward(dy, x, weights),
        )
    else:
        block = residual.bottleneck_block if kind == "bottleneck" else residual.basic_block
        y, (dx, found) = (
            block(x, weights, stride=stride),
            maps.post_activated_backward(order, dy, x, weights, stride=stride),
        )
    np.testing.assert_allclose(y, expected.detach(), rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(dx, z.grad, rtol=1e-9, atol=1e-9)
    assert set(found) == set(weights)
    for name, gradient in found.items():
        np.testing.assert_allclose(gradient, variables[name].grad, rtol=1e-9, atol=1e-9, err_msg=name)


@pytest.mark.torch
@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize("rectified", [False, True])
def test_stacks_are_pytorch_s_in_both_directions(normalised, rectified):
    torch = pytest.importorskip("torch")
    dice = np.random.default_rng(4)
    x, dy, weights = dice.standard_normal((6, 5)), dice.standard_normal((6, 5)), dice.standard_normal((4, 2, 5, 5))

    def norm(z: Any) -> Any:
        return torch.nn.functional.batch_norm(z, None, None, None, None, True, eps=1e-5) if normalised else z

    signals = [torch.tensor(x, requires_grad=True)]
    plain = [torch.tensor(x, requires_grad=True)]
    for first, second in torch.tensor(weights):
        total = 0.5 * signals[-1] + 2 * torch.relu(norm(signals[-1] @ first)) @ second
        signals.append(torch.relu(total) if rectified else total)
        plain.append(torch.relu(norm(plain[-1] @ first)))
    for signal in (*signals, *plain):
        signal.retain_grad()
    (signals[-1] * torch.tensor(dy)).sum().backward()
    (plain[-1] * torch.tensor(dy)).sum().backward()
    how = {"normalised": normalised, "rectified": rectified, "scale": 2.0, "shortcut": 0.5}
    for ours, expected in (
        (residual.residual_stack(x, weights, **how), signals),
        (residual.plain_stack(x, weights[:, 0], normalised=normalised), plain),
    ):
        np.testing.assert_allclose(ours, [s.detach() for s in expected], rtol=1e-10, atol=1e-10)
    for ours, expected in (
        (residual.residual_stack_backward(dy, x, weights, **how), signals),
        (residual.plain_stack_backward(dy, x, weights[:, 0], normalised=normalised), plain),
    ):
        np.testing.assert_allclose(ours, [s.grad for s in expected], rtol=1e-9, atol=1e-9)


@pytest.mark.torch
def test_blocks_around_a_branch_are_pytorch_s_in_both_directions():
    torch = pytest.importorskip("torch")
    dice = np.random.default_rng(5)
    x, dy, w = dice.standard_normal((3, 4)), dice.standard_normal((3, 4)), dice.standard_normal((4, 4))
    z, alpha = torch.tensor(x, requires_grad=True), torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    y = 0.9 * z + alpha * torch.tanh(z @ torch.tensor(w))
    y.backward(torch.tensor(dy))

    def back(df: Any, a: Any) -> Any:
        return (df * (1 - np.tanh(a @ w) ** 2)) @ w.T

    ours = residual.scaled_block(x, lambda a: np.tanh(a @ w), 0.3, shortcut=0.9)
    np.testing.assert_allclose(ours, y.detach(), rtol=1e-12)
    dx, dscale, _ = residual.scaled_block_backward(dy, x, 0.3, lambda a: np.tanh(a @ w), back, shortcut=0.9)
    np.testing.assert_allclose(dx, z.grad, rtol=1e-12)
    np.testing.assert_allclose(dscale, alpha.grad, rtol=1e-12)


# the lab


def test_the_lab_s_numbers_come_out_with_the_lab_s_seed():
    plain, grown = (experiment.spread(signals) for signals in experiment.lab_experiment())
    for layer, a, b in zip(experiment.PRINTED_LAYERS, PLAIN_STD, RESIDUAL_STD, strict=True):
        assert plain[layer] == pytest.approx(a, rel=0.015)
        assert grown[layer] == pytest.approx(b, rel=0.005)


def test_predictions_are_the_means_of_many_runs():
    streams = 30
    for name in ("He", "LeCun", "the lab's 0.1"):
        powers = experiment.plain_powers(experiment.VARIANCES[name], spawn(1, streams))[:, 1]
        assert powers.mean() == pytest.approx(experiment.plain_factor(64, experiment.VARIANCES[name]), rel=0.1)
    doubled = experiment.residual_powers((2 / 64, 1 / 64), spawn(1, streams))[:, 1]
    assert doubled.mean() == pytest.approx(2, rel=0.1)
    back = experiment.gradient_powers(2 / 64, spawn(1, streams))
    assert back[:, -1].tolist() == [1] * streams
    assert back[:, -2].mean() == pytest.approx(1, rel=0.1)


def test_the_backward_pass_of_a_stack_is_the_book_s_operators():
    dice = np.random.default_rng(6)
    x, dy, w = dice.standard_normal((3, 4)), dice.standard_normal((3, 4)), dice.standard_normal((1, 4, 4))
    expected = gradients.linear_backward(gradients.relu_backward(dy, network.linear(x, w[0].T)), x, w[0].T)[0]
    np.testing.assert_allclose(residual.plain_stack_backward(dy, x, w)[0], expected, rtol=1e-12)
    np.testing.assert_allclose(stacks.normalise(x).mean(axis=0), 0, atol=1e-12)


def test_a_network_of_blocks_is_the_zoo_s_block():
    """The same sentence in two places of the book: ResNet's basic block has these weights."""
    weights = block_weights(np.random.default_rng(0), [(64, 64, 3), (64, 64, 3)], [64, 64])
    assert sum(w.size for w in weights.values()) == 2 * 64 * 64 * 9 + 4 * 64


# refusals

ROWS, MAPS = np.ones((2, 3)), np.ones((1, 2, 4, 4))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: residual.residual_block(ROWS, 3), TypeError, "branch must be a function of an array, but a int came."),
        (lambda: residual.residual_block(ROWS, lambda x: x[:1]), ValueError, "branch(x) must have the shape (2, 3)"),
        (lambda: residual.residual_block(ROWS, lambda x: "no"), TypeError, "branch(x) must hold numbers"),
        (lambda: residual.residual_block([[1], [1, 2]], abs), ValueError, "x must be an array"),
        (lambda: residual.residual_block(ROWS[:0], abs), ValueError, "x must have no empty axis"),
        (
            lambda: residual.residual_block_backward(ROWS[0], ROWS, np.add),
            ValueError,
            "dy must have the output",
        ),
        (lambda: residual.stochastic_depth(ROWS, abs, 1.5), ValueError, "survival must be a probability from 0 to 1"),
        (lambda: residual.plain_stack(ROWS, np.ones((2, 3, 4))), ValueError, "weights must have the shape (2, 3, 3)"),
        (lambda: residual.residual_stack(ROWS, np.ones((2, 1, 3, 3))), ValueError, "weights must have the shape (2, 2"),
        (lambda: residual.projection_shortcut(MAPS, np.ones((1, 2, 3, 3))), ValueError, "w must have kernels of 1x1"),
        (lambda: residual.padded_shortcut(MAPS, 1), ValueError, "channels must be at least 2, but 1 came."),
        (lambda: residual.path_lengths(63), ValueError, "blocks must be at most 62, but 63 came."),
        (lambda: residual.path_lengths(2.5), TypeError, "blocks must be an integer"),
    ],
)
def test_a_refusal_says_what_came_and_what_was_expected(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert message in str(refusal.value)


# right blocks in other styles, which no public law may call wrong


def with_add(x, branch):
    return np.add(x, branch(x))


def branch_first(x, branch):
    return branch(x) + x


def into_a_copy(x, branch):
    y = np.array(branch(x))
    y += x
    return y


def entry_by_entry(x, branch):
    y = np.empty_like(x)
    for place, (a, b) in enumerate(zip(x.ravel(), branch(x).ravel(), strict=True)):
        y.flat[place] = a + b
    return y


def stacked_and_summed(x, branch):
    return np.sum([x, branch(x)], axis=0)


def in_double_precision(x, branch):
    return (x.astype(np.float64) + branch(x.copy())).astype(x.dtype)


def asked_twice(x, branch):
    assert branch(x).shape == x.shape
    return x - (-branch(x))


def as_a_matrix(x, branch):
    both = np.stack([x.ravel(), branch(x).ravel()])
    return (np.ones(2, dtype=x.dtype) @ both).reshape(x.shape)


RIGHT = (with_add, branch_first, into_a_copy, entry_by_entry, stacked_and_summed, in_double_precision)
RIGHT = (*RIGHT, asked_twice, as_a_matrix)


def solution() -> Any:
    """The book's own solution of the exercise, which a reader can unfold."""
    path = ROOT / "docs" / "steps" / "solutions" / "residual.py"
    spec = importlib.util.spec_from_file_location("solution_of_residual", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("block", [*RIGHT, solution().residual_block], ids=lambda f: f.__name__)
def test_no_public_law_calls_a_right_block_wrong(block):
    wrong = {}
    for name, law in PUBLIC.items():
        result = run_law(law, {"residual_block": block}, examples=8)
        if result.status != "pass":
            wrong[name] = (result.message, result.drawn)
    assert not wrong


def into_the_answer(x, branch):
    y = branch(x)
    y += x
    return y.copy()


def halved_and_doubled(x, branch):
    return 2 * ((x + branch(x)) / 2) + 1e-3


def only_where_positive(x, branch):
    return np.where(x > 0, x + branch(x), branch(x))


def trunk_of_the_first_row(x, branch):
    return x[:1] + branch(x)


def trunk_reversed(x, branch):
    return x[..., ::-1] + branch(x)


def quantised(x, branch):
    return np.round(x + branch(x))


@pytest.mark.parametrize(
    "block",
    [into_the_answer, halved_and_doubled, only_where_positive, trunk_of_the_first_row, trunk_reversed, quantised],
    ids=lambda f: f.__name__,
)
def test_wrong_blocks_break_a_public_law(block):
    laws = [law for law in PUBLIC.values() if not law.oracle]
    assert any(run_law(law, {"residual_block": block}, patience=0).status != "pass" for law in laws)


def test_the_solution_runs_the_lab_s_experiment_too():
    answers = solution()
    spreads = answers.lab(42)
    expected = np.stack([experiment.spread(signals)[1:] for signals in experiment.lab_experiment()], axis=1)
    np.testing.assert_allclose(spreads, expected, rtol=1e-12)
    assert 0.3 < answers.grown(1.2048**-0.5, 1.2048**-0.5) < 3
    assert answers.grown(1, 1) > 10
    block = np.eye(2) + answers.nilpotent()
    assert block.any()
    assert not (block @ block).any()
    assert answers.without_one(54) == (residual.path_lengths(53).sum(), 0)
    text = (ROOT / "docs" / "steps" / "solutions" / "residual.py").read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line.startswith(("import", "from"))] == ["import numpy as np"]


def test_two_gradients_agree_as_often_as_their_gates() -> None:
    assert experiment.gradient_agreement(1) == pytest.approx(0.5)
    assert experiment.gradient_agreement(2) == pytest.approx(0.5 * (1 - math.acos(1 / math.pi) / math.pi))
    assert experiment.gradient_agreement(7, angle=0.0) == pytest.approx(1)
    assert experiment.gradient_agreement(1, branch=1.0) == pytest.approx(0.75)
    z = np.random.default_rng(0).standard_normal((2, 200_000))
    for angle in (0.4, 1.1, 2.0):
        first, second = z[0], np.cos(angle) * z[0] + np.sin(angle) * z[1]
        shared = 2 * np.mean((first > 0) & (second > 0))
        nearer = 2 * np.mean(np.maximum(first, 0) * np.maximum(second, 0))
        assert experiment.gradient_agreement(1, angle=angle) == pytest.approx(shared, abs=0.01)
        then = experiment.gradient_agreement(1, angle=math.acos(nearer))
        assert experiment.gradient_agreement(2, angle=angle) == pytest.approx(shared * then, abs=0.01)
