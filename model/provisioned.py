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
from model.traffic import HOUR_S, Traffic
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
    Assumes: a fixed number is switched on for the busiest hours of the day; target tracking follows at once
        (its alarms' minutes are left out); within a step arrivals are Poisson.
    """
    per_s = arriving.means(limit("lambda.pc_rounding_s"))
    load = per_s * np.asarray(lambda_handler_s(scenario))[..., None]
    function = scenario.aws_lambda
    if is_tracked(function):
        on, environments = np.ones(per_s.shape), tracked_environments(function, load)
        kept_s = environments.mean(axis=-1) * np.asarray(scenario.billing.hours_per_month) * HOUR_S
    else:
        number = np.asarray(function.provisioned_concurrency, np.float64)[..., None]
        on = _busiest(load, np.asarray(function.provisioned_hours_per_day) / HOURS_PER_DAY)
        environments, kept_s = number * np.ones(per_s.shape), fixed_environment_s(scenario)
    found = on * (1 - overflow_share(environments, load))
    return Provisioned(environments * on, per_s * found, _mean(found, per_s), np.asarray(kept_s))


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


def tracked_pool(scenario: Scenario, arriving: Traffic, cold_start_s: Number) -> WarmPool:
    """The warm pool beyond provisioned environments that follow the traffic.

    Returns: WarmPool, scenario shape.
    Source: METHOD.md "Warm pool", hour by hour as if each were steady; a week's hours in 24 classes.
    """
    per_s, hours = _classes(arriving.means(HOUR_S))
    service = np.asarray(lambda_handler_s(scenario))[..., None]
    constant = scenario.aws_lambda.keep_alive_s
    lives = keep_alive_sample_s(_LIVES) if constant is None else np.asarray(constant)[..., None, None]
    kept = tracked_environments(scenario.aws_lambda, per_s * service)
    cold_service = service + np.asarray(cold_start_s)[..., None]
    pool = steady_pool(per_s, service, lives, cold_service, kept)
    return WarmPool(
        _mean(pool.p_cold, per_s * hours),
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
