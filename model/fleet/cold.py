"""Cold requests of very many functions at once: each step of the traffic as if it were steady, and what growth adds."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from model.compute import lambda_handler_s
from model.concurrency import concurrency_limit
from model.evaluate import LambdaSide
from model.provisioned import is_tracked
from model.scenario import Scenario, replace_at
from model.traffic import Traffic
from model.warm_pool import WarmPool
from model.warm_pool.changing import steady_levels
from model.warm_pool.keep_alive import keep_alives_s
from model.warm_pool.service_spread import service_spread_factor

Array = NDArray[np.float64]

LIVES = 8
NEAR_LIMIT = 0.5  # of the concurrency a function may have: beyond that the limit shapes the pool


class EstateLambda(LambdaSide):
    """The function, with its cold requests step by step where nothing but traffic decides them."""

    @cached_property
    def cold(self) -> WarmPool:
        if needs_exact_pool(self.scenario):
            return super().cold
        pool = stepwise_pool(self.scenario, self.traffic.per_s, self.traffic.step_s)
        near = np.flatnonzero(self._near_the_limit)
        if not near.size:
            return pool
        those = taken(self.scenario, near)
        exact = LambdaSide(those, Traffic(self.traffic.per_s[near], self.traffic.step_s)).cold
        for name in ("p_cold", "environments_mean", "environments_max"):
            getattr(pool, name)[near] = getattr(exact, name)
        return pool

    @property
    def _near_the_limit(self) -> NDArray[np.bool_]:
        load = self.traffic.peak_per_s * np.asarray(lambda_handler_s(self.scenario))
        most = concurrency_limit(self.scenario)
        return np.asarray(np.broadcast_to(load > NEAR_LIMIT * most, self.traffic.per_s.shape[:-1]))


def needs_exact_pool(scenario: Scenario) -> bool:
    """Whether more than slow traffic decides who is cold: sudden patterns, provisioned environments, own limits."""
    function, workload = scenario.aws_lambda, scenario.workload
    return (
        is_tracked(function)
        or bool(np.any(np.asarray(function.provisioned_concurrency) > 0))
        or function.reserved_concurrency is not None
        or workload.arrivals == "evenly_spaced"
        or workload.pattern in ("cron", "on_off", "bursty", "spike")
    )


def taken(scenario: Scenario, rows: NDArray[np.intp]) -> Scenario:
    """Some rows of a scenario with one axis."""
    changes = {path: value[rows] for path, _, value in scenario.values() if isinstance(value, np.ndarray)}
    return replace_at(scenario, changes) if changes else scenario


def stepwise_pool(scenario: Scenario, arrivals_per_s: Array, step_s: float) -> WarmPool:
    """The warm pool if it were in balance in every step.

    Args: arrivals_per_s: 1/s, scenario shape + (steps,); step_s: s, no less than a few minutes.
    Returns: WarmPool, scenario shape; p_cold within 10 % of `warm_pool` (25 % where a step is much shorter than the
        keep-alive time), each row for itself.
    Source: METHOD.md "Estate".
    Assumes: cold requests hold their environment no longer than warm ones.
    """
    shape = np.broadcast_shapes(scenario.shape, arrivals_per_s.shape[:-1])
    rate = np.broadcast_to(arrivals_per_s, (*shape, arrivals_per_s.shape[-1]))
    service = np.broadcast_to(np.asarray(lambda_handler_s(scenario), np.float64), shape)[..., None]
    lives = keep_alives_s(scenario, LIVES)
    load = rate * service
    steady = bool(np.all(rate == rate[..., :1]))
    if steady:
        rate, load = rate[..., :1], load[..., :1]
    requests = rate * step_s
    colds, pools = np.zeros(load.shape), np.zeros(load.shape)
    for i in range(lives.shape[-1]):
        life = np.broadcast_to(lives[..., i], shape)[..., None]
        p_cold, pool = steady_levels(load, life / service)
        grown = 0.0 if steady else np.maximum(pool - np.roll(pool, 1, axis=-1), 0.0)
        colds = colds + np.minimum(requests * p_cold + grown, requests) / lives.shape[-1]
        pools = pools + pool / lives.shape[-1]
    spread = service_spread_factor(
        load, lives.mean(axis=-1)[..., None] / service, np.asarray(scenario.workload.duration_cv)[..., None]
    )
    total = np.maximum(requests.sum(axis=-1), 1e-300)
    p = np.minimum((colds * spread).sum(axis=-1) / total, 1.0)
    mean, most = pools.mean(axis=-1), pools.max(axis=-1)
    return WarmPool(p, mean, np.maximum(np.round(most + 0.7 * np.sqrt(most)), 1.0))
