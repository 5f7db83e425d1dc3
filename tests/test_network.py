"""Step 5, forward: the definitions against SciPy and PyTorch, refusals, the laws against right and wrong operators."""

from __future__ import annotations

import importlib.util
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

from cnnspec import network
from cnnspec.check.run import run_law
from cnnspec.laws import all_laws, compare
from cnnspec.laws.magnitudes import exponents, normalised, products
from cnnspec.laws.network_stack import VGG16
from cnnspec.laws.network_weights import RISK, SIGMAS, chi_squared_range

LAWS = {name: law for name, law in all_laws().items() if law.step == "network"}
OPERATORS = ("relu", "linear", "softmax", "cross_entropy", "batch_norm2d", "receptive_field")
PUBLIC = {name: law for name, law in LAWS.items() if not law.extended and law.needs[0] in OPERATORS}
ROOT = Path(__file__).parent.parent


# against SciPy


@pytest.mark.parametrize("scale", [1, 30, 1e4])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_softmax_and_its_logarithm_are_scipy_s(scale, dtype):
    z = (np.random.default_rng(3).standard_normal((50, 4, 7)) * scale).astype(dtype)
    for axis in (-1, 0, 1):
        allowed = {"rtol": 20 * np.finfo(dtype).eps, "atol": 4 * np.finfo(dtype).eps}
        np.testing.assert_allclose(network.softmax(z, axis), special.softmax(z, axis), **allowed)
        expected = special.log_softmax(z.astype(float), axis)
        np.testing.assert_allclose(network.log_softmax(z, axis), expected, **allowed)


def test_the_loss_is_scipy_s_log_sum_exp_less_the_true_logit():
    dice = np.random.default_rng(4)
    z, y = dice.standard_normal((200, 6)) * 50, dice.integers(0, 6, 200)
    expected = np.mean(special.logsumexp(z, axis=1) - z[np.arange(200), y])
    np.testing.assert_allclose(network.cross_entropy(z, y), expected, rtol=1e-14)


