"""When to use which: the familiar lists of reasons, each answered by the scenario, with the number behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from model.evaluate import Comparison
from model.facts import limit
from model.fit.limits import environments_at_peak, handler_p99_s
from model.fit.pitfalls import Evidence
from model.scenario import Scenario
from model.traffic import Traffic

LASTING = ("websockets", "grpc_streams", "persistent_connections")


@dataclass(frozen=True)
class Point:
    """One reason for Lambda, Fargate or both. holds: None where the scenario cannot tell; evidence: what it hangs on."""

    choice: str
    point: str
    holds: bool | None
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Portfolio:
    """What a table of endpoints knows and one scenario does not.

    peaks: lowest and highest peak / mean of the endpoints. waited_for, events: endpoints with callers that wait, and
    without. saved_usd: what the best mix saves a month over the better pure choice; None if a price is missing.
    """

    peaks: tuple[float, float]
    waited_for: int
    events: int
    saved_usd: float | None


def checklist(comparison: Comparison, portfolio: Portfolio | None = None) -> tuple[Point, ...]:
    """Every reason, true, false or not decidable from here.

    Args: comparison: of a plain scenario. portfolio: of the endpoints it is one of, if they are known.
    Source: METHOD.md "When to use which".
    """
    return (*_for_lambda(comparison), *_for_fargate(comparison), *_for_both(portfolio))


def idle_share(traffic: Traffic) -> float:
    """Share of the time in which less than one request is due in a step of the traffic (five minutes as a rule)."""
    return float(np.mean(traffic.per_s * traffic.step_s < 1))


def _for_lambda(now: Comparison) -> Iterator[Point]:
    scenario, traffic = now.scenario, now.aws_lambda.traffic
    idle = idle_share(traffic)
    yield Point(
        "aws_lambda",
        "bursts_and_pauses",
        idle > 0,
        (Evidence("share of time without requests", idle, "share"), _peak(traffic)),
    )
    yield Point("aws_lambda", "under_15_minutes", not _too_long(scenario), (_longest(scenario),))
    dearer = _fargate_minus_lambda(now)
    yield Point(
        "aws_lambda",
        "no_idle_costs",
        None if dearer is None else dearer > 0,
        (*_difference(dearer), *_utilisation(now)),
    )
    yield Point("aws_lambda", "event_driven", is_event(scenario), ())
    yield Point("aws_lambda", "least_operation", None, ())


def _for_fargate(now: Comparison) -> Iterator[Point]:
    scenario, traffic = now.scenario, now.aws_lambda.traffic
    dearer = _fargate_minus_lambda(now)
    yield Point(
        "fargate",
        "steady_enough",
        None if dearer is None else dearer < 0,
        (*_utilisation(now), _peak(traffic)),
    )
    allowed = scenario.workload.db_connections_limit
    pool: tuple[Evidence, ...] = ()
    exhausted = False
    if allowed is not None:
        environments = float(environments_at_peak(scenario, traffic))
        exhausted = environments > float(allowed) and scenario.workload.rds_proxy == "none"
        pool = (Evidence("environments beside allowed connections", environments / float(allowed), "share"),)
    yield Point("fargate", "lasting_connections", _needs(scenario, *LASTING) or exhausted, pool)
    yield Point("fargate", "over_15_minutes", _too_long(scenario), (_longest(scenario),))
    yield Point("fargate", "own_runtime", _needs(scenario, "custom_os_packages", "gpu"), ())
    framework = scenario.aws_lambda.framework not in ("none", "sdk")
    lives_long = _needs(scenario, "in_memory_state") or framework
    yield Point("fargate", "lives_long", True if lives_long else None, ())


def _for_both(portfolio: Portfolio | None) -> Iterator[Point]:
    if portfolio is None:
        for point in ("different_traffic", "waiting_and_events", "best_of_each"):
            yield Point("both", point, None, ())
        return
    low, high = portfolio.peaks
    peaks = (Evidence("lowest peak / mean", low, "times"), Evidence("highest peak / mean", high, "times"))
    yield Point("both", "different_traffic", high > low * (1 + 1e-9), peaks)
    kinds = (
        Evidence("endpoints whose callers wait", portfolio.waited_for, "endpoints"),
        Evidence("endpoints fed by events", portfolio.events, "endpoints"),
    )
    yield Point("both", "waiting_and_events", portfolio.waited_for > 0 and portfolio.events > 0, kinds)
    saved = portfolio.saved_usd
    evidence = () if saved is None else (Evidence("saved over the better pure choice", saved, "USD a month"),)
    yield Point("both", "best_of_each", None if saved is None else saved > 0, evidence)


def _needs(scenario: Scenario, *needs: str) -> bool:
    return any(need in scenario.workload.needs for need in needs)


def is_event(scenario: Scenario) -> bool:
    """Nobody waits for the answer: a job, a queue, an asynchronous call."""
    workload = scenario.workload
    return workload.kind == "job" or workload.queue or scenario.aws_lambda.invocation == "async"


def _too_long(scenario: Scenario) -> bool:
    longest = float(handler_p99_s(scenario)) > limit("lambda.max_duration_s")
    return longest or _needs(scenario, "over_15_minutes")


def _longest(scenario: Scenario) -> Evidence:
    return Evidence("handler time, p99", float(handler_p99_s(scenario)), "s")


def _peak(traffic: Traffic) -> Evidence:
    return Evidence("peak / mean", float(traffic.peak_per_s / traffic.per_s.mean(axis=-1)), "times")


def _fargate_minus_lambda(now: Comparison) -> float | None:
    totals = now.fargate.bill.total_usd, now.aws_lambda.bill.total_usd
    return None if totals[0] is None or totals[1] is None else float(totals[0]) - float(totals[1])


def _difference(dearer: float | None) -> tuple[Evidence, ...]:
    return () if dearer is None else (Evidence("Fargate beside Lambda", dearer, "USD a month"),)


def _utilisation(now: Comparison) -> tuple[Evidence, ...]:
    if now.scenario.workload.kind == "job":
        return ()
    return (Evidence("CPU in use of the CPU paid for", float(now.fargate.utilisation), "share"),)
