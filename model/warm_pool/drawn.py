"""A scenario's traffic as single requests, and what the warm pool does to each of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.compute import lambda_handler_s
from model.concurrency import concurrency_limit
from model.distribution import lognormal_log
from model.scenario import Scenario
from model.warm_pool.keep_alive import KEEP_ALIVE_POINTS, keep_alives_s
from model.warm_pool.requests import PoolRun, simulate_pool, simulate_pool_events

Array = NDArray[np.float64]

REQUESTS = 100_000
MOST_REQUESTS = 3_000_000
WARM_UP_SERVICES = 10.0


@dataclass(frozen=True)
class DrawnPool:
    """The warm pool of single requests, over equally likely keep-alive times.

    p_cold: share of the requests; p_cold_se: its standard error from twenty blocks of requests.
    environments_mean, environments_max: beyond the provisioned ones, over time and over the runs.
    size_share: share of time with 0, 1, 2, … environments. lost: share of requests refused at the limit.
    requests: how many each run counts; stretch_s: how much time they took, s.
    """

    p_cold: float
    p_cold_se: float
    environments_mean: float
    environments_max: int
    size_share: Array
    lost: float
    requests: int
    stretch_s: float


def drawn_arrivals(
    arrivals_per_s: Array, step_s: float, rng: np.random.Generator, evenly_spaced: bool = False
) -> Array:
    """Arrival times of a rate series: Poisson, or each after the same share of requests.

    Args: arrivals_per_s: 1/s, one value for each step of step_s seconds.
    Returns: sorted times, s.
    """
    expected = np.asarray(arrivals_per_s, np.float64) * step_s
    edges = np.arange(expected.size + 1) * step_s
    if evenly_spaced:
        come = np.concatenate(([0.0], np.cumsum(expected)))
        return np.asarray(np.interp(np.arange(0.5, come[-1]), come, edges))
    counts = rng.poisson(expected)
    return np.sort(np.repeat(edges[:-1], counts) + rng.random(int(counts.sum())) * step_s)


@dataclass(frozen=True)
class PoolOfOne:
    """What decides the pool of one plain function: handler time and its spread, keep-alive times, limits."""

    service_s: float
    cv: float
    ages_s: Array
    cold_start_s: Array
    provisioned: int
    most: int
    evenly_spaced: bool


def simulate_scenario_pool(
    scenario: Scenario,
    arrivals_per_s: Array,
    step_s: float,
    rng: np.random.Generator,
    *,
    cold_start_s: float | Array = 0.0,
    arrival_s: Array | None = None,
    lives: int = KEEP_ALIVE_POINTS,
    requests: int = REQUESTS,
) -> DrawnPool:
    """Every cold start of a plain scenario, request by request.

    Args:
        arrivals_per_s, step_s: rate series that repeats, 1/s and s.
        cold_start_s: extra time a cold request holds its environment, s; an array is drawn from.
        arrival_s: your own sorted arrival times instead; the pool is then empty at the first one.
        lives: equally likely keep-alive times of the measured curve; one if the scenario sets a constant.
        requests: about how many to draw for each of them; a period that holds more is cut to its busiest stretch.
    Returns: DrawnPool; each run is exact for its requests.
    Raises: ValueError for a scenario with array fields, provisioned concurrency that follows the traffic, or traffic too heavy to be drawn (over three million
        requests in the stretch and the keep-alive time before it).
    Source: METHOD.md "Warm pool".
    Assumes: handler times are lognormal with duration_cv; fixed provisioned environments are there all the time.
    """
    if scenario.shape:
        raise ValueError("Single requests are drawn for one scenario; give plain numbers.")
    if scenario.aws_lambda.provisioned_target_percent is not None:
        raise ValueError("Single requests are drawn beside a fixed number of provisioned environments only.")
    one = PoolOfOne(
        service_s=float(lambda_handler_s(scenario)),
        cv=float(scenario.workload.duration_cv),
        ages_s=keep_alives_s(scenario, lives),
        cold_start_s=np.atleast_1d(np.asarray(cold_start_s, np.float64)),
        provisioned=int(scenario.aws_lambda.provisioned_concurrency),
        most=int(concurrency_limit(scenario)),
        evenly_spaced=scenario.workload.arrivals == "evenly_spaced",
    )
    if arrival_s is not None:
        return _pool_of(one, np.asarray(arrival_s, np.float64), -np.inf, rng)
    return drawn_pool(one, np.asarray(arrivals_per_s, np.float64), step_s, rng, requests)


def drawn_pool(
    one: PoolOfOne, arrivals_per_s: Array, step_s: float, rng: np.random.Generator, requests: int = REQUESTS
) -> DrawnPool:
    """The same from the numbers themselves."""
    warm_up_s = float(one.ages_s.max()) + WARM_UP_SERVICES * one.service_s
    series, lead_s = _stretch(arrivals_per_s, step_s, warm_up_s, requests)
    return _pool_of(one, drawn_arrivals(series, step_s, rng, one.evenly_spaced), lead_s, rng)


def _pool_of(one: PoolOfOne, arrival: Array, from_s: float, rng: np.random.Generator) -> DrawnPool:
    if not arrival.size or arrival[-1] < from_s:
        return DrawnPool(0.0, 0.0, 0.0, 0, np.ones(1), 0.0, 0, 0.0)
    log_mean, log_sd = lognormal_log(one.service_s, one.cv)
    warm = np.exp(log_mean + log_sd * rng.standard_normal(arrival.size))
    cold = warm + rng.choice(one.cold_start_s, arrival.size)
    runs = [_run(one, arrival, warm, cold, float(age), from_s) for age in one.ages_s]
    shares = np.zeros(max(run.size_share.size for run in runs))
    for run in runs:
        shares[: run.size_share.size] += run.size_share / len(runs)
    counted = runs[0].cold.size
    blocks = np.mean([_blocks(run.cold) for run in runs], axis=0)
    return DrawnPool(
        p_cold=float(np.mean([run.p_cold for run in runs])),
        p_cold_se=float(blocks.std(ddof=1) / np.sqrt(blocks.size)),
        environments_mean=float(shares @ np.arange(shares.size)),
        environments_max=shares.size - 1,
        size_share=shares,
        lost=float(np.mean([run.lost for run in runs]) / counted),
        requests=counted,
        stretch_s=float(arrival[-1] - max(from_s, arrival[0])),
    )


def _blocks(cold: NDArray[np.bool_], number: int = 20) -> Array:
    return np.array([block.mean() if block.size else 0.0 for block in np.array_split(cold, number)])


def _stretch(series: Array, step_s: float, lead_s: float, requests: int) -> tuple[Array, float]:
    """The period repeated, or its busiest stretch, with enough before it to warm the pool."""
    period = series.sum() * step_s
    lead = int(np.ceil(lead_s / step_s))
    if period <= requests:
        cycles = min(max(int(np.ceil(requests / max(period, 1e-9))), 1), 100_000)
        length, first = cycles * series.size, 0
    else:
        peak = int(np.argmax(series))
        length = int(np.clip(requests / (series[peak] * step_s), max(lead, 1), series.size))
        first = peak - length // 2
    taken = series[(np.arange(-lead, length) + first) % series.size]
    if taken.sum() * step_s > MOST_REQUESTS:
        raise ValueError(
            f"{taken.sum() * step_s:,.0f} requests are too many to be drawn one by one; lower the traffic."
        )
    return taken, lead * step_s


def _run(one: PoolOfOne, arrival: Array, warm: Array, cold: Array, age: float, from_s: float) -> PoolRun:
    if one.provisioned or _most_busy(arrival, cold) >= one.most:
        return simulate_pool_events(
            arrival, warm, age, cold, provisioned=one.provisioned, most=one.most, from_s=from_s
        )
    try:
        return simulate_pool(arrival, warm, age, cold, from_s=from_s)
    except ValueError:  # flags and departures do not settle: very long cold requests
        return simulate_pool_events(arrival, warm, age, cold, from_s=from_s)


def _most_busy(arrival: Array, service: Array) -> int:
    ended = np.sort(arrival + service)
    return int(np.max(np.arange(1, arrival.size + 1) - np.searchsorted(ended, arrival, side="right")))
