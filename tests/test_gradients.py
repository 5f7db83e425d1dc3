"""The backward passes against difference quotients always, and against PyTorch where it is installed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cnnspec import channels, gradients, network, pooling


def quotients(loss: Callable[[Any], Any], at: Any, step: float = 1e-5) -> Any:
    """Central differences of a loss by each entry of an array."""
    slopes = np.zeros(at.shape)
    for place in np.ndindex(at.shape):
        moved = np.zeros(at.shape)
        moved[place] = step
        slopes[place] = (loss(at + moved) - loss(at - moved)) / (2 * step)
    return slopes


def geometry(rng: np.random.Generator) -> dict[str, Any]:
    """Options of a convolution, drawn small."""
    pairs = {name: tuple(map(int, rng.integers(low, 4, 2))) for name, low in (("stride", 1), ("dilation", 1))}
    return {**pairs, "padding": tuple(map(int, rng.integers(0, 3, 2))), "groups": int(rng.integers(1, 3))}


def layer(rng: np.random.Generator, options: dict[str, Any]) -> tuple[Any, Any, Any] | None:
    """Whole numbers for a convolution with these options, or None where the kernel does not fit."""
    g = options["groups"]
    x = rng.integers(-9, 10, (2, 2 * g, *rng.integers(2, 8, 2))).astype(float)
    w = rng.integers(-9, 10, (g * int(rng.integers(1, 3)), 2, *rng.integers(1, 4, 2))).astype(float)
    try:
        y = channels.conv2d(x, w, **options)
    except ValueError:
        return None
    return rng.integers(-9, 10, y.shape).astype(float), x, w


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


@pytest.mark.torch
def test_pytorch_has_the_same_gradients_of_convolutions() -> None:
    torch = pytest.importorskip("torch")
    rng, compared = np.random.default_rng(0), 0
    for _ in range(800):
        options = geometry(rng)
        case = layer(rng, options)
        if case is None:
            continue
        dy, *inputs = case
        leaves = [torch.from_numpy(a).requires_grad_() for a in inputs]
        torch.nn.functional.conv2d(*leaves, **options).backward(torch.from_numpy(dy))
        for found, leaf in zip(gradients.conv2d_backward(dy, *inputs, **options), leaves, strict=False):
            assert np.array_equal(found, leaf.grad.numpy()), options
        compared += 1
    assert compared > 300


@pytest.mark.torch
def test_pytorch_has_the_same_gradients_of_poolings() -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(1)
    for _ in range(400):
        size, stride = (tuple(map(int, rng.integers(1, 4, 2))) for _ in range(2))
        shared = {"stride": stride, "padding": tuple(int(rng.integers(0, k // 2 + 1)) for k in size)}
        x = rng.integers(-9, 10, (2, 2, *rng.integers(3, 8, 2))).astype(float)
        for name, options in (("max", shared), ("avg", {**shared, "count_include_pad": bool(rng.integers(2))})):
            y = getattr(pooling, f"{name}_pool2d")(x, size, **options)
            dy, leaf = rng.integers(-9, 10, y.shape).astype(float), torch.from_numpy(x.copy()).requires_grad_()
            getattr(torch.nn.functional, f"{name}_pool2d")(leaf, size, **options).backward(torch.from_numpy(dy))
            found = getattr(gradients, f"{name}_pool2d_backward")(dy, x, size, **options)
            np.testing.assert_allclose(found, leaf.grad.numpy(), rtol=1e-13, atol=1e-13)


@pytest.mark.torch
def test_pytorch_has_the_same_gradients_of_norm_and_loss() -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(2)
    for scale in (1, 100, 1e4):
        z, y = rng.normal(size=(3, 4)) * scale, rng.integers(0, 4, 3)
        leaf = torch.from_numpy(z.copy()).requires_grad_()
        torch.nn.functional.cross_entropy(leaf, torch.from_numpy(y)).backward()
        np.testing.assert_allclose(gradients.cross_entropy_backward(z, y), leaf.grad.numpy(), atol=1e-15)
        x, gamma = rng.normal(size=(2, 3, 4, 5)), rng.normal(size=3)
        leaves = [torch.from_numpy(a.copy()).requires_grad_() for a in (x, gamma, np.zeros(3))]
        dy = rng.normal(size=x.shape)
        answer = torch.nn.functional.batch_norm(leaves[0], None, None, *leaves[1:], training=True)
        answer.backward(torch.from_numpy(dy))
        for found, leaf in zip(gradients.batch_norm2d_backward(dy, x, gamma), leaves, strict=True):
            np.testing.assert_allclose(found, leaf.grad.numpy(), rtol=1e-9, atol=1e-12)
