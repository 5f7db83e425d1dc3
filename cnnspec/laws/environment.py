r"""What holds of floating-point numbers and of random streams (Step 1).

These operators are the book's own, so the laws are not put to a reader's file. They justify how all other laws
compare: whole numbers exactly, and everything else within a bound that is known beforehand.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, composite

from cnnspec.arguments import Array
from cnnspec.laws.compare import differs, holds, refuses, same
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function

dtypes = st.sampled_from(["float32", "float64", "float16"])
"""Floating dtypes by name, the common one first."""

seeds = st.integers(0, 2**32)
"""Seeds of random streams."""


@composite
def decimals(draw: DrawFn, /, *, most: int = 12, dtype: str = "float32") -> Array:
    """Short lists of tenths, hundredths and thousandths, hardly any of which a binary float can hold."""
    counts = draw(st.lists(st.integers(-999, 999), min_size=1, max_size=most))
    return np.asarray(np.array(counts, dtype=np.float64) / 10 ** draw(st.integers(1, 3)), dtype=dtype)


@composite
def whole_numbers(draw: DrawFn, /) -> tuple[str, list[int], list[int]]:
    """A dtype, whole numbers whose magnitudes add up to what it counts exactly at most, and an order for them."""
    dtype, most = draw(st.sampled_from([("float32", 2**24), ("float64", 2**53), ("float16", 2**11)]))
    count = draw(st.integers(1, 8))
    numbers = draw(st.lists(st.integers(-(most // count), most // count), min_size=count, max_size=count))
    return dtype, numbers, draw(st.permutations(range(count)))


def exact(values: Any) -> Fraction:
    """The true sum of floating-point numbers."""
    return sum((Fraction(float(v)) for v in values), Fraction(0))


@law("float.roundoff", needs="unit_roundoff", extended=True, dtype=dtypes)
def one_plus_half_a_step_is_one(unit_roundoff: Function, dtype: str) -> None:
    r"""The unit roundoff is half the distance from 1 to the next number, the most that rounding can lose.

    $$ \operatorname{fl}(1 + u) = 1 < \operatorname{fl}(1 + 2u), \qquad u = 2^{-t} $$

    Catches: the machine epsilon, which is twice as large, and the unit of another precision.
    Misses: nothing.
    Source: Higham (2002), section 2.1.
    """
    u, kind = unit_roundoff(dtype), np.dtype(dtype).type
    same(kind(1) + kind(u), kind(1))
    holds(kind(1) + kind(2 * u) > kind(1), "one plus two units should be more than one")
    holds(kind(1) - kind(u) < kind(1), "one less a unit should be less than one")


@law(
    "float.product",
    needs="unit_roundoff",
    extended=True,
    a=st.floats(1, 2, exclude_max=True, width=32),
    b=st.floats(1, 2, exclude_max=True, width=32),
)
def one_rounding_errs_by_at_most_the_unit(unit_roundoff: Function, a: float, b: float) -> None:
    r"""A rounded product differs from the true one by at most the unit roundoff, relatively.

    $$ \operatorname{fl}(ab) = ab\,(1 + \delta), \qquad \lvert \delta \rvert \le u $$

    Catches: units that are too small, such as that of float64.
    Misses: units that are too large.
    Source: Higham (2002), theorem 2.2.
    """
    true = Fraction(a) * Fraction(b)
    error = abs(Fraction(float(np.float32(a) * np.float32(b))) - true) / true
    holds(error <= Fraction(unit_roundoff("float32")), "the relative error should be at most the unit roundoff")
    worst = abs(
        Fraction(float(np.float32(1 + 2**-23) * np.float32(1.5))) / (Fraction(3, 2) * (1 + Fraction(1, 2**23))) - 1
    )
    holds(worst > Fraction(unit_roundoff("float32")) / 4, "the unit roundoff should not be far too large")


@law("float.counting", needs="largest_exact_integer", extended=True, dtype=dtypes, below=st.integers(0, 2000))
def every_integer_up_to_a_power_of_two_is_exact(largest_exact_integer: Function, dtype: str, below: int) -> None:
    r"""Whole numbers up to $2^t$ are exact, and the next one is the first that is not.

    $$ \operatorname{fl}(n) = n \text{ for } 0 \le n \le 2^t, \qquad \operatorname{fl}(2^t + 1) = 2^t $$

    Catches: limits of another precision, limits that are one off.
    Misses: nothing.
    Source: Goldberg (1991), What Every Computer Scientist Should Know About Floating-Point Arithmetic.
    """
    most, kind = largest_exact_integer(dtype), np.dtype(dtype).type
    same(int(kind(most - below)), most - below)
    same(int(kind(most + 1)), most)


@law("float.standstill", needs="sequential_sum largest_exact_integer", extended=True, dtype=dtypes)
def counting_by_ones_comes_to_a_standstill(
    sequential_sum: Function, largest_exact_integer: Function, dtype: str
) -> None:
    r"""A counter in float32 stays at 16,777,216 for ever: adding 1 does not change it any more.

    $$ \operatorname{fl}(2^{t} + 1) = 2^{t} $$

    Catches: sums in a wider precision than the numbers have.
    Misses: sums in another order.
    """
    most = largest_exact_integer(dtype)
    same(sequential_sum(np.array([most] + [1] * 100, dtype=dtype)), most)
    same(sequential_sum(np.array([most - 1, 1], dtype=dtype)), most)


@law("float.whole-sums", needs="sequential_sum", extended=True, case=whole_numbers())
def sums_of_whole_numbers_are_exact_in_every_order(
    sequential_sum: Function, case: tuple[str, list[int], list[int]]
) -> None:
    r"""If the magnitudes of whole numbers add up to at most $2^t$, their sum is exact, in every order.

    $$ \sum_i \lvert n_i \rvert \le 2^t \implies \operatorname{fl}\Big(\sum_i n_{\pi(i)}\Big) = \sum_i n_i $$

    Nearly all laws of this book draw whole numbers for this reason: two right answers are then equal bit for bit.

    Catches: terms that are left out or counted twice, sums in a smaller precision.
    Misses: everything about the order.
    Source: Higham (2002), section 4.2, for the rounding errors that are here all zero.
    """
    dtype, numbers, order = case
    same(sequential_sum(np.array(numbers, dtype=dtype)), float(sum(numbers)))
    same(sequential_sum(np.array([numbers[i] for i in order], dtype=dtype)), float(sum(numbers)))


@law("float.not-associative", needs="sequential_sum", extended=True, pair=st.tuples(decimals(most=1), decimals(most=1)))
def the_order_of_three_terms_can_matter(sequential_sum: Function, pair: Sequence[Array]) -> None:
    r"""Two terms may be added in either order, but of three the order can matter.

    $$ \begin{aligned} (0.1 + 0.2) + 0.3 &= 0.6000000000000001 \\ 0.1 + (0.2 + 0.3) &= 0.6 \end{aligned} $$

    So one convolution computed in two ways may give two results that are both right.

    Catches: sums that are exact, or sorted first.
    Misses: terms that are left out.
    Source: Goldberg (1991).
    """
    a, b = (float(number[0]) for number in pair)
    same(sequential_sum(np.array([a, b])), sequential_sum(np.array([b, a])))
    differs(sequential_sum(np.array([0.1, 0.2, 0.3])), sequential_sum(np.array([0.3, 0.2, 0.1])))
    same(sequential_sum(np.array([0.1, 0.2, 0.3])), (0.1 + 0.2) + 0.3)
    same(sequential_sum(np.array([0.3, 0.2, 0.1])), 0.1 + (0.2 + 0.3))


@law("float.sum-error", needs="sequential_sum gamma", extended=True, values=decimals())
def a_sum_errs_by_at_most_gamma(sequential_sum: Function, gamma: Function, values: Array) -> None:
    r"""A sum of $n$ terms, added one by one, errs by at most $\gamma_{n-1}$ times the sum of their magnitudes.

    $$ \lvert s_n - s \rvert \le \gamma_{n-1} \sum_i \lvert v_i \rvert $$

    Catches: terms that are left out, and constants of another precision.
    Misses: sums that are more exact than they need to be.
    Source: Higham (2002), equation 4.4.
    """
    error = abs(Fraction(float(sequential_sum(values))) - exact(values))
    bound = Fraction(float(gamma(len(values) - 1, values.dtype))) * exact(np.abs(values))
    holds(
        error <= bound * (1 + Fraction(1, 2**50)),
        f"an error of {float(error):.3g} should be at most {float(bound):.3g}",
    )


@law(
    "float.gamma",
    needs="gamma unit_roundoff",
    extended=True,
    m=st.integers(0, 500),
    n=st.integers(0, 500),
    dtype=dtypes,
)
def gamma_bounds_a_product_of_roundings(gamma: Function, unit_roundoff: Function, m: int, n: int, dtype: str) -> None:
    r"""Gamma of $n$ is what $n$ roundings in a row can build up, and roundings in turn add their counts.

    $$ (1 + u)^n \le 1 + \gamma_n, \qquad (1 - u)^n \ge 1 - \gamma_n,
       \qquad \gamma_m + \gamma_n + \gamma_m \gamma_n \le \gamma_{m+n} $$

    Catches: the approximation $nu$, constants that are one off, the unit of another precision.
    Misses: constants that are somewhat too large.
    Source: Higham (2002), lemmas 3.1 and 3.3.
    """
    u = Fraction(float(unit_roundoff(dtype)))
    exactly = {k: k * u / (1 - k * u) for k in (m, n, m + n)}
    for k, value in exactly.items():
        answer = Fraction(float(gamma(k, dtype)))
        holds(abs(answer - value) <= value * Fraction(1, 2**50), f"gamma of {k} should be {float(value)!r}")
    holds((1 + u) ** n <= 1 + exactly[n] and (1 - u) ** n >= 1 - exactly[n], "n roundings should stay within gamma")
    holds(exactly[m] + exactly[n] + exactly[m] * exactly[n] <= exactly[m + n], "gammas in turn should add up")


@composite
def products(draw: DrawFn, /) -> tuple[Array, Array, list[int]]:
    """Two lists of one length and dtype, and an order in which to add their products."""
    a = draw(decimals(dtype=draw(st.sampled_from(["float32", "float64"]))))
    b = draw(st.lists(st.integers(-99, 99), min_size=len(a), max_size=len(a)))
    return a, np.array(b, dtype=a.dtype) / a.dtype.type(7), draw(st.permutations(range(len(a))))


@law("float.dot-error", needs="dot_error_bound unit_roundoff", extended=True, case=products())
def a_dot_product_errs_by_at_most_its_bound(
    dot_error_bound: Function, unit_roundoff: Function, case: tuple[Array, Array, list[int]]
) -> None:
    r"""A dot product of $K$ terms, added in any order, errs by at most $\gamma_K$ times the sum of their magnitudes.

    $$ \lvert \operatorname{fl}(a \cdot b) - a \cdot b \rvert \le \gamma_K \sum_i \lvert a_i b_i \rvert $$

    It holds as long as nothing overflows or underflows. With $K = C k^2$, twice the bound is how far two convolutions
    can be apart that add the same products in different orders. A tolerance need not be guessed.

    Catches: bounds without magnitudes, of another precision, or so large that they say nothing.
    Misses: bounds that are up to twice too large.
    Source: Higham (2002), equation 3.5.
    """
    a, b, order = case
    total = a.dtype.type(0)
    for i in order:
        total = total + a[i] * b[i]
    terms = [Fraction(float(v)) * Fraction(float(w)) for v, w in zip(a, b, strict=True)]
    magnitude = sum(map(abs, terms), Fraction(0))
    bound = Fraction(float(dot_error_bound(a, b)))
    error = abs(Fraction(float(total)) - sum(terms, Fraction(0)))
    holds(error <= bound, f"an error of {float(error):.3g} should be at most {float(bound):.3g}")
    u = Fraction(float(unit_roundoff(a.dtype)))
    holds(bound >= len(a) * u * magnitude * (1 - Fraction(1, 2**40)), "the bound should hold in the worst case")
    holds(bound <= 2 * len(a) * u * magnitude, "the bound should say something")


@law("seed.stream", needs="generator", extended=True, seed=seeds)
def a_seed_fixes_the_stream(generator: Function, seed: int) -> None:
    r"""The same seed gives the same numbers, bit for bit, and another seed gives others.

    Catches: clocks as seeds, seeds that are ignored or cut off, streams that go on where the last one ended.
    Misses: which generator it is.
    """
    numbers = generator(seed).random(4)
    same(generator(seed).random(4), numbers)
    differs(generator(seed + 1).random(4), numbers)
    differs(generator(seed + 2**33).random(4), numbers)


@law("seed.named", needs="generator", extended=True)
def the_generator_is_pcg64(generator: Function) -> None:
    r"""The stream of seed 0 is that of PCG64, which NumPy promises not to change.

    Catches: another generator, even a better one.
    Misses: everything about other seeds.
    Source: NumPy, compatibility policy of `numpy.random`: bit generators keep their streams.
    """
    words = generator(0).bit_generator.random_raw(2)
    holds([int(w) for w in words] == FIRST_WORDS, f"the first words should be {FIRST_WORDS}, not {words}")


FIRST_WORDS = [11749869230777074271, 4976686463289251617]
"""The first two words of PCG64 with seed 0."""


@law("seed.spawned", needs="spawn generator", extended=True, seed=seeds, count=st.integers(2, 5))
def spawned_streams_are_repeatable_and_apart(spawn: Function, generator: Function, seed: int, count: int) -> None:
    r"""Streams spawned from one seed are the same each time, differ from each other, and from those of the next seed.

    Catches: the same stream for all, seeds counted upwards, whose streams two experiments would share, and streams
    that depend on how many were asked for.
    Misses: correlations between streams.
    Source: NumPy, `numpy.random.SeedSequence.spawn`.
    """
    numbers = np.array([stream.random(4) for stream in spawn(seed, count)])
    same(numbers.shape, (count, 4))
    same(np.array([stream.random(4) for stream in spawn(seed, count + 1)])[:count], numbers)
    others = [
        *(stream.random(4) for stream in spawn(seed + 1, count)),
        *(generator(seed + i).random(4) for i in (0, 1)),
    ]
    same(len({row.tobytes() for row in [*numbers, *others]}), 2 * count + 2)


BAD: dict[str, list[tuple[str, tuple[Any, ...]]]] = {
    "unit_roundoff": [("dtype", ("int32",)), ("dtype", (bool,)), ("dtype", ("complex64",))],
    "largest_exact_integer": [("dtype", ("int64",)), ("dtype", (complex,))],
    "gamma": [
        ("count", (-1, "float32")),
        ("count", (2.5, "float32")),
        ("count", (2**24, "float32")),
        ("dtype", (2, int)),
    ],
    "sequential_sum": [("values", ([1, 2],)), ("values", (np.zeros(0),)), ("values", (np.zeros((2, 2)),))],
    "dot_error_bound": [("a", (np.ones(2), np.ones(3))), ("b", (np.ones(2), np.ones((2, 1)))), ("dtype", ([1], [2]))],
    "generator": [("seed", (-1,)), ("seed", (1.5,)), ("seed", (None,))],
    "spawn": [("seed", (-1, 2)), ("count", (0, -2)), ("count", (0, 1.5))],
}
"""Arguments that must be refused, and the one that the refusal must name."""


@law(
    "environment.refuses",
    needs="unit_roundoff largest_exact_integer gamma sequential_sum dot_error_bound generator spawn",
    extended=True,
    case=st.sampled_from([(name, number) for name, calls in BAD.items() for number in range(len(calls))]),
)
def what_makes_no_sense_is_refused(
    unit_roundoff: Function,
    largest_exact_integer: Function,
    gamma: Function,
    sequential_sum: Function,
    dot_error_bound: Function,
    generator: Function,
    spawn: Function,
    case: tuple[str, int],
) -> None:
    r"""Each of these calls is refused with a sentence that names the argument that is wrong.

    Catches: integers taken for floats, seeds from the clock, counts below zero.
    Misses: wrong answers.
    """
    operators = {
        "unit_roundoff": unit_roundoff,
        "largest_exact_integer": largest_exact_integer,
        "gamma": gamma,
        "sequential_sum": sequential_sum,
        "dot_error_bound": dot_error_bound,
        "generator": generator,
        "spawn": spawn,
    }
    name, number = case
    argument, arguments = BAD[name][number]
    refuses(lambda: operators[name](*arguments), f"{name} should refuse a wrong {argument}", naming=argument)
