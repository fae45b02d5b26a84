"""Logs, metrics and traces."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from model.cost.lines import (
    Line,
    as_common,
    day,
    free_line,
    lines_after_free,
    lines_between,
    lines_for,
    price,
)
from model.facts import PriceTiers, limit, pick_fact
from model.fields import Number
from model.scenario import Scenario
from model.traffic import requests_per_month

LOGS, MONITORING = "Logs", "Monitoring"
KB_PER_GB = 1024.0**2
FLAT, TIERED = "cloudwatch.logs_standard_gb", "cloudwatch.logs_lambda_gb"
POLICY_METRICS = 1  # the metric that target tracking follows
FREE_LOGS, FREE_STORAGE = "cloudwatch.free_log_gb", "cloudwatch.free_log_storage_gb"


def lambda_log_lines(scenario: Scenario) -> tuple[Line, ...]:
    """What the handler writes and the platform adds, in slices since Lambda's logs have them; and their storage."""
    on = day(scenario.billing)
    tiered = on is None or on >= pick_fact("cloudwatch.lambda_logs_tiered_from").value
    extra_kb = scenario.assumed("logs.lambda_platform_kb")
    return (
        *log_lines(scenario, TIERED if tiered else FLAT, extra_kb),
        *log_storage_lines(scenario, extra_kb),
    )


def fargate_log_lines(scenario: Scenario) -> tuple[Line, ...]:
    """What the handler writes, at the flat price; and its storage."""
    return (*log_lines(scenario, FLAT, 0.0), *log_storage_lines(scenario, 0.0))


def log_lines(scenario: Scenario, price_id: str, extra_kb: Number) -> tuple[Line, ...]:
    """Log ingestion: what the handler writes, then what the platform adds; nothing if logging is off (log_kb = 0).

    Args: extra_kb: what the platform adds to each request's lines, KB.
    Returns: lines of scenario shape; the handler's are common as far as the flat price and the slices' agree.
    """
    billing = scenario.billing
    written, everything = _gb(scenario, 0.0), _gb(scenario, extra_kb)
    tiers = price(billing, price_id)
    free = limit(FREE_LOGS) if billing.free_tier else 0.0
    paid, paid_all = np.maximum(written - free, 0.0), np.maximum(everything - free, 0.0)
    shared = np.minimum(paid, same_price_gb(scenario))
    handler = as_common(lines_between("Log ingestion", LOGS, 0.0, shared, tiers, billing))
    beyond = lines_between("Log ingestion, where prices differ", LOGS, shared, paid, tiers, billing)
    platform = lines_between("Log ingestion, platform's lines", LOGS, paid, paid_all, tiers, billing)
    covered = [("Log ingestion", np.minimum(written, free), True)]
    if np.any(extra_kb):
        rest = np.minimum(everything, free) - np.minimum(written, free)
        covered.append(("Log ingestion, platform's lines", rest, False))
    return (
        *(_free(item, gb, tiers, common) for item, gb, common in covered if free),
        *handler,
        *beyond,
        *(platform if np.any(extra_kb) else ()),
    )


def log_storage_lines(scenario: Scenario, extra_kb: Number) -> tuple[Line, ...]:
    """Logs kept: a month's ingestion for as many months as they are retained, compressed."""
    kept = scenario.assumed("logs.retention_months") * scenario.assumed("logs.stored_share")
    gb = _gb(scenario, extra_kb) * kept
    tiers = price(scenario.billing, "cloudwatch.logs_storage_gb_month")
    return lines_after_free("Log storage", LOGS, gb, tiers, FREE_STORAGE, scenario.billing)


def metric_lines(scenario: Scenario) -> tuple[Line, ...]:
    """Metrics the application writes: the same on both platforms."""
    metrics = np.asarray(scenario.workload.custom_metrics, np.float64) + np.zeros(scenario.shape)
    tiers = price(scenario.billing, "cloudwatch.custom_metric")
    name, free = "Custom metrics", "cloudwatch.free_custom_metrics"
    return as_common(lines_after_free(name, MONITORING, metrics, tiers, free, scenario.billing))


def trace_lines(scenario: Scenario) -> tuple[Line, ...]:
    """Traces X-Ray records: the same on both platforms."""
    traces = requests_per_month(scenario) * np.asarray(scenario.workload.xray_share)
    tiers = price(scenario.billing, "xray.trace_recorded")
    name, free = "X-Ray traces recorded", "xray.free_recorded"
    return as_common(lines_after_free(name, MONITORING, traces, tiers, free, scenario.billing))


def fargate_metric_lines(scenario: Scenario, tasks_mean: Number) -> tuple[Line, ...]:
    """Container Insights for the service and each running task, and the 20-second metric a policy follows.

    Args: tasks_mean: tasks running on average over the month.
    """
    return (*_insights_lines(scenario, tasks_mean), *_fast_metric_lines(scenario))


def _insights_lines(scenario: Scenario, tasks_mean: Number) -> tuple[Line, ...]:
    if not scenario.fargate.container_insights:
        return ()
    each = scenario.assumed("container_insights.metrics_per_task")
    metrics = scenario.assumed("container_insights.metrics_per_service") + each * np.asarray(tasks_mean)
    tiers = price(scenario.billing, "cloudwatch.container_insights_metric")
    return lines_for("Container Insights metrics", MONITORING, metrics, tiers, scenario.billing)


def _fast_metric_lines(scenario: Scenario) -> tuple[Line, ...]:
    task = scenario.fargate
    if task.scaling not in ("target_tracking", "step") or scenario.workload.kind == "job":
        return ()
    fast = np.asarray(task.metric_period_s) < limit("target_tracking.metric_period_s")
    if not np.any(fast):
        return ()
    tiers = price(scenario.billing, "cloudwatch.ecs_20_second_metric")
    metrics = POLICY_METRICS * fast + np.zeros(scenario.shape)
    return lines_for("20-second metrics", MONITORING, metrics, tiers, scenario.billing)


def _free(item: str, gb: Number, tiers: PriceTiers, common: bool) -> Line:
    return replace(free_line(item, LOGS, gb, tiers.unit, FREE_LOGS), common=common)


def same_price_gb(scenario: Scenario) -> float:
    """GB a month up to which Lambda's slices cost what the flat price does: the end of the first one, or none."""
    flat, tiered = (price(scenario.billing, id) for id in (FLAT, TIERED))
    own = scenario.billing.overrides
    first = [own.get(tiers.rows[0].key, tiers.usd[0]) for tiers in (flat, tiered)]
    return tiered.tier_from[1] if first[0] == first[1] else 0.0


def _gb(scenario: Scenario, extra_kb: Number) -> Number:
    """Log text a month: what the handler writes and what is added to it, GB; none if the handler writes none."""
    written = np.asarray(scenario.workload.log_kb)
    kb = np.where(written > 0, written + extra_kb, 0.0)
    return requests_per_month(scenario) * kb / KB_PER_GB
