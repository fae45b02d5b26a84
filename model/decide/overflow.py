"""A fixed number of tasks for the base of the traffic, and Lambda for what exceeds it: how many tasks are best?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.compute import task_capacity_per_s
from model.decide.pooling import Usage, metered
from model.decide.verdict import MOST_GIVEN_UP
from model.evaluate import FargateSide, LambdaSide, evaluate
from model.fields import ScenarioError
from model.fit import fit
from model.latency import Latency
from model.scaling.policy import metric_weight
from model.scenario import Scenario, replace_at
from model.traffic import Traffic, traffic

Array = NDArray[np.float64]

MOST_LEVELS = 121
LEAST_PER_S = 1e-6  # the smallest rate a scenario may have
P99_SHARE = 0.01
BISECTIONS = 50


@dataclass(frozen=True)
class Overflow:
    """One workload over levels of the baseline; arrays of one element per level.

    tasks: fixed tasks, ascending from 0 (all on Lambda) to what carries the peak. usd: one bill for both, USD a month;
    None if a price is missing. overflow_share: of the requests that go to Lambda. p99_s: of all requests; meets_slo.
    connections: to the database at the peak, of both, 0 without one; fits: hard limits of the sides in use are met.
    autoscaled_usd: the scenario's own Fargate service, for comparison. best: index of the cheapest level that meets
    SLO and limits; None if none does.
    """

    tasks: Array
    usd: Array | None
    overflow_share: Array
    p99_s: Array
    meets_slo: NDArray[np.bool_]
    fits: NDArray[np.bool_]
    autoscaled_usd: float | None
    best: int | None


def overflow(scenario: Scenario) -> Overflow:
    """Baseline on Fargate, overflow on Lambda, for one plain scenario.

    Raises: ScenarioError for a job: it has no stream of requests to divide.
    Source: METHOD.md "Hybrid".
    Assumes: something in front sends each task as many requests as bring it to its target, and the rest to Lambda,
        at no cost and at once; the two share what is there once.
    """
    if scenario.workload.kind == "job":
        raise ScenarioError("workload.kind", "job", "a service: the runs of a job are tasks of their own")
    arriving = traffic(scenario)
    per_task = 1 / np.maximum(metric_weight(scenario), 1 / np.asarray(task_capacity_per_s(scenario)))
    tasks = _levels(float(arriving.peak_per_s / per_task))
    base = np.minimum(arriving.per_s, (tasks * float(per_task))[:, None])
    rest = np.maximum(arriving.per_s - base, 0.0)
    mean = arriving.per_s.mean()
    share = rest.mean(axis=-1) / mean
    share = np.where(share < 1e-12, 0.0, share)
    service = _service(scenario, Traffic(base, arriving.step_s), tasks)
    function = _function(scenario, Traffic(rest, arriving.step_s))
    usd = _usd(scenario, service, function, share)
    p99_s, given_up = _together(service.latency, function.latency, share)
    meets = (p99_s <= float(scenario.workload.slo_p99_s)) & (given_up <= MOST_GIVEN_UP)
    fits = _fits(service, function, share)
    return Overflow(
        tasks,
        usd,
        share,
        p99_s,
        meets,
        fits,
        _plain(evaluate(scenario).fargate.bill.total_usd),
        _cheapest(usd, meets & fits),
    )


def _levels(most: float) -> Array:
    """0 … the tasks that carry the peak, whole; thinned out evenly beyond 120."""
    top = int(np.ceil(most - 1e-9))
    return np.unique(np.round(np.linspace(0, top, min(top + 1, MOST_LEVELS))))


def _service(scenario: Scenario, arriving: Traffic, tasks: Array) -> FargateSide:
    """The tasks of each level; the level without tasks gets one that idles, and is left out of the sums."""
    mean = np.maximum(arriving.per_s.mean(axis=-1), LEAST_PER_S)
    changes = {
        "fargate.scaling": "fixed",
        "fargate.tasks": np.maximum(tasks, 1),
        "workload.requests_per_s": mean,
    }
    return FargateSide(replace_at(scenario, changes), arriving)


def _function(scenario: Scenario, arriving: Traffic) -> LambdaSide:
    mean = np.maximum(arriving.per_s.mean(axis=-1), LEAST_PER_S)
    per_s = np.maximum(arriving.per_s, LEAST_PER_S)
    return LambdaSide(replace_at(scenario, "workload.requests_per_s", mean), Traffic(per_s, arriving.step_s))


def _usd(scenario: Scenario, service: FargateSide, function: LambdaSide, share: Array) -> Array | None:
    """One bill of both at each level; only the sides in use count."""
    bills = (function.bill, service.bill)
    if any(bill.missing for bill in bills):
        return None
    meters, usages = metered(bills, share.shape, scenario.billing)
    used = np.stack((share > 0, share < 1))
    totals = [
        meters.total_usd(
            Usage(*(np.stack([getattr(one, part)[level] for one in usages]) for part in _PARTS)),
            used[:, level],
        )
        for level in range(len(share))
    ]
    return np.array(totals, np.float64)


_PARTS = ("units", "covered", "flat_usd")


def _together(service: Latency, function: Latency, share: Array) -> tuple[Array, Array]:
    """p99 and share that gave up, over the requests of both sides."""
    low, high = np.zeros(share.shape), np.broadcast_to(service.timeout_s, share.shape).astype(np.float64)

    def slower(t_s: Array) -> Array:
        return np.asarray((1 - share) * service.survival(t_s) + share * function.survival(t_s))

    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        more = slower(middle) > P99_SHARE
        low, high = np.where(more, middle, low), np.where(more, high, middle)
    given_up = (1 - share) * service.timed_out + share * function.timed_out
    return high, np.asarray(given_up)


def _fits(service: FargateSide, function: LambdaSide, share: Array) -> NDArray[np.bool_]:
    """Hard limits of the sides in use, and the database's connections for both together."""
    ok = np.ones(share.shape, bool)
    taken = np.zeros(share.shape)
    for side, in_use in ((function, share > 0), (service, share < 1)):
        platform = "aws_lambda" if side is function else "fargate"
        for check in fit(side.scenario, side.traffic):
            if check.platform != platform:
                continue
            ok &= np.broadcast_to(check.ok, share.shape) | ~in_use
            if check.check.startswith("Database connections") and check.value is not None:
                taken = taken + np.broadcast_to(check.value, share.shape) * in_use
    allowed = service.scenario.workload.db_connections_limit
    return ok if allowed is None else ok & (taken <= np.asarray(allowed))


def _cheapest(usd: Array | None, works: NDArray[np.bool_]) -> int | None:
    if usd is None or not works.any():
        return None
    return int(np.argmin(np.where(works, usd, np.inf)))


def _plain(total: object) -> float | None:
    return None if total is None else float(np.asarray(total))
