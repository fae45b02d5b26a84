"""The windows a replay is told in: minutes, hours or days of whole steps."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LENGTHS_S = (60.0, 300.0, 3600.0, 21_600.0, 86_400.0)
MOST_WINDOWS = 400


def window_steps(steps: int, step_s: float) -> int:
    """Steps in a window: an hour for a week, finer for shorter recordings."""
    fitting = (math.ceil(length_s / step_s - 1e-9) for length_s in LENGTHS_S)
    return next(n for n in (*fitting, steps) if steps / n <= MOST_WINDOWS)


def sums(series: Array, n: int) -> Array:
    """Sums over windows of n steps; the last may be shorter."""
    return np.asarray(np.add.reduceat(series, np.arange(0, series.size, n)))


def folded(series: Array, n: int, fill: float) -> Array:
    """A row for each window, the last filled up."""
    rows = math.ceil(series.size / n)
    padded = np.full(rows * n, fill, dtype=np.float64)
    padded[: series.size] = series
    return padded.reshape(rows, n)