def test_batch_normalisation_is_scipy_s_z_score_without_eps():
    x = np.random.default_rng(5).standard_normal((3, 4, 5, 6)) + 7
    y = network.batch_norm2d(x, np.ones(4), np.zeros(4), eps=0)
    flat = np.moveaxis(x, 1, 0).reshape(4, -1)
    np.testing.assert_allclose(np.moveaxis(y, 1, 0).reshape(4, -1), stats.zscore(flat, axis=1), rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("count", [10, 1800, 16384])
def test_the_thresholds_of_statistical_laws_keep_their_promise(count):
    low, high = chi_squared_range(count)
    assert stats.chi2.cdf(low, count) + stats.chi2.sf(high, count) <= RISK / 2
    assert 2 * stats.norm.sf(SIGMAS) <= RISK / 4


# against PyTorch


@pytest.mark.torch
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_pytorch_gives_the_same_answers(dtype):
    functional = pytest.importorskip("torch").nn.functional
    tensor = pytest.importorskip("torch").from_numpy
    dice, eps = np.random.default_rng(6), np.finfo(dtype).eps
    for _ in range(100):
        n, c, h, w = (int(number) for number in dice.integers(1, 6, 4))
        maps = dice.standard_normal((n + 1, c, h, w)).astype(dtype)
        x, weights, b = (dice.standard_normal(shape).astype(dtype) for shape in ((n, c), (h, c), (h,)))
        y, gamma, beta = dice.integers(0, c, n), *dice.standard_normal((2, c)).astype(dtype)
        np.testing.assert_array_equal(network.relu(maps), functional.relu(tensor(maps)))
        allowed = {"rtol": 50 * eps, "atol": 50 * eps}
        theirs = functional.linear(tensor(x), tensor(weights), tensor(b))
        np.testing.assert_allclose(network.linear(x, weights, b), theirs, **allowed)
        np.testing.assert_allclose(network.softmax(30 * x), functional.softmax(tensor(30 * x), -1), **allowed)
        theirs = functional.cross_entropy(tensor(30 * x), tensor(y))
        np.testing.assert_allclose(network.cross_entropy(30 * x, y), theirs, **allowed)
        theirs = functional.batch_norm(tensor(maps), None, None, tensor(gamma), tensor(beta), True, eps=0.01)
        ours = network.batch_norm2d(maps, gamma, beta, eps=0.01)
        np.testing.assert_allclose(ours, theirs, rtol=500 * eps, atol=500 * eps)
        assert ours.dtype == network.softmax(x).dtype == network.linear(x, weights).dtype == dtype


# facts


def test_logits_of_ten_thousand_are_no_problem():
    for dtype in (np.float64, np.float32):
        z = np.array([[1e4, -1e4, 0], [-1e4, -1e4, -1e4]], dtype=dtype)
        np.testing.assert_allclose(network.softmax(z), [[1, 0, 0], [1 / 3] * 3], rtol=1e-6)
        assert network.cross_entropy(z[:1], [1]) == 20000
        assert network.cross_entropy(z[1:], [2]) == pytest.approx(math.log(3), rel=1e-6)


def test_receptive_fields_of_known_networks():
    assert network.receptive_field(VGG16) == 212
    assert network.receptive_field([(7, 2, 1), (3, 2, 1)]) == 11
    assert network.receptive_field([]) == 1


def test_the_lab_s_network_has_the_shapes_that_its_sentence_says():
    weights = network.lab_weights(np.random.default_rng(0))
    assert sum(w.size for w in weights.values()) == 80 + 25152 + 260
    assert network.lab_cnn(np.zeros((2, 1, 16, 16)), weights).tolist() == [[0.25] * 4] * 2


# refusals

MAPS, ROWS = np.zeros((2, 3, 4, 4)), np.zeros((2, 3))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: network.relu([[1.0], [1.0, 2.0]]), ValueError, "x must be an array (·), but rows of different"),
        (lambda: network.relu(ROWS + 1j), TypeError, "x must hold real numbers, but its dtype is complex128."),
        (lambda: network.flatten(np.ones(3)), ValueError, "x must have at least two axes (N, ...), but its shape is"),
        (lambda: network.linear(ROWS, ROWS[:, :2]), ValueError, "w must have 3 weights per row, as many as x has"),
        (lambda: network.softmax(ROWS, 2), ValueError, "axis must name one of the 2 axes of z, but 2 came."),
        (lambda: network.log_softmax(ROWS, -3), ValueError, "axis must name one of the 2 axes of z, but -3 came."),
        (lambda: network.cross_entropy(ROWS, [0.0, 1.0]), TypeError, "y must hold whole numbers, but its dtype is"),
        (lambda: network.cross_entropy(ROWS, [0]), ValueError, "y must have one class for each of the 2 rows of z"),
        (lambda: network.cross_entropy(ROWS, [0, 3]), ValueError, "y must hold classes from 0 to 2, but 0 to 3 came."),
        (lambda: network.batch_norm2d(MAPS, [1, 1], [0] * 3), ValueError, "gamma must have one number for each of the"),
        (lambda: network.batch_norm2d(MAPS, [1] * 3, [0] * 3, eps=-1), ValueError, "eps must be at least 0, but -1"),
        (lambda: network.receptive_field([(3, 1)]), ValueError, "layers must hold (kernel, stride, dilation), but (3,"),
        (lambda: network.receptive_field([(3, 0, 1)]), ValueError, "stride must be at least 1, but 0 came."),
        (lambda: network.he_normal((3,), np.random.default_rng(0)), ValueError, "shape must have at least two axes"),
    ],
)
def test_a_refusal_says_what_came_and_what_was_expected(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert message in str(refusal.value)


# the laws


def test_magnitudes_say_how_large_the_rounded_terms_are():
    assert products([np.array([3.0, -4.0]), np.ones((2, 2)), np.array([5.0])], {}) == 4 * 4 + 5
    assert exponents([np.array([[-1e4, 2.0]])], {}) == 10001
    x = np.array([1.0, 3.0]).reshape(2, 1, 1, 1)
    assert normalised([x, np.array([2.0]), np.array([7.0])], {"eps": 3.0}) == 2 * 3 / 2 + 7
    assert normalised([x, np.ones((2, 2))], {}) == 3 * 4
    rounding = compare.fresh()
    run_law(LAWS["softmax.definition"], {"softmax": lambda z, axis=-1: special.softmax(z, axis)}, examples=1)
    assert rounding is not compare.current
    assert compare.current.allowance > 0


# right operators in other styles, which no public law may call wrong


class Logarithms:
    """Softmax through its logarithm, batch normalisation as one affine map, fields counted from the last layer."""

    @staticmethod
    def relu(x):
        return x * (x > 0)

    @staticmethod
    def linear(x, w, b=None):
        y = np.einsum("nd,fd->nf", x, w)
        return y if b is None else y + b

    @staticmethod
    def softmax(z, axis=-1):
        return np.exp(z - np.logaddexp.reduce(z, axis=axis, keepdims=True))

    @staticmethod
    def cross_entropy(z, y):
        return np.mean(np.logaddexp.reduce(z, axis=1) - z[np.arange(len(z)), y])

    @staticmethod
    def batch_norm2d(x, gamma, beta, *, eps=1e-5):
        slope = gamma / np.sqrt(x.var(axis=(0, 2, 3)) + x.dtype.type(eps))
        offset = beta - slope * x.mean(axis=(0, 2, 3))
        return x * slope[:, None, None] + offset[:, None, None]

    @staticmethod
    def receptive_field(layers):
        return 1 + sum(d * (k - 1) * math.prod(s for _, s, _ in layers[:i]) for i, (k, _, d) in enumerate(layers))


class Wide:
    """Everything in float64, or in the widest float there is, and cast at the end."""

    @staticmethod
    def relu(x):
        return ((x.astype(np.longdouble) + np.abs(x)) / 2).astype(x.dtype)

    @staticmethod
    def linear(x, w, b=None):
        return (x.astype(float) @ w.astype(float).T + (0 if b is None else b)).astype(x.dtype)

    @staticmethod
    def softmax(z, axis=-1):
        return special.softmax(z.astype(np.float64), axis=axis).astype(z.dtype)

    @staticmethod
    def cross_entropy(z, y):
        return float(np.mean([special.logsumexp(row) - row[c] for row, c in zip(z.astype(float), y, strict=True)]))

    @staticmethod
    def batch_norm2d(x, gamma, beta, *, eps=1e-5):
        values = x.astype(np.longdouble)
        mean, variance = values.mean(axis=(0, 2, 3), keepdims=True), values.var(axis=(0, 2, 3), keepdims=True)
        return ((values - mean) * (gamma[:, None, None] / np.sqrt(variance + eps)) + beta[:, None, None]).astype(
            x.dtype
        )

    @staticmethod
    def receptive_field(layers):
        first, last = 0, 0
        for kernel, stride, dilation in layers[::-1]:
            first, last = first * stride, last * stride + dilation * (kernel - 1)
        return np.int64(last - first + 1)


class Reciprocals:
    """Multiplications by reciprocals, tanh for two classes, sums in another order, plain Python numbers."""

    @staticmethod
    def relu(x):
        y = x.copy()
        y[y < 0] = 0
        return y

    @staticmethod
    def linear(x, w, b=None):
        bias = np.zeros(len(w), x.dtype) if b is None else b
        return sum((np.outer(x[:, d], w[:, d]) for d in range(x.shape[1])), np.tile(bias, (len(x), 1)))

    @staticmethod
    def softmax(z, axis=-1):
        if z.shape[axis] == 2:
            first, second = np.moveaxis(z, axis, 0)
            return np.stack([(1 + np.tanh(half)) / 2 for half in ((first - second) / 2, (second - first) / 2)], axis)
        e = np.exp(z - z.max(axis=axis, keepdims=True))
        return e * (1 / e.sum(axis=axis, keepdims=True))

    @staticmethod
    def cross_entropy(z, y):
        losses = []
        for row, c in zip(z.tolist(), y.tolist(), strict=True):
            top = max(row)
            losses.append((top - row[c]) + math.log(sum(math.exp(v - top) for v in row)))
        return math.fsum(losses) * (1 / len(losses))

    @staticmethod
    def batch_norm2d(x, gamma, beta, *, eps=1e-5):
        y = np.empty_like(x)
        for c in range(x.shape[1]):
            share = x.dtype.type(1 / x[:, c].size)
            centred = x[:, c] - x[:, c].sum() * share
            y[:, c] = (
                gamma[c] * centred * (1 / np.sqrt((centred * centred).sum() * share + x.dtype.type(eps))) + beta[c]
            )
        return y

    @staticmethod
    def receptive_field(layers):
        field, jump = 1.0, 1.0
        for kernel, stride, dilation in layers:
            field, jump = field + dilation * (kernel - 1) * jump, jump * stride
        return int(field)


def solution() -> Any:
    """The book's own solution of the exercise, which a reader can unfold."""
    path = ROOT / "cnnspec" / "exercises" / "network.py"
    spec = importlib.util.spec_from_file_location("solution_of_network", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


STYLES = {style.__name__.lower(): style for style in (Logarithms, Wide, Reciprocals)}


@pytest.mark.parametrize("style", [*STYLES, "solution"])
def test_no_public_law_calls_a_right_operator_wrong(style):
    implementation = solution() if style == "solution" else STYLES[style]
    subject = {name: getattr(implementation, name) for name in OPERATORS}
    wrong = {}
    for name, law in PUBLIC.items():
        result = run_law(law, subject, seed=1, examples=15)
        if result.status != "pass":
            wrong[name] = (result.message, result.drawn)
    assert not wrong


def test_the_solution_uses_little_but_numpy():
    text = (ROOT / "cnnspec" / "exercises" / "network.py").read_text(encoding="utf-8")
    assert re.findall(r"(?m)^(?:import|from) .*", text) == ["import math", "import numpy as np"]
