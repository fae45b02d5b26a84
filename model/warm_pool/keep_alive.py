"""How long an environment that nobody uses stays alive."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from model.facts import load_keep_alive
from model.fields import Number
from model.scenario import Scenario

Array = NDArray[np.float64]

KEEP_ALIVE_POINTS = 8


@cache
def _keep_alive_curve() -> tuple[Array, Array]:
    """Idle time and the share of environments gone by then, made to rise (pool adjacent violators)."""
    idle_s, gone = load_keep_alive()
    blocks: list[tuple[float, int]] = []
    for share in gone:
        blocks.append((float(share), 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (high, n), (low, k) = blocks[-2:]
            blocks[-2:] = [((high * n + low * k) / (n + k), n + k)]
    return idle_s, np.concatenate([np.full(n, share) for share, n in blocks])


def keep_alive_survival(idle_s: Number) -> Array:
    """Measured share of environments still alive after being idle for `idle_s`.

    Source: data/cold_starts/keep_alive.csv, linear between the points.
    """
    return np.asarray(1 - np.interp(idle_s, *_keep_alive_curve()))


@cache
def keep_alive_sample_s(points: int = KEEP_ALIVE_POINTS) -> Array:
    """Equally likely lives of an idle environment: mid quantiles of the measured curve, s."""
    idle_s, gone = _keep_alive_curve()
    fine_s = np.linspace(idle_s[0], idle_s[-1], 4001)
    share = np.interp(fine_s, idle_s, gone)
    rising, first = np.unique(share, return_index=True)
    sample = np.interp((np.arange(points) + 0.5) / points, rising, fine_s[first])
    sample.setflags(write=False)
    return sample


def keep_alives_s(scenario: Scenario, points: int) -> Array:
    """Equally likely keep-alive times, last axis; one if the scenario sets a constant."""
    constant = scenario.aws_lambda.keep_alive_s
    if constant is not None:
        return np.asarray(constant, dtype=np.float64)[..., None]
    if points > 2:
        return keep_alive_sample_s(points)
    fine = keep_alive_sample_s(64)
    return np.asarray(fine.mean() + np.array([-1.0, 1.0]) * fine.std())


def periodic_p_cold(gap_s: Number, service_s: Number, keep_alive_s: Number | None = None) -> Array:
    """Cold share of single requests at a fixed gap: those whose environment has gone meanwhile.

    Args: gap_s between starts, s; keep_alive_s: constant life, or None for the measured curve.
    Returns: 0…1; with a constant, cold exactly when gap - service > keep-alive.
    """
    idle_s = np.maximum(np.asarray(gap_s, np.float64) - service_s, 0.0)
    if keep_alive_s is None:
        return 1 - keep_alive_survival(idle_s)
    return np.asarray((idle_s > keep_alive_s) * 1.0)
