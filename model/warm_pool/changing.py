"""The warm pool of a scenario, under Poisson traffic that changes with time or stays as it is."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from model.compute import lambda_handler_s
from model.concurrency import concurrency_limit
from model.fields import Number
from model.scenario import Scenario
from model.warm_pool.busy_levels import SMALL, busy_levels
from model.warm_pool.keep_alive import KEEP_ALIVE_POINTS, keep_alives_s, periodic_p_cold
from model.warm_pool.service_spread import service_spread_factor
from model.warm_pool.spaced import spaced_pool
from model.warm_pool.steady import WarmPool, steady_pool, steady_pools

Array = NDArray[np.float64]

HOURS_PER_DAY = 24.0
TICK_S = 3600.0  # cron traffic ticks once an hour, see traffic.py
_STEPS_PER_KEEP_ALIVE = 3
_MOST_SUBSTEPS = 64
_FACTOR_POINTS = 12
_BLOCK = 50_000  # numbers in one array
_TABLE_LOADS = np.log(np.geomspace(1e-8, 1e9, 205))
_TABLE_LIVES = np.log(np.geomspace(1e-4, 1e9, 105))


def warm_pool(
    scenario: Scenario, arrivals_per_s: Number, step_s: float = 300.0, cold_start_s: Number = 0.0
) -> WarmPool:
    """The warm pool of a scenario under a rate series that repeats (a day, a week).

    Args:
        arrivals_per_s: mean rate in each step, 1/s, shape S + (steps,); one step, or equal ones, is steady.
        step_s: length of a step, s.
        cold_start_s: mean extra time a cold request holds its environment, s, shape S.
    Returns: WarmPool, shape S. Steady: see `steady_pool`. Changing: p_cold within 5 % for smooth patterns,
        spikes, on/off traffic and the shipped traces, within 15 % for random minutes, where it is above 1e-4.
    Source: METHOD.md "Warm pool".
    Assumes: Poisson arrivals at the given rate; provisioned concurrency is switched on for the busiest
        `provisioned_hours_per_day`; cron arrivals fewer than one a tick are evenly spaced.
    """
    rate = np.asarray(arrivals_per_s, np.float64)
    service = np.asarray(lambda_handler_s(scenario), np.float64)
    cold_service = service + cold_start_s
    function = scenario.aws_lambda
    provisioned = np.asarray(function.provisioned_concurrency, np.float64)
    most = concurrency_limit(scenario)
    if scenario.workload.arrivals == "evenly_spaced":
        spaced = spaced_pool(scenario, rate, step_s, cold_start_s)
        if spaced is not None:
            return spaced
    hours_share = np.asarray(function.provisioned_hours_per_day) / HOURS_PER_DAY
    if rate.shape[-1] == 1 or np.all(rate == rate[..., :1]):
        lives = keep_alives_s(scenario, KEEP_ALIVE_POINTS)
        steady = (rate[..., 0], service, lives, cold_service)
        spread = service_spread_factor(
            rate[..., 0] * service, lives.mean(axis=-1) / service, scenario.workload.duration_cv
        )
        pool = _spread(steady_pool(*steady, provisioned, most), spread)
        if np.all((provisioned == 0) | (hours_share == 1)):
            return pool
        return _blend(pool, _spread(steady_pool(*steady, 0.0, most), spread), hours_share)
    return _changing_pool(scenario, rate, step_s, service, cold_service, provisioned, most, hours_share)


def _spread(pool: WarmPool, factor: Array) -> WarmPool:
    return WarmPool(np.minimum(pool.p_cold * factor, 1.0), pool.environments_mean, pool.environments_max)


def cold_requests(
    scenario: Scenario,
    arrivals_per_s: Number,
    step_s: float,
    cold_start_s: Number,
    p_cold: Number,
) -> Array:
    """Cold requests in each step of a series.

    Args: as `warm_pool`; p_cold: share of all requests, as `warm_pool` gives it, which their sum agrees with.
    Returns: requests, shape S + (steps,); the first step follows the last, as the series repeats.
    Source: METHOD.md "Warm pool".
    """
    rate = np.asarray(arrivals_per_s, np.float64)
    p_cold = np.asarray(p_cold, np.float64)[..., None]
    service = np.asarray(lambda_handler_s(scenario), np.float64)
    function = scenario.aws_lambda
    provisioned = np.asarray(function.provisioned_concurrency, np.float64)
    hours_share = np.asarray(function.provisioned_hours_per_day) / HOURS_PER_DAY
    requests = rate * step_s
    if rate.shape[-1] == 1 or np.all(rate == rate[..., :1]):
        return np.asarray(requests * p_cold)
    births, fine_s = _births_in_time(
        scenario,
        rate,
        step_s,
        service,
        service + cold_start_s,
        provisioned,
        concurrency_limit(scenario),
        hours_share,
    )[:2]
    colds = _at_steps(births, fine_s, requests, step_s)
    total = np.maximum(colds.sum(axis=-1, keepdims=True), 1e-300)
    return np.asarray(np.minimum(colds / total * p_cold * requests.sum(axis=-1, keepdims=True), requests))


def _at_steps(births: Array, fine_s: float, requests: Array, step_s: float) -> Array:
    """Births in the steps of the requests, from steps that are whole parts of those, or some of them together."""
    steps = requests.shape[-1]
    if fine_s <= step_s:
        return np.asarray(births.reshape(*births.shape[:-1], steps, -1).sum(axis=-1))
    together = steps // births.shape[-1]
    groups = requests.reshape(*requests.shape[:-1], -1, together)
    share = groups / np.maximum(groups.sum(axis=-1, keepdims=True), 1e-300)
    return np.asarray((births[..., None] * share).reshape(*births.shape[:-1], steps))


def _blend(with_it: WarmPool, without: WarmPool, share: Array) -> WarmPool:
    return WarmPool(
        share * with_it.p_cold + (1 - share) * without.p_cold,
        share * with_it.environments_mean + (1 - share) * without.environments_mean,
        np.where(
            share < 1,
            np.maximum(with_it.environments_max, without.environments_max),
            with_it.environments_max,
        ),
    )


def _changing_pool(
    scenario: Scenario,
    rate: Array,
    step_s: float,
    service: Array,
    cold_service: Array,
    provisioned: Array,
    most_allowed: Array,
    hours_share: Array,
) -> WarmPool:
    """The warm pool of traffic that changes."""
    births, step_s, rate, mean, most = _births_in_time(
        scenario, rate, step_s, service, cold_service, provisioned, most_allowed, hours_share
    )
    requests = np.maximum((rate * step_s).sum(axis=-1), 1e-300)
    colds = births.sum(axis=-1)
    return WarmPool(np.clip(_ticks(scenario, rate, colds / requests, service), 0, 1), mean, most)


def _births_in_time(
    scenario: Scenario,
    rate: Array,
    step_s: float,
    service: Array,
    cold_service: Array,
    provisioned: Array,
    most_allowed: Array,
    hours_share: Array,
) -> tuple[Array, float, Array, Array, Array]:
    """Births step by step, corrected at a few rates for provisioned environments, limits and long cold requests.

    Returns: births in each step, the step they are counted in (s), the rates in it, and the pool's mean and most.
    """
    lives = keep_alives_s(scenario, 2)
    rate, step_s = _resampled(rate, step_s, lives)
    load = _busy_mean(rate, step_s, service)
    peak = load.max(axis=-1)
    plain = bool(np.all(provisioned == 0))
    grid = np.maximum(peak, 1e-6)[..., None] * np.geomspace(3e-2, 1.0, _FACTOR_POINTS)
    numbers = [np.zeros(1)] if plain else [np.zeros(1), provisioned[..., None]]
    middle = lives.mean(axis=-1, keepdims=True)[..., None]
    unit = service[..., None]
    bare, pools = steady_pools(
        grid / unit, unit, middle, cold_service[..., None], *numbers, most=most_allowed[..., None]
    )
    place = np.log(np.maximum(load, SMALL) / grid[..., :1]) / np.log(grid[..., 1:2] / grid[..., :1])
    factors = [_factors(pool, bare, place) for pool in pools]
    most = pools[0].environments_max[..., -1]
    p_factor, mean_factor = factors[0]
    spread = service_spread_factor(
        load, lives.mean(axis=-1)[..., None] / unit, np.asarray(scenario.workload.duration_cv)[..., None]
    )
    if not plain:
        on = load >= _busiest(load, hours_share)
        p_factor = np.where(on, factors[1][0], p_factor)
        mean_factor = np.where(on, factors[1][1], mean_factor)
        most = np.where(on.any(axis=-1), pools[1].environments_max[..., -1], most)
    colds, mean = 0.0 * rate, 0.0 * rate[..., 0]
    for i in range(lives.shape[-1]):
        births, pool = _births_in_blocks(rate, load, step_s, service, lives[..., i])
        births = np.minimum(births * p_factor * spread, rate * step_s)
        colds = colds + births / lives.shape[-1]
        mean = mean + (pool * mean_factor).mean(axis=-1) / lives.shape[-1]
    return colds, step_s, rate, mean, most


def _factors(pool: WarmPool, bare: WarmPool, place: Array) -> tuple[Array, Array]:
    return (
        _ratio(pool.p_cold, bare.p_cold, place),
        _ratio(pool.environments_mean, bare.environments_mean, place),
    )


def _ratio(value: Array, base: Array, place: Array) -> Array:
    """value / base over a log grid, read off at fractional places."""
    log_ratio = np.log(np.maximum(value, 1e-200) / np.maximum(base, 1e-200))
    place = np.clip(place, 0, log_ratio.shape[-1] - 1 - 1e-9)
    shape = np.broadcast_shapes(log_ratio.shape[:-1], place.shape[:-1])
    log_ratio = np.broadcast_to(log_ratio, (*shape, log_ratio.shape[-1]))
    place = np.broadcast_to(place, (*shape, place.shape[-1]))
    index = place.astype(np.int64)
    low = np.take_along_axis(log_ratio, index, axis=-1)
    high = np.take_along_axis(log_ratio, index + 1, axis=-1)
    return np.asarray(np.exp(low + (place - index) * (high - low)))


def _busiest(load: Array, share: Array) -> Array:
    """The load above which the busiest `share` of time lies."""
    ranked = np.sort(load, axis=-1)[..., ::-1]
    wanted = np.clip(np.ceil(share * load.shape[-1]) - 1, -1, load.shape[-1] - 1).astype(np.int64)
    index = np.broadcast_to(np.maximum(wanted, 0), load.shape[:-1])[..., None]
    return np.where(np.asarray(wanted)[..., None] < 0, np.inf, np.take_along_axis(ranked, index, axis=-1))


def _resampled(rate: Array, step_s: float, lives: Array) -> tuple[Array, float]:
    """The same arrivals in steps of about a third of the keep-alive time."""
    wanted = max(float(lives.min()) / _STEPS_PER_KEEP_ALIVE, float(lives.max()) / _MOST_SUBSTEPS, 1e-3)
    if step_s > wanted:
        parts = min(max(round(step_s / wanted), 1), _MOST_SUBSTEPS)
        return np.repeat(rate, parts, axis=-1), step_s / parts
    together = max(1, min(int(wanted / step_s), rate.shape[-1]))
    while rate.shape[-1] % together:
        together -= 1
    return rate.reshape(*rate.shape[:-1], -1, together).mean(axis=-1), step_s * together


def _busy_mean(rate: Array, step_s: float, service: Array) -> Array:
    """Mean requests in work in each step: the rate seen through the service time."""
    load = np.asarray(rate * service[..., None])
    if np.all(service < step_s / 2):
        return load
    keep = np.exp(-step_s / service)
    busy = load.mean(axis=-1)
    filtered = np.empty_like(load)
    for _ in range(2):  # the second round starts from where the period ends
        for t in range(load.shape[-1]):
            busy = keep * busy + (1 - keep) * load[..., t]
            filtered[..., t] = busy
    return filtered


def _births_in_blocks(
    rate: Array, load: Array, step_s: float, service: Array, life_s: Array
) -> tuple[Array, Array]:
    """`_births`, some scenarios at a time: their series fit into the processor's cache, which halves the time."""
    shape = load.shape[:-1]
    every = max(1, _BLOCK // load.shape[-1])
    rates, loads = (np.broadcast_to(one, load.shape).reshape(-1, load.shape[-1]) for one in (rate, load))
    services, lives = (np.broadcast_to(one, shape).reshape(-1) for one in (service, life_s))
    blocks = [slice(first, first + every) for first in range(0, services.size, every)]
    parts = [_births(rates[some], loads[some], step_s, services[some], lives[some]) for some in blocks]
    births, pool = (np.concatenate(found).reshape(load.shape) for found in zip(*parts, strict=True))
    return births, pool


def _births(rate: Array, load: Array, step_s: float, service: Array, life_s: Array) -> tuple[Array, Array]:
    """New environments in each step and the mean pool, without provisioned ones.

    The pool's window before the step, and the same window with the step, each count as a time at the
    window's highest load that reaches the pool's size as often; the difference in pool is what is born.
    Level 0 (nobody busy all through the window) is exact.
    """
    life = np.broadcast_to(life_s[..., None], load.shape)
    unit = np.broadcast_to(service[..., None], load.shape)
    own_requests = np.broadcast_to(rate * step_s, load.shape)
    log_load = np.log(np.maximum(load, 1e-300))
    lags = range(int(np.ceil(float(np.max(life_s)) / step_s + 0.5)))
    window = [
        (
            np.clip(life - step_s * (0.5 + j), 0.0, step_s),
            np.roll(load, j + 1, axis=-1),
            np.roll(log_load, j + 1, axis=-1),
        )
        for j in lags
    ]
    before = np.full(load.shape, SMALL)
    busy_before = np.zeros(load.shape)
    for part, earlier, _ in window:
        before = np.where(part > 0, np.maximum(before, earlier), before)
        busy_before += part * earlier
    busy_before /= unit
    after = np.maximum(before, load)
    size = _exponent(after, life / unit)
    same = _counted_s(window, after, size)
    own = _counted_s([(np.full(load.shape, step_s), load, log_load)], after, size)
    upper_p, upper_pool = _upper_pool(after, (same + own / 2) / unit, *_pool_table())
    births = after / unit * upper_p * own
    sudden = np.nonzero((after > before) | (own >= same / 2))
    earlier_window = [(w[sudden], x[sudden], log_x[sudden]) for w, x, log_x in window]
    high, low, one = after[sudden], before[sudden], unit[sudden]
    time_before = _counted_s(earlier_window, low, _exponent(low, life[sudden] / one))
    (grown,) = _upper_pool(high, (same + own)[sudden] / one, _pool_table()[1])
    (had,) = _upper_pool(low, time_before / one, _pool_table()[1])
    births[sudden] = np.maximum(grown - had, 0.0)
    zero_before = np.exp(-np.minimum(before + busy_before, 700.0))
    zero_after = np.exp(-np.minimum(after + busy_before + own_requests, 700.0))
    births += np.maximum(zero_before - zero_after, 0.0)
    pool = upper_pool + 1 - np.exp(-np.minimum(after + busy_before + own_requests / 2, 700.0))
    return np.minimum(births, own_requests), pool


def _exponent(highest: Array, life: Array) -> Array:
    """Mean pool at the window's highest load: the power with which lower loads reach its size less often."""
    (upper,) = _upper_pool(highest, life, _pool_table()[1])
    return np.asarray(np.maximum(upper + 1 - np.exp(-np.minimum(highest * (1 + life), 700.0)), 2.0))


def _counted_s(window: list[tuple[Array, Array, Array]], highest: Array, exponent: Array) -> Array:
    """Time of a window, each part weighted with how often its load reaches the pool's size."""
    log_highest, total = np.log(highest), np.zeros(highest.shape)
    for part, load, log_load in window:
        power = exponent * np.maximum(log_load - log_highest, -700.0) + highest - load
        total += part * np.exp(np.clip(power, -700.0, 0.0))
    return total


def steady_levels(load: Array, life: Array) -> tuple[Array, Array]:
    """p_cold and mean pool of steady traffic, off the table; level 0 exact.

    Args: load: erlangs; life: keep-alive time in service times; both of one shape.
    """
    upper_p, upper_pool = _upper_pool(load, life, *_pool_table())
    none = np.exp(-np.minimum(load * (1 + life), 700.0))
    return np.minimum(upper_p + none, 1.0), np.asarray(upper_pool + 1 - none)


@cache
def _pool_table() -> tuple[Array, Array]:
    """log p_cold and log mean pool of steady traffic without level 0, over log load and log life / service."""
    levels = busy_levels(np.exp(_TABLE_LOADS))
    p_cold, mean = np.empty((2, _TABLE_LOADS.size, _TABLE_LIVES.size))
    lowest = np.maximum(levels.n[:, 0] - 1, 0.0) - np.where(
        levels.n[:, 0] > 0, (levels.stride[:, 0] - 1) / 2, 0.0
    )
    beyond = levels.stride * (levels.n > 0)
    for i, life in enumerate(np.exp(_TABLE_LIVES)):
        alive, pool = levels.unexceeded(np.full(_TABLE_LOADS.size, life))
        p_cold[:, i] = (levels.share * alive * beyond).sum(axis=-1)
        mean[:, i] = ((1 - pool) * beyond).sum(axis=-1) + lowest
    return np.log(np.maximum(p_cold, 1e-300)), np.log(np.maximum(mean, 1e-300))


def _position(values: Array, grid: Array) -> tuple[NDArray[np.int64], Array]:
    """Index and fraction on an evenly spaced grid, clipped to it."""
    place = np.clip((values - grid[0]) / (grid[1] - grid[0]), 0.0, grid.size - 1 - 1e-9)
    index = place.astype(np.int64)
    return index, place - index


def _upper_pool(load: Array, life: Array, *tables: Array) -> list[Array]:
    """Table values at an offered load and a life in service times, bilinear in the logarithms."""
    row, down = _position(np.log(np.maximum(load, SMALL)), _TABLE_LOADS)
    column, right = _position(np.log(np.maximum(life, SMALL)), _TABLE_LIVES)
    flat = row * _TABLE_LIVES.size + column
    results = []
    for table in tables:
        corner = table.ravel()
        top = corner[flat] + right * (corner[flat + 1] - corner[flat])
        flat_low = flat + _TABLE_LIVES.size
        bottom = corner[flat_low] + right * (corner[flat_low + 1] - corner[flat_low])
        results.append(np.exp(top + down * (bottom - top)))
    return results


def _ticks(scenario: Scenario, rate: Array, p_cold: Array, service: Array) -> Array:
    """Cron traffic starts each tick's first request after the same gap, which Poisson arrivals would blur."""
    if scenario.workload.pattern != "cron":
        return p_cold
    mean = rate.mean(axis=-1)
    per_tick = np.maximum(mean * TICK_S, 1.0)
    gap = np.where(mean * TICK_S < 1, 1 / np.maximum(mean, SMALL), TICK_S)
    first = periodic_p_cold(gap, service, scenario.aws_lambda.keep_alive_s) / per_tick
    provisioned = np.asarray(scenario.aws_lambda.provisioned_concurrency) > 0
    return np.asarray(
        np.where(provisioned, p_cold, np.where(mean * TICK_S < 1, first, np.maximum(p_cold, first)))
    )
