"""How to measure on a machine that does other things too: interleaved rounds, and the least time of each."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Clock = Callable[[], float]
CLOCKS: Mapping[str, Clock] = {"wall": time.perf_counter, "cpu": time.process_time}
PATIENCE = 2.0
"""Whoever takes longer than this, in seconds, runs once."""


def race(runs: Mapping[str, Callable[[], Any]], *, rounds: int, clock: Clock) -> dict[str, float]:
    """Time all contestants in turns, so that a disturbance meets all of them, and keep each one's least time.

    Each runs once to warm up; that time counts only for one who runs no more.
    """
    best = {name: _time(run, clock) for name, run in runs.items()}
    quick = {name: run for name, run in runs.items() if best[name] < PATIENCE}
    times: dict[str, list[float]] = {name: [] for name in quick}
    for turn in range(rounds):
        order = list(quick)
        for name in order[turn % len(order) :] + order[: turn % len(order)] if order else []:
            times[name].append(_time(quick[name], clock))
    return best | {name: min(values) for name, values in times.items() if values}


def _time(run: Callable[[], Any], clock: Clock) -> float:
    start = clock()
    run()
    return clock() - start


def sgemm_rate(*, clock: Clock, size: int = 1024, rounds: int = 10) -> float:
    """Floating-point operations per second of NumPy's matrix product in float32, a multiplication counted as one."""
    a, b = (np.random.default_rng(seed).standard_normal((size, size), dtype=np.float32) for seed in (0, 1))
    out = np.empty_like(a)
    return 2 * size**3 / race({"sgemm": lambda: np.matmul(a, b, out=out)}, rounds=rounds, clock=clock)["sgemm"]


def extra_memory(run: Callable[[], Any]) -> int:
    """The peak of the memory that a run holds beside its arguments and its answer, in bytes."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        answer = run()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    parts = answer if isinstance(answer, tuple) else (answer,)
    return max(peak - before - sum(int(part.nbytes) for part in parts), 0)


def geometric_mean(values: list[float]) -> float:
    """The n-th root of the product: the mean for ratios."""
    return float(np.exp(np.mean(np.log(values))))
