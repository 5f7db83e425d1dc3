"""The backward passes against difference quotients always, and against PyTorch where it is installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnspec import channels, gradients, network, pooling
from cnnspec.check import exercise
from cnnspec.check.run import run_law
from cnnspec.laws import all_laws

SOLUTION = Path(__file__).parent.parent / "cnnspec" / "exercises" / "gradients.py"


def quotients(loss: Callable[[Any], Any], at: Any, step: float = 1e-5) -> Any:
    """Central differences of a loss by each entry of an array."""
    slopes = np.zeros(at.shape)
    for place in np.ndindex(at.shape):
        moved = np.zeros(at.shape)
        moved[place] = step
        slopes[place] = (loss(at + moved) - loss(at - moved)) / (2 * step)
    return slopes


@pytest.mark.parametrize("seed", range(6))
def test_convolution_agrees_with_difference_quotients(seed: int) -> None:
    rng = np.random.default_rng(seed)
    options = {"stride": (1, 2), "padding": (2, 1), "dilation": (2, 1), "groups": 2}
    x, w = rng.normal(size=(2, 4, 5, 4)), rng.normal(size=(2, 2, 2, 3))
    dy = rng.normal(size=channels.conv2d(x, w, **options).shape)
    dx, dw, db = gradients.conv2d_backward(dy, x, w, **options)
    # a convolution is linear in each argument, so that the quotient is exact but for rounding
    np.testing.assert_allclose(dx, quotients(lambda v: np.sum(dy * channels.conv2d(v, w, **options)), x), atol=1e-8)
    np.testing.assert_allclose(dw, quotients(lambda v: np.sum(dy * channels.conv2d(x, v, **options)), w), atol=1e-8)
    np.testing.assert_allclose(db, dy.sum(axis=(0, 2, 3)))


@pytest.mark.parametrize("seed", range(4))
def test_normalisation_and_loss_agree_with_difference_quotients(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, gamma, beta = rng.normal(size=(2, 2, 2, 3)), rng.normal(size=2), rng.normal(size=2)
    dy = rng.normal(size=x.shape)
    slopes = quotients(lambda v: np.sum(dy * network.batch_norm2d(v, gamma, beta)), x)
    np.testing.assert_allclose(gradients.batch_norm2d_backward(dy, x, gamma)[0], slopes, atol=1e-7)
    z, y = rng.normal(size=(3, 4)), rng.integers(0, 4, 3)
    slopes = quotients(lambda v: network.cross_entropy(v, y), z)
    np.testing.assert_allclose(gradients.cross_entropy_backward(z, y), slopes, atol=1e-8)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gradients.conv2d_backward(np.ones((1, 1, 3, 3)), np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 2))), "dy"),
        (lambda: gradients.linear_backward(np.ones((2, 2)), np.ones((2, 3)), np.ones((2, 4))), "w must have 3 weights"),
        (lambda: gradients.relu_backward(np.ones(3), np.ones(4)), r"dy must have the output's shape \(4,\)"),
        (lambda: gradients.cross_entropy_backward(np.ones((2, 3)), [0, 3]), "y must hold classes from 0 to 2"),
        (lambda: gradients.max_pool2d_backward(np.ones((1, 1, 2, 2)), np.ones((1, 1, 2, 2)), 2), "dy must have"),
        (lambda: gradients.avg_pool2d_backward(np.ones((1, 1, 2, 2)), np.ones((1, 1, 2, 2)), 2), "dy must have"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


# the exercise and its solution


def solution() -> dict[str, Callable[..., Any]]:
    """The operators of the book's own solution, which a reader can unfold."""
    spec = importlib.util.spec_from_file_location("solution_of_gradients", SOLUTION)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {operator.name: getattr(module, operator.name) for operator in exercise.operators_of("gradients")}


