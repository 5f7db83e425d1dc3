r"""Step 1: what machine the numbers come from.

A verified output is worth little without the versions that produced it, the precision of its numbers and the
seed of its random draws. This module states those facts, and the two facts of floating-point arithmetic on
which the whole book rests: sums of integers are exact as long as they are small enough, and every other sum
of products has an error that can be bounded before it is computed.
"""

from __future__ import annotations

import platform
from importlib import metadata

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from cnnspec.arguments import array, integer

PACKAGES = ("numpy", "hypothesis", "scipy", "torch", "scikit-learn", "matplotlib", "onnx")


def versions() -> dict[str, str]:
    """Name the versions that decide a result: Python, the platform, and the packages that are installed.

    Returns:
        A mapping from a name to its version, in a fixed order; packages that are missing are left out.
    """
    found = {"python": platform.python_version(), "platform": f"{platform.system()} {platform.machine()}"}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def blas() -> str:
    """Name the linear-algebra library that NumPy calls for matrix products.

    Two libraries add the same products in different orders, so their floating-point results may differ.
    """
    library = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"{library.get('name', 'unknown')} {library.get('version', '')}".strip()


def unit_roundoff(dtype: DTypeLike) -> float:
    r"""The largest relative error of rounding one number: $u = 2^{-t}$ for $t$ binary digits.

    Args:
        dtype: A floating dtype such as `float32` ($t = 24$) or `float64` ($t = 53$).

    Raises:
        TypeError: If the dtype is not floating.

    Source:
        Higham (2002), Accuracy and Stability of Numerical Algorithms, section 2.1.
    """
    kind = np.dtype(dtype)
    if kind.kind != "f":
        raise TypeError(f"dtype must be a floating dtype, but {kind} came.")
    return float(np.finfo(kind).eps) / 2


def largest_exact_integer(dtype: DTypeLike) -> int:
    r"""The integer $2^t$ up to which every whole number is represented exactly.

    Sums of integers whose absolute values add up to no more than this are exact in any order.

    Args:
        dtype: A floating dtype.

    Raises:
        TypeError: If the dtype is not floating.
    """
    return round(1 / unit_roundoff(dtype))


def gamma(count: int, dtype: DTypeLike) -> float:
    r"""Higham's constant: the relative error that `count` roundings can build up.

    $$ \gamma_n = \frac{n u}{1 - n u} $$

    Args:
        count: The number $n$ of roundings, at least 0.
        dtype: The floating dtype in which they happen.

    Raises:
        TypeError: If the dtype is not floating or the count not a whole number.
        ValueError: If the count is negative, or so large that $nu \ge 1$.

    Source:
        Higham (2002), lemma 3.1.
    """
    n, u = integer(count, "count", least=0), unit_roundoff(dtype)
    if n * u >= 1:
        raise ValueError(f"count must be below {round(1 / u)} for {np.dtype(dtype)}, but {n} came.")
    return n * u / (1 - n * u)


def sequential_sum(values: ArrayLike) -> float:
    r"""Add numbers one after the other, from the first to the last, rounding after each addition.

    $$ s_0 = 0, \qquad s_{i+1} = \operatorname{fl}(s_i + v_i) $$

    Args:
        values: Array of shape (K,), floating.

    Returns:
        The last partial sum.

    Raises:
        TypeError: If the values are not floating-point numbers.
        ValueError: If there are none.
    """
    terms = array(values, "values", "K", real=True)
    if terms.dtype.kind != "f":
        raise TypeError(f"values must hold floating-point numbers, but its dtype is {terms.dtype}.")
    total = terms.dtype.type(0)
    for term in terms:
        total = total + term
    return float(total)


def dot_error_bound(a: ArrayLike, b: ArrayLike) -> float:
    r"""How far a computed dot product can be from the true one, in any order of summation.

    $$ \lvert \operatorname{fl}(a \cdot b) - a \cdot b \rvert \le \gamma_K \sum_i \lvert a_i b_i \rvert $$

    Args:
        a: Array of shape (K,), floating.
        b: Array of shape (K,), of the same dtype.

    Raises:
        TypeError: If the dtypes are not floating.
        ValueError: If the lengths differ.

    Source:
        Higham (2002), equation 3.5.
    """
    left, right = array(a, "a", "K", real=True), array(b, "b", "K", real=True)
    if left.shape != right.shape:
        raise ValueError(f"a and b must have one length, but {len(left)} and {len(right)} came.")
    magnitude = np.sum(np.abs(left.astype(np.float64) * right.astype(np.float64)))
    return gamma(len(left), np.result_type(left, right)) * float(magnitude)


def generator(seed: int) -> np.random.Generator:
    """A stream of random numbers that is the same for the same seed.

    The bit generator is named (PCG64) because `numpy.random.default_rng` may choose another one some day.

    Args:
        seed: A whole number, at least 0.

    Raises:
        TypeError: If the seed is not a whole number.
        ValueError: If it is negative.
    """
    return np.random.Generator(np.random.PCG64(integer(seed, "seed", least=0)))


def spawn(seed: int, count: int) -> list[np.random.Generator]:
    """Independent streams from one seed, for work that is done in any order.

    Args:
        seed: A whole number, at least 0.
        count: How many streams.

    Raises:
        TypeError: If an argument is not a whole number.
        ValueError: If one is negative.
    """
    children = np.random.SeedSequence(integer(seed, "seed", least=0)).spawn(integer(count, "count", least=0))
    return [np.random.Generator(np.random.PCG64(child)) for child in children]
