"""The month's Lambda bill of one function."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from model.compute import lambda_handler_s
from model.cost.lines import Line, day, free_line, lines_after_free, lines_between, lines_for, price
from model.cost.savings_plan import NO_RATE, Eligible, discounted_rate, lines_under_plan
from model.distribution import billed_mean_s
from model.facts import limit, pick_fact
from model.fields import Number
from model.provisioned import fixed_environment_s, has_provisioned
from model.scenario import Billing, Scenario
from model.traffic import HOUR_S, requests_per_month

Array = NDArray[np.float64]

GROUP = "Lambda"
GB_MB = 1024.0
KB_PER_MB = 1024.0
KB_PER_GB = 1024.0**2
_ROUNDING = 1e-9
_MANAGED_RUNTIMES = ("dotnet", "java", "nodejs", "python", "ruby")


@dataclass(frozen=True)
class LambdaUsage:
    """What the other parts of the model find that the bill depends on.

    p_cold: share of requests that start an environment. billed_init_s: init time billed per cold start, s.
    provisioned_share: share of all requests served by provisioned environments.
    environment_s: provisioned environment-seconds a month; None: the fixed number's.
    hourly_requests, hourly_environments: their course over the hours, any scale, time last (savings plans ask).
    """

    p_cold: Number
    billed_init_s: Number
    provisioned_share: Number = 0.0
    environment_s: Number | None = None
    hourly_requests: Array = field(default_factory=lambda: np.ones(1))
    hourly_environments: Array = field(default_factory=lambda: np.ones(1))


def billed_handler_s(scenario: Scenario) -> Number:
    """Mean billed handler time: every request rounded up to the next millisecond, s."""
    granularity_s = limit("lambda.billing_granularity_s")
    return billed_mean_s(lambda_handler_s(scenario), scenario.workload.duration_cv, granularity_s)


def lambda_lines(scenario: Scenario, usage: LambdaUsage) -> tuple[Line, ...]:
    """Lines for requests, duration, init, provisioned concurrency, /tmp, SnapStart and streaming.

    Returns: lines of scenario shape, USD a month.
    Source: METHOD.md "Lambda bill", "Savings plans"; facts lambda.*.
    Assumes: the organisation's other usage comes first in free tier and slices; a function with provisioned
        concurrency has no free tier unless free_tier_with_provisioned.
    """
    requests = requests_per_month(scenario)
    handler_s = billed_handler_s(scenario)
    on_provisioned = requests * usage.provisioned_share
    init_s = requests * usage.p_cold * usage.billed_init_s * init_is_billed(scenario)
    cold_starts = requests * usage.p_cold
    return (
        *_request_lines(scenario, requests),
        *_compute_lines(
            scenario, usage, (requests - on_provisioned) * handler_s, init_s, on_provisioned * handler_s
        ),
        *_ephemeral_lines(scenario, requests * handler_s + init_s),
        *_snapstart_lines(scenario, cold_starts),
        *_streaming_lines(scenario, requests),
    )


def init_is_billed(scenario: Scenario) -> bool:
    """Whether on-demand init (or restore) time is billed under the rule of the bill's day.

    Source: fact lambda.init_billed_from; custom runtimes, images and restores were always billed.
    """
    function, billing = scenario.aws_lambda, scenario.billing
    managed = function.runtime.startswith(_MANAGED_RUNTIMES) and "_on_provided_" not in function.runtime
    if function.package == "image" or function.snapstart or not managed:
        return True
    on = day(billing)
    return billing.init_billed and (on is None or on >= pick_fact("lambda.init_billed_from").value)


def metered_requests(scenario: Scenario, requests: Number) -> Number:
    """Requests as billed: large asynchronous events count more than once."""
    if scenario.aws_lambda.invocation == "sync":
        return requests
    beyond_kb = np.maximum(np.asarray(scenario.workload.request_kb) - limit("lambda.async_request_kb"), 0.0)
    return requests * (1 + np.ceil(beyond_kb / limit("lambda.async_extra_request_kb") - _ROUNDING))


def _request_lines(scenario: Scenario, requests: Number) -> tuple[Line, ...]:
    billing, metered = scenario.billing, metered_requests(scenario, requests)
    tiers = price(billing, "lambda.request", scenario.aws_lambda.architecture)
    free = _allowance(scenario, "lambda.free_requests", billing.other_lambda_requests)
    return (
        *_free_lines("Requests", metered, free, "request", "lambda.free_requests"),
        *lines_for("Requests", GROUP, np.maximum(metered - free, 0.0), tiers, billing),
    )


def _compute_lines(
    scenario: Scenario, usage: LambdaUsage, handler_s: Number, init_s: Number, on_provisioned_s: Number
) -> tuple[Line, ...]:
    """Duration and provisioned concurrency: what a savings plan covers."""
    gb = np.asarray(scenario.aws_lambda.memory_mb) / GB_MB
    other = np.asarray(scenario.billing.other_lambda_gb_s, np.float64)
    free = _allowance(scenario, "lambda.free_gb_s", other)
    everything = (handler_s + init_s) * gb
    duration = _duration_lines(scenario, free, other, handler_s * gb, everything)
    eligible = _eligible(scenario.billing, duration, usage.hourly_requests)
    eligible += _provisioned_lines(scenario, usage, on_provisioned_s)
    return (
        *_free_lines("Duration", everything, free, "GB-s", "lambda.free_gb_s"),
        *lines_under_plan(scenario.billing, eligible, GROUP),
    )


def _duration_lines(
    scenario: Scenario, free: Number, other: Number, handler: Number, everything: Number
) -> tuple[Line, ...]:
    """Handler time first, init on top, in the slices that the organisation's other usage leaves."""
    function, billing = scenario.aws_lambda, scenario.billing
    tiers = price(billing, "lambda.duration", function.architecture)
    granted = limit("lambda.free_gb_s") if billing.free_tier else 0.0
    before = np.maximum(other - granted, 0.0)
    paid_handler = before + np.maximum(handler - free, 0.0)
    paid = before + np.maximum(everything - free, 0.0)
    name = f"Duration ({function.architecture})"
    return (
        *lines_between(name, GROUP, before, paid_handler, tiers, billing),
        *lines_between(f"{name}, init phase", GROUP, paid_handler, paid, tiers, billing),
    )