def test_the_solution_keeps_every_public_law() -> None:
    subject, wrong = solution(), {}
    for law in all_laws().values():
        if law.step == "gradients" and not law.extended:
            result = run_law(law, subject, examples=15, seed=1)
            if result.status != "pass":
                wrong[law.id] = (result.message, result.drawn)
    assert not wrong


def test_the_solution_uses_numpy_alone() -> None:
    text = SOLUTION.read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line.startswith(("import", "from"))] == ["import numpy as np"]


def test_the_exercise_asks_for_no_more_than_the_contract() -> None:
    stub = exercise.stub("gradients", "gradients.py")
    assert "def max_pool2d_backward(dy, x, size, *, stride=None, padding=0):" in stub
    assert "def avg_pool2d_backward(dy, x, size, *, stride=None, padding=0, count_include_pad=True):" in stub
    assert "ceil_mode" not in stub


# against PyTorch


def pairs(rng: np.random.Generator, least: int, most: int) -> Any:
    """One number, or a pair (vertical, horizontal)."""
    number = int(rng.integers(least, most + 1))
    return number if rng.random() < 0.25 else (number, int(rng.integers(least, most + 1)))


def one_thread() -> Any:
    """PyTorch, with one thread: the arrays here are too small for more."""
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)
    return torch


def close(ours: Any, theirs: Any, terms: float, case: object) -> None:
    """Require equal shapes and dtypes, and numbers that differ by the rounding of so large a sum at most."""
    theirs = theirs.numpy()
    assert ours.dtype == theirs.dtype, case
    assert ours.shape == theirs.shape, case
    assert np.all(np.abs(ours - theirs) <= 8 * np.finfo(ours.dtype).eps * terms), case


@pytest.mark.torch
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_pytorch_has_the_same_gradients_of_convolutions(dtype: str) -> None:
    torch = one_thread()
    rng, compared = np.random.default_rng(0), 0
    while compared < 600:
        g = int(rng.integers(1, 5))
        options = {
            "stride": pairs(rng, 1, 5),
            "padding": pairs(rng, 0, 4),
            "dilation": pairs(rng, 1, 4),
            "groups": g,
        }
        depth, width = (int(n) for n in rng.integers(1, 3, 2))
        x = rng.integers(-9, 10, (int(rng.integers(1, 4)), depth * g, *rng.integers(1, 10, 2))).astype(dtype)
        w = rng.integers(-9, 10, (width * g, depth, *rng.integers(1, 5, 2))).astype(dtype)
        try:
            y = channels.conv2d(x, w, **options)
        except ValueError:
            continue
        # whole numbers: both sides are exact
        dy = rng.integers(-9, 10, y.shape).astype(dtype)
        leaves = [torch.from_numpy(a).requires_grad_() for a in (x, w, np.zeros(len(w), dtype=dtype))]
        torch.nn.functional.conv2d(*leaves, **options).backward(torch.from_numpy(dy))
        for found, leaf in zip(gradients.conv2d_backward(dy, x, w, **options), leaves, strict=True):
            assert found.dtype == np.dtype(dtype)
            assert np.array_equal(found, leaf.grad.numpy()), (x.shape, w.shape, options)
        compared += 1


