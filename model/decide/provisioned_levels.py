"""How much provisioned concurrency to keep: its cost beside the cold starts it saves, and the cheapest that is fast enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.compute import lambda_handler_s
from model.concurrency import concurrency_limit
from model.decide.verdict import MOST_LATE
from model.evaluate import evaluate
from model.scenario import Scenario, replace_at
from model.traffic import requests_per_month, traffic

Array = NDArray[np.float64]

POINTS = 48
_SPREADS = 5.0


@dataclass(frozen=True)
class ProvisionedLevels:
    """Lambda under fixed numbers of provisioned environments, all day.

    levels: environments. usd: Lambda's bill a month, None if a price is missing; cold_per_month: cold requests a
    month; p99_s: s; within_slo: share; all of the shape of levels.
    cheapest: index of the cheapest level that answers 99 % within the service level, None if none does.
    """

    levels: Array
    usd: Array | None
    cold_per_month: Array
    p99_s: Array
    within_slo: Array
    cheapest: int | None


def provisioned_levels(scenario: Scenario) -> ProvisionedLevels:
    """The function at every sensible number of provisioned environments.

    Args: scenario: plain; its own provisioned concurrency, hours and target do not count.
    Returns: levels from 0 to five standard deviations above the peak's load, at most the concurrency limit; with every
        whole number around the cheapest one.
    Source: METHOD.md "Provisioned concurrency".
    """
    peak = float(traffic(scenario).peak_per_s * lambda_handler_s(scenario))
    most = min(np.ceil(peak + _SPREADS * np.sqrt(peak)) + 2, float(concurrency_limit(scenario)), 1e5)
    coarse = np.unique(np.round(np.linspace(0.0, float(most), POINTS)))
    found = _at(scenario, coarse)
    if found.cheapest is None or found.cheapest == 0:
        return found
    beside = coarse[found.cheapest - 1], coarse[min(found.cheapest + 1, coarse.size - 1)]
    fine = np.unique(np.round(np.linspace(float(beside[0]), float(beside[1]), POINTS)))
    return _at(scenario, np.union1d(coarse, fine))


def _at(scenario: Scenario, levels: Array) -> ProvisionedLevels:
    side = evaluate(
        replace_at(
            scenario,
            {
                "aws_lambda.provisioned_concurrency": levels,
                "aws_lambda.provisioned_target_percent": None,
                "aws_lambda.provisioned_hours_per_day": 24.0,
            },
        )
    ).aws_lambda
    within = np.broadcast_to(side.latency.within_slo, levels.shape)
    usd = side.bill.total_usd
    price = levels if usd is None else np.broadcast_to(np.asarray(usd), levels.shape)
    meets = within >= 1 - MOST_LATE
    return ProvisionedLevels(
        levels=levels,
        usd=None if usd is None else price,
        cold_per_month=np.broadcast_to(side.cold.p_cold, levels.shape) * requests_per_month(scenario),
        p99_s=np.broadcast_to(side.latency.p99_s, levels.shape),
        within_slo=within,
        cheapest=int(np.argmin(np.where(meets, price, np.inf))) if meets.any() else None,
    )
