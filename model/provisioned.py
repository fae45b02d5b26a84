"""Provisioned concurrency through time: environments kept, requests they serve, cold starts that remain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.compute import lambda_handler_s
from model.distribution import normal_cdf
from model.facts import limit
from model.fields import Number
from model.queueing import erlang_b
from model.scenario import AwsLambda, Scenario
from model.traffic import HOUR_S, MINUTE_S, Traffic
from model.warm_pool import WarmPool, keep_alive_sample_s, steady_pool

Array = NDArray[np.float64]

HOURS_PER_DAY = 24
MANY = 100  # environments from which on Erlang's loss formula is approximated
FAR = 4.0  # standard deviations of the load above capacity
CLASSES = 24
_LIVES = 4
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Provisioned:
    """Provisioned environments over the representative period, in steps of five minutes (or the traffic's own).

    environments: kept in each step; found_per_s: requests they serve, 1/s; both scenario shape + (steps,).
    share: share of all requests that they serve; environment_s: environment-seconds billed a month; scenario shape.
    """

    environments: Array
    found_per_s: Array
    share: Array
    environment_s: Array


def is_tracked(function: AwsLambda) -> bool:
    """Whether provisioned concurrency follows the traffic."""
    return function.provisioned_target_percent is not None


def has_provisioned(function: AwsLambda) -> Number:
    """Where the function has provisioned concurrency: 1 or 0, shape of the field."""
    if is_tracked(function):
        return np.ones(())
    return np.asarray(np.asarray(function.provisioned_concurrency) > 0, np.float64)


def provisioned(scenario: Scenario, arriving: Traffic) -> Provisioned:
    """Provisioned concurrency under the scenario's traffic.

    Source: METHOD.md "Lambda bill"; fact lambda.pc_rounding_s.
    Assumes: a fixed number is switched on for the busiest hours of the day; target tracking acts on the mean of a
        step, late by its alarms and the allocation; within a step arrivals are Poisson.
    """
    per_s = arriving.means(limit("lambda.pc_rounding_s"))
    load = per_s * np.asarray(lambda_handler_s(scenario))[..., None]
    function = scenario.aws_lambda
    if is_tracked(function):
        step_s = max(arriving.step_s, limit("lambda.pc_rounding_s"))
        before, after, part = tracked_in_time(scenario, load, step_s)
        environments = part * before + (1 - part) * after
        found = 1 - part * overflow_share(before, load) - (1 - part) * overflow_share(after, load)
        kept_s = environments.mean(axis=-1) * np.asarray(scenario.billing.hours_per_month) * HOUR_S
    else:
        number = np.asarray(function.provisioned_concurrency, np.float64)[..., None]
        on = _busiest(load, np.asarray(function.provisioned_hours_per_day) / HOURS_PER_DAY)
        environments, kept_s = on * number * np.ones(per_s.shape), fixed_environment_s(scenario)
        found = on * (1 - overflow_share(number, load))
    return Provisioned(environments, per_s * found, _mean(found, per_s), np.asarray(kept_s))


def fixed_environment_s(scenario: Scenario) -> Number:
    """Environment-seconds a month of a fixed number: its hours a day, rounded up to five minutes."""
    function, rounding_s = scenario.aws_lambda, limit("lambda.pc_rounding_s")
    on_s = np.asarray(function.provisioned_hours_per_day) * HOUR_S
    on_s = np.ceil(on_s / rounding_s - _ROUNDING) * rounding_s
    days = np.asarray(scenario.billing.hours_per_month) / HOURS_PER_DAY
    return np.asarray(function.provisioned_concurrency) * on_s * days


def tracked_environments(function: AwsLambda, load: Array) -> Array:
    """Environments that keep the target in use at each offered load (erlangs, time last)."""
    target = np.asarray(function.provisioned_target_percent, np.float64)[..., None] / 100
    least = np.maximum(np.asarray(function.provisioned_concurrency, np.float64), 1.0)[..., None]
    return np.maximum(np.ceil(load / target - _ROUNDING), least)


def allocation_s(scenario: Scenario, environments: Number) -> Number:
    """How long it takes until so many more provisioned environments are usable, s.

    Source: facts lambda.pc_start_delay_s, lambda.pc_environments_per_min.
    """
    per_s = limit("lambda.pc_environments_per_min") / MINUTE_S
    return np.asarray(scenario.assumed("lambda.pc_start_delay_s")) + np.asarray(environments) / per_s


def tracked_in_time(scenario: Scenario, load: Array, step_s: float) -> tuple[Array, Array, Array]:
    """Environments that target tracking has usable at the beginning of each step, later in it, and for what part.

    Args: load: erlangs in each step of a period that repeats, shape S + (steps,).
    Returns: before and after, shape S + (steps,); part of the step until `after` is usable, shape S + (1,).
    Source: METHOD.md "Lambda bill"; facts lambda.pc_*, target_tracking.datapoint_age_s, datapoints_in_at_60_s.
    Assumes: more is usable once three datapoints have been seen and all of the largest rise is allocated; less is
        released after the datapoints of scaling in.
    """
    wanted = tracked_environments(scenario.aws_lambda, load)
    rise = np.maximum(wanted - np.roll(wanted, 1, axis=-1), 0.0).max(axis=-1)
    age_s = np.asarray(scenario.assumed("target_tracking.datapoint_age_s"))
    period_s = limit("lambda.pc_tracking_period_s")
    up_s = limit("lambda.pc_tracking_datapoints") * period_s + age_s + allocation_s(scenario, rise)
    down_s = limit("target_tracking.datapoints_in_at_60_s") * period_s + age_s
    up, down = np.broadcast_arrays(up_s / step_s, np.maximum(up_s, down_s) / step_s)
    first, last = np.floor(up)[..., None], np.maximum(np.floor(down), np.floor(up))[..., None]
    # The period repeats: what is whole periods ago is now, and no more than all of it can be looked back on.
    first, last = first % load.shape[-1], first % load.shape[-1] + np.minimum(last - first, load.shape[-1])
    before, after = np.zeros(wanted.shape), np.zeros(wanted.shape)
    for lag in range(int(last.max()) + 2):
        then = np.roll(wanted, lag, axis=-1)
        after = np.where((lag >= first) & (lag <= last), np.maximum(after, then), after)
        before = np.where((lag > first) & (lag <= last + 1), np.maximum(before, then), before)
    return before, after, (up - np.floor(up))[..., None]


def _outgrown_per_s(scenario: Scenario, arriving: Traffic) -> Array:
    """New on-demand environments a second, mean over time, because traffic outgrows what was provisioned before."""
    per_s = arriving.means(limit("lambda.pc_rounding_s"))
    step_s = max(arriving.step_s, limit("lambda.pc_rounding_s"))
    load = per_s * np.asarray(lambda_handler_s(scenario))[..., None]
    before, _, _ = tracked_in_time(scenario, load, step_s)
    short = np.maximum(load - before, 0.0)
    return np.asarray(np.maximum(short - np.roll(short, 1, axis=-1), 0.0).mean(axis=-1) / step_s)


def tracked_pool(scenario: Scenario, arriving: Traffic, cold_start_s: Number) -> WarmPool:
    """The warm pool beyond provisioned environments that follow the traffic.

    Returns: WarmPool, scenario shape.
    Source: METHOD.md "Warm pool", hour by hour as if each were steady; a week's hours in 24 classes. On top come the
        environments that start on demand while target tracking is late.
    """
    per_s, hours = _classes(arriving.means(HOUR_S))
    service = np.asarray(lambda_handler_s(scenario))[..., None]
    constant = scenario.aws_lambda.keep_alive_s
    lives = keep_alive_sample_s(_LIVES) if constant is None else np.asarray(constant)[..., None, None]
    kept = tracked_environments(scenario.aws_lambda, per_s * service)
    cold_service = service + np.asarray(cold_start_s)[..., None]
    pool = steady_pool(per_s, service, lives, cold_service, kept)
    mean_per_s = np.maximum(arriving.per_s.mean(axis=-1), 1e-300)
    late = _outgrown_per_s(scenario, arriving) / mean_per_s
    return WarmPool(
        np.minimum(_mean(pool.p_cold, per_s * hours) + late, 1.0),
        _mean(pool.environments_mean, hours),
        np.asarray(pool.environments_max.max(axis=-1)),
    )


def overflow_share(servers: Array, load: Array) -> Array:
    """Share of Poisson requests that find all of `servers` environments busy.

    Returns: 0…1; Erlang's loss formula, exact below 100 environments, within 2 % from there on.
    Source: METHOD.md "Lambda bill".
    """
    servers, load = np.broadcast_arrays(np.asarray(servers, np.float64), np.asarray(load, np.float64))
    small = erlang_b(np.where(servers < MANY, servers, 0.0), load)
    return np.where(servers < MANY, small, _loss_of_many(np.maximum(servers, MANY), np.maximum(load, 1e-9)))


def _loss_of_many(servers: Array, load: Array) -> Array:
    """P(N = servers) / P(N <= servers) of a Poisson N by Stirling and Wilson–Hilferty; far beyond capacity by a series."""
    n = servers + 1
    z = (np.cbrt(load / n) - 1 + 1 / (9 * n)) * 3 * np.sqrt(n)
    log_mass = servers * np.log(load / servers) + servers - load - np.log(2 * np.pi * servers) / 2
    near = np.exp(np.clip(log_mass - 1 / (12 * servers), -700, 0)) / np.maximum(normal_cdf(-z), 1e-300)
    beyond = load - servers > FAR * np.sqrt(load)
    heavy = np.where(beyond, load, 2 * servers)
    rho = servers / heavy
    far = 1 / (1 / (1 - rho) - rho / (heavy * (1 - rho) ** 3))
    return np.clip(np.where(beyond, far, near), 0.0, 1.0)


def _mean(values: Array, requests: Array) -> Array:
    """Mean over time, each step weighted by its requests; all alike where there are none."""
    weights = np.where(requests.sum(axis=-1, keepdims=True) > 0, requests, 1.0)
    return np.asarray((values * weights).sum(axis=-1) / weights.sum(axis=-1))


def _classes(series: Array) -> tuple[Array, Array]:
    """Means of the sorted series in CLASSES groups of neighbours, and how many each group has."""
    ranked = np.sort(series, axis=-1)
    starts = np.unique(np.arange(CLASSES) * ranked.shape[-1] // CLASSES)
    sizes = np.diff(np.append(starts, ranked.shape[-1]))
    return np.asarray(np.add.reduceat(ranked, starts, axis=-1) / sizes), sizes.astype(np.float64)


def _busiest(load: Array, share: Array) -> Array:
    """Part of each step that belongs to the busiest `share` of time, 0…1."""
    steps = load.shape[-1]
    rank = np.argsort(np.argsort(-load, axis=-1, kind="stable"), axis=-1, kind="stable")
    return np.clip(share[..., None] * steps - rank, 0.0, 1.0)
