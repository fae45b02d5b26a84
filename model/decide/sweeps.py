"""The same question asked many times: over traffic, over runtimes, over metric periods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.evaluate import evaluate
from model.facts import InitQuantiles, limit, load_init_quantiles
from model.scaling.spike import Spike
from model.scenario import Scenario, replace_at
from model.traffic import DAY_S

Array = NDArray[np.float64]

SLOWEST_PER_S, FASTEST_PER_S, RATES = 1e-4, 1e4, 121
MOST_RUNS_PER_DAY = 1e6


@dataclass(frozen=True)
class ColdShareCurve:
    """Share of cold requests over mean requests/s."""

    values: Array
    p_cold: Array


def cold_share_over_traffic(scenario: Scenario) -> ColdShareCurve:
    """p_cold of the scenario over a logarithmic range of requests (or job runs) per second."""
    path, per_day = "workload.requests_per_s", 1.0
    fastest_per_s = FASTEST_PER_S
    if scenario.workload.kind == "job":
        path, per_day, fastest_per_s = "workload.runs_per_day", DAY_S, MOST_RUNS_PER_DAY / DAY_S
    per_s = np.geomspace(SLOWEST_PER_S, fastest_per_s, RATES)
    curve = evaluate(replace_at(scenario, path, per_s * per_day))
    return ColdShareCurve(per_s, np.asarray(curve.aws_lambda.cold.p_cold))


def runtime_starts(scenario: Scenario) -> tuple[InitQuantiles, ...]:
    """Measured init times of every runtime with the scenario's architecture and package type, without SnapStart."""
    function = scenario.aws_lambda
    return tuple(
        measured
        for measured in load_init_quantiles().values()
        if measured.architecture == function.architecture
        and measured.package == function.package
        and not measured.snapstart
    )


def spikes_by_metric_period(scenario: Scenario) -> dict[int, Spike]:
    """The scenario's spike with the slow and the fast metric of ECS."""
    periods = (limit("target_tracking.metric_period_s"), limit("target_tracking.fast_metric_period_s"))
    return {
        int(period): evaluate(replace_at(scenario, "fargate.metric_period_s", period)).spike
        for period in periods
    }
