"""Wrong facts about floating-point numbers and random streams (Step 1)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from cnnspec import environment
from cnnspec.mutants.mutant import mutant


@mutant("unit_roundoff", "the machine epsilon is returned, which is twice as large")
def epsilon_for_roundoff(dtype: Any) -> float:
    return 2 * environment.unit_roundoff(dtype)


@mutant("unit_roundoff", "every dtype has the roundoff of float64")
def roundoff_of_float64(dtype: Any) -> float:
    environment.unit_roundoff(dtype)
    return 2.0**-53


@mutant("unit_roundoff", "the resolution in decimal digits is returned")
def decimal_resolution(dtype: Any) -> float:
    environment.unit_roundoff(dtype)
    return float(np.finfo(dtype).resolution)


@mutant("largest_exact_integer", "the limit is that of float64 for every dtype")
def limit_of_float64(dtype: Any) -> int:
    environment.unit_roundoff(dtype)
    return 2**53


@mutant("largest_exact_integer", "the limit is one too small, as for integers of that many bits")
def limit_less_one(dtype: Any) -> int:
    return environment.largest_exact_integer(dtype) - 1


@mutant("gamma", "the denominator is left out")
def gamma_without_denominator(count: int, dtype: Any) -> float:
    return environment.gamma(count, dtype) / (1 + environment.gamma(count, dtype))


@mutant("gamma", "one rounding too few is counted")
def gamma_one_short(count: int, dtype: Any) -> float:
    return environment.gamma(count - 1 if count > 0 else count, dtype)


@mutant("gamma", "the unit is that of float64 whatever the dtype")
def gamma_of_float64(count: int, dtype: Any) -> float:
    environment.gamma(count, dtype)
    return environment.gamma(count, np.float64)


@mutant("sequential_sum", "partial sums are kept in float64")
def summed_in_float64(values: Any) -> float:
    environment.sequential_sum(values)
    return environment.sequential_sum(np.asarray(values, dtype=np.float64))


@mutant("sequential_sum", "the sum is exact, and rounded once at the end")
def summed_exactly(values: Any) -> float:
    environment.sequential_sum(values)
    return math.fsum(np.asarray(values, dtype=np.float64))


@mutant("sequential_sum", "the terms are sorted first")
def sorted_before_summing(values: Any) -> float:
    environment.sequential_sum(values)
    return environment.sequential_sum(np.sort(values))


@mutant("sequential_sum", "the last of several terms is left out")
def last_term_left_out(values: Any) -> float:
    environment.sequential_sum(values)
    terms = np.asarray(values)
    return environment.sequential_sum(terms[:-1] if len(terms) > 1 else terms)


@mutant("sequential_sum", "partial sums are kept in float32")
def summed_in_float32(values: Any) -> float:
    environment.sequential_sum(values)
    return environment.sequential_sum(np.asarray(values, dtype=np.float32))


@mutant("dot_error_bound", "the magnitude of the sum is taken, not the sum of the magnitudes")
def bound_of_the_sum(a: Any, b: Any) -> float:
    environment.dot_error_bound(a, b)
    left, right = np.asarray(a), np.asarray(b)
    product = float(np.abs(np.sum(left.astype(np.float64) * right)))
    return environment.gamma(len(left), np.result_type(left, right)) * product


@mutant("dot_error_bound", "a relative error of 1e-5 is guessed")
def guessed_bound(a: Any, b: Any) -> float:
    environment.dot_error_bound(a, b)
    return 1e-5 * float(np.sum(np.abs(np.asarray(a, dtype=np.float64) * np.asarray(b))))


@mutant("dot_error_bound", "the number of terms is not counted")
def bound_for_one_term(a: Any, b: Any) -> float:
    bound = environment.dot_error_bound(a, b)
    return bound / len(np.asarray(a))


@mutant("generator", "the seed comes from the clock")
def seed_from_the_clock(seed: int) -> np.random.Generator:
    environment.generator(seed)
    return np.random.default_rng()


@mutant("generator", "the seed is ignored")
def seed_ignored(seed: int) -> np.random.Generator:
    environment.generator(seed)
    return environment.generator(0)


@mutant("generator", "the seed is cut off to 32 bits")
def seed_cut_off(seed: int) -> np.random.Generator:
    environment.generator(seed)
    return environment.generator(seed % 2**32)


@mutant("generator", "the generator is the Mersenne twister")
def mersenne_twister(seed: int) -> np.random.Generator:
    environment.generator(seed)
    return np.random.Generator(np.random.MT19937(seed))


_streams: dict[int, np.random.Generator] = {}


@mutant("generator", "a second stream of one seed goes on where the first one ended")
def stream_goes_on(seed: int) -> np.random.Generator:
    environment.generator(seed)
    return _streams.setdefault(seed, environment.generator(seed))


@mutant("spawn", "all streams are the same")
def one_stream_for_all(seed: int, count: int) -> list[np.random.Generator]:
    return [environment.generator(seed) for _ in environment.spawn(seed, count)]


@mutant("spawn", "the seed is counted upwards")
def seeds_counted_upwards(seed: int, count: int) -> list[np.random.Generator]:
    return [environment.generator(seed + i) for i, _ in enumerate(environment.spawn(seed, count))]


@mutant("spawn", "the streams depend on how many there are")
def streams_depend_on_count(seed: int, count: int) -> list[np.random.Generator]:
    return environment.spawn(seed + 7 * count, count)


@mutant("gamma", "a negative count is answered")
def gamma_of_any_count(count: int, dtype: Any) -> float:
    try:
        return environment.gamma(count, dtype)
    except ValueError:
        return 0.0


@mutant("sequential_sum", "integers are taken for floats")
def integers_summed(values: Any) -> float:
    return environment.sequential_sum(np.asarray(values, dtype=float) if isinstance(values, list) else values)
