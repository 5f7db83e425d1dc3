"""SciPy behind the names of the book: `scipy.signal.correlate2d`, which has no stride, padding or dilation.

SciPy's function slides one array over another; stride, padding and dilation are put around it with NumPy, so
that the laws judge SciPy's sums.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cnnspec.arguments import Array, IntOrPair

DEVIATIONS: Mapping[str, str] = {}


def operators() -> dict[str, Callable[..., Any]]:
    """The operator that SciPy has.

    Raises:
        ImportError: If SciPy is not installed.
    """
    from scipy import signal

    def correlate2d(
        image: Array, kernel: Array, *, stride: IntOrPair = 1, padding: IntOrPair = 0, dilation: IntOrPair = 1
    ) -> Array:
        (sv, sh), (pv, ph), (dv, dh) = (o if isinstance(o, tuple) else (o, o) for o in (stride, padding, dilation))
        spread = np.zeros((dv * (kernel.shape[0] - 1) + 1, dh * (kernel.shape[1] - 1) + 1), kernel.dtype)
        spread[::dv, ::dh] = kernel
        framed = np.pad(image, ((pv, pv), (ph, ph)))
        answer: Array = signal.correlate2d(framed, spread, mode="valid")[::sv, ::sh]
        return answer

    return {"correlate2d": correlate2d}