@pytest.mark.torch
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("kind", ["max", "avg"])
def test_pytorch_has_the_same_gradients_of_poolings(kind: str, dtype: str) -> None:
    torch = one_thread()
    rng, compared, overlapping, tied = np.random.default_rng(1), 0, 0, 0
    forward, backward = getattr(pooling, f"{kind}_pool2d"), getattr(gradients, f"{kind}_pool2d_backward")
    while compared < 500:
        size = pairs(rng, 1, 4)
        k = size if isinstance(size, tuple) else (size, size)
        options: dict[str, Any] = {
            "stride": None if rng.random() < 0.2 else pairs(rng, 1, 4),
            "padding": (int(rng.integers(0, k[0] // 2 + 1)), int(rng.integers(0, k[1] // 2 + 1))),
            "ceil_mode": bool(rng.integers(2)),
        }
        options |= {"count_include_pad": bool(rng.integers(2))} if kind == "avg" else {"dilation": pairs(rng, 1, 3)}
        # few values, so that windows tie; PyTorch pays the first of equals, and so does the definition
        values = int(rng.choice([2, 10]))
        x = rng.integers(-values, values, (*rng.integers(1, 4, 2), *rng.integers(1, 10, 2))).astype(dtype)
        try:
            y = forward(x, size, **options)
        except ValueError:
            continue
        if not np.isfinite(y).all():
            continue  # a dilated window of which no cell is on the map: PyTorch pays a pixel that it does not see
        dy, leaf = rng.integers(-9, 10, y.shape).astype(dtype), torch.from_numpy(x.copy()).requires_grad_()
        getattr(torch.nn.functional, f"{kind}_pool2d")(leaf, size, **options).backward(torch.from_numpy(dy))
        close(backward(dy, x, size, **options), leaf.grad, 9 * k[0] * k[1], (x.shape, size, options))
        compared += 1
        overlapping += options["stride"] in (1, (1, 1)) and k > (1, 1)
        tied += values == 2
    assert overlapping > 10
    assert tied > 150


@pytest.mark.torch
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_pytorch_has_the_same_gradients_of_layers_without_windows(dtype: str) -> None:
    torch = one_thread()
    functional, rng = torch.nn.functional, np.random.default_rng(2)

    def back(operation: Callable[..., Any], dy: Any, *arrays: Any) -> list[Any]:
        leaves = [torch.from_numpy(a.copy()).requires_grad_() for a in arrays]
        operation(*leaves).backward(torch.from_numpy(dy))
        return [leaf.grad for leaf in leaves]

    for _ in range(300):
        n, d, f, c = (int(k) for k in rng.integers(1, 7, 4))
        x, w, dy = (rng.integers(-9, 10, shape).astype(dtype) for shape in ((n, d), (f, d), (n, f)))
        theirs = back(functional.linear, dy, x, w, np.zeros(f, dtype=dtype))
        for found, expected in zip(gradients.linear_backward(dy, x, w), theirs, strict=True):
            assert np.array_equal(found, expected.numpy())
        up = rng.integers(-9, 10, x.shape).astype(dtype)
        assert np.array_equal(gradients.relu_backward(up, x), back(functional.relu, up, x)[0].numpy())

        z = (rng.normal(size=(n, c)) * rng.choice([1, 100, 1e4])).astype(dtype)
        y = rng.integers(0, c, n)
        leaf = torch.from_numpy(z.copy()).requires_grad_()
        functional.cross_entropy(leaf, torch.from_numpy(y)).backward()
        # exp(z - max z) is off by the rounding of the difference, which only matters where it is small
        close(gradients.cross_entropy_backward(z, y), leaf.grad, 32, (z, y))

        maps = (rng.normal(size=(n + 1, c, *rng.integers(1, 5, 2))) * 3 + 5).astype(dtype)
        gamma, eps = rng.normal(size=c).astype(dtype), float(rng.choice([1e-5, 0.1, 1.0]))
        if maps[:, 0].size < 4:
            continue
        up = rng.normal(size=maps.shape).astype(dtype)
        theirs = back(
            lambda x, g, b: functional.batch_norm(x, None, None, g, b, training=True, eps=eps),  # noqa: B023
            up,
            maps,
            gamma,
            np.zeros(c, dtype=dtype),
        )
        steep = float(np.max(1 / np.sqrt(maps.var(axis=(0, 2, 3)) + eps)))
        size = maps.size * float(np.abs(up).max() * max(1, np.abs(gamma).max())) * max(1, steep) ** 3 * 16
        for found, expected in zip(gradients.batch_norm2d_backward(up, maps, gamma, eps=eps), theirs, strict=True):
            close(found, expected, size, (maps.shape, eps))
