"""A recording on both platforms, from its first period to its last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from model.evaluate import Comparison, evaluate
from model.facts import load_traces
from model.fields import ScenarioError
from model.replay.money import window_usd
from model.replay.waits import ServedWaits, Waits, fargate_waits, lambda_waits
from model.replay.windows import sums, window_steps
from model.replay.worst import Worst, worst_ten_minutes
from model.scaling.ecs import ServiceRun
from model.scaling.function import FunctionRun, simulate_function
from model.scenario import Scenario, Workload, replace_at
from model.series import UPLOADED
from model.traffic import HOUR_S
from model.warm_pool import cold_requests

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Windows:
    """One platform in each window; arrays of shape (windows,).

    lost: requests throttled, timed out or rejected. cold: requests that waited for a new environment (Lambda).
    capacity: tasks that serve, or environments alive, mean. p99_s: NaN without a request. usd: None while a price
    is missing.
    """

    lost: Array
    cold: Array
    capacity: Array
    p99_s: Array
    usd: Array | None


@dataclass(frozen=True)
class Side:
    """One platform over the whole recording.

    lost, cold: requests; capacity_mean, capacity_max: tasks or environments; p99_s: of all answered requests and
    those that gave up; usd: cost of the recording's length; month_usd: of a month like it; None without a price.
    """

    windows: Windows
    lost: float
    lost_share: float
    cold: float
    capacity_mean: float
    capacity_max: float
    p99_s: float
    usd: float | None
    month_usd: float | None


@dataclass(frozen=True)
class Replay:
    """Both platforms under one recording.

    begins: start of the recording by its own clock. window_s: length of a window, s; starts_s: of each window, from
    the recording's start. requests: in each window. comparison: bills and runs behind it all, of the same steps.
    """

    comparison: Comparison
    begins: datetime
    step_s: float
    window_s: float
    starts_s: Array
    hours: Array
    requests: Array
    function: FunctionRun
    aws_lambda: Side
    fargate: Side
    worst: Worst

    @property
    def service(self) -> ServiceRun:
        return self.comparison.fargate.run

    @property
    def length_s(self) -> float:
        return self.service.arrivals.size * self.step_s

    @property
    def total_requests(self) -> float:
        return float(self.requests.sum())


def replay(scenario: Scenario) -> Replay:
    """Run the scenario's recording through both platforms.

    Args: scenario: plain, kind = service; its recording is replayed whatever its pattern is.
    Returns: Replay; both sides from one simulation each, which is also behind the month's bill.
    Raises: ScenarioError for jobs, arrays, or what `evaluate` refuses.
    Source: METHOD.md "Replay".
    """
    if scenario.workload.kind != "service" or scenario.shape:
        raise ScenarioError("workload.kind", scenario.workload.kind, "one service at a time for a replay")
    scenario = as_recorded(scenario)
    comparison = evaluate(scenario)
    traffic, service = comparison.fargate.traffic, comparison.fargate.run
    step_s = traffic.step_s
    function = simulate_function(traffic.per_s, step_s, scenario)
    n = window_steps(traffic.per_s.size, step_s)
    hours = sums(np.full(traffic.per_s.size, step_s / HOUR_S), n)
    of_lambda = comparison.aws_lambda
    cold = cold_requests(scenario, traffic.per_s, step_s, of_lambda.start.mean_s, of_lambda.cold.p_cold)
    return Replay(
        comparison=comparison,
        begins=begins(scenario.workload),
        step_s=step_s,
        window_s=n * step_s,
        starts_s=np.arange(hours.size, dtype=np.float64) * (n * step_s),
        hours=hours,
        requests=sums(service.arrivals, n),
        function=function,
        aws_lambda=_lambda_side(comparison, function, cold, hours, n),
        fargate=_fargate_side(comparison, hours, n),
        worst=worst_ten_minutes(scenario, service, function),
    )


def as_recorded(scenario: Scenario) -> Scenario:
    """The scenario with its recording as traffic."""
    return replace_at(scenario, "workload.pattern", "trace")


def begins(workload: Workload) -> datetime:
    """When the recording starts, by its own clock."""
    if workload.trace == UPLOADED and workload.series is not None:
        return workload.series.begins
    return load_traces()[workload.trace].start


def _lambda_side(comparison: Comparison, function: FunctionRun, cold: Array, hours: Array, n: int) -> Side:
    side = comparison.aws_lambda
    requests = sums(function.arrivals, n)
    colds = sums(cold, n)
    waits = lambda_waits(comparison.scenario, colds, requests, side.start)
    kept = side.provisioned.environments
    environments = np.repeat(kept, -(-function.arrivals.size // kept.size))[: function.arrivals.size]
    courses = {"requests": requests, "starts": colds, "environments": sums(environments, n)}
    windows = Windows(
        lost=sums(function.throttled, n),
        cold=colds,
        capacity=sums(function.environments, n) / sums(np.ones_like(function.arrivals), n),
        p99_s=waits.p99_s,
        usd=window_usd(side.bill, courses, hours, float(comparison.scenario.billing.hours_per_month)),
    )
    return _side(windows, waits, requests, function.environments, side.bill.total_usd)


def _fargate_side(comparison: Comparison, hours: Array, n: int) -> Side:
    side, run = comparison.fargate, comparison.fargate.run
    requests = sums(run.arrivals, n)
    waits = fargate_waits(comparison.scenario, run, n)
    courses = {"requests": requests, "tasks": sums(run.billed_tasks, n)}
    windows = Windows(
        lost=sums(run.lost, n),
        cold=np.zeros_like(requests),
        capacity=sums(run.running, n) / sums(np.ones_like(run.running), n),
        p99_s=waits.p99_s,
        usd=window_usd(side.bill, courses, hours, float(comparison.scenario.billing.hours_per_month)),
    )
    return _side(windows, waits, requests, run.running, side.bill.total_usd)


def _side(
    windows: Windows, waits: Waits | ServedWaits, requests: Array, capacity: Array, month_usd: object
) -> Side:
    lost = float(windows.lost.sum())
    return Side(
        windows=windows,
        lost=lost,
        lost_share=lost / max(float(requests.sum()), 1e-300),
        cold=float(windows.cold.sum()),
        capacity_mean=float(capacity.mean()),
        capacity_max=float(capacity.max()),
        p99_s=waits.overall_p99_s,
        usd=None if windows.usd is None else float(windows.usd.sum()),
        month_usd=None if month_usd is None else float(np.asarray(month_usd)),
    )
