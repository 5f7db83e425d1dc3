r"""What the book's own backward passes refuse (Step 5)."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from cnnspec.laws.compare import refuses
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function

MAP, ROWS, W = np.zeros((1, 2, 4, 4)), np.zeros((2, 3)), np.zeros((3, 2, 2, 2))

BAD: dict[str, list[tuple[str, tuple[Any, ...], dict[str, Any]]]] = {
    "conv2d_backward": [
        ("dy", (np.zeros((1, 3, 4, 4)), MAP, W), {}),
        ("dy", (np.zeros((1, 3, 3, 3)), MAP, W), {"stride": 2}),
        ("dy", (np.zeros((3, 3, 3)), MAP, W), {}),
        ("dy", (np.zeros((1, 1, 1, 1)), MAP, W), {}),
        ("w", (np.zeros((1, 3, 3, 3)), MAP, W[:, :1]), {}),
        ("x", (np.zeros((1, 3, 3, 3)), MAP[0], W), {}),
        ("groups", (np.zeros((1, 3, 3, 3)), MAP, W), {"groups": 0}),
        ("stride", (np.zeros((1, 3, 3, 3)), MAP, W), {"stride": 0}),
        ("padding", (np.zeros((1, 3, 3, 3)), MAP, W), {"padding": -1}),
    ],
    "max_pool2d_backward": [
        ("dy", (MAP, MAP, 2), {}),
        ("dy", (np.zeros((1, 2)), MAP, 2), {}),
        ("size", (MAP, MAP, 0), {}),
        ("padding", (MAP, MAP, 2), {"padding": 2}),
    ],
    "avg_pool2d_backward": [
        ("dy", (MAP, MAP, 2), {}),
        ("dy", (np.zeros((1, 1, 2, 2)), MAP, 2), {}),
        ("stride", (MAP, MAP, 2), {"stride": 0}),
        ("padding", (MAP, MAP, 2), {"padding": 2}),
    ],
    "global_avg_pool2d_backward": [
        ("dy", (MAP, MAP), {}),
        ("x", (ROWS, ROWS), {}),
        ("dy", (np.zeros((2, 1)), MAP), {}),
    ],
    "relu_backward": [("dy", (ROWS[:1], ROWS), {}), ("x", (ROWS, ROWS + 1j), {}), ("dy", (ROWS[0], ROWS), {})],
    "linear_backward": [
        ("dy", (ROWS, ROWS, ROWS), {}),
        ("w", (np.zeros((2, 2)), ROWS, np.zeros((2, 2))), {}),
        ("dy", (np.zeros((1, 2)), ROWS, ROWS), {}),
        ("x", (ROWS, MAP, ROWS), {}),
    ],
    "cross_entropy_backward": [
        ("z", (ROWS[0], np.array([0])), {}),
        ("y", (ROWS, np.array([0.0, 1.0])), {}),
        ("y", (ROWS, np.array([0, 3])), {}),
        ("y", (ROWS, np.array([-1, 0])), {}),
        ("y", (ROWS, np.array([0])), {}),
    ],
    "batch_norm2d_backward": [
        ("dy", (MAP[:, :1], MAP, np.ones(2)), {}),
        ("gamma", (MAP, MAP, np.ones(1)), {}),
        ("x", (ROWS, ROWS, np.ones(3)), {}),
        ("eps", (MAP, MAP, np.ones(2)), {"eps": -1e-5}),
    ],
}
"""Arguments that must be refused, and the one that the refusal must name."""


@law(
    "grad.refuses",
    needs=" ".join(BAD),
    extended=True,
    case=st.sampled_from([(name, number) for name, calls in BAD.items() for number in range(len(calls))]),
)
def backward_passes_refuse_what_makes_no_sense(
    conv2d_backward: Function,
    max_pool2d_backward: Function,
    avg_pool2d_backward: Function,
    global_avg_pool2d_backward: Function,
    relu_backward: Function,
    linear_backward: Function,
    cross_entropy_backward: Function,
    batch_norm2d_backward: Function,
    case: tuple[str, int],
) -> None:
    r"""Each of these calls is refused with a sentence that names the argument that is wrong.

    Catches: upstream gradients of another shape that are broadcast silently, labels that count from the end.
    Misses: wrong answers.
    """
    operators = {
        "conv2d_backward": conv2d_backward,
        "max_pool2d_backward": max_pool2d_backward,
        "avg_pool2d_backward": avg_pool2d_backward,
        "global_avg_pool2d_backward": global_avg_pool2d_backward,
        "relu_backward": relu_backward,
        "linear_backward": linear_backward,
        "cross_entropy_backward": cross_entropy_backward,
        "batch_norm2d_backward": batch_norm2d_backward,
    }
    name, number = case
    argument, arguments, options = BAD[name][number]
    refuses(lambda: operators[name](*arguments, **options), f"{name} should refuse a wrong {argument}", naming=argument)
