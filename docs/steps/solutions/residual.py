"""Step 7, solved: the residual block in NumPy, and the two stacks of the lab's experiment."""

import numpy as np


def residual_block(x, branch):
    """Add the branch's answer to the input, in a new array, and broadcast nothing."""
    answer = np.asarray(branch(x.copy()))
    if answer.shape != x.shape:
        raise ValueError(f"branch(x) must have the shape {x.shape} of x, but its shape is {answer.shape}.")
    return (x + answer).astype(x.dtype)


def relu(x):
    """Keep what is positive."""
    return np.maximum(x, 0)


def lab(seed, *, deviation=0.1, width=64, depth=20):
    """Exercise 2: the standard deviations of the plain and of the residual stack, layer by layer."""
    numbers = np.random.RandomState(seed)
    plain = residual = numbers.standard_normal((1, width))
    spreads = []
    for _ in range(depth):
        first, second = numbers.standard_normal((2, width, width)) * deviation
        plain = relu(plain @ first)
        residual = relu(residual_block(residual, lambda x: relu(x @ first) @ second))  # noqa: B023
        spreads.append((plain.std(), residual.std()))
    return np.array(spreads)


def without_one(blocks):
    """Exercise 4: how many paths are left when one of so many blocks is deleted, and when a plain layer is."""
    return 2 ** (blocks - 1), 0


def grown(scale, shortcut, *, seeds=20, deviation=0.1, width=64, depth=20):
    """Exercise 3: by how much a stack with these weights multiplies the mean square, on average over the seeds.

    With the rectifier behind the sum a scaled branch still grows, only slower. What stays level has both parts scaled
    so that their squares sum to one, and no rectifier on the trunk: the weight 1 / sqrt(1 + 0.2048) for both.
    """
    found = []
    for seed in range(seeds):
        numbers = np.random.default_rng(seed)
        first = x = numbers.standard_normal((1, width))
        for _ in range(depth):
            one, two = numbers.standard_normal((2, width, width)) * deviation
            x = shortcut * x + scale * relu(x @ one) @ two
        found.append(np.mean(x**2) / np.mean(first**2))
    return np.mean(found)


def nilpotent():
    """Exercise 6: I + A is not zero and its square is, so one block lets a gradient through, and two let none."""
    return np.array([[-1, 1], [0, -1]])
