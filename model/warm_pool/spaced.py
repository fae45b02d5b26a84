"""The warm pool under evenly spaced requests: no formula, but few enough requests to look at each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model.compute import lambda_handler_s
from model.concurrency import concurrency_limit
from model.fields import Number
from model.scenario import Scenario
from model.warm_pool.drawn import MOST_REQUESTS, WARM_UP_SERVICES, PoolOfOne, drawn_pool
from model.warm_pool.keep_alive import KEEP_ALIVE_POINTS, keep_alives_s
from model.warm_pool.steady import WarmPool

Array = NDArray[np.float64]

REQUESTS = 20_000
REQUESTS_OF_ONE_LIFE = 100_000  # with a single keep-alive time as many as take no longer than its curve
REQUESTS_OF_MANY = 2_000
MOST_AT_ONCE = 100_000  # requests within a keep-alive time: beyond, chance hardly matters


def spaced_pool(
    scenario: Scenario, arrivals_per_s: Array, step_s: float, cold_start_s: Number
) -> WarmPool | None:
    """The warm pool when requests follow each other at the pattern's rate without chance.

    Returns: WarmPool, shape S, of one fixed draw of handler times, exact for it (resolution 1/20,000, 1/100,000 with a
        constant keep-alive time, of an array 1/2,000); None where too many requests fall within a keep-alive time, or within the time that warms the pool.
    Source: METHOD.md "Warm pool".
    """
    lives = keep_alives_s(scenario, KEEP_ALIVE_POINTS)
    function, workload = scenario.aws_lambda, scenario.workload
    shape = np.broadcast_shapes(scenario.shape, arrivals_per_s.shape[:-1], np.shape(cold_start_s))
    many = len(shape) > 0 and shape != (1,)
    if many:
        lives = keep_alives_s(scenario, 2)
    fastest = arrivals_per_s.max()
    if fastest * (lives.max() + 2 * step_s) > MOST_AT_ONCE:
        return None
    warm_up_s = lives.max() + WARM_UP_SERVICES * float(np.max(lambda_handler_s(scenario)))
    if fastest * (warm_up_s + 2 * step_s) + 2 * REQUESTS_OF_ONE_LIFE > MOST_REQUESTS:
        return None

    def each(values: Number) -> Array:
        return np.broadcast_to(np.asarray(values, np.float64), shape).ravel()

    series = np.broadcast_to(arrivals_per_s, (*shape, arrivals_per_s.shape[-1]))
    series = series.reshape(-1, arrivals_per_s.shape[-1])
    ages = np.broadcast_to(lives, (*shape, lives.shape[-1])).reshape(-1, lives.shape[-1])
    numbers = (
        each(lambda_handler_s(scenario)),
        each(workload.duration_cv),
        each(cold_start_s),
        each(function.provisioned_concurrency),
        each(concurrency_limit(scenario)),
    )
    found = np.empty((3, len(series)))
    for i, (service, cv, cold, provisioned, most) in enumerate(zip(*numbers, strict=True)):
        one = PoolOfOne(
            service, cv, ages[i], np.array([cold]), int(provisioned), int(most), evenly_spaced=True
        )
        alone = REQUESTS_OF_ONE_LIFE if lives.shape[-1] == 1 else REQUESTS
        requests = REQUESTS_OF_MANY if many else alone
        run = drawn_pool(one, series[i], step_s, np.random.default_rng(0), requests)
        found[:, i] = run.p_cold, run.environments_mean, run.environments_max
    p_cold, mean, most = found.reshape(3, *shape)
    return WarmPool(p_cold, mean, most)