def _provisioned_lines(
    scenario: Scenario, usage: LambdaUsage, on_provisioned_s: Number
) -> tuple[Eligible, ...]:
    function, billing = scenario.aws_lambda, scenario.billing
    gb = np.asarray(function.memory_mb) / GB_MB
    kept_s = fixed_environment_s(scenario) if usage.environment_s is None else usage.environment_s
    keep = price(billing, "lambda.provisioned_concurrency", function.architecture)
    run = price(billing, "lambda.provisioned_duration", function.architecture)
    kept = lines_for("Provisioned concurrency", GROUP, kept_s * gb, keep, billing)
    ran = lines_for("Duration on provisioned concurrency", GROUP, on_provisioned_s * gb, run, billing)
    return (
        *_eligible(billing, kept, usage.hourly_environments),
        *_eligible(billing, ran, usage.hourly_requests),
    )


def _eligible(billing: Billing, lines: tuple[Line, ...], hourly: Array) -> tuple[Eligible, ...]:
    """Lines with the plan's rates: shares of the On-Demand prices, since the published rates are rounded."""
    if billing.savings_plan == "none":
        return tuple(Eligible(line, NO_RATE, hourly) for line in lines)
    return tuple(
        Eligible(line, discounted_rate(billing, line, "savings_plan.lambda_discount", ""), hourly)
        for line in lines
    )


def _ephemeral_lines(scenario: Scenario, billed_s: Number) -> tuple[Line, ...]:
    function = scenario.aws_lambda
    tiers = price(scenario.billing, "lambda.ephemeral_storage", function.architecture)
    extra_gb = (np.asarray(function.ephemeral_mb) - limit("lambda.ephemeral_free_mb")) / GB_MB
    return lines_for("Ephemeral storage above 512 MB", GROUP, extra_gb * billed_s, tiers, scenario.billing)


def _snapstart_lines(scenario: Scenario, cold_starts: Number) -> tuple[Line, ...]:
    """Cache of the published versions (three hours at least) and restores; Java runtimes pay for neither."""
    function, billing = scenario.aws_lambda, scenario.billing
    java_free = function.runtime.startswith("java") and pick_fact("lambda.snapstart_java_free").value
    if not function.snapstart or java_free:
        return ()
    gb = np.asarray(function.memory_mb) / GB_MB
    cached_s = np.maximum(np.asarray(billing.hours_per_month) * HOUR_S, limit("lambda.snapstart_cache_min_s"))
    cached = gb * cached_s * np.asarray(function.snapstart_versions) + 0.0 * cold_starts
    restored = price(billing, "lambda.snapstart_restore")
    return (
        *lines_for("SnapStart cache", GROUP, cached, price(billing, "lambda.snapstart_cache"), billing),
        *lines_for("SnapStart restore", GROUP, gb * cold_starts, restored, billing),
    )


def _streaming_lines(scenario: Scenario, requests: Number) -> tuple[Line, ...]:
    """Streamed responses beyond the free part of each."""
    if not scenario.aws_lambda.streamed:
        return ()
    free_kb = limit("lambda.streaming_free_mb_per_request") * KB_PER_MB
    gb = requests * np.maximum(np.asarray(scenario.workload.response_kb) - free_kb, 0.0) / KB_PER_GB
    tiers = price(scenario.billing, "lambda.response_streaming")
    name = "Response streaming above 6 MB"
    return lines_after_free(name, GROUP, gb, tiers, "lambda.free_streaming_gb", scenario.billing)


def _allowance(scenario: Scenario, fact: str, other: Number) -> Number:
    """What the organisation's other usage leaves of a free allowance to this function."""
    function = scenario.aws_lambda
    if not scenario.billing.free_tier:
        return 0.0
    left = np.maximum(limit(fact) - np.asarray(other), 0.0)
    if function.free_tier_with_provisioned:
        return left
    return np.where(has_provisioned(function) > 0, 0.0, left)


def _free_lines(item: str, used: Number, allowance: Number, unit: str, fact: str) -> tuple[Line, ...]:
    return (free_line(item, GROUP, np.minimum(used, allowance), unit, fact),) if np.any(allowance) else ()
