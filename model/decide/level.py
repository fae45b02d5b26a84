"""Which scenarios of many meet the service level and every hard limit, and which platform each of them chooses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.decide.verdict import MOST_LATE, PLATFORMS
from model.evaluate import Comparison
from model.fields import Number
from model.fit import Check, fit

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

NEITHER = -1
"""In an array of choices: no platform meets the service level and every limit. Else the index in PLATFORMS."""


@dataclass(frozen=True)
class Standing:
    """Both platforms' standing, by platform, scenario shape.

    usd: total, USD a month, NaN if a price is missing. late: share of requests later than slo_p99_s or given up.
    meets_slo: at most one request in a hundred is late (a job has no level to meet). within_limits: every hard
    limit met. choice: index in PLATFORMS of the cheapest that has both, NEITHER if there is none.
    """

    usd: dict[str, Array]
    late: dict[str, Array]
    meets_slo: dict[str, Flags]
    within_limits: dict[str, Flags]
    shortfall: dict[str, Array]
    choice: NDArray[np.int64]

    def fits(self, platform: str) -> Flags:
        """Where a platform meets the service level and every limit."""
        return np.asarray(self.meets_slo[platform] & self.within_limits[platform])


def standing(comparison: Comparison) -> Standing:
    """Weigh both platforms of a scenario with arrays, as `verdict` does a plain one.

    Returns: Standing.
    Source: METHOD.md "Verdict".
    """
    shape = comparison.scenario.shape
    job = comparison.scenario.workload.kind == "job"
    usd, late, meets, short = {}, {}, {}, {}
    checks = fit(comparison.scenario, comparison.aws_lambda.traffic)
    for name in PLATFORMS:
        side = getattr(comparison, name)
        total = side.bill.total_usd
        usd[name] = _filled(np.nan if total is None else total, shape)
        late[name] = _filled(side.responses.later_than(comparison.scenario.workload.slo_p99_s), shape)
        meets[name] = np.full(shape, True) if job else late[name] <= MOST_LATE
        short[name] = _shortfall(checks, name, shape)
    inside = {name: missed == 0 for name, missed in short.items()}
    return Standing(usd, late, meets, inside, short, _choice(usd, meets, inside))


def _shortfall(checks: tuple[Check, ...], platform: str, shape: tuple[int, ...]) -> Array:
    """0 where a platform meets all of its limits."""
    total = np.zeros(shape)
    for check in checks:
        if check.platform == platform:
            missed: Number = 1.0
            if check.value is not None and check.limit is not None:
                value, most = np.asarray(check.value), np.asarray(check.limit)
                missed = np.log(np.maximum(value, 1e-300) / np.maximum(most, 1e-300))
            total = total + np.where(check.ok, 0.0, np.maximum(missed, 1e-9))
    return total


def _choice(usd: dict[str, Array], meets: dict[str, Flags], inside: dict[str, Flags]) -> NDArray[np.int64]:
    first, second = (meets[name] & inside[name] for name in PLATFORMS)
    cheaper = np.where(usd[PLATFORMS[0]] <= usd[PLATFORMS[1]], 0, 1)
    open_ = np.isnan(usd[PLATFORMS[0]]) | np.isnan(usd[PLATFORMS[1]])
    both = np.where(open_, NEITHER, cheaper)
    return np.where(first & second, both, np.where(first, 0, np.where(second, 1, NEITHER)))


def _filled(values: object, shape: tuple[int, ...]) -> Array:
    values = np.asarray(values, np.float64)
    return np.broadcast_to(values, np.broadcast_shapes(shape, values.shape))
