"""Cold starts over one field, and the first request after an idle hour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.compute import lambda_handler_s
from model.decide.break_even import TRAFFIC
from model.evaluate import evaluate
from model.facts import limit
from model.fields import Number
from model.latency import Latency, lambda_latency
from model.provisioned import has_provisioned
from model.scenario import Scenario, replace_at, value_at
from model.traffic import DAY_S, HOUR_S
from model.warm_pool import periodic_p_cold

Array = NDArray[np.float64]

POINTS = 81
SLOWEST_PER_S, FASTEST_PER_S = 1e-4, 1e4
PACKAGE, MEMORY, KEEP_ALIVE = "aws_lambda.package_mb", "aws_lambda.memory_mb", "aws_lambda.keep_alive_s"
_QUIET = {"workload.requests_per_s": 1e-6, "workload.pattern": "steady"}


@dataclass(frozen=True)
class ColdCurve:
    """Share of cold requests and p99 over one field.

    path: the field; values: along it; p_cold: share; p99_s: by platform (Fargate only where the field moves it), s.
    now: the scenario's own value, None where it has none (the measured keep-alive curve).
    """

    path: str
    values: Array
    p_cold: Array
    p99_s: dict[str, Array]
    now: float | None


def cold_curve(scenario: Scenario, path: str) -> ColdCurve:
    """The scenario over traffic, memory, package size or keep-alive.

    Args: scenario: plain. path: a field of TRAFFIC, PACKAGE, MEMORY or KEEP_ALIVE.
    Source: METHOD.md "Warm pool", "Latency".
    """
    values = _values(scenario, path)
    of_traffic = path == TRAFFIC[scenario.workload.kind][0]
    found = evaluate(replace_at(scenario, path, values))
    p99_s = {"aws_lambda": np.broadcast_to(found.aws_lambda.responses.quantile_s(0.99), values.shape)}
    if of_traffic:
        p99_s["fargate"] = np.broadcast_to(found.fargate.responses.quantile_s(0.99), values.shape)
    now = value_at(scenario, path)
    p_cold = np.broadcast_to(found.aws_lambda.cold.p_cold, values.shape)
    return ColdCurve(path, values, p_cold, p99_s, None if now is None else float(now))


def _values(scenario: Scenario, path: str) -> Array:
    if path == MEMORY:
        return np.unique(
            np.round(np.geomspace(limit("lambda.memory_min_mb"), limit("lambda.memory_max_mb"), POINTS))
        )
    if path == PACKAGE:
        package = "zip" if scenario.aws_lambda.package == "zip" else "image"
        return np.geomspace(1.0, limit(f"lambda.package_{package}_mb"), POINTS)
    if path == KEEP_ALIVE:
        return np.geomspace(10.0, DAY_S, POINTS)
    per_day = DAY_S if scenario.workload.kind == "job" else 1.0
    most = 10.0 if scenario.workload.kind == "job" else FASTEST_PER_S
    return np.geomspace(SLOWEST_PER_S, most, POINTS) * per_day


@dataclass(frozen=True)
class FirstRequest:
    """The first request after idle_s without one.

    p_cold: share of such requests that find no environment; latency: by platform, of such requests alone.
    """

    idle_s: float
    p_cold: Number
    latency: dict[str, Latency]


def first_request(scenario: Scenario, idle_s: float = HOUR_S) -> FirstRequest:
    """What the first caller after an idle time waits: on Lambda mostly a cold start, on Fargate nothing.

    Args: idle_s: time without any request, s.
    Source: METHOD.md "Latency".
    Assumes: provisioned environments are on; Fargate keeps at least one task; a job's task starts anew every time.
    """
    gap_s = idle_s + np.asarray(lambda_handler_s(scenario))
    found = periodic_p_cold(gap_s, lambda_handler_s(scenario), scenario.aws_lambda.keep_alive_s)
    p_cold = np.where(np.asarray(has_provisioned(scenario.aws_lambda)) > 0, 0.0, found)
    start = evaluate(scenario).aws_lambda.start
    alone = evaluate(replace_at(scenario, _QUIET)).fargate.latency
    return FirstRequest(
        idle_s, p_cold, {"aws_lambda": lambda_latency(scenario, p_cold, start), "fargate": alone}
    )
