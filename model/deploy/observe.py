"""What can be seen of each platform from the start, what has to be set up, and what it costs a month."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from model.cost.lines import Bill, lines_after_free, price
from model.cost.monitoring import LOGS, MONITORING
from model.evaluate import Comparison
from model.facts import limit
from model.scenario import Scenario, replace_at
from model.traffic import mean_per_s

BUILT_IN, SWITCH, SET_UP, NOT_NEEDED = "built_in", "switch", "set_up", "not_needed"
PLATFORMS = ("aws_lambda", "fargate")
OF_REQUESTS = ("count", "errors", "latency")
"""What is worth watching of requests: one metric, and one alarm, for each."""


@dataclass(frozen=True)
class Signal:
    """One thing to watch, by platform.

    effort: built_in, switch (one setting), set_up (work of yours) or not_needed. usd: what it costs a month once it
    is on; None while a price is missing. on: whether the scenario's own bill has it.
    """

    name: str
    effort: dict[str, str]
    usd: dict[str, float | None]
    on: dict[str, bool]


def monitoring(comparison: Comparison) -> tuple[Signal, ...]:
    """Everything worth watching, with its price under a plain scenario.

    Source: METHOD.md "Monitoring"; prices cloudwatch.*, xray.*; facts xray.default_*.
    Assumes: where the scenario traces nothing, X-Ray's own default rule says how much.
    """
    scenario = comparison.scenario
    service = scenario.workload.kind == "service"
    balanced = service and scenario.fargate.load_balancer == "alb"
    both = dict.fromkeys(PLATFORMS, 0.0)
    metrics = _added_usd(comparison, _with_metrics)
    insights = _added_usd(comparison, _with_insights)["fargate"]
    return (
        Signal(
            "requests",
            {"aws_lambda": BUILT_IN, "fargate": BUILT_IN if balanced else SET_UP},
            {"aws_lambda": 0.0, "fargate": 0.0 if balanced else metrics["fargate"]},
            {"aws_lambda": True, "fargate": balanced},
        ),
        Signal("cpu_memory", dict.fromkeys(PLATFORMS, BUILT_IN), dict(both), dict.fromkeys(PLATFORMS, True)),
        Signal(
            "each_task",
            {"aws_lambda": NOT_NEEDED, "fargate": SWITCH},
            {"aws_lambda": 0.0, "fargate": insights},
            {"aws_lambda": True, "fargate": scenario.fargate.container_insights},
        ),
        Signal(
            "logs",
            {"aws_lambda": BUILT_IN, "fargate": SET_UP},
            {name: _group_usd(getattr(comparison, name).bill, LOGS) for name in PLATFORMS},
            dict.fromkeys(PLATFORMS, float(scenario.workload.log_kb) > 0),
        ),
        Signal(
            "traces",
            {"aws_lambda": SWITCH, "fargate": SET_UP},
            _added_usd(comparison, _with_traces),
            dict.fromkeys(PLATFORMS, float(scenario.workload.xray_share) > 0),
        ),
        Signal(
            "own_metrics",
            dict.fromkeys(PLATFORMS, SET_UP),
            metrics,
            dict.fromkeys(PLATFORMS, float(scenario.workload.custom_metrics) > 0),
        ),
        Signal(
            "alarms",
            dict.fromkeys(PLATFORMS, SET_UP),
            dict.fromkeys(PLATFORMS, _alarms_usd(scenario)),
            dict.fromkeys(PLATFORMS, False),
        ),
    )


def traced_share(scenario: Scenario) -> float:
    """Share of requests traced: the scenario's, or what X-Ray's default rule comes to at this rate."""
    own = float(scenario.workload.xray_share)
    if own > 0:
        return own
    per_s, share = float(mean_per_s(scenario.workload)), limit("xray.default_share")
    first = min(limit("xray.default_per_s"), per_s)
    return (first + share * (per_s - first)) / per_s if per_s > 0 else 0.0


def monitoring_usd(signals: tuple[Signal, ...], platform: str, efforts: tuple[str, ...]) -> float | None:
    """What the signals of these efforts cost a month on a platform; None while a price is missing."""
    usd = [signal.usd[platform] for signal in signals if signal.effort[platform] in efforts]
    return None if any(one is None for one in usd) else sum(one for one in usd if one is not None)


def _with_metrics(scenario: Scenario) -> tuple[Scenario, Scenario]:
    own = float(scenario.workload.custom_metrics)
    path = "workload.custom_metrics"
    return replace_at(scenario, path, 0), replace_at(scenario, path, own or len(OF_REQUESTS))


def _with_insights(scenario: Scenario) -> tuple[Scenario, Scenario]:
    path = "fargate.container_insights"
    return replace_at(scenario, path, False), replace_at(scenario, path, True)


def _with_traces(scenario: Scenario) -> tuple[Scenario, Scenario]:
    path = "workload.xray_share"
    return replace_at(scenario, path, 0.0), replace_at(scenario, path, traced_share(scenario))


def _added_usd(
    comparison: Comparison, change: Callable[[Scenario], tuple[Scenario, Scenario]]
) -> dict[str, float | None]:
    """What a change adds to the monitoring on each platform's bill: with it less without it, USD a month."""
    whole = replace_at(comparison.scenario, "billing.common_costs", True)
    without, with_it = change(whole)
    found: dict[str, float | None] = {}
    for name in PLATFORMS:
        after, before = (
            _group_usd(getattr(comparison, name).bill_at(scenario), MONITORING)
            for scenario in (with_it, without)
        )
        found[name] = None if after is None or before is None else after - before
    return found


def _group_usd(bill: Bill, group: str) -> float | None:
    """One group's part of a bill, USD a month; None while a used line of it has no price."""
    part = Bill(tuple(line for line in bill.lines if line.group == group))
    return None if part.total_usd is None else float(part.total_usd)


def _alarms_usd(scenario: Scenario) -> float | None:
    tiers = price(scenario.billing, "cloudwatch.alarm_standard")
    alarms = np.asarray(float(len(OF_REQUESTS)))
    lines = lines_after_free("Alarms", MONITORING, alarms, tiers, "cloudwatch.free_alarms", scenario.billing)
    return _group_usd(Bill(lines), MONITORING)
