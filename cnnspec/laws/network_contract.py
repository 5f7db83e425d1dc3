r"""What the book's own operators of Step 5 refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from cnnspec.environment import generator
from cnnspec.laws.compare import refuses
from cnnspec.laws.law import law
from cnnspec.laws.operators import Function

ROWS, MAPS, ONE = np.zeros((2, 3)), np.zeros((2, 3, 4, 4)), np.ones(3)

BAD: dict[str, list[tuple[str, tuple[Any, ...]]]] = {
    "relu": [("x", (np.zeros(0),)), ("x", (ROWS + 1j,)), ("x", ([[1.0], [1.0, 2.0]],))],
    "flatten": [("x", (ONE,)), ("x", (np.zeros((2, 0)),)), ("x", (MAPS.astype(str),))],
    "linear": [
        ("x", (MAPS, ROWS)),
        ("w", (ROWS, ONE)),
        ("w", (ROWS, np.zeros((2, 2)))),
        ("b", (ROWS, ROWS, ONE)),
        ("b", (ROWS, ROWS, ROWS)),
    ],
    "softmax": [("z", (ROWS * 1j,)), ("axis", (ROWS, 2)), ("axis", (ROWS, -3)), ("z", (np.zeros((2, 0)),))],
    "log_softmax": [("z", (ROWS * 1j,)), ("axis", (ROWS, 2)), ("axis", (ROWS, -3)), ("z", (np.zeros((2, 0)),))],
    "cross_entropy": [
        ("z", (ONE, np.array([0]))),
        ("y", (ROWS, np.array([0.0, 1.0]))),
        ("y", (ROWS, np.array([0]))),
        ("y", (ROWS, np.array([0, 3]))),
        ("y", (ROWS, np.array([-1, 0]))),
        ("y", (ROWS, np.array([[0], [0]]))),
    ],
    "batch_norm2d": [
        ("x", (ROWS, ONE, ONE)),
        ("gamma", (MAPS, ONE[:2], ONE)),
        ("beta", (MAPS, ONE, ONE[:1])),
        ("gamma", (MAPS, ROWS, ONE)),
    ],
    "batch_norm2d_inference": [("mean", (MAPS, ONE, ONE, ONE[:1], ONE)), ("variance", (MAPS, ONE, ONE, ONE, ONE[:2]))],
    "he_normal": [("shape", ((3,), generator(0)))],
    "lecun_normal": [("shape", ((), generator(0)))],
    "glorot_uniform": [("shape", ((3,), generator(0)))],
    "receptive_field": [
        ("layers", ([(3, 1)],)),
        ("kernel", ([(0, 1, 1)],)),
        ("stride", ([(3, 1, 1), (3, 0, 1)],)),
        ("dilation", ([(3, 1, 0)],)),
        ("kernel", ([(2.5, 1, 1)],)),
    ],
}
"""Arguments that must be refused, and the one that the refusal must name."""


@law(
    "network.refuses",
    needs=" ".join(BAD),
    extended=True,
    case=st.sampled_from([(name, number) for name, calls in BAD.items() for number in range(len(calls))]),
)
def layers_refuse_what_makes_no_sense(
    relu: Function,
    flatten: Function,
    linear: Function,
    softmax: Function,
    log_softmax: Function,
    cross_entropy: Function,
    batch_norm2d: Function,
    batch_norm2d_inference: Function,
    he_normal: Function,
    lecun_normal: Function,
    glorot_uniform: Function,
    receptive_field: Function,
    case: tuple[str, int],
) -> None:
    r"""Each of these calls is refused with a sentence that names the argument that is wrong.

    Catches: shapes that are broadcast silently, labels that count from the end, complex logits.
    Misses: wrong answers.
    """
    operators = {
        "relu": relu,
        "flatten": flatten,
        "linear": linear,
        "softmax": softmax,
        "log_softmax": log_softmax,
        "cross_entropy": cross_entropy,
        "batch_norm2d": batch_norm2d,
        "batch_norm2d_inference": batch_norm2d_inference,
        "he_normal": he_normal,
        "lecun_normal": lecun_normal,
        "glorot_uniform": glorot_uniform,
        "receptive_field": receptive_field,
    }
    name, number = case
    argument, arguments = BAD[name][number]
    refuses(lambda: operators[name](*arguments), f"{name} should refuse a wrong {argument}", naming=argument)


@law("network.refuses-eps", needs="batch_norm2d", extended=True, eps=st.sampled_from([-1.0, -1e-5]))
def a_negative_eps_is_refused(batch_norm2d: Function, eps: float) -> None:
    r"""An ε below zero is refused: the root could be of a negative number.

    Catches: answers that are not numbers.
    Misses: wrong answers.
    """
    refuses(lambda: batch_norm2d(MAPS, ONE, ONE, eps=eps), "batch_norm2d should refuse a negative eps", naming="eps")
