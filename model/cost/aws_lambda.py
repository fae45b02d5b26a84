"""The month's Lambda bill of one function."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.compute import lambda_handler_s
from model.cost.lines import Line, free_line, lines_between, lines_for, price
from model.distribution import billed_mean_s
from model.facts import limit
from model.fields import Number
from model.scenario import AwsLambda, Scenario
from model.traffic import requests_per_month

GROUP = "Lambda"
GB_MB = 1024.0


@dataclass(frozen=True)
class LambdaUsage:
    """What the other parts of the model find that the bill depends on.

    p_cold: share of requests that start an environment. billed_init_s: init time billed per cold start, s.
    provisioned_share: share of requests served by provisioned environments while these are switched on.
    """

    p_cold: Number
    billed_init_s: Number
    provisioned_share: Number = 0.0


def billed_handler_s(scenario: Scenario) -> Number:
    """Mean billed handler time: every request rounded up to the next millisecond, s."""
    granularity_s = limit("lambda.billing_granularity_s")
    return billed_mean_s(lambda_handler_s(scenario), scenario.workload.duration_cv, granularity_s)


def lambda_lines(scenario: Scenario, usage: LambdaUsage) -> tuple[Line, ...]:
    """Lines for requests, duration, init, /tmp, provisioned concurrency and SnapStart.

    Returns: lines of scenario shape, USD a month.
    Source: METHOD.md "Lambda bill"; facts lambda.*.
    Assumes: this function alone uses the organisation's slices and free tier; provisioned concurrency meets the
        same traffic as the rest of the day; a function with provisioned concurrency has no free tier.
    """
    requests = requests_per_month(scenario)
    on_provisioned = requests * usage.provisioned_share * _provisioned_hours_share(scenario.aws_lambda)
    handler_s = billed_handler_s(scenario)
    init_s = requests * usage.p_cold * usage.billed_init_s if scenario.billing.init_billed else 0.0 * requests
    return (
        *_request_lines(scenario, requests),
        *_duration_lines(scenario, (requests - on_provisioned) * handler_s, init_s),
        *_ephemeral_lines(scenario, requests * handler_s + init_s),
        *_provisioned_lines(scenario, on_provisioned * handler_s),
        *_snapstart_lines(scenario, requests * usage.p_cold),
    )


def _request_lines(scenario: Scenario, requests: Number) -> tuple[Line, ...]:
    tiers = price(scenario.billing, "lambda.request", scenario.aws_lambda.architecture)
    free = _allowance(scenario, "lambda.free_requests")
    return (
        *_free_lines(scenario, "Requests", requests, "request", "lambda.free_requests"),
        *lines_for("Requests", GROUP, np.maximum(requests - free, 0.0), tiers, scenario.billing),
    )


def _duration_lines(scenario: Scenario, handler_s: Number, init_s: Number) -> tuple[Line, ...]:
    """Handler time first, init on top: both draw on the same free tier and the same slices."""
    function, billing = scenario.aws_lambda, scenario.billing
    tiers = price(billing, "lambda.duration", function.architecture)
    gb = np.asarray(function.memory_mb) / GB_MB
    handler, everything = handler_s * gb, (handler_s + init_s) * gb
    free = _allowance(scenario, "lambda.free_gb_s")
    paid_handler, paid = np.maximum(handler - free, 0.0), np.maximum(everything - free, 0.0)
    name = f"Duration ({function.architecture})"
    return (
        *_free_lines(scenario, "Duration", everything, "GB-s", "lambda.free_gb_s"),
        *lines_between(name, GROUP, 0.0, paid_handler, tiers, billing),
        *lines_between(f"{name}, init phase", GROUP, paid_handler, paid, tiers, billing),
    )


def _ephemeral_lines(scenario: Scenario, billed_s: Number) -> tuple[Line, ...]:
    function = scenario.aws_lambda
    tiers = price(scenario.billing, "lambda.ephemeral_storage", function.architecture)
    extra_gb = (np.asarray(function.ephemeral_mb) - limit("lambda.ephemeral_free_mb")) / GB_MB
    return lines_for("Ephemeral storage above 512 MB", GROUP, extra_gb * billed_s, tiers, scenario.billing)


def _provisioned_lines(scenario: Scenario, billed_s: Number) -> tuple[Line, ...]:
    function, billing = scenario.aws_lambda, scenario.billing
    gb = np.asarray(function.memory_mb) / GB_MB
    rounding_s = limit("lambda.pc_rounding_s")
    on_s_per_day = (
        np.ceil(np.asarray(function.provisioned_hours_per_day) * 3600 / rounding_s - 1e-9) * rounding_s
    )
    kept_s = function.provisioned_concurrency * on_s_per_day * billing.hours_per_month / 24
    keep = price(billing, "lambda.provisioned_concurrency", function.architecture)
    run = price(billing, "lambda.provisioned_duration", function.architecture)
    return (
        *lines_for("Provisioned concurrency", GROUP, kept_s * gb, keep, billing),
        *lines_for("Duration on provisioned concurrency", GROUP, billed_s * gb, run, billing),
    )


def _snapstart_lines(scenario: Scenario, cold_starts: Number) -> tuple[Line, ...]:
    """Cache and restores of one published version; Java runtimes pay for neither."""
    function, billing = scenario.aws_lambda, scenario.billing
    if not function.snapstart or function.runtime.startswith("java"):
        return ()
    gb = np.asarray(function.memory_mb) / GB_MB
    cached_gb_s = gb * billing.hours_per_month * 3600 + 0.0 * cold_starts
    return (
        *lines_for("SnapStart cache", GROUP, cached_gb_s, price(billing, "lambda.snapstart_cache"), billing),
        *lines_for(
            "SnapStart restore", GROUP, gb * cold_starts, price(billing, "lambda.snapstart_restore"), billing
        ),
    )


def _allowance(scenario: Scenario, fact: str) -> Number:
    if not scenario.billing.free_tier:
        return 0.0
    return np.where(np.asarray(scenario.aws_lambda.provisioned_concurrency) > 0, 0.0, limit(fact))


def _free_lines(scenario: Scenario, item: str, used: Number, unit: str, fact: str) -> tuple[Line, ...]:
    allowance = _allowance(scenario, fact)
    return (free_line(item, GROUP, np.minimum(used, allowance), unit, fact),) if np.any(allowance) else ()


def _provisioned_hours_share(function: AwsLambda) -> Number:
    switched_on = np.asarray(function.provisioned_concurrency) > 0
    return switched_on * np.asarray(function.provisioned_hours_per_day) / 24
