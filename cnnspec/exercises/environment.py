"""The exercises of Step 1, solved as a reader may solve them: nothing here is imported from the book."""

import math

import numpy as np


def floats_to_the_double(exponent):
    r"""How many float32 numbers there are from $2^e$ on and below $2^{e+1}$.

    Args:
        exponent: The whole number $e$, from $-126$ to $126$.

    Returns:
        The number of numbers.
    """
    return 2**23  # as many as the 23 binary digits behind the leading one can write, whatever the exponent


def sum_of_ones(count):
    r"""The float32 number that one arrives at by adding 1 so many times, beginning with 0.

    Args:
        count: How many ones are added; there may be too many to wait for.

    Returns:
        The sum.
    """
    return min(count, 2**24)  # from there on, 1 is half of the distance to the next number, and is rounded away


def side_of_exact_sums(largest):
    r"""The side of the largest square picture whose pixels float32 always adds up exactly.

    Args:
        largest: The pixels are whole numbers from 0 to this.

    Returns:
        The largest side for which the sum is exact, whatever the pixels are and in whatever order they are added.
    """
    return math.isqrt(2**24 // largest)


def four_numbers():
    r"""Four numbers whose sum in float32 takes more than two values.

    Returns:
        An array of four float32 numbers.
    """
    return np.array([2**24, 1, 1, -(2**24)], dtype=np.float32)


def order_of_summing(values):
    r"""The order in which to add up positive float16 numbers, one after the other.

    For $1, \tfrac12, \dots, \tfrac1n$ with $n = 100, 200, \dots, 600$ the sum has to be as near to the true one as with
    the better of two orders, the largest or the smallest first.

    Args:
        values: Array of shape (K,), float16, in no order.

    Returns:
        Array of shape (K,) with the whole numbers from 0 to K - 1: the place of what is added first, and so on.
    """
    return np.argsort(values)  # the smallest first, while the sum is small and little of them is rounded away


def error_of_layers(counts):
    r"""A bound on the relative error of layers in a row, all in float32 and with positive numbers only.

    Args:
        counts: Array of whole numbers: in how many roundings a term of each layer takes part.

    Returns:
        A float, at least $(1 + \gamma_{n_1}) (1 + \gamma_{n_2}) \cdots - 1$ and at most $\gamma_{n_1 + n_2 + \cdots}$.
    """
    roundings = float(np.sum(counts)) * 2.0**-24
    return roundings / (1 - roundings)
