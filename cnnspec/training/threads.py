r"""One thread for matrix products: the same bits on any number of processors, and none of them spent on waiting.

A library of linear algebra that shares a product among threads adds its terms in an order that depends on how many
there are, so that the last bits do too. Products as small as those of this book gain next to nothing from a second
thread; on a busy machine they lose, since a thread that waits for the other keeps its processor.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """Hold NumPy's matrix products to one thread while the body runs.

    This needs threadpoolctl, which comes with scikit-learn; without it nothing changes, and a run repeats another
    bit for bit only if both are given the same number of threads.
    """
    try:
        limits = importlib.import_module("threadpoolctl").threadpool_limits
    except ModuleNotFoundError:
        yield
        return
    with limits(limits=1, user_api="blas"):
        yield
