"""Step 1: floating-point facts against exact arithmetic, random streams, refusals, and the laws of the step."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from cnnspec import environment
from cnnspec.laws import all_laws
from cnnspec.laws.operators import OPERATORS

LAWS = {name: law for name, law in all_laws().items() if law.step == "environment"}


# facts


@pytest.mark.parametrize(("dtype", "digits"), [("float16", 11), ("float32", 24), ("float64", 53)])
def test_the_constants_of_ieee_754(dtype, digits):
    assert environment.unit_roundoff(dtype) == 2.0**-digits
    assert environment.largest_exact_integer(dtype) == 2**digits


def test_versions_name_python_and_numpy_and_only_what_is_installed():
    found = environment.versions()
    assert list(found)[:3] == ["python", "platform", "numpy"]
    assert found["numpy"] == np.__version__
    assert all(found.values())
    assert environment.blas()


@pytest.mark.parametrize("count", [0, 1, 2, 9, 576, 10**6])
def test_gamma_is_the_rounded_fraction(count):
    n, u = Fraction(count), Fraction(1, 2**24)
    assert environment.gamma(count, "float32") == pytest.approx(float(n * u / (1 - n * u)), rel=1e-15)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("seed", range(3))
def test_sums_stay_within_gamma_of_the_exact_sum(dtype, seed):
    dice, worst = np.random.default_rng(seed), 0.0
    for _ in range(200):
        values = dice.normal(size=dice.integers(2, 60)).astype(dtype)
        exact = math.fsum(values.astype(float))
        bound = environment.gamma(len(values) - 1, dtype) * math.fsum(np.abs(values).astype(float))
        # fsum itself rounds once, which shows only where the sum under test is as exact.
        error = abs(environment.sequential_sum(values) - exact) - abs(exact) * 2.0**-53
        assert error <= bound
        worst = max(worst, error / bound)
    assert worst > 0.01, "a bound that nothing comes near would be no test"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numpy_s_dot_products_stay_within_the_bound(dtype):
    dice = np.random.default_rng(9)
    for _ in range(200):
        a, b = dice.normal(size=(2, dice.integers(1, 80))).astype(dtype)
        true = sum((Fraction(float(v)) * Fraction(float(w)) for v, w in zip(a, b, strict=True)), Fraction(0))
        computed = [np.dot(a, b), np.sum(a * b), np.sum((a * b)[np.argsort(-np.abs(a * b))])]
        assert all(abs(Fraction(float(c)) - true) <= Fraction(environment.dot_error_bound(a, b)) for c in computed)


def test_the_bound_is_nearly_reached_when_all_roundings_go_one_way():
    # 1 + u lies half-way between two floats and is rounded back to 1, each of the hundred times.
    u = environment.unit_roundoff("float32")
    a = np.array([1.0] + [u] * 100, dtype="float32")
    error = 1 + 100 * u - environment.sequential_sum(a)
    bound = environment.gamma(100, "float32") * (1 + 100 * u)
    assert 0.999 * bound < error <= bound


def test_streams_are_those_of_numpy_s_named_generator():
    expected = np.random.Generator(np.random.PCG64(42)).random(3)
    np.testing.assert_array_equal(environment.generator(42).random(3), expected)
    children = np.random.SeedSequence(42).spawn(3)
    for stream, child in zip(environment.spawn(42, 3), children, strict=True):
        np.testing.assert_array_equal(stream.random(3), np.random.Generator(np.random.PCG64(child)).random(3))
    assert environment.spawn(42, 0) == []


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: environment.unit_roundoff(int), TypeError, "dtype must be a floating dtype, but int64 came."),
        (lambda: environment.gamma(-1, "float32"), ValueError, "count must be at least 0, but -1 came."),
        (lambda: environment.gamma(2**24, "float32"), ValueError, "count must be below 16777216 for float32"),
        (lambda: environment.sequential_sum([1, 2]), TypeError, "values must hold floating-point numbers"),
        (lambda: environment.sequential_sum(np.zeros(0)), ValueError, "values must have no empty axis"),
        (
            lambda: environment.dot_error_bound([1.0], [1.0, 2.0]),
            ValueError,
            "a and b must have one length, but 1 and 2",
        ),
        (lambda: environment.generator(-1), ValueError, "seed must be at least 0, but -1 came."),
        (lambda: environment.generator(0.5), TypeError, "seed must be an integer, but a float came: 0.5."),
        (lambda: environment.spawn(0, -1), ValueError, "count must be at least 0, but -1 came."),
    ],
)
def test_a_refusal_says_what_came_and_what_was_expected(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert message in str(refusal.value)


# the laws


def test_all_laws_are_extended_since_these_operators_are_the_book_s_own():
    own = [law for law in LAWS.values() if not OPERATORS[law.needs[0]].answer]
    assert own
    assert all(law.extended for law in own)
